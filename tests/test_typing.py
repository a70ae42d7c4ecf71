"""The public surface as type checkers and ``help`` see it."""

import inspect
import pydoc
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

import bayesmm
from bayesmm import (
    choices,
    fitted,
    fitted_marginal,
    fitted_tidy,
    fitted_words,
)
from bayesmm.fitted import Fit

ROOT = Path(__file__).parents[1]
METHODS = dict(inspect.getmembers(Fit, inspect.isfunction))
METHODS = {name: method for name, method in METHODS.items() if not name.startswith("_")}
VERBS = {
    name: getattr(verbs, name)
    for module in (fitted, fitted_marginal, fitted_tidy, fitted_words)
    for verbs in [module._VERBS]
    for name in verbs
}


def registries() -> dict[str, set[str]]:
    """Return what is accepted, by the name of the type."""
    from bayesmm.results.comparison.loo import LEAVE
    from bayesmm.results.marginal.contrasts import METHODS as CONTRASTS
    from bayesmm.results.marginal.marginal_means import _AVERAGES, SCALES
    from bayesmm.results.marginal.measures import MEASURES
    from bayesmm.results.prediction.predict import COMPONENTS
    from bayesmm.results.prediction.whom import KINDS, WHO
    from bayesmm.results.streamed.write_rows import _KINDS
    from bayesmm.results.tables.tidy import EFFECTS
    from bayesmm.sampling.engines import ENGINES
    from bayesmm.script.script import LANGUAGES

    return {
        "AverageWho": set(_AVERAGES),
        "BatchKind": set(_KINDS),
        "ComparisonScale": {*MEASURES, "probability"},
        "Component": set(COMPONENTS),
        "ContrastMethod": set(CONTRASTS),
        "EffectKind": set(EFFECTS),
        "EngineName": {"auto", *ENGINES},
        "Language": set(LANGUAGES),
        "Leave": set(LEAVE),
        "PredictKind": set(KINDS),
        "Scale": set(SCALES),
        "Who": set(WHO),
    }


def test_the_types_are_what_is_accepted():
    known = registries()
    assert set(known) == set(choices.__all__)
    for name, accepted in known.items():
        assert set(get_args(getattr(choices, name))) == accepted, name


def literals(annotation: object) -> set[str]:
    """Return the words of the literals of an annotation."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {word for part in get_args(annotation) for word in literals(part)}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_help_has_every_parameter_and_its_words(name):
    text = inspect.getdoc(METHODS[name])
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", text, re.M | re.S)
    described = set()
    for names in re.findall(r"^(\S[^:\n]*) : |^(\*\*\w+)$", section[1] if section else "", re.M):
        described |= {part.strip("* ") for part in "".join(names).split(",")}
    parameters = dict(inspect.signature(METHODS[name]).parameters)
    del parameters["self"]
    assert described == set(parameters)
    for parameter in parameters.values():
        for word in literals(parameter.annotation):
            assert f'"{word}"' in text, word


@pytest.mark.parametrize("name", sorted(VERBS))
def test_a_verb_has_the_parameters_of_the_function_that_answers(name):
    """Fails where a method passes what its function does not take, or has another default."""
    taken = inspect.signature(VERBS[name]).parameters
    for own in list(inspect.signature(METHODS[name]).parameters.values())[1:]:
        assert own.name in taken
        assert taken[own.name].default == own.default


def test_documentation_is_there_however_a_method_is_looked_at():
    """Of the class, of a fit, of a class below: that of the function, without the fit."""

    class Further(Fit):
        """A class of a user's."""

    for method in (Fit.hypothesis, Further.hypothesis, object.__new__(Further).hypothesis):
        assert "Parameters\n----------\ntext : " in inspect.getdoc(method)
    assert Further.hypothesis is Fit.hypothesis
    page = pydoc.plain(pydoc.render_doc(Fit))
    assert " |  hypothesis(" in page and " |      text : " in page


def test_a_choice_of_words_is_a_literal_everywhere():
    """A parameter that means the same has the same words, in functions and in methods."""
    meant = {
        "who": {"Who", "AverageWho"}, "scale": {"Scale", "ComparisonScale"}, "leave": {"Leave"},
        "language": {"Language"}, "engine": {"EngineName"}, "effects": {"EffectKind"},
        "component": {"Component"},
    }  # fmt: skip
    words = {name: set(get_args(getattr(choices, name))) for name in choices.__all__}
    functions = [getattr(bayesmm, name) for name in bayesmm.__all__]
    for call in [*METHODS.values(), *filter(inspect.isfunction, functions)]:
        for name, parameter in inspect.signature(call).parameters.items():
            if name in meant:
                possible = [words[kind] for kind in meant[name]]
                assert literals(parameter.annotation) in possible, (call.__qualname__, name)


def test_the_wheel_says_that_it_is_typed():
    assert (ROOT / "bayesmm" / "py.typed").exists()


@pytest.mark.slow
def test_a_type_checker_refuses_what_bayesmm_would():
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    path = Path(__file__).parent / "typed_use.py"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "--ignore-missing-imports", path],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    found = {int(n) for n in re.findall(r"typed_use\.py:(\d+): error", done.stdout)}
    lines = path.read_text(encoding="utf-8").splitlines()
    refused = {n for n, line in enumerate(lines, 1) if line.endswith("# refused")}
    assert found == refused, done.stdout + done.stderr
