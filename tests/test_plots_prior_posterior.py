"""Prior and posterior densities: against simulation and scipy, ink against the table."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from scipy import integrate, stats
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UsageError
from bayesmm.model.prior_choice import choose_priors
from bayesmm.plots.prior_density import priors_and_posteriors
from bayesmm.plots.prior_posterior import prior_posterior


@pytest.fixture
def three_effects():
    x = np.tile(np.arange(4.0), 6)
    block = handmade_block("g", np.repeat(list("abcdef"), 4), {"Intercept": 1.0, "x": x, "z": x**2})
    return handmade_design(x, {"x": x}, [block])


def fit_of(design, priors):
    return synthetic_fit(design, synthetic_draws(design), priors=choose_priors(design, priors))


def test_every_parameter_with_a_prior_is_there(sleepstudy_fit):
    figure, table = prior_posterior(sleepstudy_fit)
    names = [
        "Intercept", "Days", "sigma", "sd(Subject: Intercept)", "sd(Subject: Days)",
        "corr(Subject: Intercept, Days)",
    ]  # fmt: skip
    assert list(dict.fromkeys(table["parameter"])) == names
    for ax, name in zip(figure.axes, names, strict=True):
        assert ax.get_title(loc="left").strip() == name
        for line, of in zip(ax.lines, ("prior", "posterior"), strict=True):
            part = table[(table["parameter"] == name) & (table["of"] == of)]
            np.testing.assert_array_equal(line.get_xydata(), part[["x", "density"]])
    posterior = table[table["of"] == "posterior"]
    for _, part in posterior.groupby("parameter"):
        assert integrate.trapezoid(part["density"], part["x"]) == pytest.approx(1, abs=5e-3)


def test_priors_are_those_of_the_model(sleepstudy_fit):
    table = prior_posterior(sleepstudy_fit).table.query("of == 'prior'")
    slope = table[table["parameter"] == "Days"]
    _, sd = sleepstudy_fit.priors["Days"].parameters
    np.testing.assert_allclose(slope["density"], stats.norm.pdf(slope["x"], 0, sd))
    corr = table[table["parameter"] == "corr(Subject: Intercept, Days)"]
    np.testing.assert_allclose(corr["density"], 0.5)  # LKJ(1) of two effects is uniform
    assert str(sleepstudy_fit.priors["Days"]) == slope["prior"].iloc[0]


def test_the_intercept_is_at_the_mean_of_the_predictors(sleepstudy_fit):
    (one,) = priors_and_posteriors(sleepstudy_fit, ("Intercept",))
    fixef = sleepstudy_fit.fixef().set_index("term")["mean"]
    assert one.draws.mean() == pytest.approx(fixef["Intercept"] + 4.5 * fixef["Days"])


def test_a_correlation_of_three_under_lkj(three_effects):
    """Against matrices drawn by the onion method."""
    found = priors_and_posteriors(fit_of(three_effects, {"g_corr": "LKJ(2)"}), ("g_corr",))
    assert len(found) == 3
    rng = np.random.default_rng(3)
    eta, count = 2.0, 40_000
    beta = eta + (3 - 2) / 2
    first = 2 * rng.beta(beta, beta, count) - 1
    length = np.sqrt(rng.beta(1.0, beta - 0.5, count))
    angle = rng.uniform(0, 2 * np.pi, count)
    third = length * (first * np.cos(angle) + np.sqrt(1 - first**2) * np.sin(angle))
    edges = np.linspace(-1, 1, 21)
    middle = (edges[:-1] + edges[1:]) / 2
    for draws in (first, length * np.cos(angle), third):
        share = np.histogram(draws, edges)[0] / count
        expected = found[0].density(middle) * 0.1
        assert (np.abs(share - expected) < 5 * np.sqrt(expected / count) + 1e-3).all()


def test_an_sd_under_decov(three_effects):
    """Against draws of sd = scale sigma sqrt(3 pi) tau."""
    fit = fit_of(three_effects, "rstanarm")
    (one,) = priors_and_posteriors(fit, ("x|g_sigma",))
    rng = np.random.default_rng(4)
    count = 100_000
    pi = rng.dirichlet(np.ones(3), count)[:, 1]
    sd = 3.0 * np.sqrt(3 * pi) * rng.gamma(1.0, size=count)  # the posterior mean of sigma is 3
    for point in (1.0, 3.0, 8.0):
        share = np.mean(np.abs(sd - point) < 0.25)
        expected = one.density(np.array([point]))[0] * 0.5
        assert share == pytest.approx(expected, abs=5 * np.sqrt(share / count) + 0.01 * expected)


def test_a_flat_prior_has_no_density(three_effects):
    fit = fit_of(three_effects, {"x": "Flat()"})
    table = prior_posterior(fit, names="x").table
    assert set(table["of"]) == {"posterior"}
    assert set(table["prior"]) == {"Flat()"}


def test_names_of_priors_and_unknown_names(sleepstudy_fit):
    table = prior_posterior(sleepstudy_fit, names=["1|Subject_sigma", "sigma"]).table
    assert list(dict.fromkeys(table["parameter"])) == ["sigma", "sd(Subject: Intercept)"]
    with pytest.raises(UsageError, match=r"no parameter 'Dais'\. Did you mean 'Days'"):
        prior_posterior(sleepstudy_fit, names="Dais")
