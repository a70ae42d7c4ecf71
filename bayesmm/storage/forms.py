"""The types of what a record says: told before anything is made of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any

from bayesmm.errors import SavedFitError
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.engines import ENGINES

__all__ = ["ARGUMENTS", "refuse_other_types"]

# Of `bayesmm.fit`, those that say how to sample and do not depend on the machine.
ARGUMENTS = ("engine", "chains", "draws", "tune", "seed", "target_accept", "max_treedepth",
             "max_effort")  # fmt: skip

type Test = Callable[[Any], bool]


def refuse_other_types(
    record: Mapping[str, Any], folder: Path, *, unfinished: bool = False
) -> None:
    """Raise when a part of a record is missing, or is of a type that it never has.

    `record` is from `record.read_record`, and that of a fit whose draws are still coming if
    `unfinished`. The `SavedFitError` names the part.
    """
    form = _FORM_OF_FILES if "files" in record else _FORM
    if unfinished:
        form = {n: test for n, test in form.items() if n.partition(".")[0] in _BEFORE_DRAWS} | _HOW
    for name, test in form.items():
        value: Any = record
        for key in name.split("."):
            if not isinstance(value, dict) or key not in value:
                raise SavedFitError(f"'{folder}' is damaged: it says nothing about {name}.")
            value = value[key]
        if not test(value):
            raise SavedFitError(
                f"'{folder}' is damaged: what it says of {name} is of another kind."
            )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    tagged = isinstance(value, dict) and set(value) == {"$float"}
    return type(value) in (int, float) or (tagged and value["$float"] in ("nan", "inf", "-inf"))


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _dict_of(test: Test) -> Test:
    return lambda value: isinstance(value, dict) and all(map(test, value.values()))


def _with(**tests: Test) -> Test:
    def test(value: Any) -> bool:
        return isinstance(value, dict) and all(
            key in value and test(value[key]) for key, test in tests.items()
        )

    return test


def _is_array(value: Any) -> bool:
    """Return whether it is a name and a shape."""
    pair = isinstance(value, list) and len(value) == 2
    return pair and _is_text(value[0]) and _list_of(_is_whole)(value[1])


def _is_settings(value: Any) -> bool:
    known = {field.name for field in fields(SamplerSettings)}
    return isinstance(value, dict) and set(value) == known and all(_fitting(value))


def _fitting(settings: dict[str, Any]) -> Iterator[bool]:
    for name, value in settings.items():
        match name:
            case "progress":
                yield type(value) is bool
            case "target_accept":
                yield type(value) in (int, float) and isfinite(value) and 0 < value < 1
            case "tune" | "seed":
                yield _is_whole(value)
            case _:
                yield _is_whole(value) and value >= 1


_VARIABLE = _with(
    name=_is_text, stored=_is_text, dims=_list_of(_is_text),
    coordinate=lambda value: type(value) is bool, attributes=_is_dict,
)  # fmt: skip

_FORM: Mapping[str, Test] = {
    "saved": _is_text,
    "saved_by.bayesmm": _is_text,
    "formula": _is_text,
    "family": _is_text,
    "link": _is_text,
    "categorical": _list_of(_is_text),
    "engine": lambda value: _is_text(value) and value in ENGINES,
    "priors.preset": _is_text,
    "priors.changed": _list_of(_is_text),
    "priors.of": _dict_of(_is_text),
    "priors.meaning": _dict_of(_is_text),
    "settings": _is_settings,
    "seconds": _dict_of(_is_number),
    "facts": _is_dict,
    "versions": _dict_of(_is_text),
    "design": _is_dict,
    "check.chain": _list_of(_is_whole),
    "check.draw": _list_of(_is_whole),
    "check.log_prior": _list_of(_is_number),
    "check.log_likelihood": _list_of(_is_number),
    "data.sha256": _is_text,
    "data.rows": _is_whole,
    "data.columns": _list_of(_with(stored=_is_text, dtype=_is_text, name=lambda _: True)),
    "data.names_of_columns": lambda value: isinstance(value, list),
    "data.index": _with(names=lambda value: isinstance(value, list)),
    "data.attributes": _is_dict,
    "data.not_kept": _list_of(_is_text),
    "draws.sha256": _is_text,
    "draws.groups": _list_of(
        _with(path=_is_text, stored=_is_text, attributes=_is_dict, variables=_list_of(_VARIABLE))
    ),
}

_OF_FRAMES = frozenset({"columns", "names_of_columns", "index", "attributes"})
_FORM_OF_FILES: Mapping[str, Test] = {
    name: test
    for name, test in _FORM.items()
    if not (name.startswith("data.") and name.partition(".")[2] in _OF_FRAMES)
} | {
    "success": lambda value: value is None or _is_text(value),
    "data.names": _list_of(_is_text),
    "design.notes": _list_of(_is_text),
    "files.of.paths": _list_of(_is_text),
    "files.of.names": _list_of(_is_text),
    "files.of.stamps": _list_of(_list_of(_is_whole)),
    "files.of.digest": _is_text,
    "files.of.lacking": _list_of(_list_of(_is_text)),
    "files.sums.sha256": _is_text,
    "files.arrays": _list_of(_is_array),
}

_BEFORE_DRAWS = frozenset(
    {"formula", "family", "link", "categorical", "success", "priors", "data", "design", "versions"}
    | {"files"}
)
# How to sample is checked as the arguments of `bayesmm.fit` are.
_HOW: Mapping[str, Test] = {
    "arguments": lambda value: isinstance(value, dict) and set(value) == set(ARGUMENTS),
    "arguments.engine": lambda value: value == "auto" or value in ENGINES,
}
