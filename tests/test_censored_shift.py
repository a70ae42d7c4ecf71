"""Shifted lognormal times that are known by bounds: what the shift is below, and all that follows.

The reference is SciPy's lognorm with a location, whose logsf before it is 0 and whose logpdf -inf.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import bayesmm
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.results.prediction.restricted_mean import restricted_mean

RIGHT = "y | cens(event = e) ~ x"


def times(n: int = 200) -> pd.DataFrame:
    """Return times after 0.4, some censored before that."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=n), "g": np.resize(list("abcdefghij"), n)})
    own = dict(zip("abcdefghij", rng.normal(0, 0.3, 10), strict=True))
    mu = 0.2 + 0.5 * data["x"] + data["g"].map(own)
    time, end = 0.4 + rng.lognormal(mu, 0.6), rng.uniform(0.1, 4.0, n)
    return data.assign(y=np.minimum(time, end), e=(time <= end) * 1)


def limit_of(formula: str, data: pd.DataFrame) -> float:
    design = build_design(formula, data, resolve_family("shifted_lognormal"))
    return choose_priors(design)["ndt"].parameters[1]


def test_the_shift_is_below_what_was_seen_and_above_no_upper_end():
    """Fails where a right-censored row bounds it, or the lower end of an interval."""
    data = times()
    seen = data["y"][data["e"] == 1].min()
    assert data["y"].min() < seen == limit_of(RIGHT, data)
    rows = pd.DataFrame({"y": [0.2, 0.5, 0.7, 2.0], "u": [0.6, 0.0, 0.0, 0.0], "x": 0.0})
    for status, most in (
        (["interval", "none", "left", "none"], 0.5),
        (["interval", "right", "none", "none"], 0.6),
        (["interval", "right", "left", "none"], 0.6),
        (["right", "right", "left", "none"], 0.7),
        (["right", "right", "right", "none"], 2.0),
    ):
        assert limit_of("y | cens(s, u) ~ 1", rows.assign(s=status)) == most


def test_rows_before_the_shift():
    """A bound before it is passed for certain, and a response there impossible; no warning."""
    family = FAMILIES["shifted_lognormal"]
    y = np.array([0.1, 0.5, 0.9, 3.0])
    rows = ResponseParameters(np.full(4, 0.3), {"sigma": np.array(0.7), "ndt": np.array(0.5)})
    theirs = stats.lognorm(0.7, 0.5, np.exp(0.3))
    parameters = (np.full(4, 0.3), 0.7, 0.5)
    np.testing.assert_allclose(family.log_density(y, rows), theirs.logpdf(y), rtol=1e-13)
    np.testing.assert_allclose(
        family.density.log_above(y, *parameters), theirs.logsf(y), rtol=1e-12
    )
    np.testing.assert_allclose(
        family.density.log_below(y, *parameters), theirs.logcdf(y), rtol=1e-12
    )
    np.testing.assert_allclose(family.below(y, rows), theirs.cdf(y), rtol=1e-13)


def test_estimates_of_censored_times():
    """The maximum of SciPy's likelihood, to 1e-3 standard errors."""
    data = times()
    ml = bayesmm.ml(RIGHT, data, family="shifted_lognormal")
    y, seen = data["y"], data["e"] == 1

    def minus(b: np.ndarray) -> float:
        own = stats.lognorm(np.exp(b[2]), np.exp(b[3]), np.exp(b[0] + b[1] * data["x"]))
        return -float(np.where(seen, own.logpdf(y), own.logsf(y)).sum())

    at = np.array([*ml.estimates, *np.log([ml.auxiliary["sigma"], ml.auxiliary["ndt"]])])
    assert ml.loglik == pytest.approx(-minus(at), abs=1e-9)
    best = optimize.minimize(
        minus, at, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-11}
    )
    assert -best.fun - ml.loglik < 1e-6
    assert np.all(np.abs(best.x[:2] - ml.estimates) < 1e-3 * ml.standard_errors)
    assert ml.auxiliary["ndt"] > y.min()


@pytest.mark.slow
def test_a_fit_and_what_is_asked_of_it():
    data = times()
    fit = bayesmm.fit(
        "y | cens(event = e) ~ x + (1 | g)", data, "shifted_lognormal",
        seed=1, draws=300, progress=False,
    )  # fmt: skip
    draws = fit.draws["posterior"]["ndt"].values
    assert np.quantile(draws, 0.005) < 0.4 < np.quantile(draws, 0.995)
    assert draws.max() > data["y"].min()
    mean = fit.predict(kind="restricted_mean", times=[2.0]).table["mean"]
    assert (mean > draws.mean()).all() and (mean < 2.0).all()
    early = fit.predict(kind="survival", times=[1e-6], who="population").table["mean"]
    assert (early == 1.0).all()
    assert np.isfinite(fit.loo().elpd)
    assert fit.ppc().table.notna().any(axis=None)
    assert "Kaplan and Meier" in fit.plot.ppc().caption
    with pytest.raises(UnsupportedModelError, match="brms keeps ndt below the bounds"):
        fit.script("brms")


@pytest.mark.parametrize(
    ("sigma", "mu", "ndt"), [(0.6, -2.0, 0.3), (0.05, -3.0, 0.1), (1.2, 0.1, 0)]
)
def test_restricted_means_after_a_shift(sigma, mu, ndt):
    """The integral of SciPy's survival function, to 1e-9; before, steep ones were refused."""
    theirs = stats.lognorm(sigma, ndt, np.exp(mu))
    expected = theirs.expect(lambda y: y, ub=2.0, lb=ndt, epsabs=1e-12) + 2.0 * theirs.sf(2.0)
    assert restricted_mean(theirs.sf, 2.0, (1,))[0] == pytest.approx(expected, rel=1e-9)
