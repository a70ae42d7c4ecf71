"""First guesses for the families with zeros of their own: zero-inflated and hurdle counts."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design

__all__ = ["has_own_zeros", "mean_of_counts", "share_of_counts", "working_rows"]

type Floats = NDArray[np.float64]

# alpha of negative binomial counts, as in the other guesses.
_ALPHA = 2.0
_ROUNDS = 30


def has_own_zeros(design: Design) -> bool:
    """Return whether a zero of the response need not be a count."""
    return "psi" in design.family.auxiliary


def mean_of_counts(design: Design) -> float:
    """Return the mean of Poisson counts whose positive ones have the mean of those observed."""
    positive = design.y[design.y > 0]
    observed = float(positive.sum() + 1.5) / (positive.size + 1)
    mean = observed
    for _ in range(_ROUNDS):
        mean = observed * -np.expm1(-mean)
    return float(mean)


def share_of_counts(design: Design) -> float:
    """Return a guess of psi, never 0 or 1."""
    n, n_positive = design.n_obs, int(np.count_nonzero(design.y))
    share = (n_positive + 0.5) / (n + 1.0)
    if design.family.name.startswith("zero_inflated"):
        share /= -np.expm1(-mean_of_counts(design))
    return float(np.clip(share, 0.5 / n, 1.0 - 0.5 / n))


def working_rows(design: Design, mu: Floats, slope: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, its slope in eta, and variance of each response as far as it is a count.

    A zero of the zero-inflated families is a count with its probability at `mu`, as in a step of
    the EM algorithm: its variance is divided by that. A zero below a hurdle says nothing of the
    counts; a response above it is a count given that it is positive, with the moments of Poisson
    counts.

    Parameters
    ----------
    design : Design
        The model.
    mu, slope : ndarray, shape (n,)
        Mean of the counts and d mu / d eta.
    """
    dispersed = "alpha" in design.family.auxiliary
    zero = design.y == 0
    variance = mu * (1.0 + mu / _ALPHA) if dispersed else mu
    log_zero = -_ALPHA * np.log1p(mu / _ALPHA) if dispersed else -mu
    with np.errstate(divide="ignore"):  # the variance of a row that says nothing is infinite
        if design.family.name.startswith("zero_inflated"):
            psi = share_of_counts(design)
            counts = psi * np.exp(log_zero)
            return mu, slope, variance * np.where(zero, (1.0 - psi + counts) / counts, 1.0)
        mean = mu / -np.expm1(-mu)
        own = mean * (1.0 + mu - mean)
        spread = own * (1.0 + mu / _ALPHA) if dispersed else own
        return mean, own / mu * slope, np.where(zero, np.inf, spread)
