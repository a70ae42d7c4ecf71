"""Checks of the common effects: numbers that look like categories, zeros, rare levels."""

from collections.abc import Iterator

import numpy as np

from bayesmm.explanation.english import counted, listed, number
from bayesmm.explanation.evidence import Evidence
from bayesmm.explanation.terms import common_terms
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Name, quoted
from bayesmm.model.coding import NumericVariable
from bayesmm.model.columns import few
from bayesmm.model.predictor_scale import constant_weights
from bayesmm.wording import option

__all__ = [
    "constant_offset",
    "far_predictor_value",
    "integer_like_factor",
    "no_intercept",
    "rare_level",
]

_FEWEST_VALUES, _MOST_VALUES = 3, 5
_FEW_ROWS = 5
# Of 10^9 normal numbers the furthest is at 4.6 such ranges, of as many lognormal ones at 300; what
# is beyond is a unit or a code for "missing" more often than a number.
_FAR_RANGES = 1000.0


def integer_like_factor(evidence: Evidence) -> Iterator[str]:
    """Find columns of numbers that may be categories.

    Rule: a column that stands by itself in a term, is a number, and has 3 to 5 distinct values,
    all whole. Two values make the same model either way; a column that the formula also uses
    inside a function, as in I(x^2), or as a grouping, is a number to its author here.
    """
    encoder = evidence.design.encoder
    nodes = (*encoder.variables, *encoder.formula.offsets)
    meant = {c.value for node in nodes if not isinstance(node, Name) for c in columns_of(node)}
    meant |= {column.value for column in encoder.formula.group_columns()}
    for node, variable in encoder.variables.items():
        if not isinstance(node, Name) or not isinstance(variable, NumericVariable):
            continue
        if node.value in meant or (values := _few_whole(evidence.values[node][:, 0])) is None:
            continue
        yield (
            f"{node.value} has {len(values)} distinct values ({few(values.tolist())}) and is read "
            f"as a number: one slope for every step. If they are categories, write "
            f"factor({quoted(node.value)}) or {option('categorical', [node.value])}."
        )


def far_predictor_value(evidence: Evidence) -> Iterator[str]:
    """Find numbers that are so far from the others of their column that they are its whole slope.

    Rule: a value further from the median of the column than 1,000 times the range that holds half
    of its values.
    """
    for name, values in evidence.quantities():
        low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
        far = np.abs(values - middle) > _FAR_RANGES * (high - low)
        if high == low or not far.any():
            continue
        furthest = values[np.argmax(np.abs(values - middle))]
        yield (
            f"{name} is {number(float(furthest))} at its furthest, and half of its values are "
            f"from {number(float(low))} to {number(float(high))}: its slope is decided by the "
            f"{counted(int(far.sum()), 'row')} so far away. Look whether it is another unit, or "
            "stands for a missing value."
        )


def _few_whole(x: np.ndarray) -> np.ndarray | None:
    """Return the distinct values of a column when they are few and whole."""
    start = np.unique(x[:1000])  # most columns show here already that they have many values
    if len(start) > _MOST_VALUES:
        return None
    values = np.unique(x)
    few_values = _FEWEST_VALUES <= len(values) <= _MOST_VALUES
    return values if few_values and (values == np.floor(values)).all() else None


def no_intercept(evidence: Evidence) -> Iterator[str]:
    """Find a model of numbers that is forced through the origin.

    Rule: no intercept, and no columns that hold one, as the dummies of cell means do.
    """
    design = evidence.design
    terms = common_terms(design)
    if design.mu.has_level or constant_weights(design.mu.X).any():
        return
    names = list(dict.fromkeys(name for t in terms if t.numeric for name in t.variables))
    where = f" where {listed(names)} {'is' if len(names) == 1 else 'are'} 0" if names else ""
    observed = design.y / evidence.trials
    yield (
        f"The model has no intercept, so its linear predictor is 0{where}; the mean of "
        f"{design.response} is {number(float(observed.mean()))}. Write 1 + ... for an intercept."
    )


def constant_offset(evidence: Evidence) -> Iterator[str]:
    """Find an offset that is the same in every row, so that it only moves the intercept.

    Rule: the least offset equals the greatest.
    """
    offset = evidence.design.mu.offset
    if offset is not None and offset.min() == offset.max():
        yield (
            f"The offset is {number(float(offset[0]))} in every row, so it only moves the "
            "intercept; an exposure or a known part should differ between rows."
        )


def rare_level(evidence: Evidence) -> Iterator[str]:
    """Find levels of factors with few rows, whose effects rest on little but the prior.

    Rule: a level of a factor among the common effects with fewer than 5 rows; with fewer than 5
    trials when the response counts trials.
    """
    trials = evidence.design.trials
    what = "row" if trials is None else "trial"
    for category, codes in evidence.categories():
        sizes = np.bincount(codes, weights=trials, minlength=len(category.levels))
        rare = [
            f"{level} ({counted(int(size), what)})"
            for level, size in zip(category.levels, sizes, strict=True)
            if size < _FEW_ROWS
        ]
        if rare:
            yield (
                f"{category.label} has {counted(len(rare), 'level')} with fewer than "
                f"{_FEW_ROWS} {what}s: {few(rare, 8)}. What the model says about "
                f"{'it' if len(rare) == 1 else 'them'} is mostly the prior; consider joining "
                "levels."
            )
