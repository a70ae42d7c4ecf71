"""The tail of a skew normal variable in compiled code, see `bayesmm.family.skew_normal_tails`."""

import math

from numpy.polynomial.legendre import leggauss

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["skew_below"]

_SMALL, _FOLDS, _POINTS = 1e-3, 40.0, 48
_NODES = tuple(float(0.5 + 0.5 * x) for x in leggauss(_POINTS)[0])
_WEIGHTS = tuple(float(0.5 * w) for w in leggauss(_POINTS)[1])
_LOG_ROOT_TWO_PI = 0.9189385332046727
_LN_2 = 0.6931471805599453
_ROOT_HALF = 0.7071067811865476
_PI = 3.141592653589793


@bare
def _log_ndtr(x):
    if x > 1.0:
        return math.log1p(-0.5 * math.erfc(_ROOT_HALF * x))
    if x > -5.0:
        return math.log(0.5 * math.erfc(-_ROOT_HALF * x))
    hazard = -x
    for level in range(40, 0, -1):
        hazard = level / hazard - x
    return -0.5 * x * x - _LOG_ROOT_TWO_PI - math.log(hazard)


@bare
def _small_owen(h, a):
    """Return Owen's T for 0 <= a <= 1."""
    total = 0.0
    for k in range(_POINTS):
        x = a * _NODES[k]
        more = 1.0 + x * x
        total += _WEIGHTS[k] * math.exp(-0.5 * h * h * more) / more
    return a * total / (2.0 * _PI)


@bare
def _owen(h, a):
    """Return Owen's T, of large a by that of its inverse."""
    size, h = abs(a), abs(h)
    if size <= 1.0:
        found = _small_owen(h, size)
    else:
        # 1 - Phi, which keep their digits
        one, other = 0.5 * math.erfc(_ROOT_HALF * h), 0.5 * math.erfc(_ROOT_HALF * size * h)
        found = 0.5 * (one + other) - one * other - _small_owen(size * h, 1.0 / size)
    return found if a > 0.0 else -found


@bare
def _log_summed(z, alpha):
    """Return the log of the integral of the density below z, on the left of its mode."""
    product = alpha * z
    hazard = math.exp(-0.5 * product * product - _LOG_ROOT_TWO_PI - _log_ndtr(product))
    slope = max(alpha * hazard - z, 0.0)
    bend = alpha * alpha * hazard * (product + hazard)
    curvature = 1.0 + (bend if alpha > 0.0 else 0.0)
    reach = 2.0 * _FOLDS / (slope + math.sqrt(slope * slope + 2.0 * _FOLDS * curvature))
    top = -0.5 * z * z + _log_ndtr(product)
    total = 0.0
    for k in range(_POINTS):
        at = z - reach * _NODES[k]
        total += _WEIGHTS[k] * math.exp(-0.5 * at * at + _log_ndtr(alpha * at) - top)
    return top + math.log(total) + math.log(reach) + 0.5 * math.log(2.0 / _PI)


def skew_below(z, alpha):
    """Return log P(Z <= z), and its slopes in z and in alpha."""
    twice = 2.0 * _owen(z, alpha)
    plain = 0.5 * math.erfc(-_ROOT_HALF * z) - twice
    if plain < _SMALL:
        value = _log_summed(z, alpha)
    elif plain > 0.5:
        value = math.log1p(-max(0.5 * math.erfc(_ROOT_HALF * z) + twice, 0.0))
    else:
        value = math.log(plain)
    density = _LN_2 - _LOG_ROOT_TWO_PI - 0.5 * z * z + _log_ndtr(alpha * z)
    square = 1.0 + alpha * alpha
    return (
        value,
        math.exp(density - value),
        -math.exp(-0.5 * z * z * square - value) / (_PI * square),
    )
