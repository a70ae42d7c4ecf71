"""The terms of a design as a reader thinks of them: labels, and columns as products."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from bayesmm.formula.expansion import Term
from bayesmm.formula.syntax import Node, Sum, show, unwrap
from bayesmm.model.coding import CodedTerm
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.response import log_exposure

__all__ = [
    "TermColumns",
    "common_terms",
    "offset_labels",
    "power_of",
    "response_and_trials",
    "varying_terms",
]

_POWER = re.compile(r"I\(([^()^*/+\-]+)\^([2-9])\)")


@dataclass(frozen=True, slots=True)
class TermColumns:
    """One term of the common effects or of a block."""

    variables: tuple[str, ...]  # its variables as written: ``("treat", "I(Time^2)")``
    # per column the names of what is multiplied: ``(("treat[ozone]", "I(Time^2)"),)``
    columns: tuple[tuple[str, ...], ...]
    numeric: bool  # whether no variable is a category
    # the variables in the syntax tree; empty for a design without an encoder
    nodes: tuple[Node, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, as in the tables."""
        return tuple(":".join(parts) for parts in self.columns)


def common_terms(design: Design, parameter: str = MEAN) -> tuple[TermColumns, ...]:
    """Return the terms of the common effects on a parameter; the intercept is none of them."""
    if design.encoder is None:
        return tuple(_plain(name) for name in design.predictor(parameter).names)
    own = design.encoder.written.get(parameter)
    return () if own is None else tuple(_terms(own.terms, design.encoder.terms[parameter]))


def varying_terms(design: Design, index: int, parameter: str = MEAN) -> tuple[TermColumns, ...]:
    """Return the terms of block `index` on a parameter; its intercept is none of them."""
    if design.encoder is None:
        effects = design.blocks[index].effects
        return tuple(
            _plain(e.name) for e in effects if e.predictor == parameter and not e.is_intercept
        )
    parts = (part for part in design.encoder.parts[index] if part.predictor == parameter)
    return tuple(term for part in parts for term in _terms(part.group.terms, part.terms))


def _plain(name: str) -> TermColumns:
    """Return a column of a design without an encoder as a term."""
    return TermColumns((name,), ((name,),), numeric="[" not in name)


def _terms(terms: Sequence[Term], coded: Sequence[CodedTerm]) -> Iterator[TermColumns]:
    for term, code in zip(terms, coded, strict=True):
        every = product(*(factor.names for factor in reversed(code.factors)))
        yield TermColumns(
            variables=tuple(show(node, bare=True) for node in term.factors),
            columns=tuple(tuple(reversed(parts)) for parts in every),
            numeric=all(factor.kept is None for factor in code.factors),
            nodes=term.factors,
        )


def power_of(name: str) -> tuple[str, str] | None:
    """Return ``("Time", "2")`` for ``"I(Time^2)"``; None for what is no plain power."""
    match = _POWER.fullmatch(name)
    return None if match is None else (match[1].strip(), match[2])


def response_and_trials(design: Design) -> tuple[str, str | None]:
    """Return the response, and the number of trials where the formula gives one.

    ``cbind(y, n - y)`` is y out of n; ``cbind(y, f)`` is y out of y + f.
    """
    if design.encoder is None:
        return design.response, None if design.trials is None else "trials"
    response = design.encoder.formula.response
    if design.family.response == "multinomial":
        return design.response, None
    value = show(response.value, bare=True)
    if response.trials is not None:
        return value, show(response.trials, bare=True)
    if response.failures is None:
        return value, None
    failures = unwrap(response.failures)
    if isinstance(failures, Sum) and len(failures.parts) == 2:
        (first_sign, first), (second_sign, second) = failures.parts
        if (first_sign, second_sign, second) == ("+", "-", response.value):
            return value, show(first, bare=True)
    return value, f"({value} + {show(failures, bare=True)})"


def offset_labels(design: Design, parameter: str = MEAN) -> tuple[str, ...]:
    """Return the offsets of a parameter as written."""
    if design.encoder is None:
        return () if design.predictor(parameter).offset is None else ("offset",)
    own = design.encoder.written.get(parameter)
    if own is None:
        return ()
    rate = design.encoder.formula.response.rate
    exposure = (log_exposure(rate),) if parameter == MEAN and rate is not None else ()
    return tuple(show(node, bare=True) for node in (*own.offsets, *exposure))
