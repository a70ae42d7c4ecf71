"""Bootstrap intervals of estimates against exact distributions, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.studies.bootstrap_estimates import ml_estimates


@pytest.fixture(scope="module")
def line() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x = rng.normal(size=15)
    return pd.DataFrame({"x": x, "y": 1 + x + rng.normal(size=15)})


def test_replicates_of_a_linear_model_have_their_exact_distribution(line):
    """b ~ N(b_hat, se^2) and (n - p) s^2 / sigma^2 ~ chi2(n - p), exactly."""
    ml = bayesmm.ml("y ~ x", line)
    found = bayesmm.bootstrap(ml, n=200, seed=1, progress=False)
    estimate, error = ml.coefficients["x"]
    z = (found.replicates["x"] - estimate) / error
    assert stats.kstest(z, "norm").pvalue > 0.01
    ratio = 13 * (found.replicates["sigma"] / ml.sigma) ** 2
    assert stats.kstest(ratio, stats.chi2(13).cdf).pvalue > 0.01
    row = found.table.set_index("quantity").loc["x"]
    assert row["se"] == pytest.approx(error, rel=4 / np.sqrt(2 * 200))
    low, high = np.quantile(found.replicates["x"], [0.025, 0.975])
    assert (row["lower"], row["upper"]) == (low, high)
    half = found.intervals(0.5).set_index("quantity").loc["x"]
    assert low < half["lower"] < half["upper"] < high


def test_names_are_those_of_a_posterior():
    ml = bayesmm.ml("Reaction ~ Days + (Days | Subject)", bayesmm.load_data("sleepstudy"))
    # lme4 1.1: fixef 251.405, 10.467; sds 24.741, 5.922; corr .066; sigma 25.592 (its vignette)
    expected = {
        "Intercept": 251.405, "Days": 10.467, "sigma": 25.592, "1|Subject_sigma": 24.741,
        "Days|Subject_sigma": 5.922, "Subject_corr[Intercept, Days]": 0.066,
    }  # fmt: skip
    assert ml_estimates(ml) == pytest.approx(expected, abs=6e-4)


def test_any_number_of_a_fit_has_an_interval(line):
    ml = bayesmm.ml("y ~ x", line)

    def crossing(fit):
        return -fit.estimates[0] / fit.estimates[1]

    found = bayesmm.bootstrap(ml, crossing, n=30, seed=2, progress=False)
    assert list(found.estimates) == ["crossing"]
    both = bayesmm.bootstrap(ml, lambda fit: {"a": fit.loglik, "b": fit.aic}, n=3, progress=False)
    assert list(both.replicates) == ["a", "b"]
    for wrong in (lambda fit: "much", lambda fit: {"a": [1, 2]}):
        with pytest.raises(UsageError, match="must return a number"):
            bayesmm.bootstrap(ml, wrong, n=3)


def test_singular_fits_and_those_that_fail_are_told():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.normal(size=24), "g": np.repeat(list("abcdef"), 4)})
    ml = bayesmm.ml("y ~ 1 + (1 | g)", data)
    found = bayesmm.bootstrap(ml, n=30, seed=1, progress=False)
    sd = found.replicates["1|g_sigma"]
    assert found.singular == int((sd < 1e-4).sum()) > 0
    assert f"{found.singular} of the fits to them are singular" in repr(found)
    rare = pd.DataFrame({"y": np.arange(40) == 7, "x": rng.normal(size=40)}).astype(float)
    few = bayesmm.ml("y ~ 1", rare, "poisson")
    told = bayesmm.bootstrap(few, n=60, seed=1, progress=False)
    assert sum(told.reasons.values()) == 60 - len(told.replicates) > 0
    assert "could not be fitted" in repr(told)
    with pytest.raises(DataError, match="Only"):
        bayesmm.bootstrap(few, n=20, seed=1, progress=False)
    with pytest.raises(UsageError, match="probability between 0 and 1"):
        bayesmm.bootstrap(few, prob=95)
