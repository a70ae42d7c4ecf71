"""Which of two values of a response counts as success: known words, the user's word, R's order."""

import numpy as np
import pandas as pd
import pytest
from command_line import command
from saved_fits import example_data
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.explanation.explain import explain
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.two_values import known_success
from bayesmm.results.marginal.units import response_label

X = np.sin(np.arange(48) * 1.7)
HIT = np.arange(48) * 5 % 7 + X > 2.6


def frame(failure: object, success: object) -> pd.DataFrame:
    return pd.DataFrame({"x": X, "passed": [success if hit else failure for hit in HIT]})


def design_of(data: pd.DataFrame, family: str = "bernoulli", **said):
    return build_design("passed ~ x", data, resolve_family(family), **said)


PAIRS = [
    ("nein", "ja"), ("no", "yes"), ("No", "Yes"), ("NON", "OUI"), ("wrong", "correct"),
    ("dead", "alive"), ("died", "survived"), ("fail", "pass"), ("failure", "success"),
    ("absent", "present"), ("false", "true"), ("F", "T"), ("0", "1"), ("falsch", "richtig"),
    ("not passed", "passed"), ("non-smoker", "smoker"), ("incorrect", "correct"),
    ("negative", "positive"), ("n", "y"), ("miss", "hit"),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "success"), PAIRS)
@pytest.mark.parametrize("family", ["bernoulli", "binomial"])
def test_words_that_say_which_is_success(failure, success, family):
    assert known_success((failure, success)) == known_success((success, failure)) == success
    design = design_of(frame(failure, success), family)
    np.testing.assert_array_equal(design.y, HIT.astype(float))
    assert design.outcome == f"P(passed = {success})"
    assert f"'{success}' counts as success, '{failure}' as failure." in design.notes[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("f", "m"), ("a", "b"), ("control", "treated"), ("1", "2"), (1, 2), (-1, 1), ("high", "low")],
)
def test_other_words_are_asked_for_and_the_answer_is_kept(one, other):
    for success in (one, other):
        data = frame(one if success == other else other, success)
        with pytest.raises(DataError, match="say which counts as success") as caught:
            design_of(data)
        assert f"success={other!r}" in str(caught.value)
        design = design_of(data, success=success)
        np.testing.assert_array_equal(design.y, HIT.astype(float))
        assert design.outcome == f"P(passed = {success})"


def test_numbers_zero_and_one_may_be_turned():
    assert design_of(frame(0, 1)).outcome == "P(passed = 1)"
    assert design_of(frame(0, 1)).notes == ()
    assert design_of(frame(False, True)).outcome == "P(passed = True)"
    assert "'True' counts as success, 'False' as failure" in design_of(frame(False, True)).notes[0]
    np.testing.assert_array_equal(design_of(frame(0, 1), success=0).y, 1.0 - HIT)
    np.testing.assert_array_equal(design_of(frame(False, True), success=False).y, 1.0 - HIT)
    np.testing.assert_array_equal(design_of(frame("no", "yes"), success="no").y, 1.0 - HIT)


@pytest.mark.parametrize("categories", [["ja", "nein"], ["nein", "ja"], ["a", "b"]])
def test_an_ordered_categorical_keeps_the_convention_of_r(categories):
    data = frame(*categories)
    data["passed"] = pd.Categorical(data["passed"], categories, ordered=True)
    design = design_of(data)
    np.testing.assert_array_equal(design.y, HIT.astype(float))
    assert "the first level of the categorical is failure, as in R" in design.notes[0]
    again = design_of(data, success=design.success)
    assert again.notes == design.notes
    np.testing.assert_array_equal(design_of(data, success=categories[0]).y, 1.0 - HIT)


def test_categories_that_pandas_has_sorted_declare_nothing():
    data = frame("nein", "ja")
    data["passed"] = data["passed"].astype("category")
    assert design_of(data).success == "ja"
    data = frame("b", "a")
    data["passed"] = data["passed"].astype("category")
    with pytest.raises(DataError, match="say which counts as success"):
        design_of(data)


def test_what_success_cannot_be():
    with pytest.raises(UsageError, match="'j' is not a value of the response 'passed'"):
        design_of(frame("nein", "ja"), success="j")
    with pytest.raises(UsageError, match="the gaussian family has none"):
        build_design("x ~ 1", frame(0, 1), resolve_family("gaussian"), success=1)
    data = frame(0, 1).assign(n=1)
    with pytest.raises(UsageError, match="no column of two values"):
        build_design("p(passed, n) ~ x", data, resolve_family("binomial"), success=1)


def test_every_verb_takes_it():
    data = frame("m", "f")
    for verb in (bayesmm.ml, bayesmm.priors, explain):
        with pytest.raises(DataError, match="say which counts as success"):
            verb("passed ~ x", data, "bernoulli")
        verb("passed ~ x", data, "bernoulli", success="f")
    estimate = bayesmm.ml("passed ~ x", data, "bernoulli", success="f")
    turned = bayesmm.ml("passed ~ x", data, "bernoulli", success="m")
    np.testing.assert_allclose(
        estimate.fixef()["estimate"], -turned.fixef()["estimate"], rtol=1e-6, atol=1e-8
    )
    assert "P(passed = f)" in str(estimate.summary())
    assert "P(passed = f)" in str(explain("passed ~ x", data, "bernoulli", success="f"))


# ---------------------------------------------------------------- what keeps it


@pytest.fixture(scope="module")
def fit():
    data = frame("m", "f").assign(g=example_data()["x"].index[:48] % 6)
    formula = "passed ~ x + (1 | g)"
    options = {
        "chains": 2,
        "draws": 100,
        "max_effort": 1,
        "tune": 150,
        "seed": 1,
        "progress": False,
    }
    return bayesmm.fit(formula, data, "bernoulli", success="f", **options)


def test_the_heading_and_the_axes_say_it(fit):
    assert "P(passed = f)" in str(fit.summary())
    assert response_label(fit) == "P(passed = f)"
    assert fit.words().startswith("P(passed = f) was modelled")


def test_a_saved_fit_keeps_it(fit, tmp_path):
    again = bayesmm.load(fit.save(tmp_path / "fit"))
    assert again.design.success == "f"
    np.testing.assert_array_equal(again.design.y, fit.design.y)


def test_a_fit_of_a_version_that_chose_by_the_alphabet_is_read_as_it_was(tmp_path):
    from saved_fits import rewrite

    data = frame("ja", "nein")  # what an earlier version made success
    design = design_of(data, success="nein")
    fit = synthetic_fit(design, synthetic_draws(design, beta=(0.1, 0.02)))
    from dataclasses import replace

    replace(fit, own_data=data).save(tmp_path / "fit")
    rewrite(tmp_path / "fit", lambda record: record.pop("success"))
    np.testing.assert_array_equal(bayesmm.load(tmp_path / "fit").design.y, HIT.astype(float))


@pytest.mark.parametrize("language", ["bayesmm", "pymc", "bambi", "lme4", "brms", "rstanarm"])
def test_scripts_keep_it(fit, language):
    code = str(fit.script(language))
    if language == "bayesmm":
        assert 'success="f"' in code
    else:
        assert '"f"' in code and '"m"' not in code


def test_the_command_line_takes_it(tmp_path, monkeypatch, capsys):
    frame("m", "f").to_csv(tmp_path / "data.csv", index=False)
    given = ["passed ~ x", tmp_path / "data.csv", "--family", "bernoulli"]
    assert command(monkeypatch, "explain", *given) == 2
    assert "--success m" in capsys.readouterr().err
    assert command(monkeypatch, "explain", *given, "--success", "f") == 0
    assert "P(passed = f)" in capsys.readouterr().out
