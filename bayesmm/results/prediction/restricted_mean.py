"""The mean of times up to a limit: the area below the survival curve."""

from collections.abc import Callable

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.wording import option

__all__ = ["restricted_mean"]

# Panels with nodes of Gauss and Legendre, more of them until the area changes by no more than this
# share of tau.
_PANELS = (1, 2, 4, 8, 16, 32, 64, 128)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_CLOSE = 1e-9
# t = a + (tau - a) u^3, in which a curve that falls as a power of t - a is smooth enough for them.
_POWER = 3.0
# of the time a up to which survival is 1, found to 1e-6 of tau
_HALVINGS = 20


def restricted_mean(above: Callable[[Array], Array], tau: float, shape: tuple[int, ...]) -> Array:
    """Return E min(Y, tau), the integral from 0 to tau of P(Y > t) dt, of that shape.

    `tau`, above 0, is in the unit of the response. Not supported where the curve falls so steeply
    that its area is not known to 1e-9 of tau.

    References
    ----------
    Royston and Parmar (2013), Restricted mean survival time: an alternative to the hazard ratio,
    BMC Medical Research Methodology 13, 152, doi:10.1186/1471-2288-13-152
    """
    start = _certain(above, tau, shape)
    before = _quadrature(above, start, tau, _PANELS[0])
    for panels in _PANELS[1:]:
        found = _quadrature(above, start, tau, panels)
        gap = np.abs(found - before)
        if not (gap > _CLOSE * tau).any():
            return found
        before = found
    raise UnsupportedModelError(
        f"In some draws survival falls so steeply before the limit {tau:g} that the area below it "
        f"is not known exactly: the times hardly vary. Take {option('kind', 'quantile')}, whose "
        "median tells as much of such times."
    )


def _certain(above: Callable[[Array], Array], tau: float, shape: tuple[int, ...]) -> Array:
    """Return times up to which survival is 1, as before the shift of a reaction time."""
    low, high = np.zeros(shape), np.full(shape, float(tau))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        certain = above(middle) >= 1.0
        low, high = np.where(certain, middle, low), np.where(certain, high, middle)
    return low


def _quadrature(above: Callable[[Array], Array], start: Array, tau: float, panels: int) -> Array:
    starts = np.arange(panels)[:, None]
    nodes = ((starts + 0.5 * (_NODES + 1.0)) / panels).ravel()
    weights = np.tile(0.5 * _WEIGHTS / panels, panels)
    total = np.zeros_like(start)
    for u, weight in zip(nodes, weights, strict=True):
        share = weight * _POWER * u ** (_POWER - 1.0)
        total += share * above(start + (tau - start) * u**_POWER)
    return start + (tau - start) * total
