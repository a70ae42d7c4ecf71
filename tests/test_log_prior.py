"""Log densities of the priors against scipy and against their integral, which is one."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from scipy import integrate, stats
from synthetic import synthetic_draws

from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import DISTRIBUTIONS, Prior
from bayesmm.results.densities.log_prior import _decov, _lkj, log_prior, prior_log_density
from bayesmm.sampling.assemble import assemble

PROPER = {
    "Normal": (1.0, 2.0),
    "StudentT": (3.0, 1.0, 2.0),
    "Cauchy": (1.0, 2.0),
    "Laplace": (1.0, 2.0),
    "Logistic": (1.0, 2.0),
    "MinGumbel": (0.5, 2.0),
    "Uniform": (-1.0, 2.0),
    "HalfNormal": (2.0,),
    "HalfStudentT": (3.0, 2.0),
    "HalfCauchy": (2.0,),
    "Exponential": (2.0,),
    "Gamma": (2.0, 3.0),
    "InverseGamma": (2.0, 3.0),
    "Beta": (2.0, 3.0),
}


def test_every_distribution_has_a_density():
    assert set(PROPER) | {"Flat", "HalfFlat", "LKJ", "Decov"} == set(DISTRIBUTIONS)
    assert prior_log_density(Prior("Flat"), np.array([1.0, 5.0])).tolist() == [0, 0]


@pytest.mark.parametrize("name", PROPER)
def test_densities_integrate_to_one(name):
    prior = Prior(name, PROPER[name])
    lower, upper = (0 if prior.positive else -np.inf), np.inf
    lower, upper = {"Uniform": (-1.0, 2.0), "Beta": (0.0, 1.0)}.get(name, (lower, upper))

    def density(x):
        return np.exp(prior_log_density(prior, np.array(x)))

    total = integrate.quad(density, lower, upper, limit=500)[0]
    assert total == pytest.approx(1, abs=1e-6)


def test_densities_are_not_merely_of_unit_mass():
    """Median of each parameterised scale: P(x < median) = 1/2 (InverseGamma, Gamma, Laplace)."""
    for prior, reference in (
        (Prior("Gamma", (2.0, 3.0)), stats.gamma(2, scale=1 / 3)),
        (Prior("InverseGamma", (2.0, 3.0)), stats.invgamma(2, scale=3)),
        (Prior("Exponential", (2.0,)), stats.expon(scale=0.5)),
    ):
        mean = integrate.quad(
            lambda x, p=prior: x * np.exp(prior_log_density(p, np.array(x))), 0, 400
        )
        assert mean[0] == pytest.approx(reference.mean(), rel=0.02)


def test_lkj_of_two_effects_is_a_beta():
    r = np.array([-0.9, 0.0, 0.4])
    matrices = np.stack([np.array([[1, x], [x, 1]]) for x in r])
    for eta in (1.0, 2.5):
        expected = stats.beta(eta, eta).logpdf((r + 1) / 2) - np.log(2)
        np.testing.assert_allclose(_lkj(eta, matrices), expected, rtol=1e-12)
    assert np.isfinite(_lkj(1.0, np.ones((2, 2))))


def test_lkj_of_three_effects_integrates_to_one():
    """Monte Carlo over the cube of correlations, within five standard errors."""
    r = np.random.default_rng(0).uniform(-1, 1, size=(200_000, 3))
    matrices = np.ones((len(r), 3, 3))
    for k, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]):
        matrices[:, a, b] = matrices[:, b, a] = r[:, k]
    positive = np.linalg.eigvalsh(matrices)[:, 0] > 0
    density = np.zeros(len(r))
    density[positive] = 8 * np.exp(_lkj(2.0, matrices[positive]))
    assert density.mean() == pytest.approx(1, abs=5 * density.std() / np.sqrt(len(r)))


def test_decov_is_a_density_of_the_sds():
    """By the trapezoidal rule on the logarithms of one and of two sds."""
    grid = np.linspace(-16, 5, 800)
    step = grid[1] - grid[0]
    one = np.exp(grid)[:, None]
    two = np.stack(np.meshgrid(one, one), axis=-1)
    for parameters in ((1.0, 1.0, 1.0), (2.0, 1.5, 0.7)):
        prior = Prior("Decov", parameters)
        for sds, q in ((one, 1), (two, 2)):
            density = np.exp(_decov(prior, sds, 1.3)) * sds.prod(axis=-1)
            assert density.sum() * step**q == pytest.approx(1, abs=1e-4)


def test_every_prior_of_a_model_is_evaluated_where_it_is_stated():
    """The prior of the intercept is at the mean of the predictors."""
    x = np.array([1.0, 4.0, 7.0, 8.0])
    design = handmade_design(
        [1.0, 2.0, 0.5, 3.0],
        {"x": x},
        [handmade_block("g", list("aabb"), {"Intercept": 1.0, "x": x})],
    )
    priors = choose_priors(design, {"Intercept": "Normal(3, 2)", "x": "StudentT(4, 0, 1.5)"})
    drawn = synthetic_draws(design, draws=3)
    found = log_prior(design, priors, assemble(design, drawn))
    assert set(found) == set(priors)
    centred = drawn.intercept + drawn.beta[..., 0] * 5.0
    np.testing.assert_allclose(found["Intercept"], stats.norm.logpdf(centred, 3, 2))
    np.testing.assert_allclose(found["x"], stats.t.logpdf(drawn.beta[..., 0], 4, 0, 1.5))
    sd = drawn.blocks[0].sd[..., 1]
    np.testing.assert_allclose(found["x|g_sigma"], prior_log_density(priors["x|g_sigma"], sd))
    decov = log_prior(design, choose_priors(design, "rstanarm"), assemble(design, drawn))
    expected = _decov(Prior("Decov", (1.0, 1.0, 1.0)), drawn.blocks[0].sd, drawn.auxiliary["sigma"])
    np.testing.assert_allclose(decov["1|g_sigma"], expected)
