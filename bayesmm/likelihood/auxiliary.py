"""The auxiliary parameters of counts on the real line, where they are estimated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from bayesmm.model.design import Design

__all__ = ["TRANSFORMS", "Transform", "at_bound", "ends_of_range", "natural_auxiliary"]

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


TRANSFORMS: Mapping[str, Transform] = {
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


def natural_auxiliary(design: Design, values: Array) -> dict[str, float]:
    """Return the auxiliary parameters of the family from their values on the real line."""
    pairs = zip(design.family.auxiliary, values, strict=True)
    return {name: TRANSFORMS[name].natural(value) for name, value in pairs}


def at_bound(design: Design, auxiliary: Mapping[str, float]) -> tuple[str, ...]:
    """Return a sentence for each estimate at the end of its range."""
    mean = float(design.y.mean())
    return tuple(
        TRANSFORMS[name].sentence
        for name, value in auxiliary.items()
        if TRANSFORMS[name].at_bound(value, mean)
    )


def ends_of_range(design: Design, values: Array, size: int) -> NDArray[np.bool_]:
    """Return which of `size` parameters are so near the end of their range that nothing changes.

    The auxiliary ones, with these values on the real line, are the last; the others have no end.
    """
    mean = float(design.y.mean())
    pairs = natural_auxiliary(design, values).items()
    ends = [TRANSFORMS[name].at_bound(value, mean) for name, value in pairs]
    return np.array([False] * (size - len(ends)) + ends, dtype=bool)
