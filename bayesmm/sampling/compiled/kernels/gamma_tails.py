"""Tails of gamma variables with their derivatives in compiled code, see `family.gamma_tails`.

Those of Poisson counts are of them too: P(Y <= y) = Q(a, mu) and P(Y > y) = P(a, mu), a = y + 1.
"""

import math

from bayesmm.sampling.compiled.kernels.elementary import digamma
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = [
    "gamma_above",
    "gamma_below",
    "gamma_tails",
    "others_of",
    "poisson_above",
    "poisson_below",
]

_LARGE = 64.0  # from here on Stirling's series
_LARGEST_EXPONENT = 700.0


@bare
def _log_edge(a, log_ratio):
    """Return the log of x^a exp(-x) / Gamma(a) at x = a exp(log_ratio), and its slope in a."""
    gap = math.expm1(log_ratio)
    if a < _LARGE:
        x = a * (1.0 + gap)
        value = a * (math.log(a) + log_ratio) - x - math.lgamma(a)
        return value, math.log(a) + log_ratio - digamma(a)
    r = 1.0 / a
    s = r * r
    rest = (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s / 1680.0))) * r
    of_rest = -(1.0 / 12.0 - s * (1.0 / 120.0 - s * (1.0 / 252.0 - s / 240.0))) * s
    value = a * (log_ratio - gap) - rest + 0.5 * math.log(0.15915494309189535 * a)
    return value, log_ratio + 0.5 * r - of_rest


@bare
def others_of(value):
    """Return the log of 1 - p and its slope in log p, from log p; of p = 1 the slope 0."""
    rest = -math.expm1(value)
    if not rest > 0.0:
        return -math.inf, 0.0
    # the second form keeps the digits of what is nearly 0
    log_rest = math.log(rest) if value > -1.0 else math.log1p(-math.exp(value))
    return log_rest, -math.exp(value) / rest


@bare
def gamma_tails(a, log_ratio):
    """Return log P and log Q at a and x = a exp(log_ratio), with slopes in a and in log x.

    The slope in a is at a fixed x. The smaller one is computed, below a by a series and above it by
    Legendre's continued fraction, with its derivative, and the other one from it.
    """
    log_ratio = min(log_ratio, _LARGEST_EXPONENT)
    x = a * math.exp(log_ratio)
    edge, slope = _log_edge(a, log_ratio)
    if x < a + 1.0:
        term = total = 1.0 / a
        place, of_total, harmonic = a, -1.0 / (a * a), 1.0 / a
        while term > 1e-17 * total:
            place += 1.0
            term *= x / place
            harmonic += 1.0 / place
            total += term
            of_total -= term * harmonic
        lower = min(edge + math.log(total), 0.0)
        of_a, of_x = slope + of_total / total, math.exp(edge - lower)
        upper, odds = others_of(lower)
        return lower, of_a, of_x, upper, odds * of_a, odds * of_x
    # Lentz's way through Legendre's continued fraction, each number with its slope in a
    b, of_b = x + 1.0 - a, -1.0
    c, of_c, d = 1e300, 0.0, 1.0 / b
    of_d = -of_b * d * d
    fraction, of_fraction = d, of_d / d
    level, change, more = 0.0, 0.0, 0.0
    # where a is a whole number the fraction ends, but not its slope
    while (
        abs(change - 1.0) > 1e-16 or abs(more) > 1e-14 * (1.0 + abs(of_fraction))
    ) and level < 100_000.0:
        level += 1.0
        step = -level * (level - a)
        b += 2.0
        d_next = step * d + b
        of_next = level * d + step * of_d + of_b
        d_next = d_next if abs(d_next) > 1e-300 else 1e-300
        of_c = (level - step * of_c / c) / c + of_b
        c = b + step / c
        c = c if abs(c) > 1e-300 else 1e-300
        d = 1.0 / d_next
        of_d = -of_next * d * d
        change = d * c
        more = of_d / d + of_c / c
        fraction *= change
        of_fraction += more
    upper = min(edge + math.log(fraction), 0.0)
    of_a, of_x = slope + of_fraction, -math.exp(edge - upper)
    lower, odds = others_of(upper)
    return lower, odds * of_a, odds * of_x, upper, of_a, of_x


def gamma_below(y, log_mu, alpha):
    """Return log P(Y <= y) of a gamma variable, and its slopes in log mu and in alpha."""
    value, of_a, of_x, _, _, _ = gamma_tails(alpha, math.log(y) - log_mu)
    return value, -of_x, of_a + of_x / alpha


def gamma_above(y, log_mu, alpha):
    """Return log P(Y > y) of a gamma variable, and its slopes in log mu and in alpha."""
    _, _, _, value, of_a, of_x = gamma_tails(alpha, math.log(y) - log_mu)
    return value, -of_x, of_a + of_x / alpha


def poisson_below(count, log_mu):
    """Return log P(Y <= count) of a Poisson count, and its slope in log mu."""
    a = count + 1.0
    _, _, _, value, _, slope = gamma_tails(a, log_mu - math.log(a))
    return value, slope


def poisson_above(count, log_mu):
    """Return log P(Y > count) of a Poisson count, and its slope in log mu."""
    a = count + 1.0
    value, _, slope, _, _, _ = gamma_tails(a, log_mu - math.log(a))
    return value, slope
