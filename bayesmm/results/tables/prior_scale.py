"""Centre and scale of a prior, to tell whether it is strong beside the data."""

from collections.abc import Callable, Mapping
from math import inf, pi, sqrt

from bayesmm.model.priors import Prior

__all__ = ["prior_centre_and_scale"]


def prior_centre_and_scale(prior: Prior, n_effects: int = 1) -> tuple[float, float]:
    """Return the mode of a prior and its sd, or its scale parameter where tails are heavy.

    ``LKJ(eta)`` stands for one correlation of q = `n_effects` effects, which has mode 0 and
    variance 1 / (2 eta + q - 1).

    Half-distributions are centred at 0 with the scale of their whole counterpart; a gamma
    below shape 1 has its mode at 0. A beta, which may have no mode, is centred at its mean. Flat
    priors have an infinite scale.
    """
    if prior.distribution == "LKJ":
        return 0.0, 1 / sqrt(2 * prior.parameters[0] + n_effects - 1)
    return _MEASURES[prior.distribution](*prior.parameters)


_MEASURES: Mapping[str, Callable[..., tuple[float, float]]] = {
    "Normal": lambda mu, sigma: (mu, sigma),
    "StudentT": lambda nu, mu, sigma: (mu, sigma),
    "Cauchy": lambda alpha, beta: (alpha, beta),
    "Laplace": lambda mu, b: (mu, sqrt(2) * b),
    "Logistic": lambda mu, s: (mu, pi / sqrt(3) * s),
    "MinGumbel": lambda mu, beta: (mu, pi / sqrt(6) * beta),
    "Uniform": lambda lower, upper: ((lower + upper) / 2, (upper - lower) / sqrt(12)),
    "Flat": lambda: (0.0, inf),
    "HalfFlat": lambda: (0.0, inf),
    "HalfNormal": lambda sigma: (0.0, sigma),
    "HalfStudentT": lambda nu, sigma: (0.0, sigma),
    "HalfCauchy": lambda beta: (0.0, beta),
    "Exponential": lambda lam: (0.0, 1 / lam),
    "Gamma": lambda alpha, beta: (max(alpha - 1, 0.0) / beta, sqrt(alpha) / beta),
    "InverseGamma": lambda alpha, beta: (beta / (alpha + 1), beta / (alpha + 1)),
    "Beta": lambda alpha, beta: (
        alpha / (alpha + beta),
        sqrt(alpha * beta / (alpha + beta + 1)) / (alpha + beta),
    ),
    # one sd of the block: a gamma of that shape, its scale times a dispersion of unit order
    "Decov": lambda concentration, shape, scale: (
        max(shape - 1, 0.0) * scale,
        sqrt(shape) * scale,
    ),
}
