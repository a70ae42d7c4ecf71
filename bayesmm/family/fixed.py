"""A family with some of its further parameters fixed at known numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from bayesmm.errors import UsageError, suggestion
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import OF_ROWS, Family

__all__ = ["with_fixed"]


@cache
def with_fixed(family: Family, values: tuple[tuple[str, float], ...]) -> Family:
    """Return a family with fixed parameters, ``asymmetric_laplace(quantile=0.9)``.

    A parameter that the family does not have, or a value that it cannot have, is a `UsageError`.
    """
    for name, value in values:
        family = _with_one(family, name, value)
    return family


def _with_one(family: Family, name: str, value: float) -> Family:
    own = family.parameter(name)
    if own is None:
        raise UsageError(
            f"The {family.name} family has no parameter '{name}' to be fixed. "
            + suggestion(name, family.auxiliary, label="Parameters")
        )
    _check_value(family, own, value)
    number = f"{value:g}"
    words = family.words
    stem, _, inside = family.name.partition("(")
    inside = ", ".join(part for part in (inside.removesuffix(")"), f"{name}={number}") if part)
    functions = {
        field: _AtValue(function, name, value)
        for field in OF_ROWS
        if (function := getattr(family, field)) is not None
    }
    return replace(
        family,
        name=f"{stem}({inside})",
        parameters=tuple(p for p in family.parameters if p is not own),
        fixed=(*family.fixed, (own, value)),
        density=family.density.with_parameters(_with_value(family.auxiliary.index(name), value)),
        atoms={at: _AtValue(one, name, value) for at, one in family.atoms.items()},
        on_link_scale={},
        compiled={},
        limits={},
        words=replace(
            words,
            title=f"{words.title or stem} ({name} = {number})",
            equation=tuple(part.replace(f"{{{name}}}", number) for part in words.equation),
            pymc=_value_in_call(words.pymc, name, number),
            names={key: own for key, own in words.names.items() if key == "brms"},
            synonyms=(),
        ),
        **functions,
    )


def _check_value(family: Family, own: Parameter, value: float) -> None:
    """Refuse a value that a parameter cannot have."""
    inside = {"share": 0 < value < 1, "positive": value > 0, "real": True}[own.support]
    if not (np.isfinite(value) and inside):
        wanted = {"share": "between 0 and 1", "positive": "above 0", "real": "a number"}
        raise UsageError(
            f"{own.name} of the {family.name} family must be {wanted[own.support]}; it is to be "
            f"fixed at {value:g}."
        )


def _value_in_call(pymc: str, name: str, number: str) -> str:
    """Return the call of PyMC with a number in the place of a parameter, but not as a keyword."""
    return re.sub(rf"\b{name}\b(?!=)", number, pymc)


@dataclass(frozen=True, slots=True)
class _AtValue:
    """A function of the rows of a family, of rows that lack one of its parameters."""

    function: Callable[..., Any]
    name: str
    value: float

    def __call__(self, *arguments: Any) -> Any:
        """Return the function of the rows with the parameter; they are the last argument."""
        *before, rows = arguments
        known = {**rows.auxiliary, self.name: np.asarray(self.value)}
        return self.function(*before, replace(rows, auxiliary=known))


def _with_value(place: int, value: float) -> Callable[[tuple], tuple]:
    """Return a function of parameters that puts a number in one place."""

    def full(further: tuple) -> tuple:
        return (*further[:place], value, *further[place:])

    return full
