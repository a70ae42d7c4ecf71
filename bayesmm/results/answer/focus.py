"""The predictor that the question is about, and what its effect depends on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.cells import told_apart
from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Name
from bayesmm.model.coding import CodedTerm
from bayesmm.model.columns import read_numbers
from bayesmm.results.marginal.grid import names_of, predictor_levels
from bayesmm.results.prediction.prediction_rows import used_rows
from bayesmm.wording import option

__all__ = ["Focus", "focal_predictors", "step_of", "two_valued"]


@dataclass(frozen=True, slots=True)
class Focus:
    """A predictor of the common effects that a question is about."""

    name: str
    # its levels; of a number with two values these as text, and empty for other numbers
    levels: tuple[str, ...]
    pair: tuple[float, float] | None  # of a number with two values these
    step: float  # how far two rows of a number with more values are apart that are compared
    factors: tuple[str, ...]  # factors that it interacts with
    numbers: tuple[str, ...]  # numbers that it interacts with
    curved: bool  # whether its relation to the linear predictor need not be a straight line


def focal_predictors(fit: FitRecord, focus: str | Sequence[str] | None = None) -> tuple[Focus, ...]:
    """Return the predictors that are asked about: the named ones, else the first of the formula.

    There are none for a model without predictors, and for a design of arrays, which names none.
    `focus` names predictors of the common effects.
    """
    encoder = fit.design.encoder
    named = names_of(focus)
    if encoder is None:
        if named:
            raise UsageError(
                f"The design was built from arrays and has no predictors to name; leave "
                f"{option('focus')} out."
            )
        return ()
    known = dict.fromkeys(
        column.value
        for term in _terms(fit)
        for factor in term.factors
        for column in columns_of(factor.node)
    )
    for name in named:
        refuse_unknown(
            name, known, f"'{name}' is not a predictor of the common effects.", "Predictors"
        )
    chosen = dict.fromkeys(named) or list(known)[:1]
    return tuple(_focus(fit, name) for name in chosen)


def _terms(fit: FitRecord) -> tuple[CodedTerm, ...]:
    """Return the terms of the common effects on mu, and those of ``cs()``."""
    encoder = fit.design.encoder
    specific = fit.design.specific_predictors[:1]  # they are the same at each threshold
    return (*encoder.common, *(t for own in specific for t in encoder.terms[own.parameter]))


def _focus(fit: FitRecord, name: str) -> Focus:
    every = predictor_levels(fit)
    partners = dict.fromkeys(_partners(fit, name))
    levels, pair, step = every[name], None, 1.0
    if levels is None:
        numbers = read_numbers(name, used_rows(fit)[name])
        pair = two_valued(fit, name)
        levels = tuple(told_apart(pair or ()))
        step = step_of(numbers)
    return Focus(
        name=name,
        levels=levels,
        pair=pair,
        step=step,
        factors=tuple(partner for partner in partners if every[partner] is not None),
        numbers=tuple(partner for partner in partners if every[partner] is None),
        curved=not levels and _is_curved(fit, name),
    )


def two_valued(fit: FitRecord, name: str) -> tuple[float, float] | None:
    """Return the two values of a number that has two in the rows of the fit; else None."""
    distinct = np.unique(read_numbers(name, used_rows(fit)[name]))
    return (float(distinct[0]), float(distinct[1])) if len(distinct) == 2 else None


def step_of(numbers: NDArray[np.float64]) -> float:
    """Return how far two rows of a number are apart that are compared in words.

    1, unless that is more than the whole range or less than a hundredth of it: then the power of
    ten below the standard deviation.
    """
    width, spread = float(np.ptp(numbers)), float(numbers.std())
    if spread == 0 or width / 100 <= 1 <= width:
        return 1.0
    return float(10.0 ** np.floor(np.log10(spread)))


def _partners(fit: FitRecord, name: str) -> Iterator[str]:
    """Yield the columns that stand in a term with this one."""
    for term in _terms(fit):
        columns = [c.value for factor in term.factors for c in columns_of(factor.node)]
        if name in columns:
            yield from (column for column in columns if column != name)


def _is_curved(fit: FitRecord, name: str) -> bool:
    """Return whether the column stands within a function in some term."""
    nodes = [factor.node for term in _terms(fit) for factor in term.factors]
    inside = (node for node in nodes if name in {column.value for column in columns_of(node)})
    return any(not isinstance(node, Name) for node in inside)
