"""The families of the response as distributions: random draws and log likelihood per row.

Parameters are mu (the mean; the probability for the binomial families; the mean of the counts
before zeros are added or taken away in the zero-inflated and hurdle families) and Bambi's auxiliary
parameters; all arrays broadcast, usually (draw, 1) for auxiliary parameters against
(draw, n_obs) for mu.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, xlog1py, xlogy

from bayesmm.model.design import Design

__all__ = ["DISTRIBUTIONS_OF_FAMILIES", "ResponseDistribution", "ResponseParameters"]

type Array = NDArray[np.float64]

# numpy's Poisson generator returns 64-bit integers and refuses means near 2**63
_LARGEST_RATE = 9e18
_SMALLEST_SHAPE = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class ResponseParameters:
    """Parameters of the response in every row.

    Attributes
    ----------
    mu : ndarray, shape (..., n_obs)
        Mean; probability of success for bernoulli and binomial; mean of the underlying counts for
        the zero-inflated and hurdle families.
    auxiliary : mapping of str to ndarray
        Auxiliary parameters of the family, broadcastable against `mu`.
    trials, weights : ndarray of shape (n_obs,), or None
        As in `Design`.
    """

    mu: Array
    auxiliary: Mapping[str, Array]
    trials: Array | None = None
    weights: Array | None = None

    @classmethod
    def of(cls, design: Design, mu: Array, auxiliary: Mapping[str, Array]) -> "ResponseParameters":
        """Return the parameters with the trials and weights of a design."""
        return cls(mu, auxiliary, design.trials, design.weights)

    @property
    def scale(self) -> Array:
        """Residual sd of each row, sigma / sqrt(w), of the gaussian family."""
        sigma = self.auxiliary["sigma"]
        return sigma if self.weights is None else sigma / np.sqrt(self.weights)


@dataclass(frozen=True, slots=True)
class ResponseDistribution:
    """One family.

    Attributes
    ----------
    random : callable
        ``random(generator, parameters)``: one draw of the response, shape of mu. Weights other
        than the gaussian's count rows and do not change a single response.
    log_likelihood : callable
        ``log_likelihood(y, parameters)``: log density of each row, shape of mu, not weighted
        (but for the gaussian, whose weights are part of its density).
    """

    random: Callable[[Generator, ResponseParameters], Array]
    log_likelihood: Callable[[Array, ResponseParameters], Array]


def _gaussian_random(generator: Generator, p: ResponseParameters) -> Array:
    return generator.normal(p.mu, np.broadcast_to(p.scale, p.mu.shape))


def _gaussian_log(y: Array, p: ResponseParameters) -> Array:
    z = (y - p.mu) / p.scale
    return -(z**2) / 2 - np.log(p.scale) - np.log(2 * np.pi) / 2


def _t_random(generator: Generator, p: ResponseParameters) -> Array:
    nu = np.broadcast_to(p.auxiliary["nu"], p.mu.shape)
    return p.mu + p.auxiliary["sigma"] * generator.standard_t(nu)


def _t_log(y: Array, p: ResponseParameters) -> Array:
    nu, sigma = p.auxiliary["nu"], p.auxiliary["sigma"]
    z = (y - p.mu) / sigma
    constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - np.log(np.pi * nu) / 2 - np.log(sigma)
    return constant - (nu + 1) / 2 * np.log1p(z**2 / nu)


def _bernoulli_random(generator: Generator, p: ResponseParameters) -> Array:
    return (generator.random(p.mu.shape) < p.mu).astype(float)


def _bernoulli_log(y: Array, p: ResponseParameters) -> Array:
    return xlogy(y, p.mu) + xlog1py(1 - y, -p.mu)


def _binomial_random(generator: Generator, p: ResponseParameters) -> Array:
    return generator.binomial(np.asarray(p.trials, dtype=np.int64), p.mu).astype(float)


def _binomial_log(y: Array, p: ResponseParameters) -> Array:
    n = p.trials
    ways = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return ways + xlogy(y, p.mu) + xlog1py(n - y, -p.mu)


def _poisson_random(generator: Generator, p: ResponseParameters) -> Array:
    return generator.poisson(np.minimum(p.mu, _LARGEST_RATE)).astype(float)


def _poisson_log(y: Array, p: ResponseParameters) -> Array:
    return xlogy(y, p.mu) - p.mu - gammaln(y + 1)


def _negativebinomial_random(generator: Generator, p: ResponseParameters) -> Array:
    alpha = np.broadcast_to(p.auxiliary["alpha"], p.mu.shape)
    rate = generator.gamma(alpha, p.mu / alpha)
    return generator.poisson(np.minimum(rate, _LARGEST_RATE)).astype(float)


def _negativebinomial_log(y: Array, p: ResponseParameters) -> Array:
    alpha = p.auxiliary["alpha"]
    ways = gammaln(y + alpha) - gammaln(alpha) - gammaln(y + 1)
    return ways + xlogy(y, p.mu / (p.mu + alpha)) - alpha * np.log1p(p.mu / alpha)


def _gamma_random(generator: Generator, p: ResponseParameters) -> Array:
    alpha = np.broadcast_to(p.auxiliary["alpha"], p.mu.shape)
    return generator.gamma(alpha, p.mu / alpha)


def _gamma_log(y: Array, p: ResponseParameters) -> Array:
    alpha = p.auxiliary["alpha"]
    rate = alpha / p.mu
    return alpha * np.log(rate) - gammaln(alpha) + (alpha - 1) * np.log(y) - rate * y


def _beta_random(generator: Generator, p: ResponseParameters) -> Array:
    kappa = p.auxiliary["kappa"]
    # a mean that rounds to 0 or 1 must not stop the generator, which wants positive shapes
    shapes = (np.maximum(shape, _SMALLEST_SHAPE) for shape in (p.mu * kappa, (1 - p.mu) * kappa))
    return generator.beta(*shapes)


def _beta_log(y: Array, p: ResponseParameters) -> Array:
    kappa = p.auxiliary["kappa"]
    a, b = p.mu * kappa, (1 - p.mu) * kappa
    return xlogy(a - 1, y) + xlog1py(b - 1, -y) - betaln(a, b)


def _positive_poisson(generator: Generator, p: ResponseParameters) -> Array:
    """Draw poisson counts given that they are positive: the first arrival, then those after it.

    Arrivals at rate mu in unit time; the first comes at t with P(T <= t | T <= 1) uniform.
    """
    share = generator.random(p.mu.shape) * -np.expm1(-p.mu)
    left = np.maximum(p.mu + np.log1p(-share), 0.0)  # mu (1 - t)
    return 1.0 + generator.poisson(np.minimum(left, _LARGEST_RATE))


def _positive_negativebinomial(generator: Generator, p: ResponseParameters) -> Array:
    """Draw negative binomial counts given that they are positive.

    As `_positive_poisson`, at a rate that is Gamma(alpha, alpha / mu): P(T > t) = (1 + t mu /
    alpha)^-alpha, and given a first arrival at t the rate is Gamma(alpha + 1, alpha / mu + t).
    """
    alpha = np.broadcast_to(p.auxiliary["alpha"], p.mu.shape)
    share = generator.random(p.mu.shape) * -np.expm1(-alpha * np.log1p(p.mu / alpha))
    first = np.minimum(alpha / p.mu * np.expm1(-np.log1p(-share) / alpha), 1.0)
    rate = generator.gamma(alpha + 1) / (alpha / p.mu + first)
    return 1.0 + generator.poisson(np.minimum(rate * (1 - first), _LARGEST_RATE))


def _zero_inflated(counts: ResponseDistribution) -> ResponseDistribution:
    """Return the mixture P(y) = (1 - psi) [y = 0] + psi counts(y)."""

    def random(generator: Generator, p: ResponseParameters) -> Array:
        is_count = generator.random(p.mu.shape) < p.auxiliary["psi"]
        return np.where(is_count, counts.random(generator, p), 0.0)

    def log_likelihood(y: Array, p: ResponseParameters) -> Array:
        psi = p.auxiliary["psi"]
        count = np.log(psi) + counts.log_likelihood(y, p)
        return np.where(y == 0, np.logaddexp(np.log1p(-psi), count), count)

    return ResponseDistribution(random, log_likelihood)


def _hurdle(
    counts: ResponseDistribution, positive: Callable[[Generator, ResponseParameters], Array]
) -> ResponseDistribution:
    """Return P(0) = 1 - psi and, above the hurdle, P(y) = psi counts(y) / (1 - counts(0))."""

    def random(generator: Generator, p: ResponseParameters) -> Array:
        is_positive = generator.random(p.mu.shape) < p.auxiliary["psi"]
        return np.where(is_positive, positive(generator, p), 0.0)

    def log_likelihood(y: Array, p: ResponseParameters) -> Array:
        psi = p.auxiliary["psi"]
        some = np.log(-np.expm1(counts.log_likelihood(np.zeros_like(p.mu), p)))
        above = np.log(psi) + counts.log_likelihood(y, p) - some
        return np.where(y == 0, np.log1p(-psi), above)

    return ResponseDistribution(random, log_likelihood)


_POISSON = ResponseDistribution(_poisson_random, _poisson_log)
_NEGATIVE_BINOMIAL = ResponseDistribution(_negativebinomial_random, _negativebinomial_log)

DISTRIBUTIONS_OF_FAMILIES: Mapping[str, ResponseDistribution] = {
    "gaussian": ResponseDistribution(_gaussian_random, _gaussian_log),
    "t": ResponseDistribution(_t_random, _t_log),
    "bernoulli": ResponseDistribution(_bernoulli_random, _bernoulli_log),
    "binomial": ResponseDistribution(_binomial_random, _binomial_log),
    "poisson": _POISSON,
    "negativebinomial": _NEGATIVE_BINOMIAL,
    "zero_inflated_poisson": _zero_inflated(_POISSON),
    "zero_inflated_negativebinomial": _zero_inflated(_NEGATIVE_BINOMIAL),
    "hurdle_poisson": _hurdle(_POISSON, _positive_poisson),
    "hurdle_negativebinomial": _hurdle(_NEGATIVE_BINOMIAL, _positive_negativebinomial),
    "gamma": ResponseDistribution(_gamma_random, _gamma_log),
    "beta": ResponseDistribution(_beta_random, _beta_log),
}
