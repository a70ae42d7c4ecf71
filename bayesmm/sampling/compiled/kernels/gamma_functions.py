"""Log gamma functions of positive numbers without branches, and their derivatives.

Stirling's series from 8 on; below, of x + 8, whose factors x (x + 1) ... (x + 7) are taken off.
Their product is u (u + 6) (u + 10) (u + 12) with u = x (x + 7), and the sum of their inverses, by
which digamma differs, is the logarithmic derivative of that.
"""

from bayesmm.sampling.compiled.kernels.elementary import log1p_of, log_of
from bayesmm.sampling.compiled.kernels.instructions import (
    Float64,
    polynomial,
    select,
    written_pair,
)

__all__ = ["log_gamma", "log_gamma_of", "log_rising", "log_rising_of"]

# B_2k / (2k (2k - 1)) and B_2k / (2k) in powers of 1 / x^2, k from 1: of Stirling's series of log
# Gamma, times 1 / x, and of that of digamma, times -1 / x^2. What is left out is below 1e-16 at 8.
_OF_LOG_GAMMA = (
    *(1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0),
    *(-691.0 / 360360.0, 1.0 / 156.0, -3617.0 / 122400.0),
)
_OF_DIGAMMA = (
    *(1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0),
    *(-691.0 / 32760.0, 1.0 / 12.0, -3617.0 / 8160.0),
)
_FIRST = 8.0
_HALF_LOG_TWO_PI = 0.9189385332046727


def _factors(x: Float64) -> tuple[Float64, Float64]:
    """Return the product of x to x + 7, and the sum of their inverses."""
    u = x * (x + 7.0)
    a, b = u * (u + 6.0), (u + 10.0) * (u + 12.0)
    slope = (2.0 * u + 6.0) * b + a * (2.0 * u + 22.0)
    return a * b, (2.0 * x + 7.0) * (slope / (a * b))


def _from_eight(x: Float64) -> tuple[Float64, Float64, Float64]:
    """Return x, or x + 8 of small x; the factor that Gamma has gained, and what digamma has."""
    small = x.is_below(_FIRST)
    product, inverses = _factors(select(small, x, _FIRST))  # of large x they would overflow
    return select(small, x + _FIRST, x), select(small, product, 1.0), select(small, inverses, 0.0)


def log_gamma_of(x: Float64) -> tuple[Float64, Float64]:
    """Return log Gamma(x), x > 0, and its derivative, digamma."""
    large, factor, inverses = _from_eight(x)
    r = 1.0 / large
    z = r * r
    logarithm = log_of(large)
    series = r * polynomial(z, _OF_LOG_GAMMA)
    value = (large - 0.5) * logarithm - large + _HALF_LOG_TWO_PI + series
    slope = logarithm - 0.5 * r - z * polynomial(z, _OF_DIGAMMA)
    return value - log_of(factor), slope - inverses


def log_rising_of(count: Float64, alpha: Float64) -> tuple[Float64, Float64]:
    """Return log Gamma(count + alpha) - log Gamma(alpha), and its derivative in alpha.

    The difference of Stirling's series is taken term by term, which keeps the digits that two large
    log gammas have in common.
    """
    total = count + alpha
    upper, more, inverses = _from_eight(total)
    lower, less, others = _from_eight(alpha)
    r, s = 1.0 / upper, 1.0 / lower
    z, w = r * r, s * s
    # of both from 8 on, without what their sum has lost
    gap = select(total.is_below(_FIRST), count, count - _FIRST)
    gap = select(alpha.is_below(_FIRST), gap, count)
    ratio = log1p_of(gap * s)
    value = (upper - 0.5) * ratio + gap * (log_of(lower) - 1.0)
    value = value + (r * polynomial(z, _OF_LOG_GAMMA) - s * polynomial(w, _OF_LOG_GAMMA))
    slope = ratio + 0.5 * gap * r * s
    slope = slope - (z * polynomial(z, _OF_DIGAMMA) - w * polynomial(w, _OF_DIGAMMA))
    return value + log_of(less / more), slope - (inverses - others)


log_gamma = written_pair(log_gamma_of)
log_rising = written_pair(log_rising_of)
