"""Whether two models are of the same data, and whether one is a special case of the other."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UsageError
from bayesmm.model.block import Block
from bayesmm.model.design import Design

__all__ = [
    "bounded_parameters",
    "columns_outside",
    "is_special_case",
    "refuse_other_data",
    "same_common_effects",
    "same_group_effects",
]

type Array = NDArray[np.float64]

_OUTSIDE = 1e-8  # part of a column's length that may lie outside the span of others


def refuse_other_data(first: Design, second: Design, names: tuple[str, str]) -> None:
    """Refuse to compare models of different responses or rows.

    Raises
    ------
    UsageError
        With the reason.
    """
    a, b = names
    if first.response != second.response:
        raise UsageError(
            f"'{a}' is a model of {first.response} and '{b}' of {second.response}: predictive "
            "densities and likelihoods of different responses cannot be compared."
        )
    if len(first.rows) != len(second.rows) or np.any(first.rows != second.rows):
        only = np.setxor1d(first.rows, second.rows)
        raise UsageError(
            f"'{a}' uses {first.n_obs} rows and '{b}' {second.n_obs}; they differ in "
            f"{len(only)} rows (for one: row {only[0] if len(only) else '?'}), perhaps because "
            "of missing values. Fit both to the same rows."
        )
    for what, x, y in (
        ("response", first.y, second.y),
        ("number of trials", first.trials, second.trials),
        ("weights", first.weights, second.weights),
    ):
        if (x is None) != (y is None) or (x is not None and np.any(x != y)):
            raise UsageError(f"'{a}' and '{b}' differ in the {what}: they are not comparable.")
    discrete = [design.family.discrete for design in (first, second)]
    if discrete[0] != discrete[1]:
        raise UsageError(
            f"'{a}' ({first.family.name}) and '{b}' ({second.family.name}): one has "
            "probabilities of a discrete response and the other densities of a continuous one, "
            "which cannot be compared."
        )


def same_common_effects(first: Design, second: Design) -> bool:
    """Return whether two designs have the same space of common effects."""
    a, b = first.mu.matrix, second.mu.matrix
    return _within(a, b) and _within(b, a)


def same_group_effects(first: Design, second: Design) -> bool:
    """Return whether two designs have the same covariance matrices of the same effects."""
    return _groups_within(first, second) and _groups_within(second, first)


def is_special_case(small: Design, large: Design) -> bool:
    """Return whether the small model is a special case of the large one.

    Its family must be the other's or a limit of it (poisson of negativebinomial and of the
    zero-inflated families), with the same link. Its common effects must lie in the span of the
    other's, and each of its covariance matrices must be possible within one of the other's: the
    same factor, and effects in the span of a
    correlated block or equal to a single effect.
    """
    if bounded_parameters(small, large) is None or not _equal(small.mu.offset, large.mu.offset):
        return False
    if not _within(small.mu.matrix, large.mu.matrix):
        return False
    return _groups_within(small, large)


def bounded_parameters(small: Design, large: Design) -> tuple[str, ...] | None:
    """Return which parameters of the large family are at an end of their range in the small one.

    None when the family of the small model is no special case of that of the large one.
    """
    if small.family == large.family:
        return ()
    if small.family.link != large.family.link:
        return None
    return large.family.limits.get(small.family.name)


def _groups_within(small: Design, large: Design) -> bool:
    room = list(_covariances(large))
    return all(any(_fits(own, other) for other in room) for own in _covariances(small))


def _equal(a: Array | None, b: Array | None) -> bool:
    zero = np.zeros(1)
    return bool(np.all((zero if a is None else a) == (zero if b is None else b)))


def columns_outside(columns: Array, span: Array) -> NDArray[np.bool_]:
    """Return which columns do not lie in the span of others, up to rounding."""
    if not columns.shape[1] or not span.shape[1]:
        return np.any(columns != 0, axis=0)
    scaled = span / np.where(norms := np.linalg.norm(span, axis=0), norms, 1.0)
    left = columns - scaled @ np.linalg.lstsq(scaled, columns)[0]
    return np.linalg.norm(left, axis=0) > _OUTSIDE * np.linalg.norm(columns, axis=0)


def _within(columns: Array, span: Array) -> bool:
    return not columns_outside(columns, span).any()


def _covariances(design: Design) -> Iterator[tuple[Block, Array]]:
    """Return the columns of each unstructured covariance matrix; uncorrelated effects apart."""
    for block in design.blocks:
        if block.covariance.correlated:
            yield block, block.columns.Z
        else:
            yield from ((block, column[:, None]) for column in block.columns.Z.T)


def _fits(own: tuple[Block, Array], other: tuple[Block, Array]) -> bool:
    (block, Z), (host, room) = own, other
    if block.factor != host.factor or np.any(block.columns.codes != host.columns.codes):
        return False
    return _within(Z, room)
