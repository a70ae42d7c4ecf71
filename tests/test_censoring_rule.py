"""Simulated responses are censored by the rule of the data, where these or the user say which."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import bayesmm
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, EXACT
from bayesmm.studies.simulated_censoring import censoring_rule
from bayesmm.studies.simulated_design import simulated_design
from bayesmm.studies.simulated_response import simulate_response


def times(n: int = 150) -> pd.DataFrame:
    """Return times with follow-up that differs, that ends at 5, and by classes of width 1."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=n)
    t, end = rng.weibull(1.5, n) * np.exp(1 + 0.5 * x), rng.uniform(1, 8, n)
    low = np.minimum(np.floor(t), 6.0)
    return pd.DataFrame(
        {"x": x, "t": np.minimum(t, end), "event": (t <= end) * 1, "end": end}
        | {"at5": np.minimum(t, 5.0), "before5": (t <= 5.0) * 1}
        | {"low": np.maximum(low, 1.0), "high": low + 1.0}
        | {"detected": np.maximum(t, 1.5), "state": np.where(t > 1.5, "none", "left")}
        | {"status": np.select([low == 0, low == 6], ["left", "right"], "interval")}
    )


DATA = times()


@pytest.fixture(scope="module")
def fits():
    formulas = {
        "ends": "t | cens(event = event)", "common": "at5 | cens(event = before5)",
        "classes": "low | cens(status, high)", "detected": "detected | cens(state)",
    }  # fmt: skip
    return {
        name: bayesmm.ml(f"{left} ~ x", DATA, family="weibull") for name, left in formulas.items()
    }


def test_rules_that_data_tell(fits):
    rule = censoring_rule(fits["common"].design, "bootstrap")
    assert (rule.side, rule.limits.tolist()) == ("right", [5.0])
    rule = censoring_rule(fits["detected"].design, "bootstrap")
    assert (rule.side, rule.limits.tolist()) == ("left", [1.5])
    rule = censoring_rule(fits["classes"].design, "bootstrap")
    assert (rule.side, rule.limits.tolist()) == ("classes", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    plain = bayesmm.ml("t ~ x", DATA, family="weibull")
    assert censoring_rule(plain.design, "bootstrap") is None


@pytest.mark.parametrize("name", ["ends", "common", "classes", "detected"])
def test_simulated_shares_are_those_of_the_model(fits, name):
    """Of each kind of row the share that S at its limits gives, within 4 standard errors.

    The rule of calibrations, by which a row that was seen is seen again, is 29 and more off.
    """
    ml, n = fits[name], 60
    rule = censoring_rule(ml.design, "bootstrap", DATA["end"] if name == "ends" else None)
    found = np.zeros(4)
    for k in range(n):
        y = simulate_response(ml, np.random.default_rng(k))
        again = simulated_design(ml.design, y, rule)
        form, lower, upper = (again.known[column] for column in CENSORING)
        found += [(form == f).sum() for f in (EXACT, BEYOND_LOWER, BELOW_UPPER, BETWEEN)]
        assert (again.y[form == EXACT] == y[form == EXACT]).all()
        above, below = form == BEYOND_LOWER, form == BELOW_UPPER
        assert (y[above] > lower[above]).all() and (y[below] <= upper[below]).all()
        between = form == BETWEEN
        assert ((y > lower) & (y <= upper))[between].all()
    alpha = ml.auxiliary["alpha"]
    scale = np.exp(ml.estimates[0] + ml.estimates[1] * DATA["x"]) / special.gamma(1 + 1 / alpha)
    variable = stats.weibull_min(alpha, scale=scale)
    if name in ("ends", "common"):
        p = variable.sf(DATA["end"] if name == "ends" else 5.0)
        shares = np.array([1 - p, p, 0 * p, 0 * p])
    elif name == "detected":
        p = variable.cdf(1.5)
        shares = np.array([1 - p, 0 * p, p, 0 * p])
    else:
        low, high = variable.cdf(1.0), variable.sf(6.0)
        shares = np.array([0 * low, high, low, 1 - low - high])
    se = np.sqrt(n * (shares * (1 - shares)).sum(axis=1))
    assert (np.abs(found - n * shares.sum(axis=1)) <= 4 * se).all()


@pytest.mark.slow
def test_bootstrap_of_censored_times(fits):
    """Its standard errors are those of the information, within 4 of their own."""
    n = 100
    for name, limits in (("ends", DATA["end"]), ("classes", None)):
        study = bayesmm.bootstrap(
            fits[name], n=n, cores=1, progress=False, censored_at=limits, seed=2
        )
        table = study.table.set_index("quantity")
        ratio = table.loc[["Intercept", "x"], "se"] / fits[name].standard_errors
        assert (np.abs(ratio - 1) < 4 / np.sqrt(2 * n)).all()


@pytest.mark.slow
def test_likelihood_ratios_of_censored_times(fits):
    small = bayesmm.ml("at5 | cens(event = before5) ~ 1", DATA, family="weibull")
    found = bayesmm.bootstrap_lrt(small, fits["common"], n=20, cores=1, progress=False)
    assert found.n_fitted == 20
    assert found.p_value == pytest.approx(1 / 21)
    small = bayesmm.ml("t | cens(event = event) ~ 1", DATA, family="weibull")
    with pytest.raises(UnsupportedModelError, match="above which value"):
        bayesmm.bootstrap_lrt(small, fits["ends"], n=20)


def test_limits_of_all_rows_of_the_data(fits):
    """Rows that are left out have limits too, and their places are those of the frame."""
    data = DATA.copy()
    data.loc[7, "x"] = np.nan
    ml = bayesmm.ml("t | cens(event = event) ~ x", data, family="weibull")
    rule = censoring_rule(ml.design, "bootstrap", data["end"])
    np.testing.assert_array_equal(rule.limits, data["end"].drop(index=7))


@pytest.mark.parametrize(
    ("name", "limits", "error", "words"),
    [
        ("ends", None, UnsupportedModelError, "with censored_at=..."),
        ("ends", DATA["end"] - 0.5, DataError, "of a censored row it must be that value"),
        ("ends", [1.0, 2.0], UsageError, "one for each of 150"),
        ("ends", "end", UsageError, "must be a number, or one for each row"),
        ("classes", 3.0, UsageError, "these are known by intervals"),
    ],
)
def test_rules_that_are_refused(fits, name, limits, error, words):
    with pytest.raises(error) as refused:
        censoring_rule(fits[name].design, "bootstrap", limits)
    assert words in str(refused.value)


def test_other_refusals(fits):
    plain = bayesmm.ml("t ~ x", DATA, family="weibull")
    with pytest.raises(UsageError, match="is for censored responses"):
        bayesmm.bootstrap(plain, n=20, censored_at=3.0)
    mixed = DATA.assign(status=np.where(DATA["status"] == "interval", "none", DATA["status"]))
    ml = bayesmm.ml("low | cens(status, high) ~ x", mixed, family="weibull")
    with pytest.raises(UnsupportedModelError, match="or some rows were seen"):
        censoring_rule(ml.design, "bootstrap")
    with pytest.raises(UnsupportedModelError, match="all censored rows have the same bound"):
        censoring_rule(fits["ends"].design, "power", by_row=False)
