"""Residuals: closed forms, scipy's distributions, and uniformity when the model holds."""

from dataclasses import replace

import numpy as np
import pytest
from family_values import Mixture, auxiliary_of, distribution, trials_of
from handmade import handmade_design
from scipy import stats
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import FAMILIES
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.results.checks import residuals as residual_module
from bayesmm.results.checks.residuals import predictive_probabilities
from bayesmm.results.prediction.response_mean import refuse_unknown_moments

MEANS = {"bernoulli": 0.3, "binomial": 0.3, "beta_binomial": 0.3, "zero_inflated_binomial": 0.3}
LEVELS = {"real": 1.7, "positive": 3.2, "proportion": 0.3, "count": 3.2, "angle": 0.5}


def mean_of(family):
    if FAMILIES[family].located is not None:
        return 0.4
    return MEANS.get(family, LEVELS.get(FAMILIES[family].response))


def reference_of(family):
    own = FAMILIES[family]
    return distribution(family, mean_of(family), auxiliary_of(own), 8)


def parameters(family, mu):
    own = FAMILIES[family]
    auxiliary = {name: np.array(value) for name, value in auxiliary_of(own).items()}
    return ResponseParameters(np.asarray(mu, float), auxiliary, trials_of(own, 8.0, np.shape(mu)))


# Those of which the information is more than the variance of the score.
MIXTURES = ["nbinom1", *(
    name for name, family in FAMILIES.items()
    if family.discrete and isinstance(reference_of(name), Mixture)
)]  # fmt: skip
SCIPY = [name for name, own in FAMILIES.items() if own.has_moments and name not in MIXTURES]


@pytest.mark.parametrize("family", SCIPY)
def test_moments_are_scipys(family):
    reference, moments = reference_of(family), FAMILIES[family]
    y = reference.rvs(200, random_state=0).astype(float)
    p = parameters(family, np.full(200, mean_of(family)))
    np.testing.assert_allclose(moments.response_mean(p), reference.mean())
    np.testing.assert_allclose(moments.variance(p), reference.var())
    np.testing.assert_allclose(moments.below(y, p), reference.cdf(y), rtol=1e-9)
    less, equal = predictive_probabilities(moments, y, p)
    np.testing.assert_allclose(less + equal, reference.cdf(y), rtol=1e-9)
    if moments.discrete:
        np.testing.assert_allclose(equal, reference.pmf(y), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("family", SCIPY)
def test_score_is_the_derivative_and_information_its_variance(family):
    """Variance of the score over 20000 responses, within five standard errors."""
    y = reference_of(family).rvs(20_000, random_state=1).astype(float)
    mu, h = np.full(20_000, mean_of(family)), 1e-6
    score, information = FAMILIES[family].score_in_mean(y, parameters(family, mu))
    log = FAMILIES[family].log_density
    up, down = (log(y, parameters(family, mu + step)) for step in (h, -h))
    np.testing.assert_allclose(score, (up - down) / (2 * h), rtol=1e-5, atol=1e-6)
    error = np.std(score**2) / np.sqrt(len(y))
    assert np.mean(score**2) == pytest.approx(np.mean(information), abs=5 * error)


@pytest.mark.parametrize("family", MIXTURES)
def test_moments_of_mixtures_are_sums_over_the_counts(family):
    y = np.arange(9.0 if FAMILIES[family].response == "binomial" else 400.0)
    p = parameters(family, np.full(y.size, mean_of(family)))
    moments = FAMILIES[family]
    mass = np.exp(moments.log_density(y, p))
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(moments.response_mean(p), mass @ y)
    np.testing.assert_allclose(moments.variance(p), mass @ (y - mass @ y) ** 2)
    np.testing.assert_allclose(moments.below(y, p), np.cumsum(mass), rtol=1e-9)
    score, information = moments.score_in_mean(y, p)
    h = 1e-6
    up, down = (moments.log_density(y, parameters(family, p.mu + step)) for step in (h, -h))
    np.testing.assert_allclose(score[:30], ((up - down) / (2 * h))[:30], rtol=1e-5, atol=1e-6)
    assert np.all(information >= mass @ score**2)


def test_every_family_has_moments():
    """But one of angles: their mean and variance as numbers depend on where a circle is cut."""
    assert [name for name, own in FAMILIES.items() if not own.has_moments] == ["von_mises"]


def known_fit(family, y, **draws):
    """A fit whose posterior is a point: intercept only, spread zero."""
    trials = np.full(len(y), 8.0) if family == "binomial" else None
    design = handmade_design(y, {}, family=family, trials=trials, link=draws.pop("link", None))
    return synthetic_fit(design, synthetic_draws(design, draws=5, chains=2, **draws))


def test_gaussian_residuals_in_closed_form():
    y = np.array([0.0, 2.0, 5.0])
    fit = known_fit("gaussian", y, intercept=(1.0, 0.0), auxiliary={"sigma": (2.0, 0.0)})
    table = fit.residuals()
    np.testing.assert_allclose(table["raw"], y - 1)
    np.testing.assert_allclose(table["pearson"], (y - 1) / 2)
    np.testing.assert_allclose(table["quantile"], (y - 1) / 2, rtol=1e-9)
    np.testing.assert_allclose(table["u"], stats.norm.cdf((y - 1) / 2))


def test_of_very_many_rows_some_draws_are_averaged_and_it_is_told(monkeypatch):
    y = np.random.default_rng(0).normal(size=40)
    design = handmade_design(y, {})
    fit = synthetic_fit(design, synthetic_draws(design, intercept=(0.0, 0.1), draws=100))
    every = fit.residuals()
    assert every.attrs["draws"] == 400
    monkeypatch.setattr(residual_module, "_MOST_VALUES", 40 * 100)
    some = fit.residuals()
    assert some.attrs["draws"] == 100
    # the mean of a hundred draws of sd 0.1
    np.testing.assert_allclose(some["fitted"], every["fitted"], atol=4 * 0.1 / np.sqrt(100))


def test_draws_are_averaged_as_probabilities():
    y = np.array([0.5, -1.0])
    design = handmade_design(y, {})
    drawn = synthetic_draws(design, intercept=(0.0, 1.5), auxiliary={"sigma": (1.0, 0.1)})
    table = synthetic_fit(design, drawn).residuals()
    u = stats.norm.cdf(y, drawn.intercept[..., None], drawn.auxiliary["sigma"][..., None])
    np.testing.assert_allclose(table["u"], u.mean(axis=(0, 1)), rtol=1e-9)


@pytest.mark.parametrize("family", ["poisson", "negativebinomial", "binomial"])
def test_quantile_residuals_are_normal_when_the_model_holds(family):
    y = reference_of(family).rvs(500, random_state=3).astype(float)
    link = {"binomial": stats.logistic.ppf(0.3)}.get(family, np.log(3.2))
    fit = known_fit(family, y, intercept=(link, 0.0), auxiliary={"alpha": (2.5, 0.0)})
    table = fit.residuals(seed=5)
    assert stats.kstest(table["quantile"], stats.norm.cdf).pvalue > 0.01
    np.testing.assert_array_equal(table["quantile"], fit.residuals(seed=5)["quantile"])
    assert np.all(table["quantile"] != fit.residuals(seed=6)["quantile"])


def test_far_tails_stay_finite_and_ordered():
    y = np.array([-60.0, -12.0, 12.0, 60.0])
    fit = known_fit("gaussian", y, intercept=(0.0, 0.0), auxiliary={"sigma": (1.0, 0.0)})
    quantile = fit.residuals()["quantile"].to_numpy()
    assert np.all(np.isfinite(quantile))
    assert quantile[1] == pytest.approx(-12, rel=1e-6)


def test_unknown_families_are_refused():
    bare = replace(FAMILIES["poisson"], name="bare", below=None)
    with pytest.raises(UnsupportedModelError, match="no residuals of the bare family"):
        refuse_unknown_moments(bare)
