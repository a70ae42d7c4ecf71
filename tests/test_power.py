"""Power against the exact power of the t test; data of other sizes; what is assumed."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.studies.assumed_values import with_values
from bayesmm.studies.bootstrap_estimates import ml_estimates
from bayesmm.studies.extended_data import extended

FORMULA = "Reaction ~ Days + (Days | Subject)"


@pytest.fixture(scope="module")
def pilot() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame({"y": rng.normal(size=12), "x": np.tile([-1.0, 1.0], 6)})


def test_power_of_a_linear_model_is_that_of_the_t_test(pilot):
    """Noncentral t with n - 2 df; coverage .95; four binomial standard errors of 200 studies."""
    found = bayesmm.power(
        "y ~ x", pilot, "x", {"rows": [12, 24]}, values={"x": 0.6, "sigma": 1.0}, n=200, seed=1,
        progress=False,
    )  # fmt: skip
    table = found.table
    assert table["n_obs"].tolist() == [12, 24]
    for n, power, coverage in zip(table["n_obs"], table["power"], table["coverage"], strict=True):
        limit = stats.t.isf(0.025, n - 2)
        shift = 0.6 * np.sqrt(n)
        exact = stats.nct.sf(limit, n - 2, shift) + stats.nct.cdf(-limit, n - 2, shift)
        assert power == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 200))
        assert coverage == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 200))
    significant = found.estimates.query("rows == 12 and (lower > 0 or upper < 0)")
    assert table["type_m"].iloc[0] == pytest.approx(significant["estimate"].abs().mean() / 0.6)
    assert table["type_m"].is_monotonic_decreasing and table["type_m"].iloc[0] > 1
    assert found.plot().table.equals(table)


def test_without_an_effect_power_is_the_level_and_errors_of_sign_have_no_meaning(pilot):
    found = bayesmm.power("y ~ x", pilot, "x", {"rows": 12}, values={"x": 0.0}, n=100, seed=2,
                          prob=0.8, progress=False)  # fmt: skip
    row = found.table.iloc[0]
    assert row["power"] == pytest.approx(0.2, abs=4 * np.sqrt(0.2 * 0.8 / 100))
    assert np.isnan(row["type_s"]) and np.isnan(row["type_m"])


def test_levels_and_rows_are_repeated():
    data = pd.DataFrame({"s": list("aabb"), "c": ["a1", "a2", "b1", "b2"], "x": [1, 2, 3, 4]})
    columns = {"s": "s", "s:c": "s:c", "c": "c"}
    five = extended(data, {"s": 5}, columns)
    assert five["s"].tolist() == ["a", "a", "b", "b", "a (2)", "a (2)", "b (2)", "b (2)",
                                  "a (3)", "a (3)"]  # fmt: skip
    assert five["c"].nunique() == 10  # nested in s: new names with it
    assert five["x"].tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]
    assert extended(data, {"s": 1, "rows": 3}, columns)["x"].tolist() == [1, 1, 2]
    assert extended(data, {"rows": 2}, columns)["x"].tolist() == [1, 3]


def test_what_is_assumed_replaces_estimates():
    ml = bayesmm.ml(FORMULA, bayesmm.load_data("sleepstudy"))
    values = {"Days": 5.0, "sigma": 20.0, "1|Subject_sigma": 3.0,
              "Subject_corr[Intercept, Days]": -0.5}  # fmt: skip
    assert ml_estimates(with_values(ml, values)) == {**ml_estimates(ml), **values}
    for wrong, message in (
        ({"Das": 1.0}, "Did you mean 'Days'"),
        ({"1|Subject_sigma": -1.0}, "cannot be negative"),
        ({"Subject_corr[Intercept, Days]": 2.0}, "impossible together"),
        ({"Days": np.inf}, "finite number"),
    ):
        with pytest.raises(UsageError, match=message):
            with_values(ml, wrong)


def test_mistakes_are_told_before_anything_is_simulated(pilot):
    data = bayesmm.load_data("sleepstudy")
    for options, message in (
        ({"effect": "Day"}, "Did you mean 'Days'"),
        ({"sizes": {}}, "Say which sizes are compared"),
        ({"sizes": {"Subjects": 4}}, "Did you mean 'Subject'"),
        ({"sizes": {"Subject": 0}}, "at least 1"),
        ({"method": "exact"}, "method must be one of ml, posterior"),
    ):
        given = {"effect": "Days", "sizes": {"Subject": 4}, "n": 2, **options}
        with pytest.raises(UsageError, match=message):
            bayesmm.power(FORMULA, data, **given)
    letters = pilot.assign(a=["u"] * 6 + ["v"] * 5 + ["w"])
    with pytest.raises(UsageError, match=r"study of 6 rows has not the columns a\[w\]"):
        bayesmm.power("y ~ a", letters, "a[v]", {"rows": 6})
    with pytest.raises(DataError, match=r"no study of 1 rows: .*Or take more"):
        bayesmm.power("y ~ a", letters, "a[v]", {"rows": 1})


@pytest.mark.slow
def test_posterior_intervals_and_singular_fits():
    """Few subjects: the sd of the intercepts of ML is 0 in some, and the tables tell how often."""
    data = bayesmm.load_data("sleepstudy")
    found = bayesmm.power(
        FORMULA, data, "Days", {"Subject": [4, 12]}, n=20, method="posterior", progress=False
    )
    table = found.table
    assert table["power"].is_monotonic_increasing
    assert table["singular"].iloc[0] > 0
    assert "posterior intervals" in repr(found)
