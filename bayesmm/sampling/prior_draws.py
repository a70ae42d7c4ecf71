"""Draws of the parameters of a model from their priors, without the data having a say."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bayesmm.errors import PriorError
from bayesmm.model.block import Block
from bayesmm.model.correlation import cholesky_from_partials, partial_concentrations
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, sd_names
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.draws import BlockDraws, ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared
from bayesmm.sampling.raw_columns import in_raw_columns
from bayesmm.wording import option

__all__ = ["draw_priors", "prior_values"]

type Array = NDArray[np.float64]
type Shape = tuple[int, ...]

_NO_DISTRIBUTION = ("Flat", "HalfFlat")
# Thresholds out of order are drawn again, so often.
_TRIES = 2000

# The parameters of each distribution as in `bayesmm.model.priors.DISTRIBUTIONS`.
_RANDOM: Mapping[str, Callable[..., Array]] = {
    "Normal": lambda g, n, mu, sigma: g.normal(mu, sigma, n),
    "StudentT": lambda g, n, nu, mu, sigma: mu + sigma * g.standard_t(nu, n),
    "Cauchy": lambda g, n, alpha, beta: alpha + beta * g.standard_cauchy(n),
    "Laplace": lambda g, n, mu, b: g.laplace(mu, b, n),
    "Logistic": lambda g, n, mu, s: g.logistic(mu, s, n),
    "MinGumbel": lambda g, n, mu, beta: mu - g.gumbel(0.0, beta, n),
    "Uniform": lambda g, n, lower, upper: g.uniform(lower, upper, n),
    "HalfNormal": lambda g, n, sigma: np.abs(g.normal(0.0, sigma, n)),
    "HalfStudentT": lambda g, n, nu, sigma: sigma * np.abs(g.standard_t(nu, n)),
    "HalfCauchy": lambda g, n, beta: beta * np.abs(g.standard_cauchy(n)),
    "Exponential": lambda g, n, lam: g.exponential(1 / lam, n),
    "Gamma": lambda g, n, alpha, beta: g.gamma(alpha, 1 / beta, n),
    "InverseGamma": lambda g, n, alpha, beta: beta / g.gamma(alpha, 1.0, n),
    "Beta": lambda g, n, alpha, beta: g.beta(alpha, beta, n),
}


def prior_values(generator: Generator, prior: Prior, shape: Shape) -> Array:
    """Return draws of one number from its prior."""
    return _RANDOM[prior.distribution](generator, shape, *prior.parameters)


def draw_priors(design: Design, priors: Priors, n_draws: int, seed: int) -> ParameterDraws:
    """Return independent draws theta ~ p(theta), u ~ N(0, Sigma(theta)), as one chain.

    They are drawn in the columns that the priors are of and told in those of the formula, as
    those of every engine are.

    The same seed gives the same draws. A flat prior, of which there is nothing to draw, is a
    `PriorError`.
    """
    flat = [name for name, prior in priors.items() if prior.distribution in _NO_DISTRIBUTION]
    if flat:
        given = {"preset": priors.preset, flat[0]: "Normal(0, 10)"}
        raise PriorError(
            f"There is nothing to draw from: the prior of {', '.join(flat)} is flat (preset "
            f"'{priors.preset}'). Give each a distribution, as in "
            f"{option('priors', given)}, or take the preset 'default'."
        )
    prepared = in_raw_columns(
        lambda own, of: Prepared("prior", 0, lambda settings: _draw(own, of, settings))
    )(design, priors)
    if isinstance(prepared, str):
        raise PriorError(prepared)
    return prepared.sample(SamplerSettings(chains=1, draws=n_draws, tune=0, seed=seed))


def _draw(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    generator = np.random.default_rng(settings.seed)
    shape = (settings.chains, settings.draws)
    intercept, beta = _coefficients(generator, design.mu, priors, shape)
    auxiliary = _thresholds(generator, design, priors, beta)
    for predictor in design.predictors[1:]:
        names = coefficient_names(predictor)
        if names[0] in auxiliary:
            continue
        if predictor.constant:
            auxiliary[names[0]] = prior_values(generator, priors[names[0]], shape)
            continue
        first, slopes = _coefficients(generator, predictor, priors, shape)
        auxiliary |= {} if first is None else {names[0]: first}
        auxiliary |= {n: slopes[..., k] for k, n in enumerate(names[int(predictor.intercept) :])}
    # what Decov is relative to; where sigma varies Decov is refused
    dispersion = auxiliary.get(design.family.dispersion, np.ones(shape))
    blocks = tuple(
        _block(generator, block, priors, corr_name(design.blocks, index), dispersion)
        for index, block in enumerate(design.blocks)
    )
    return ParameterDraws(intercept, beta, auxiliary, blocks, {}, {}, {})


def _thresholds(
    generator: Generator, design: Design, priors: Priors, beta: Array
) -> dict[str, Array]:
    """Return the thresholds at 0 of the columns; their priors are at the mean, given their order.

    Independent draws of one prior are in their order with the same chance as in any other, so that
    sorting them is enough; of different priors those out of order are drawn again.
    """
    names, shape = design.family.thresholds, beta.shape[:-1]
    if not names:
        return {}
    own = [priors[name] for name in names]

    def drawn(size: Shape) -> Array:
        return np.stack([prior_values(generator, prior, size) for prior in own])

    values = drawn(shape)
    if design.family.in_order:
        wrong = np.any(np.diff(values, axis=0) <= 0.0, axis=0)
        if len(set(own)) == 1:
            values, wrong = np.sort(values, axis=0), np.zeros(shape, dtype=bool)
        for _ in range(_TRIES):
            if not wrong.any():
                break
            values[:, wrong] = drawn((int(wrong.sum()),))
            wrong = np.any(np.diff(values, axis=0) <= 0.0, axis=0)
        if wrong.any():
            raise PriorError(
                f"The priors of the thresholds {', '.join(names)} are almost never in their order. "
                "Move them apart, or give all of them one prior."
            )
    at_zero = values + beta @ design.mu.centre
    return dict(zip(names, at_zero, strict=True))


def _coefficients(
    generator: Generator, predictor: Predictor, priors: Priors, shape: Shape
) -> tuple[Array | None, Array]:
    """Return the intercept at 0 of the columns, and the coefficients of these."""
    names = coefficient_names(predictor)
    beta = np.empty((*shape, len(predictor.names)))
    for k, name in enumerate(names[int(predictor.intercept) :]):
        beta[..., k] = prior_values(generator, priors[name], shape)
    if not predictor.intercept:
        return None, beta
    # its prior is at the mean of the predictors, what is reported is at 0 of them
    return prior_values(generator, priors[names[0]], shape) - beta @ predictor.centre, beta


def _block(
    generator: Generator, block: Block, priors: Priors, corr: str | None, dispersion: Array
) -> BlockDraws:
    shape, q = dispersion.shape, block.n_effects
    names = sd_names(block)
    if priors[names[0]].distribution == "Decov":
        sd = _decov(generator, priors[names[0]], q, dispersion)
    else:
        sd = np.stack([prior_values(generator, priors[name], shape) for name in names], axis=-1)
    z = generator.standard_normal((*shape, q, block.n_groups))
    matrices = None
    if corr is not None:
        L = _lkj_cholesky(generator, priors[corr].parameters[0], q, shape)
        z = L @ z
        matrices = L @ np.swapaxes(L, -1, -2)
    return BlockDraws(sd=sd, corr=matrices, effects=sd[..., None] * z)


def _lkj_cholesky(generator: Generator, eta: float, q: int, shape: Shape) -> Array:
    """Return Cholesky factors of LKJ(eta) by its partial correlations."""
    k = partial_concentrations(q, eta)
    return cholesky_from_partials(2 * generator.beta(k, k, (*shape, len(k))) - 1, q)


def _decov(generator: Generator, prior: Prior, q: int, dispersion: Array) -> Array:
    """Return sd_a = scale tau dispersion sqrt(q pi_a) of rstanarm's prior."""
    concentration, gamma_shape, scale = prior.parameters
    tau = generator.gamma(gamma_shape, 1.0, dispersion.shape)
    share = generator.dirichlet(np.full(q, concentration), dispersion.shape)
    return (scale * tau * dispersion)[..., None] * np.sqrt(q * share)
