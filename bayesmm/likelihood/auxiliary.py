"""The auxiliary parameters of a family on the real line, where they are estimated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from bayesmm.model.design import Design

__all__ = ["Transform", "at_bound", "ends_of_range", "natural_auxiliary", "transforms_of"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transform:
    """One auxiliary parameter.

    Attributes
    ----------
    natural, real : callable
        The parameter from its value on the real line, and back.
    start : float
        Where a search begins, on the real line.
    limits : callable
        Ends of the range that a search may use, on the real line, from the mean of the response:
        beyond them the likelihood no longer changes.
    at_bound : callable
        Whether an estimate is at the end of its range, from it and the mean of the response.
    sentence : str
        What to say of such an estimate.
    """

    natural: Callable[[float], float]
    real: Callable[[float], float]
    start: float
    limits: Callable[[float], tuple[float, float]]
    at_bound: Callable[[float, float], bool]
    sentence: str


_COUNTS: Mapping[str, Transform] = {
    "alpha": Transform(
        lambda value: float(np.exp(value)),
        lambda alpha: float(np.log(alpha)),
        0.0,
        lambda mean: (-15.0, float(np.log(mean)) + 14.0),
        lambda alpha, mean: alpha > 1e4 * mean,  # the variance is 1.0001 times the mean
        "alpha grows without bound: the counts vary no more than poisson counts.",
    ),
    "psi": Transform(
        lambda value: float(expit(value)),
        lambda psi: float(logit(psi)),
        float(logit(0.75)),
        lambda _: (-20.0, 20.0),
        lambda psi, _: psi > 1 - 1e-6,
        "psi is at its bound 1: the data have no zeros besides those of the counts.",
    ),
}


def _positive(start: float, largest: float, sentence: str) -> Transform:
    """Return a parameter of a continuous response of unit size, estimated by its logarithm.

    It is at the end of its range where it is `largest`.
    """
    end = float(np.log(largest))
    return Transform(
        lambda value: float(np.exp(value)),
        lambda parameter: float(np.log(parameter)),
        float(np.log(start)),
        lambda _: (-15.0, end + 3.0),
        lambda parameter, _: parameter > largest,
        sentence,
    )


_NO_SCATTER = "{} grows without bound: the response does not vary about its mean."
_CONTINUOUS: Mapping[str, Transform] = {
    "sigma": _positive(0.7, 1e6, "sigma grows without bound."),
    "nu": _positive(
        8.0, 1e4, "nu grows without bound: the residuals have no heavier tails than gaussian ones."
    ),
    "alpha": _positive(2.0, 1e10, _NO_SCATTER.format("alpha")),
    "kappa": _positive(5.0, 1e10, _NO_SCATTER.format("kappa")),
}


def transforms_of(design: Design) -> tuple[Transform, ...]:
    """Return how each auxiliary parameter of the family is estimated."""
    known = _COUNTS if design.family.response == "count" else _CONTINUOUS
    return tuple(known[name] for name in design.family.auxiliary)


def natural_auxiliary(design: Design, values: Array) -> dict[str, float]:
    """Return the auxiliary parameters of the family from their values on the real line."""
    parts = zip(design.family.auxiliary, transforms_of(design), values, strict=True)
    return {name: transform.natural(value) for name, transform, value in parts}


def at_bound(design: Design, auxiliary: Mapping[str, float]) -> tuple[str, ...]:
    """Return a sentence for each estimate at the end of its range."""
    mean = float(design.y.mean())
    known = dict(zip(design.family.auxiliary, transforms_of(design), strict=True))
    return tuple(
        known[name].sentence
        for name, value in auxiliary.items()
        if known[name].at_bound(value, mean)
    )


def ends_of_range(design: Design, values: Array, size: int) -> NDArray[np.bool_]:
    """Return which of `size` parameters are so near the end of their range that nothing changes.

    The auxiliary ones, with these values on the real line, are the last; the others have no end.
    """
    mean = float(design.y.mean())
    natural = natural_auxiliary(design, values).values()
    pairs = zip(transforms_of(design), natural, strict=True)
    ends = [transform.at_bound(value, mean) for transform, value in pairs]
    return np.array([False] * (size - len(ends)) + ends, dtype=bool)
