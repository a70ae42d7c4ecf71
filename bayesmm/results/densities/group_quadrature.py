"""Log likelihood of groups of any family, their effects integrated out numerically.

p(y_j | draw) = int prod_i p(y_i | eta_i + z_i' Lambda v) phi(v) dv over the q effects of group j.
The points of a fixed rule are moved to the mode of the integrand and scaled by its curvature
there (expected information), group by group and draw by draw; the rule is Gauss-Hermite for
q <= 3 and scrambled quasi-random numbers, weighted, above.

References
----------
Pinheiro, J. C. and Bates, D. M. (1995). Approximations to the log-likelihood function in the
nonlinear mixed-effects model. Journal of Computational and Graphical Statistics 4, 12.
doi:10.1080/10618600.1995.10474663
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.small_cholesky import back_substitute, cholesky, forward_substitute
from bayesmm.special import ndtri

__all__ = ["Integrand", "Rule", "integrate_groups", "integration_rule"]

_NODES = {1: 15, 2: 11, 3: 7}  # per dimension: 15, 121 and 343 points
_RANDOM_POINTS = 512
_WIDER = 1.3  # normal points of this sd: the weights stay bounded where tails are like phi's
_ITERATIONS = 60
_CLOSE = 1e-3  # of a conditional sd; points need only be near the mode


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """int f(z) dz is about sum_k exp(log_weights_k) f(points_k)."""

    points: Array  # (K, q)
    log_weights: Array  # (K,): logarithms of their weights
    words: str


@cache
def integration_rule(n_effects: int) -> Rule:
    """Return the rule for integrals over that many effects."""
    if n_effects in _NODES:
        nodes = _NODES[n_effects]
        z, w = np.polynomial.hermite_e.hermegauss(nodes)
        points = np.array(list(product(z, repeat=n_effects)))
        weights = np.array([np.prod(c) for c in product(w, repeat=n_effects)])
        log_weights = np.log(weights) + np.sum(points**2, axis=1) / 2
        grid = " x ".join([str(nodes)] * n_effects)
        return Rule(points, log_weights, f"adaptive Gauss-Hermite quadrature, {grid} points")
    from scipy.stats import qmc  # noqa: PLC0415  (half a second; few models need it)

    engine = qmc.Sobol(n_effects, rng=np.random.default_rng(1))
    z = ndtri(engine.random(_RANDOM_POINTS))
    log_density = -np.sum(z**2, axis=1) / 2 - n_effects * (np.log(2 * np.pi) / 2 + np.log(_WIDER))
    return Rule(
        _WIDER * z,
        -np.log(_RANDOM_POINTS) - log_density,
        f"importance sampling around the mode, {_RANDOM_POINTS} quasi-random points",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Integrand:
    """The rows of all groups as functions of the linear predictor, rows in order of group."""

    # maps eta, shape (S, n_obs), to log densities of the same shape
    log_density: Callable[[Array], Array]
    # maps eta to the derivatives of the log densities in eta and the expected information
    score: Callable[[Array], tuple[Array, Array]]
    eta: Array  # (S, n_obs): linear predictor without the effects that are integrated out
    starts: NDArray[np.int64]  # (J,): first row of each group
    Z: Array  # (n_obs, q): columns of the effects
    factors: Array  # (q, q, S): Lambda of each draw

    def loadings(self) -> Array:
        """Return the columns of the spherical effects, Z Lambda, shape (q, S, n_obs)."""
        return np.einsum("nb,bas->asn", self.Z, self.factors)


def integrate_groups(integrand: Integrand) -> Array:
    """Return log p(y_j | draw), shape (S, J)."""
    columns = integrand.loadings()
    n = integrand.eta.shape[1]
    sizes = np.diff(np.append(integrand.starts, n))

    def by_group(rows: Array) -> Array:
        return np.add.reduceat(rows, integrand.starts, axis=-1)

    def predictor(v: Array) -> Array:
        return integrand.eta + np.sum(columns * np.repeat(v, sizes, axis=-1), axis=0)

    def log_joint(eta: Array, v: Array) -> Array:
        return by_group(integrand.log_density(eta)) - np.sum(v**2, axis=0) / 2

    def newton(eta: Array, v: Array) -> tuple[Array, Array]:
        """Return the factor of the penalised information and the scoring step."""
        score, information = (np.nan_to_num(part) for part in integrand.score(eta))
        gradient = by_group(columns * score) - v
        curvature = by_group(columns[:, None] * columns * information)
        for a in range(len(v)):
            curvature[a, a] += 1.0
        L = cholesky(curvature)
        return L, back_substitute(L, forward_substitute(L, gradient))

    mode, L = _mode(log_joint, newton, predictor, (len(columns), len(integrand.eta), len(sizes)))
    rule = integration_rule(len(columns))
    total = np.full(mode.shape[1:], -np.inf)
    for point, log_weight in zip(rule.points, rule.log_weights, strict=True):
        v = mode + back_substitute(L, np.broadcast_to(point[:, None, None], mode.shape))
        total = np.logaddexp(total, log_weight + log_joint(predictor(v), v))
    log_root = sum(np.log(L[a, a]) for a in range(len(L)))
    return total - log_root - len(L) * np.log(2 * np.pi) / 2


def _mode(
    log_joint: Callable[[Array, Array], Array],
    newton: Callable[[Array, Array], tuple[Array, Array]],
    predictor: Callable[[Array], Array],
    shape: tuple[int, int, int],
) -> tuple[Array, Array]:
    """Return the modes, shape (q, S, J), and the factors of the curvature, (q, q, S, J).

    Fisher scoring of all groups and draws at once. Where a step made things worse, the next
    trial is half of it from the best point so far.
    """
    best = trial = step = np.zeros(shape)
    highest = np.full(shape[1:], -np.inf)
    factor = np.zeros((shape[0], *shape))
    for _ in range(_ITERATIONS):
        eta = predictor(trial)
        value = log_joint(eta, trial)
        L, direction = newton(eta, trial)
        better = value >= highest
        best = np.where(better, trial, best)
        highest = np.where(better, value, highest)
        factor = np.where(better, L, factor)
        step = np.where(better, direction, step / 2)
        if np.abs(step).max() < _CLOSE:
            break
        trial = best + step
    return best, factor
