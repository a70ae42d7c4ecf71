"""The mean of a response over a population of groups: g^-1(eta + u) averaged over u ~ N(0, v)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.links import LINKS
from bayesmm.special import log_ndtr
from bayesmm.wording import option

__all__ = ["normal_average", "population_mean"]

# Where the normal density is cut: exp(-8.5^2 / 2) = 2e-16.
_CUT = 8.5


def population_mean(link: str, eta: Array, variance: Array) -> Array:
    """Return E g^-1(eta + u), u ~ N(0, variance).

    `eta` is the linear predictor of the typical group, u = 0, and `variance`, of its shape, that of
    the sum of the group effects in it. Exact for the links ``identity``, ``log`` (exp(eta + v / 2))
    and ``probit`` (Phi(eta / sqrt(1 + v))); by quadrature to about 1e-13 for ``logit`` and
    ``cloglog``. The inverse link is not supported: 1 / eta has no mean when eta is normal.

    The quadrature is the trapezoidal rule in u / sd, whose error falls exponentially with the
    number of nodes when the integrand is analytic near the real line; Gauss-Hermite rules need
    several times as many nodes once the sd exceeds 2. The step is halved whenever the sd
    doubles, because the logistic function then bends twice as fast.

    References
    ----------
    Trefethen and Weideman (2014), SIAM Review 56, 385-458, doi:10.1137/130932132
    """
    if link not in _MEANS:
        raise UnsupportedModelError(
            f"With the {link} link the response has no mean over a normal population of groups. "
            f"Use {option('who', 'typical group')} (group effects of 0) or "
            f"{option('who', 'new group')} with {option('kind', 'link')}."
        )
    return _MEANS[link](eta, variance)


def normal_average(
    function: Callable[..., Array], eta: Array, variance: Array, *others: Array
) -> Array:
    """Return E function(eta + u, *others), u ~ N(0, variance), by quadrature.

    The function is analytic near the real line and grows slower than exp(u^2 / 2); it is
    elementwise, or has several values of each along a last axis. Mean and variance of its first
    argument and the others are broadcast.
    """
    eta, sd, *others = np.broadcast_arrays(eta, np.sqrt(variance), *others)
    result: Array = np.empty(())
    octave = np.ceil(np.log2(np.maximum(sd, 0.5))).astype(int)
    for power in np.unique(octave):
        place = octave == power
        rest = [other[place] for other in others]
        own = _trapezoid(function, eta[place], sd[place], rest, 0.3 / 2.0**power)
        if not result.shape:
            result = np.empty((*eta.shape, *own.shape[1:]))
        result[place] = own
    return result


def _trapezoid(
    function: Callable[..., Array], eta: Array, sd: Array, others: Sequence[Array], step: float
) -> Array:
    half = int(np.ceil(_CUT / step))
    nodes = np.arange(-half, half + 1) * step
    weights = np.exp(-(nodes**2) / 2)
    weights /= weights.sum()
    total: Array = np.zeros(())
    # one node at a time: the nodes as a further axis would multiply the memory by their number
    for node, weight in zip(nodes, weights, strict=True):
        total = total + weight * function(eta + node * sd, *others)
    return total


_MEANS: Mapping[str, Callable[[Array, Array], Array]] = {
    "identity": lambda eta, variance: eta + 0.0 * variance,
    "log": lambda eta, variance: np.exp(eta + variance / 2),
    "probit": lambda eta, variance: np.exp(log_ndtr(eta / np.sqrt(1 + variance))),
    "logit": partial(normal_average, LINKS["logit"].inverse),
    "tan_half": partial(normal_average, LINKS["tan_half"].inverse),
    "cloglog": partial(normal_average, LINKS["cloglog"].inverse),
}
