"""Whether numbers are uniform between 0 and 1: an exact test of all order statistics at once."""

from functools import lru_cache

import numpy as np

from bayesmm.arrays import Array
from bayesmm.special import betainc, betaincinv, gammaln

__all__ = ["ecdf_band", "uniformity_p_value"]

_HALVINGS = 40  # of log gamma, from 1e-12 to 1: the band is right to 1e-11


def uniformity_p_value(values: Array) -> float:
    """Return the probability with which uniform numbers are as far from uniform as these.

    The i-th smallest of n uniform numbers is Beta(i, n + 1 - i). With its distribution function
    F_i the statistic is gamma = 2 min_i min(F_i(u_(i)), 1 - F_i(u_(i))), and the p value the
    probability of a smaller one, computed exactly.

    References
    ----------
    Aldor-Noiman, Brown, Buja, Rolke and Stine (2013), doi:10.1080/00031305.2013.847865;
    Säilynoja, Bürkner and Vehtari (2022), doi:10.1007/s11222-022-10090-6
    """
    ordered = np.sort(values)
    n = len(ordered)
    below = betainc(np.arange(1, n + 1), np.arange(n, 0, -1), ordered)
    gamma = 2 * float(np.minimum(below, 1 - below).min())
    return _outside(n, gamma)


def ecdf_band(n: int, prob: float) -> tuple[Array, Array]:
    """Return the limits of all order statistics that hold with probability `prob` at once.

    They are lower and upper limits of the i-th smallest of n uniform numbers, of shape (n,).
    """
    return _limits(n, _gamma_of(n, prob))


@lru_cache(maxsize=64)
def _gamma_of(n: int, prob: float) -> float:
    low, high = np.log(1e-12), 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _outside(n, np.exp(middle)) < 1 - prob else (low, middle)
    return float(np.exp(low))


def _limits(n: int, gamma: float) -> tuple[Array, Array]:
    first, last = np.arange(1, n + 1), np.arange(n, 0, -1)
    return betaincinv(first, last, gamma / 2), betaincinv(first, last, 1 - gamma / 2)


@lru_cache(maxsize=4096)
def _outside(n: int, gamma: float) -> float:
    """Return the probability that an order statistic of n uniform numbers leaves its limits.

    The number of values below t is a Markov chain in t: from j at s it grows by a binomial of
    n - j, (t - s) / (1 - s). At the upper limit of the i-th smallest value at least i are below,
    at the lower limit at most i - 1.
    """
    lower, upper = _limits(n, gamma)
    times = np.concatenate([lower, upper])
    least = np.concatenate([np.zeros(n, dtype=int), np.arange(1, n + 1)])
    most = np.concatenate([np.arange(n), np.full(n, n)])
    order = np.argsort(times, kind="stable")
    factorials = gammaln(np.arange(n + 2) + 1.0)
    counts, weights, at, floor = np.array([0]), np.array([1.0]), 0.0, 0
    ceilings = np.minimum.accumulate(most[order][::-1])[::-1]
    for place, k in enumerate(order):
        t = times[k]
        share = (t - at) / (1 - at) if at < 1 else 0.0
        floor = max(floor, int(least[k]))
        reached = np.arange(max(floor, counts[0]), int(ceilings[place]) + 1)
        if not len(reached):
            return 1.0
        grown = reached[None, :] - counts[:, None]
        left = n - counts[:, None]
        possible = grown >= 0
        step = np.where(possible, grown, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_p = (
                factorials[left] - factorials[step] - factorials[left - step]
                + np.where(step > 0, step * np.log(share), 0.0)
                + np.where(left > step, (left - step) * np.log1p(-share), 0.0)
            )  # fmt: skip
        weights = weights @ np.where(possible, np.exp(log_p), 0.0)
        counts, at = reached, t
    return float(np.clip(1 - weights.sum(), 0.0, 1.0))
