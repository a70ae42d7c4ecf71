"""The coordinates of sds outside compiled code: there, back, and their scale from draws."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from bayesmm.sampling.compiled.kernels.signed import POSITIVE

__all__ = ["folded_line", "refolded", "unfolded_line"]

type Floats = NDArray[np.float64]

_STEPS = 60
_LOG_ROOT_TWO_PI = 0.5 * np.log(2.0 * np.pi)
# Nothing of an sd below such a share of its scale is told from 0.
_LEAST = 1e-12


def folded_line(t: Floats) -> Floats:
    """Return g(t) = phi(t) + t Phi(t), see `kernels.folded`."""
    return np.maximum(np.exp(-0.5 * t**2 - _LOG_ROOT_TWO_PI) + t * ndtr(t), 0.0)


def unfolded_line(x: Floats) -> Floats:
    """Return where g is x > 0: by Newton's method on log g, which is concave and rises."""
    log_x = np.log(np.maximum(x, _LEAST))
    # left of the answer, from where the steps go up and never past it
    t = np.minimum(-np.sqrt(np.maximum(-2.0 * log_x, 0.0)), x) - 1.0
    for _ in range(_STEPS):
        value = np.maximum(folded_line(t), 1e-300)
        t = t + (log_x - np.log(value)) * np.exp(np.log(value) - log_ndtr(t))
    return t


def refolded(sds: Floats, flat: Floats) -> tuple[Floats, Floats]:
    """Return coordinates of sds whose scale is their root mean square, and draws in them.

    Parameters
    ----------
    sds : ndarray, shape (sds, 3)
        ``TransportData.sds``.
    flat : ndarray, shape (draws, sds)
        Draws in the coordinates of `sds`.
    """
    new, moved = sds.copy(), flat.copy()
    for a, (kind, _, fold) in enumerate(sds):
        if kind != POSITIVE:
            x = fold * folded_line(flat[:, a])
            new[a, 2] = max(float(np.sqrt(np.mean(x**2))), _LEAST)
            moved[:, a] = unfolded_line(x / new[a, 2])
    return new, moved
