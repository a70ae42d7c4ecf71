"""Tails of Poisson counts in compiled code: those of gamma variables.

With a = y + 1, P(Y <= y) = Q(a, mu) and P(Y > y) = P(a, mu).
"""

import math

from bayesmm.sampling.compiled.kernels.gamma_tails import gamma_tails

__all__ = ["poisson_above", "poisson_below"]


def poisson_below(count, log_mu):
    """Return log P(Y <= count) and its derivative in the log of the mean."""
    a = count + 1.0
    _, _, _, value, _, slope = gamma_tails(a, log_mu - math.log(a))
    return value, slope


def poisson_above(count, log_mu):
    """Return log P(Y > count) and its derivative in the log of the mean."""
    a = count + 1.0
    value, _, slope, _, _, _ = gamma_tails(a, log_mu - math.log(a))
    return value, slope
