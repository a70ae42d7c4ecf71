"""Slopes in predictors that the formula transforms: derivatives, by hand and by differences."""

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit

from bayesmm.errors import UsageError
from bayesmm.sampling.posterior import named_draws

_X = np.exp(np.random.default_rng(4).normal(0.5, 1.0, 80))  # lognormal


# what is written, and its derivative by hand
DERIVATIVES = {
    "log(x)": lambda x: 1 / x,
    "log10(x)": lambda x: 1 / (x * np.log(10)),
    "log2(x)": lambda x: 1 / (x * np.log(2)),
    "log(x, base = 3)": lambda x: 1 / (x * np.log(3)),
    "log1p(x)": lambda x: 1 / (1 + x),
    "log(x + 1)": lambda x: 1 / (1 + x),
    "sqrt(x)": lambda x: 0.5 * x**-0.5,
    "I(x^2)": lambda x: 2 * x,
    "I(1 / x)": lambda x: -(x**-2.0),
    "I(-x^0.3)": lambda x: -0.3 * x**-0.7,
    "I(x / (x + 2))": lambda x: 2 / (x + 2) ** 2,
    "I(2^x - x)": lambda x: np.log(2) * 2**x - 1,
    "scale(log(x))": lambda x: 1 / x / np.std(np.log(_X), ddof=1),
    "center(x)": lambda x: 1.0,
    "exp(I(-x))": lambda x: -np.exp(-x),
    "abs(log(x))": lambda x: np.sign(np.log(x)) / x,
}


@pytest.mark.parametrize("quantile", [0.0, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("written", DERIVATIVES)
def test_slopes_of_transformed_predictors_are_derivatives(written, quantile):
    data = pd.DataFrame({"x": _X, "y": np.sin(np.arange(80.0))})
    fit = formula_fit(f"y ~ {written}", data)
    at = float(np.quantile(_X, quantile))
    slope = fit.slopes("x", at={"x": at}).draws[..., 0]
    b = named_draws(fit.draws, fit.design.mu.names[0])
    np.testing.assert_allclose(slope, b * DERIVATIVES[written](at), rtol=1e-10)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
@pytest.mark.parametrize("written", ["log(x)", "sqrt(x)", "I(x^2)", "I(1 / x)", "poly(x, 2)"])
def test_the_unit_of_x_changes_nothing_but_the_unit_of_the_slope(written, unit):
    data = pd.DataFrame({"x": _X, "y": np.sin(np.arange(80.0))})
    at = float(np.quantile(_X, 0.25))
    slopes = []
    for factor in (1.0, unit):
        fit = formula_fit(f"y ~ {written}", data.assign(x=_X * factor), ml=True)
        slopes.append(factor * fit.slopes("x", at={"x": factor * at}).table["ml_estimate"][0])
    assert slopes[1] == pytest.approx(slopes[0], rel=1e-6)


@pytest.mark.parametrize(
    "written",
    ["poly(x, 3)", "poly(x, 2, raw = TRUE)", "bs(x, df = 5)", "ns(x, df = 4)", "poly(log(x), 2)",
     "bs(x, degree = 1, knots = c(2))", "ns(log(x), df = 3)", "bs(sqrt(x), df = 4)"],
)  # fmt: skip
@pytest.mark.parametrize("at", ["inside", "lowest", "highest"])
def test_slopes_of_bases_are_differences_of_predictions(written, at):
    """Against a one-sided difference of second order of the predictions, inside the data."""
    x = np.sort(np.random.default_rng(1).gamma(2.0, 2.0, 60))
    data = pd.DataFrame({"x": x, "y": np.cos(x), "v": np.tile([0.0, 1.0, 2.0], 20)})
    fit = formula_fit(f"y ~ {written} * v", data)
    where = {"inside": 3.3, "lowest": x[0], "highest": x[-1]}[at]
    h = (-1 if at == "highest" else 1) * 1e-5 * (x[-1] - x[0])
    rows = pd.DataFrame({"x": where + h * np.arange(3), "v": 0.7})
    eta = fit.predict(rows).draws
    expected = (-3 * eta[..., 0] + 4 * eta[..., 1] - eta[..., 2]) / (2 * h)
    slope = fit.slopes("x", at={"x": where, "v": 0.7}).draws[..., 0]
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-5)


def test_a_straight_spline_has_the_mean_slope_at_its_knot():
    data = pd.DataFrame({"x": np.linspace(0, 10, 40), "y": np.cos(np.arange(40.0))})
    fit = formula_fit("y ~ bs(x, degree = 1, knots = c(4))", data)
    low, at, high = (fit.slopes("x", at={"x": x}).draws[..., 0] for x in (3.0, 4.0, 5.0))
    np.testing.assert_allclose(at, (low + high) / 2, rtol=1e-12)


def test_the_slope_of_everything_that_reads_x_counts():
    """An interaction, a second function of x, an offset, whole numbers, a factor made of x."""
    x = np.tile([1, 2, 5, 9], 20)
    v = np.random.default_rng(2).normal(size=80)
    data = pd.DataFrame({"x": x, "v": v, "k": np.arange(80) % 5})
    formula = "k ~ log(x):v + I(v * x) + sqrt(x) + offset(log(x) / 2)"
    fit = formula_fit(formula, data, "poisson")
    b = {name: named_draws(fit.draws, name) for name in fit.design.mu.names}
    slope = fit.slopes("x", at={"x": 4, "v": 3}).draws[..., 0]
    expected = b["log(x):v"] * 3 / 4 + b["I(v * x)"] * 3 + b["sqrt(x)"] / 4 + 1 / 8
    np.testing.assert_allclose(slope, expected, rtol=1e-12)


def test_a_slope_that_is_infinite_is_refused_in_words():
    data = pd.DataFrame({"x": np.arange(20.0), "y": np.cos(np.arange(20.0))})
    fit = formula_fit("y ~ sqrt(x)", data)
    with pytest.raises(UsageError, match=r"sqrt\(x\) in 'x' is no finite number.*x = 0"):
        fit.slopes("x", at={"x": [0.0, 1.0]})
    assert np.isfinite(fit.slopes("x", at={"x": 1e-12}).draws).all()
    kink = formula_fit("y ~ abs(I(x - 3))", data)
    np.testing.assert_array_equal(kink.slopes("x", at={"x": 3.0}).draws, 0.0)
