"""The bootstrap of the likelihood-ratio test against an exact distribution and the course."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_likelihood_ratio import SITKA, sitka
from threadpoolctl import threadpool_info, threadpool_limits

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.likelihood import fit_ml
from bayesmm.studies import bootstrap
from bayesmm.studies.bootstrap import BootstrapTest, simulate_response


def test_replicates_follow_the_exact_distribution():
    """For nested linear models chi2 = n log(1 + F / (n - p)), F ~ F(1, n - p), exactly."""
    rng = np.random.default_rng(0)
    n = 12
    data = pd.DataFrame(rng.normal(size=(n, 3)), columns=["y", "a", "b"])
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in ("y ~ a", "y ~ a + b"))
    test = bayesmm.bootstrap_lrt(m0, m1, n=400, seed=1, progress=False)
    f = np.expm1(test.replicates / n) * (n - 3)
    assert stats.kstest(f, stats.f(1, n - 3).cdf).pvalue > 0.01
    exact = stats.f.sf(np.expm1(test.statistic / n) * (n - 3), 1, n - 3)
    assert test.p_value == pytest.approx(exact, abs=3 * test.p_standard_error + 1 / 400)


@pytest.mark.slow
def test_sitka_is_near_the_published_p():
    """MATH-516, week 7: p = .011 of 1000 replicates; here 60, within three binomial errors."""
    data = sitka()
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in SITKA)
    test = bayesmm.bootstrap_lrt(m0, m1, n=60, seed=0, progress=False)
    error = np.sqrt(0.011 * 0.989 * (1 / 60 + 1 / 1000))
    # (1 + k) / (1 + n) is at least 1 / 61, so the count is what is compared
    share = np.mean(test.replicates >= test.statistic)
    assert share == pytest.approx(0.011, abs=3 * error)
    # 2 (log L1 - log L0) cannot be negative: more is a search that stopped short
    assert test.replicates.min() > -1e-4
    # under the small model chi2 is near chi-squared with 3 df, whose mean is 3 and variance 6
    assert test.replicates.mean() == pytest.approx(3, abs=5 * np.sqrt(6 / 60))


def test_p_value_and_its_error():
    test = BootstrapTest(None, None, 2.0, np.array([1.0, 2.0, 3.0, 0.5]), 0)
    assert test.p_value == 3 / 5
    assert test.p_standard_error == pytest.approx(np.sqrt(0.6 * 0.4 / 4))


def test_seed_decides_and_more_replicates_extend_fewer():
    data = bayesmm.load_data("mtcars")
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in ("mpg ~ wt", "mpg ~ wt + hp"))
    few = bayesmm.bootstrap_lrt(m0, m1, n=3, seed=4, progress=False)
    more = bayesmm.bootstrap_lrt(m1, m0, n=5, seed=4, progress=True)
    other = bayesmm.bootstrap_lrt(m0, m1, n=3, seed=5, progress=False)
    np.testing.assert_array_equal(few.replicates, more.replicates[:3])
    assert np.all(few.replicates != other.replicates)
    assert "3 data sets simulated from m0" in repr(few)
    with pytest.raises(UsageError, match="at least 1"):
        bayesmm.bootstrap_lrt(m0, m1, n=0)


def threads_of_blas():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_replicates_do_not_depend_on_the_threads_of_blas(monkeypatch):
    """One thread inside, as many as before outside; and the numbers are those of any number."""
    data = sitka()
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in SITKA)
    seen = []

    def simulated(*arguments):
        seen.extend(threads_of_blas())
        return simulate_response(*arguments)

    monkeypatch.setattr(bootstrap, "simulate_response", simulated)
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads_of_blas()
        test = bayesmm.bootstrap_lrt(m0, m1, n=2, seed=3, progress=False)
        assert threads_of_blas() == before
        threaded = []
        for own in np.random.SeedSequence(3).spawn(2):
            y = simulate_response(m0, np.random.default_rng(own))
            small, large = (fit_ml(replace(m.design, y=y), reml=False) for m in (m0, m1))
            threaded.append(2 * (large.loglik - small.loglik))
    assert set(seen) == {1}
    # sums in another order: rounding moves where the optimisers stop
    np.testing.assert_allclose(test.replicates, threaded, atol=1e-5)


def test_simulated_responses_have_the_moments_of_the_model():
    """Mean X beta and covariance Z Sigma Z' + sigma^2 I, within 4.5 standard errors."""
    data = bayesmm.load_data("sleepstudy")
    fit = bayesmm.ml("Reaction ~ Days + (Days | Subject)", data, reml=False)
    n = 2000
    y = np.stack([simulate_response(fit, np.random.default_rng(k)) for k in range(n)])
    mean = fit.estimates[0] + fit.estimates[1] * data["Days"].to_numpy()
    rows = [0, 9, 15]
    sd = fit.blocks[0].sd
    Sigma = sd[:, None] * fit.blocks[0].corr * sd
    Z = fit.design.blocks[0].columns.Z[rows]
    same = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    V = same * (Z @ Sigma @ Z.T) + fit.sigma**2 * np.eye(3)
    np.testing.assert_array_less(
        np.abs(y[:, rows].mean(axis=0) - mean[rows]) / np.sqrt(np.diag(V) / n), 4.5
    )
    error = np.sqrt((np.outer(np.diag(V), np.diag(V)) + V**2) / n)
    np.testing.assert_array_less(np.abs(np.cov(y[:, rows].T) - V) / error, 4.5)


def test_binomial_responses_are_simulated_within_their_trials():
    data = bayesmm.load_data("cbpp")
    formula = "p(incidence, size) ~ period + (1 | herd)"
    data["period"] = data["period"].astype(str)
    fit = bayesmm.ml(formula, data, family="binomial")
    y = simulate_response(fit, np.random.default_rng(0))
    assert y.shape == fit.design.y.shape
    assert np.all((y >= 0) & (y <= fit.design.trials) & (y == np.round(y)))


@pytest.fixture(scope="module")
def few_ones() -> pd.DataFrame:
    """24 rows with three ones: of data simulated from a fit many are all zero."""
    y = np.zeros(24)
    y[[3, 11, 20]] = 1
    return pd.DataFrame({"y": y, "x": np.random.default_rng(2).normal(size=24)})


@pytest.mark.parametrize("family", ["negativebinomial", "poisson"])
def test_data_sets_that_cannot_be_fitted_are_counted_and_told(few_ones, family):
    m0, m1 = (bayesmm.ml(formula, few_ones, family) for formula in ("y ~ 1", "y ~ x"))
    test = bayesmm.bootstrap_lrt(m0, m1, n=60, seed=1, progress=False)
    failed = np.isnan(test.replicates).sum()
    assert failed == sum(test.reasons.values()) > 0
    assert test.n_fitted == 60 - failed
    large = np.sum(test.replicates >= test.statistic)
    assert test.p_value == (1 + large) / (1 + test.n_fitted)
    low, high = test.p_range
    assert low == (1 + large) / 61 and high == (1 + large + failed) / 61
    assert low <= test.p_value <= high
    assert f"{failed} of 60 data sets could not be fitted" in repr(test)
    assert any(why.startswith("The response y is constant: 0") for why in test.reasons)
    assert "could not be fitted" in test._repr_html_()


def test_a_test_of_nothing_but_failures_says_so(few_ones, monkeypatch):
    m0, m1 = (bayesmm.ml(formula, few_ones, "poisson") for formula in ("y ~ 1", "y ~ x"))
    monkeypatch.setattr(bootstrap, "simulate_response", lambda *_: np.zeros(24))
    with pytest.raises(DataError, match="None of 3 data sets simulated from 'y ~ 1' could be"):
        bayesmm.bootstrap_lrt(m0, m1, n=3, progress=False)


def test_families_are_tested_by_bootstrap_too():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"y": rng.poisson(3, 60), "x": rng.normal(size=60)})
    m0, m1 = (bayesmm.ml("y ~ x", data, family) for family in ("poisson", "negativebinomial"))
    test = bayesmm.bootstrap_lrt(m0, m1, n=30, seed=1, progress=False)
    # alpha is at its bound for about half of poisson data, and chi2 there is 0
    share = np.mean(test.replicates[np.isfinite(test.replicates)] < 0.01)
    assert share == pytest.approx(0.5, abs=4 * np.sqrt(0.25 / 30))
