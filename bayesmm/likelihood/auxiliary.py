"""The further parameters of a family on the real line, where they are estimated."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.parameter import Parameter
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for

__all__ = [
    "at_bound",
    "ends_of_range",
    "joint_covariance",
    "limits_of",
    "natural_auxiliary",
    "starts_of",
]

type Array = NDArray[np.float64]


def starts_of(design: Design) -> list[float]:
    """Return where the search of each further parameter begins."""
    return [
        own.real(own.estimated.first(responses_for(design, own))) for own in design.family.further
    ]


def limits_of(design: Design) -> list[tuple[float, float]]:
    """Return the ends of the range that a search may use, of each further parameter."""
    return [own.estimated.limits(responses_for(design, own)) for own in design.family.further]


def natural_auxiliary(design: Design, values: Array) -> dict[str, float]:
    """Return the further parameters of the family from their values on the real line."""
    parts = zip(design.family.further, values, strict=True)
    return {own.name: own.natural(value) for own, value in parts}


def joint_covariance(
    design: Design, ways: Array, inverse: Array, auxiliary: Mapping[str, float]
) -> Array:
    """Return the covariance matrix of coefficients and further parameters.

    Parameters
    ----------
    design : Design
        The model.
    ways : ndarray, shape (p, p)
        The coefficients are `ways` times the first p numbers that were searched.
    inverse : ndarray, shape (p + k, p + k)
        Covariance of what was searched, the further parameters on the real line.
    auxiliary : mapping of str to float
        The further parameters.
    """
    known = (own for own in design.family.further if own.name in auxiliary)
    slopes = [own.slope(auxiliary[own.name]) for own in known]
    p = len(ways)
    own = np.diag(np.concatenate([np.ones(p), slopes]))
    own[:p, :p] = ways
    return own @ inverse @ own.T


def at_bound(design: Design, auxiliary: Mapping[str, float]) -> tuple[str, ...]:
    """Return a sentence for each estimate at the end of its range."""
    known = {own.name: own for own in design.family.further}
    return tuple(
        known[name].estimated.sentence
        for name, value in auxiliary.items()
        if _is_at_bound(design, known[name], value)
    )


def ends_of_range(design: Design, values: Array, size: int) -> NDArray[np.bool_]:
    """Return which of `size` parameters are so near the end of their range that nothing changes.

    The further ones, with these values on the real line, are the last; the others have no end.
    """
    natural = natural_auxiliary(design, values).values()
    pairs = zip(design.family.further, natural, strict=True)
    ends = [_is_at_bound(design, own, value) for own, value in pairs]
    return np.array([False] * (size - len(ends)) + ends, dtype=bool)


def _is_at_bound(design: Design, own: Parameter, value: float) -> bool:
    return own.estimated.at_bound(value, responses_for(design, own))
