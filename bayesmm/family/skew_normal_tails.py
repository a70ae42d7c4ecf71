"""The tail of a skew normal variable as a word of a log density."""

import numpy as np
from numpy.polynomial.legendre import leggauss

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.family.along_path import along_path
from bayesmm.family.jet import Number

__all__ = ["log_skew_below"]


# Below it Phi(z) - 2 T(z, alpha) loses digits, and the density is summed up.
_SMALL = 1e-3
_FOLDS = 40.0  # the density falls by exp of minus this within the sum
_NODES, _WEIGHTS = (0.5 * v + s for v, s in zip(leggauss(48), (0.5, 0.0), strict=True))


def log_skew_below(z: Number, alpha: Number) -> Number:
    """Return log P(Z <= z) of the density 2 phi(z) Phi(alpha z); P(Z > z) is that of -z, -alpha.

    With Owen's T it is Phi(z) - 2 T(z, alpha), and where that is nearly 0 the integral of the
    density.

    References
    ----------
    Azzalini (1985), Scandinavian Journal of Statistics 12, 171-178
    """
    return along_path(_log_below, _speed, z, alpha)


def _speed(values: list, firsts: list) -> Array:
    z, alpha = values
    steep = 1.0 + np.abs(alpha)  # the density turns within 1 / alpha
    moved = np.abs(firsts[0]) * steep / (1.0 + np.abs(z) / steep)
    return moved + np.abs(firsts[1]) * (1.0 + np.abs(z)) / steep


def _log_below(z: Array, alpha: Array) -> Array:
    z, alpha = np.broadcast_arrays(np.asarray(z, float), np.asarray(alpha, float))
    plain = special.ndtr(z) - 2.0 * special.owens_t(z, alpha)
    others = special.ndtr(-z) + 2.0 * special.owens_t(z, alpha)
    # of the rest, digits count only as far as they count in its difference from 1
    value = np.where(
        plain > 0.5, np.log1p(-np.clip(others, 0.0, 0.6)), np.log(np.maximum(plain, _SMALL))
    )
    if (far := plain < _SMALL).any():
        value = np.array(value)
        value[far] = _summed(z[far], alpha[far])
    return value


def _summed(z: Array, alpha: Array) -> Array:
    """Return the log of the integral of the density below z, on the left of its mode."""
    product = alpha * z
    log_ndtr = special.log_ndtr(product)
    hazard = np.exp(-0.5 * product**2 - 0.5 * np.log(2 * np.pi) - log_ndtr)
    slope = np.maximum(alpha * hazard - z, 0.0)
    # no less than that further below
    curvature = 1.0 + np.where(alpha > 0, alpha**2 * hazard * (product + hazard), 0.0)
    reach = 2 * _FOLDS / (slope + np.sqrt(slope**2 + 2 * _FOLDS * curvature))
    s = reach[..., None] * _NODES
    at = z[..., None] - s
    log_density = -0.5 * at**2 + special.log_ndtr(alpha[..., None] * at)
    total = special.logsumexp(log_density, b=_WEIGHTS, axis=-1)
    return total + np.log(reach) + 0.5 * np.log(2 / np.pi)
