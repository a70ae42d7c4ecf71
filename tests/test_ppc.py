"""Posterior-predictive checks against closed forms."""

import matplotlib as mpl
import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UsageError
from bayesmm.results.checks.ppc_statistics import statistics_of
from bayesmm.results.prediction.linear_predictor import linear_predictor

mpl.use("Agg")


@pytest.fixture(scope="module")
def gaussian():
    """Return a fit without uncertainty: intercept 10, slope 2, effects 0, sigma 3."""
    x = np.linspace(-1, 1, 40)
    block = handmade_block("g", np.repeat(list("abcd"), 10), {"Intercept": 1.0})
    design = handmade_design(10 + 2 * x, {"x": x}, [block], offset=np.full(40, 5.0))
    drawn = synthetic_draws(
        design, intercept=(10, 0), beta=(2, 0), effects=([[-3, -1, 1, 3]], 0),
        auxiliary={"sigma": (3, 0)},
    )  # fmt: skip
    return synthetic_fit(design, drawn)


def test_linear_predictor_by_hand(gaussian):
    design = gaussian.design
    eta = linear_predictor(design, gaussian.draws, ([0, 3], [1, 2]))
    by_hand = 10 + 2 * design.mu.X[:, 0] + np.repeat([-3, -1, 1, 3], 10) + 5
    np.testing.assert_allclose(eta, np.stack([by_hand, by_hand]))


def test_slopes_that_vary_enter_with_their_column():
    x = np.arange(6.0)
    block = handmade_block("g", list("aabbcc"), {"Intercept": 1.0, "x": x})
    design = handmade_design(x, {"x": x}, [block])
    drawn = synthetic_draws(design)
    eta = linear_predictor(design, synthetic_fit(design, drawn).draws, ([2], [7]))[0]
    u = drawn.blocks[0].effects[2, 7]
    by_hand = [
        drawn.intercept[2, 7] + (drawn.beta[2, 7, 0] + u[1, g]) * x[i] + u[0, g]
        for i, g in enumerate([0, 0, 1, 1, 2, 2])
    ]
    np.testing.assert_allclose(eta, by_hand)


def test_gaussian_replicates_have_the_mean_and_sd(gaussian):
    ppc = gaussian.ppc(seed=3, n_draws=1000)
    y_rep = ppc.draws["posterior_predictive"]["y"].values.reshape(1000, 40)
    eta = linear_predictor(gaussian.design, gaussian.draws, ([0], [0]))[0]
    # 5 standard errors of a mean of 1000, over 40 rows; sd of 40,000 residuals
    assert np.abs(y_rep.mean(axis=0) - eta).max() < 5 * 3 / np.sqrt(1000)
    assert (y_rep - eta).std() == pytest.approx(3, abs=5 * 3 / np.sqrt(2 * 40_000))


def test_the_table_of_a_gaussian(gaussian):
    table = gaussian.ppc(n_draws=1000).table.set_index("statistic")
    assert list(table.index) == ["mean", "sd", "min", "max", "sd of g means"]
    mean = table.loc["mean"]
    assert mean["observed"] == pytest.approx(10)
    # the mean of 40 replicated rows ~ N(15, 3 / sqrt(40)); its 2.5 % quantile from 1000 draws
    # has standard error sd sqrt(.025 * .975 / 1000) / .0584
    se = 3 / np.sqrt(40)
    assert mean["mean"] == pytest.approx(15, abs=5 * se / np.sqrt(1000))
    assert mean["lower"] == pytest.approx(15 - 1.96 * se, abs=5 * se * 0.085)
    assert mean["p_value"] == 1.0  # 10 is more than 10 standard errors below
    assert table.attrs["probability"] == 0.95


def test_same_seed_same_replicates(gaussian):
    first, again, other = (gaussian.ppc(seed=s).draws["posterior_predictive"]["y"].values
                           for s in (1, 1, 2))  # fmt: skip
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("asked", "got"), [(1, 4), (10, 12), (1000, 1000)])
def test_number_of_replicates(gaussian, asked, got):
    sizes = gaussian.ppc(n_draws=asked).draws["posterior_predictive"].sizes
    assert sizes["chain"] * sizes["draw"] == got


@pytest.mark.parametrize("asked", [0, -1, 1001])
def test_impossible_numbers_of_replicates(gaussian, asked):
    with pytest.raises(UsageError, match="1 to 1000"):
        gaussian.ppc(n_draws=asked)


def family_fit(family, y, *, eta, auxiliary=None, **options):
    design = handmade_design(y, {}, family=family, **options)
    drawn = synthetic_draws(design, intercept=(eta, 0), auxiliary=auxiliary)
    return synthetic_fit(design, drawn)


def test_poisson_statistics():
    y = np.array([0.0, 0, 1, 5, 2, 2, 0, 3])
    table = family_fit("poisson", y, eta=np.log(2)).ppc(n_draws=1000).table.set_index("statistic")
    assert table.loc["proportion of zeros", "observed"] == 3 / 8
    assert table.loc["variance / mean", "observed"] == pytest.approx(y.var(ddof=1) / y.mean())
    # P(Y = 0) = exp(-2); standard error over 8000 rows
    p = np.exp(-2)
    se = np.sqrt(p * (1 - p) / 8000)
    assert table.loc["proportion of zeros", "mean"] == pytest.approx(p, abs=5 * se)


def test_bernoulli_statistics_and_the_half_of_ties():
    y = np.array([0.0, 1.0] * 10)
    table = family_fit("bernoulli", y, eta=0.0).ppc(n_draws=1000).table
    assert table["statistic"].tolist() == ["proportion of ones"]
    # symmetric about the observed 1/2, ties counted half: p = 1/2, se = .5 / sqrt(1000)
    assert table["p_value"][0] == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(1000))


def test_binomial_statistics():
    trials = np.array([4.0, 6.0, 10.0])
    fit = family_fit("binomial", [1.0, 3.0, 9.0], eta=0.0, trials=trials)
    ppc = fit.ppc(n_draws=1000)
    y_rep = ppc.draws["posterior_predictive"]["y"].values
    assert (y_rep <= trials).all()
    table = ppc.table.set_index("statistic")
    assert table.loc["proportion of successes", "observed"] == 13 / 20
    se = np.sqrt(0.25 / 20_000)
    assert table.loc["proportion of successes", "mean"] == pytest.approx(0.5, abs=5 * se)


def test_all_zero_replicates_have_the_dispersion_of_a_poisson():
    design = handmade_design([0.0, 1.0], {}, family="poisson")
    assert statistics_of(design)["variance / mean"](np.zeros((3, 2))).tolist() == [1, 1, 1]


def test_group_means_of_unequal_groups():
    block = handmade_block("g", list("abacb"), {"Intercept": 1.0})
    design = handmade_design([1.0, 2.0, 3.0, 7.0, 4.0], {}, [block])
    found = statistics_of(design)["sd of g means"](design.y)
    assert found == pytest.approx(np.std([2, 3, 7], ddof=1))


def test_repr_names_the_interval(gaussian):
    assert "95 % equal-tailed intervals" in repr(gaussian.ppc(n_draws=8))


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_plot_draws_observed_and_replicated(gaussian, family):
    fit = gaussian if family == "gaussian" else family_fit("poisson", [0.0, 1, 4, 2], eta=0.5)
    collection = fit.ppc(n_draws=20).plot(num_samples=10)
    figure = collection.viz["figure"].item()
    assert len(figure.axes) == 1
    assert len(figure.axes[0].lines) >= 11  # ten replicates and the data
    mpl.pyplot.close(figure)
