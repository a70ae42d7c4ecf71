"""The logarithm of a rising factorial in compiled code, see `family.numeric.log_rising`.

The difference of two log gammas loses all its digits as alpha grows, and so does that of their
slopes; from 64 on that of Stirling's series is taken term by term.
"""

import math

from bayesmm.sampling.compiled.kernels.elementary import digamma
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["rising", "rising_factorial"]

_LARGE = 64.0


def _stirling(x):
    """Return what Stirling's approximation leaves of log Gamma(x), and of its derivative."""
    r = 1.0 / x
    s = r * r
    value = (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s / 1680.0))) * r
    return value, -(1.0 / 12.0 - s * (1.0 / 120.0 - s * (1.0 / 252.0 - s / 240.0))) * s


stirling = bare(_stirling)


def rising_factorial(y, alpha):
    """Return log Gamma(y + alpha) - log Gamma(alpha), and its slope in alpha."""
    if alpha < _LARGE:
        value = math.lgamma(y + alpha) - math.lgamma(alpha)
        return value, digamma(y + alpha) - digamma(alpha)
    x = y + alpha
    rest, of_rest = stirling(x)
    own, of_own = stirling(alpha)
    log_share = math.log1p(y / alpha)
    value = (x - 0.5) * log_share + y * (math.log(alpha) - 1.0) + (rest - own)
    return value, log_share + 0.5 * y / (alpha * x) + (of_rest - of_own)


# The same for other compiled functions; words take the one above.
rising = bare(rising_factorial)
