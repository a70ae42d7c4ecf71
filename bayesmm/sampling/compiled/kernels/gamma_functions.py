"""Log gamma functions of positive numbers without branches, and their derivatives.

Stirling's series from 8 on; below, of x + 8, whose factors x (x + 1) ... (x + 7) are taken off.
Their product is u (u + 6) (u + 10) (u + 12) with u = x (x + 7), and the sum of their inverses, by
which digamma differs, is the logarithmic derivative of that.
"""

from bayesmm.sampling.compiled.kernels.elementary import log, log1p
from bayesmm.sampling.compiled.kernels.inner import inlined
from bayesmm.sampling.compiled.kernels.polynomials import polynomial

__all__ = ["log_gamma", "log_rising"]

# B_2k / (2k (2k - 1)) and B_2k / (2k) in powers of 1 / x^2, k from 1: of Stirling's series of log
# Gamma, times 1 / x, and of that of digamma, times -1 / x^2. What is left out is below 1e-16 at 8.
_of_log_gamma = polynomial(
    (
        *(1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0),
        *(-691.0 / 360360.0, 1.0 / 156.0, -3617.0 / 122400.0),
    )
)
_of_digamma = polynomial(
    (
        *(1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0),
        *(-691.0 / 32760.0, 1.0 / 12.0, -3617.0 / 8160.0),
    )
)
_FIRST = 8.0
_HALF_LOG_TWO_PI = 0.9189385332046727


@inlined
def _factors(x):
    """Return the product of x to x + 7, and the sum of their inverses."""
    u = x * (x + 7.0)
    a, b = u * (u + 6.0), (u + 10.0) * (u + 12.0)
    slope = (2.0 * u + 6.0) * b + a * (2.0 * u + 22.0)
    return a * b, (2.0 * x + 7.0) * (slope / (a * b))


@inlined
def _from_eight(x):
    """Return x, or x + 8 of small x; the factor that Gamma has gained, and what digamma has."""
    product, inverses = _factors(min(x, _FIRST))  # of large x they would overflow
    if x < _FIRST:
        return x + _FIRST, product, inverses
    return x, 1.0, 0.0


def log_gamma(x):
    """Return log Gamma(x), x > 0, and its derivative, digamma."""
    large, factor, inverses = _from_eight(x)
    r = 1.0 / large
    z = r * r
    logarithm = log(large)
    value = (large - 0.5) * logarithm - large + _HALF_LOG_TWO_PI + r * _of_log_gamma(z)
    slope = logarithm - 0.5 * r - z * _of_digamma(z)
    return value - log(factor), slope - inverses


def log_rising(count, alpha):
    """Return log Gamma(count + alpha) - log Gamma(alpha), and its derivative in alpha.

    The difference of Stirling's series is taken term by term, which keeps the digits that two large
    log gammas have in common.
    """
    upper, more, inverses = _from_eight(count + alpha)
    lower, less, others = _from_eight(alpha)
    r, s = 1.0 / upper, 1.0 / lower
    z, w = r * r, s * s
    # of both from 8 on the difference is the count, without what their sum has lost
    gap = count if alpha >= _FIRST or count + alpha < _FIRST else count - _FIRST
    ratio = log1p(gap * s)
    value = (upper - 0.5) * ratio + gap * (log(lower) - 1.0)
    value += r * _of_log_gamma(z) - s * _of_log_gamma(w)
    slope = ratio + 0.5 * gap * r * s - (z * _of_digamma(z) - w * _of_digamma(w))
    return value + log(less / more), slope - (inverses - others)
