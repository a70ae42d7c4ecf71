"""Whether two models are of the same data, and whether one is a special case of the other."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.bounded import unbounded
from bayesmm.family.complement import without_complement
from bayesmm.model.block import Block, Effect
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN

__all__ = [
    "bounded_parameters",
    "columns_outside",
    "is_special_case",
    "refuse_other_data",
    "same_common_effects",
    "same_group_effects",
]

# Known numbers of the rows in words, where that is not their name.
_WORDS = {
    "trials": "number of trials",
    "lower": "lower bounds of censored responses",
    "upper": "upper bounds of censored responses",
    "from": "lower bounds of truncation",
    "to": "upper bounds of truncation",
}
_OUTSIDE = 1e-8  # part of a column's length that may lie outside the span of others


def refuse_other_data(first: Design, second: Design, names: tuple[str, str]) -> None:
    """Refuse to compare models of different responses or rows."""
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
    known = dict.fromkeys((*first.known, *second.known))
    for what, x, y in (
        ("response", first.y, second.y),
        *((_WORDS.get(n, n), first.known.get(n), second.known.get(n)) for n in known),
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
    return _common_within(first, second) and _common_within(second, first)


def _common_within(small: Design, large: Design) -> bool:
    """Return whether the common effects on every parameter lie in the span of the other's."""
    names = [predictor.parameter for predictor in small.predictors]
    return names == [p.parameter for p in large.predictors] and all(
        _within(small.predictor(n).matrix, large.predictor(n).matrix) for n in names
    )


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
    bounded = bounded_parameters(small, large)
    if bounded is None:
        return False
    names = [_plain(large, p.parameter) for p in large.predictors]
    for name, predictor in zip(names, large.predictors, strict=True):
        own = next((p for p in small.predictors if _plain(small, p.parameter) == name), None)
        if own is None:
            continue  # at an end of its range in the small model
        if not _equal(own.offset, predictor.offset) or not _within(own.matrix, predictor.matrix):
            return False
    return _groups_within(small, large)


def _plain(design: Design, parameter: str) -> str:
    """Return the name of a parameter in a family without complements: psi for zi."""
    plain = without_complement(unbounded(design.family))
    if parameter == MEAN or plain is design.family:
        return parameter
    return plain.auxiliary[design.family.auxiliary.index(parameter)]


def bounded_parameters(small: Design, large: Design) -> tuple[str, ...] | None:
    """Return which parameters of the large family are at an end of their range in the small one.

    None when the family of the small model is no special case of that of the large one.
    """
    family, other = (without_complement(unbounded(design.family)) for design in (small, large))
    if family == other:
        return ()
    if family.link != other.link:
        return None
    bounded = other.limits.get(family.name)
    # one that varies is at the end of its range in no direction of its coefficients alone
    if bounded and {_plain(large, name) for name in large.varying} & set(bounded):
        return None
    return bounded


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


def _covariances(design: Design) -> Iterator[tuple[Block, Mapping[str, Array]]]:
    """Return the columns of each unstructured covariance matrix; uncorrelated effects apart.

    By the parameter whose linear predictor the effects are added to.
    """
    for block in design.blocks:
        single: list[Sequence[tuple[Effect, Array]]] = [[pair] for pair in block.effect_columns()]
        for pairs in [list(block.effect_columns())] if block.covariance.correlated else single:
            found: dict[str, list[Array]] = {}
            for effect, column in pairs:
                found.setdefault(_plain(design, effect.predictor), []).append(column)
            yield block, {name: np.column_stack(own) for name, own in found.items()}


def _fits(own: tuple[Block, Mapping[str, Array]], other: tuple[Block, Mapping[str, Array]]) -> bool:
    (block, Z), (host, room) = own, other
    if block.factor != host.factor or np.any(block.columns.codes != host.columns.codes):
        return False
    return all(name in room and _within(columns, room[name]) for name, columns in Z.items())
