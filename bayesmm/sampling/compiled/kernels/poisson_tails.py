"""Tails of Poisson counts in compiled code: regularised incomplete gamma functions.

Of P(Y <= y) = Q(a, mu) and P(Y > y) = P(a, mu), a = y + 1, the smaller one is computed, below the
mean by a series and above it by Legendre's continued fraction, and the other one from it.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["poisson_above", "poisson_below"]

_LARGEST_EXPONENT = 700.0  # of more it overflows


@bare
def _tails(count, log_mu):
    """Return log P(Y <= count) and log P(Y > count) of a Poisson count, and d P(Y > count)."""
    a, log_mu = count + 1.0, min(log_mu, _LARGEST_EXPONENT)
    mu = math.exp(log_mu)
    edge = a * log_mu - mu - math.lgamma(a)  # log of the derivative in log mu
    if mu < a + 1.0:
        term = total = 1.0 / a
        place = a
        while term > 1e-17 * total:
            place += 1.0
            term *= mu / place
            total += term
        above = min(edge + math.log(total), 0.0)
        rest = -math.expm1(above)
        below = math.log(rest) if rest > 0.0 else -math.inf
        return below, above, edge
    # Lentz's way through Legendre's continued fraction
    b = mu + 1.0 - a
    c, d = 1e300, 1.0 / b
    fraction, level, change = d, 0.0, 0.0
    while abs(change - 1.0) > 1e-16 and level < 100_000.0:
        level += 1.0
        step = -level * (level - a)
        b += 2.0
        d = step * d + b
        d = 1.0 / (d if abs(d) > 1e-300 else 1e-300)
        c = b + step / c
        c = c if abs(c) > 1e-300 else 1e-300
        change = d * c
        fraction *= change
    below = min(edge + math.log(fraction), 0.0)
    rest = -math.expm1(below)
    return below, math.log(rest) if rest > 0.0 else -math.inf, edge


def poisson_below(count, log_mu):
    """Return log P(Y <= count) and its derivative in the log of the mean."""
    value, _, edge = _tails(count, log_mu)
    return value, -math.exp(edge - value)


def poisson_above(count, log_mu):
    """Return log P(Y > count) and its derivative in the log of the mean."""
    _, value, edge = _tails(count, log_mu)
    return value, math.exp(edge - value)
