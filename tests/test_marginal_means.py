"""Marginal means, contrasts and slopes against R's emmeans, and exact in the draws."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit, schools
from scipy.special import expit, logit

import bayesmm
from bayesmm import load_data
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.results.marginal.contrasts import METHODS, simultaneous_band
from bayesmm.sampling.posterior import named_draws

# Made by reference_r/make_emmeans.R; versions of R, emmeans and lme4 are inside.
REFERENCE = json.loads(
    (Path(__file__).parent / "reference_r" / "emmeans.json").read_text(encoding="utf-8")
)

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(scope="module")
def fits():
    """Return the models of make_emmeans.R with their ML (REML) fits."""
    drugz, sitka = load_data("drugz"), load_data("sitka")
    sitka = sitka.assign(t=sitka["Time"] / 100)
    return {
        "additive": formula_fit("FC ~ IC + Dose", drugz, ml=True),
        "interactive": formula_fit("FC ~ IC * Dose", drugz, ml=True),
        "curved": formula_fit("FC ~ log(IC) * Dose + I(IC^2)", drugz, ml=True),
        "herds": formula_fit(
            "cbind(incidence, size - incidence) ~ period + (1 | herd)",
            load_data("cbpp"),
            "binomial",
            ml=True,
            intercept=(-1.4, 0.2),
            beta=(-1.2, 0.3),
            sd=(0.6, 0.1),
        ),
        "trees": formula_fit("size ~ treat * (t + I(t^2)) + (t | tree)", sitka, ml=True),
        "logistic": formula_fit(
            "am ~ wt + cyl", load_data("mtcars"), "bernoulli", categorical=("cyl",), ml=True
        ),
    }


def agrees(table, reference, rel=1e-5):
    """Compare ML estimates and standard errors with R's, row by row."""
    assert len(table) == len(reference)
    np.testing.assert_allclose(table["ml_estimate"], [r["estimate"] for r in reference], rtol=rel)
    np.testing.assert_allclose(table["ml_se"], [r["SE"] for r in reference], rtol=10 * rel)


# --- R's numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model", "arguments"),
    [
        ("additive", "additive", {"cells": "Dose"}),
        ("interactive_at", "interactive", {"cells": "Dose", "by": "IC", "at": {"IC": [4, 8]}}),
        ("curved", "curved", {"cells": "Dose"}),
        ("herds_link", "herds", {"cells": "period"}),
        ("herds_response", "herds", {"cells": "period", "scale": "response"}),
        ("herds_overall_response", "herds", {"cells": (), "scale": "response"}),
        ("trees", "trees", {"cells": "treat", "by": "t", "at": {"t": [2, 6]}}),
        ("logistic_cyl_response", "logistic", {"cells": "cyl", "scale": "response"}),
    ],
)
def test_means_agree_with_emmeans(fits, name, model, arguments):
    agrees(fits[model].emmeans(**arguments).table, REFERENCE["means"][name])


@pytest.mark.parametrize(
    ("name", "model", "arguments"),
    [
        ("additive", "additive", {"cells": "Dose"}),
        ("additive_rev", "additive", {"cells": "Dose", "method": "revpairwise"}),
        ("additive_ctrl", "additive", {"cells": "Dose", "method": "trt.vs.ctrl"}),
        ("additive_consec", "additive", {"cells": "Dose", "method": "consec"}),
        ("additive_eff", "additive", {"cells": "Dose", "method": "eff"}),
        ("interactive_by", "interactive", {"cells": "Dose", "by": "IC", "at": {"IC": [4, 8]}}),
        ("herds_link", "herds", {"cells": "period"}),
        ("herds_response", "herds", {"cells": "period", "scale": "response"}),
    ],
)
def test_contrasts_agree_with_emmeans(fits, name, model, arguments):
    table = fits[model].contrasts(**arguments).table
    agrees(table, REFERENCE["contrasts"][name])
    assert list(table["contrast"]) == [r["contrast"] for r in REFERENCE["contrasts"][name]]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("interactive", {"variable": "IC", "by": "Dose"}),
        ("curved", {"variable": "IC", "by": "Dose"}),
        ("trees", {"variable": "t", "by": "treat", "at": {"t": 4}}),
    ],
)
def test_slopes_agree_with_emtrends(fits, name, arguments):
    agrees(fits[name].slopes(**arguments).table, REFERENCE["slopes"][name], rel=1e-4)


def test_published_contrasts_of_the_lecture(fits):
    """Course D4, `FC ~ IC + Dose`: contrasts .44, 2.10, 1.66 with se .200, .202, .198."""
    table = fits["additive"].contrasts("Dose").table
    assert list(table["contrast"]) == ["control - dose1", "control - dose2", "dose1 - dose2"]
    np.testing.assert_allclose(table["ml_estimate"], [0.44, 2.10, 1.66], atol=0.005)
    np.testing.assert_allclose(table["ml_se"], [0.200, 0.202, 0.198], atol=0.0005)


@pytest.mark.skipif(not SHARED.exists(), reason="the data of the course are not here")
@pytest.mark.parametrize(
    ("at", "published"),
    [
        ({"Length": 50, "Area": 1, "Year": 1999}, 0.5042),
        ({"Length": 50, "Area": "3", "Year": "2001"}, 0.2361),
    ],
)
def test_published_probabilities_of_the_cod(at, published):
    """Course D4: two cases of `Prevalence ~ Length + Year + Area`, Year and Area as factors."""
    cod = pd.read_csv(SHARED / "cod_parasites.csv")
    fit = formula_fit(
        "Prevalence ~ Length + Year + Area",
        cod,
        "bernoulli",
        categorical=("Year", "Area"),
        ml=True,
        intercept=(-0.47, 0.27),
        beta=((0.0097, 0.57, -0.68, -0.63, -0.51, 1.23), 0.002),
    )
    table = fit.emmeans(list(at), at=at, scale="response").table
    assert table.loc[0, "ml_estimate"] == pytest.approx(published, abs=5e-5)
    assert table.loc[0, "mean"] == pytest.approx(published, abs=0.01)
    row = pd.DataFrame({name: [value] for name, value in at.items()})
    np.testing.assert_allclose(
        fit.predict(row).draws, fit.emmeans((), at=at, scale="response").draws, rtol=1e-12
    )


def test_sampled_contrasts_are_those_of_the_lecture():
    """Weak priors and 150 rows: the posterior is the ML estimate, to a fifth of its sd.

    Four Monte Carlo standard errors at an effective sample size of 400 are 0.2 sd.
    """
    fit = bayesmm.fit("FC ~ IC + Dose", load_data("drugz"), seed=4, progress=False)
    assert not fit.diagnostics.findings
    table = fit.contrasts("Dose").table
    assert np.all(np.abs(table["mean"] - table["ml_estimate"]) < 0.2 * table["sd"])
    np.testing.assert_allclose(table["sd"], table["ml_se"], rtol=0.15)
    # three contrasts of three means span two dimensions: the Tukey factor of 146 df, 2.368 / 1.976
    width = (table["simultaneous_upper"] - table["simultaneous_lower"]) / (2 * table["sd"])
    np.testing.assert_allclose(width, 2.368, rtol=0.05)


# --- the draws --------------------------------------------------------------------------------


def test_means_are_linear_combinations_in_every_draw(fits):
    fit = fits["interactive"]
    b = {name: named_draws(fit.draws, name) for name in fit.design.mu.terms}
    mean_ic = load_data("drugz")["IC"].mean()
    result = fit.emmeans("Dose")
    slope = b["IC"] + b["IC:Dose[dose2]"]
    expected = b["Intercept"] + b["Dose[dose2]"] + slope * mean_ic
    np.testing.assert_allclose(result.draws[..., 2], expected, rtol=1e-12)
    difference = fit.contrasts("Dose").draws[..., 1]
    np.testing.assert_allclose(difference, result.draws[..., 0] - result.draws[..., 2], atol=1e-12)
    np.testing.assert_allclose(fit.slopes("IC", by="Dose").draws[..., 2], slope, rtol=1e-9)


def test_levels_count_equally_however_many_rows_they_have():
    data = schools().assign(kind=["a"] * 50 + ["b"] * 22, site=["u", "v", "v", "v"] * 18)
    fit = formula_fit("y ~ kind + site", data)
    draws = fit.emmeans("kind").draws[..., 0]
    expected = named_draws(fit.draws, "Intercept") + named_draws(fit.draws, "site[v]") / 2
    np.testing.assert_allclose(draws, expected, rtol=1e-12)


def test_population_means_lie_nearer_to_one_half(fits):
    fit = fits["herds"]
    typical = fit.emmeans("period", scale="response")
    population = fit.emmeans("period", scale="response", who="population")
    assert np.all(population.draws > typical.draws)  # all below 1/2 here
    by_ml = [one.table["ml_estimate"].to_numpy() for one in (typical, population)]
    assert np.all(by_ml[1] > by_ml[0])
    sd, nodes = fit.ml.blocks[0].sd[0], np.polynomial.hermite_e.hermegauss(60)
    logits = logit(by_ml[0])[:, None] + sd * nodes[0]
    averaged = expit(logits) @ nodes[1] / nodes[1].sum()
    np.testing.assert_allclose(by_ml[1], averaged, rtol=1e-6)
    assert population.table["ml_se"].isna().all()
    link = fit.emmeans("period", who="population").table  # the link of that mean
    np.testing.assert_allclose(link["ml_estimate"], logit(by_ml[1]), rtol=1e-10)
    assert link["ml_se"].isna().all()
    assert "averaged over the estimated distribution of the groups" in str(population)
    expected = fit.predict(pd.DataFrame({"period": list("1234")}), "population", "mean").draws
    np.testing.assert_allclose(population.draws, expected, rtol=1e-12)


def test_means_of_further_parameters_have_an_ml_estimate():
    """Of a lognormal response exp(mu + sigma^2 / 2), at the estimates of both."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"kind": list("ab") * 20, "y": np.exp(rng.normal(1.0, 0.8, 40))})
    fit = formula_fit("y ~ kind", data, "lognormal", ml=True, reml=False)
    table = fit.emmeans("kind", scale="response").table
    middle = fit.emmeans("kind").table["ml_estimate"]
    expected = np.exp(middle + fit.ml.further["sigma"] ** 2 / 2)
    np.testing.assert_allclose(table["ml_estimate"], expected, rtol=1e-12)
    assert table["ml_se"].isna().all()
    difference = fit.contrasts("kind", scale="response").table["ml_estimate"].item()
    assert difference == pytest.approx(expected[0] - expected[1], rel=1e-12)


def test_response_scale_averages_means_not_linear_predictors(fits):
    fit = fits["herds"]
    overall = fit.emmeans((), scale="response").draws[..., 0]
    each = fit.emmeans("period", scale="response").draws
    np.testing.assert_allclose(overall, each.mean(axis=-1), rtol=1e-12)
    back = expit(fit.emmeans((), scale="link").draws[..., 0])
    assert np.all(overall > back)  # the logistic function is convex below 1/2


def test_slope_of_a_polynomial_and_of_a_probability():
    data = schools()
    fit = formula_fit("y ~ x + I(x^2) + I(x^3)", data)
    b1, b2, b3 = (named_draws(fit.draws, n) for n in ("x", "I(x^2)", "I(x^3)"))
    draws = fit.slopes("x", at={"x": [2.0]}).draws[..., 0]
    np.testing.assert_allclose(draws, b1 + 4 * b2 + 12 * b3, rtol=1e-6)
    logistic = formula_fit("z ~ x + (1 | school)", data, "bernoulli")
    p = logistic.predict(pd.DataFrame({"x": [0.7]}), "typical group").draws
    expected = p * (1 - p) * named_draws(logistic.draws, "x")[..., None]
    draws = logistic.slopes("x", at={"x": 0.7}, scale="response").draws
    np.testing.assert_allclose(draws, expected, rtol=1e-7)


def test_slope_of_the_offset_counts():
    data = schools().assign(hours=np.linspace(1, 3, 72))
    fit = formula_fit("z ~ x + offset(log(hours))", data, "poisson")
    draws = fit.slopes("hours", at={"hours": 2.0}).draws
    np.testing.assert_allclose(draws, 0.5, rtol=1e-7)


def test_prob_positive_is_the_share_of_the_draws(fits):
    result = fits["additive"].contrasts("Dose")
    share = (result.draws > 0).reshape(-1, 3).mean(axis=0)
    np.testing.assert_array_equal(result.table["prob_positive"], share)


# --- the simultaneous band --------------------------------------------------------------------


def test_the_band_holds_all_contrasts_at_once():
    rng = np.random.default_rng(5)
    draws = rng.normal(size=(4, 2500, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)
    lower, upper = simultaneous_band(draws, 0.9)
    inside = ((draws >= lower) & (draws <= upper)).all(axis=-1)
    assert inside.mean() == pytest.approx(0.9, abs=1e-4)


def test_the_band_of_independent_normals():
    """max |t| of m independent normals: P(all inside c) = (2 Phi(c) - 1)^m."""
    draws = np.random.default_rng(6).normal(size=(4, 10_000, 3))
    lower, upper = simultaneous_band(draws, 0.95)
    # Phi^-1((1 + 0.95^(1/3)) / 2) = 2.3877; quantile of 40,000 draws: se 0.011
    np.testing.assert_allclose((upper - lower) / 2, 2.3877, atol=0.04)


def test_the_band_is_wider_than_the_intervals_and_has_one_family_per_level(fits):
    table = fits["additive"].contrasts("Dose").table
    # equal-tailed quantiles of 1000 draws are not quite symmetric
    assert np.all(table["simultaneous_lower"] < table["lower"] + 0.05 * table["sd"])
    assert np.all(table["simultaneous_upper"] > table["upper"] - 0.05 * table["sd"])
    both = fits["interactive"].contrasts("Dose", by="IC", at={"IC": [4, 8]})
    one = fits["interactive"].contrasts("Dose", at={"IC": 8})
    np.testing.assert_allclose(
        both.table["simultaneous_upper"].tail(3), one.table["simultaneous_upper"], rtol=1e-12
    )


def test_a_contrast_without_spread_is_inside():
    draws = np.zeros((2, 100, 2))
    draws[..., 1] = np.random.default_rng(1).normal(size=(2, 100))
    lower, upper = simultaneous_band(draws)
    assert lower[0] == upper[0] == 0.0 and upper[1] > lower[1]


@pytest.mark.parametrize("method", METHODS)
def test_contrasts_sum_to_zero(method):
    _, weights = METHODS[method](["a", "b", "c", "d"], " - ")
    np.testing.assert_allclose(weights.sum(axis=1), 0, atol=1e-15)


# --- errors -----------------------------------------------------------------------------------


def test_errors_say_what_to_do(fits):
    fit = fits["additive"]
    with pytest.raises(UsageError, match=r"'dose' is not a predictor\. Did you mean 'Dose'"):
        fit.emmeans("dose")
    with pytest.raises(UsageError, match=r"'dose9' is not a level of 'Dose'\. .*dose1"):
        fit.emmeans("Dose", at={"Dose": ["dose9"]})
    with pytest.raises(UsageError, match="scale is 'prob'"):
        fit.emmeans("Dose", scale="prob")
    with pytest.raises(UsageError, match=r"who is 'new group'"):
        fit.emmeans("Dose", who="new group")
    with pytest.raises(UsageError, match=r"method is 'tukey'\. Possible: pairwise"):
        fit.contrasts("Dose", method="tukey")
    mean = load_data("drugz")["IC"].mean()
    shown = f"'IC' has one cell, {mean:.4g}; "
    with pytest.raises(UsageError, match=re.escape(shown) + r".*at=\{'IC': \.\.\.\}"):
        fit.contrasts("IC")
    table = fit.contrasts("IC", at={"IC": [1 / 3, 0.33334, 2]}).table
    assert table["contrast"].tolist()[0] == "IC0.33333 - IC0.33334"
    with pytest.raises(UsageError, match="'Dose' is a factor; a slope needs a number"):
        fit.slopes("Dose")
    with pytest.raises(UsageError, match="stands twice"):
        fit.emmeans("Dose", by="Dose")
    with pytest.raises(UsageError, match=r"30,000 rows; .*at="):
        fit.emmeans("IC", at={"IC": list(range(10_000))})


def test_a_design_from_arrays_has_no_grid():
    from handmade import handmade_design
    from synthetic import synthetic_draws, synthetic_fit

    design = handmade_design([1.0, 2.0, 3.5], {"x": [0.0, 1.0, 2.0]})
    fit = synthetic_fit(design, synthetic_draws(design))
    with pytest.raises(UnsupportedModelError, match="built from arrays"):
        fit.emmeans("x")


# --- numbers of two values -------------------------------------------------------------------

# Made by reference_r/make_emmeans_covariates.R; versions of R and emmeans are inside.
TWO_VALUED = json.loads(
    (Path(__file__).parent / "reference_r" / "emmeans_covariates.json").read_text(encoding="utf-8")
)


def two_valued_data():
    """Return the frame of make_emmeans_covariates.R."""
    i = np.arange(60)
    d = pd.DataFrame({"a": np.array(list("pqr"))[i % 3], "s": (i % 5 == 0).astype(int)})
    d = d.assign(u=np.where(i % 4 == 0, 2, 8), x=np.sin(i), w=np.where(i % 6 == 1, 1.0, 3.0))
    d["y"] = np.cos(2 * i) + (d["a"] == "q") * (1 - 2 * d["s"])
    d["y"] += 0.3 * d["u"] * d["x"] + 0.1 * d["x"] ** 2
    d["z"] = ((7 * i) % 11 < 5 + 2 * d["s"] - (d["u"] == 8)).astype(int)
    return d.assign(k=np.round(2 + np.abs(3 * np.cos(i)) + d["s"] * i % 2))


@pytest.fixture(scope="module")
def two_valued():
    data = two_valued_data()
    return {
        "linear": formula_fit("y ~ a * s + u * x", data, ml=True),
        "logistic": formula_fit("z ~ s * a + u", data, "bernoulli", ml=True),
        "counts": formula_fit("k ~ s * x + offset(log(w))", data, "poisson", ml=True),
    }


@pytest.mark.parametrize(
    ("kind", "name", "model", "arguments"),
    [
        ("means", "linear_a", "linear", {"cells": "a"}),
        ("means", "linear_s", "linear", {"cells": "s"}),
        ("means", "linear_a_at", "linear", {"cells": "a", "at": {"s": 0.2}}),
        ("means", "linear_u_by_s", "linear", {"cells": "u", "by": "s"}),
        ("means", "logistic_a", "logistic", {"cells": "a"}),
        ("means", "logistic_a_response", "logistic", {"cells": "a", "scale": "response"}),
        ("means", "counts_s", "counts", {"cells": "s"}),
        ("contrasts", "linear_a", "linear", {"cells": "a"}),
        ("contrasts", "linear_s", "linear", {"cells": "s"}),
        ("slopes", "linear_x_by_a", "linear", {"variable": "x", "by": "a"}),
        ("slopes", "linear_s_by_a", "linear", {"variable": "s", "by": "a"}),
    ],
)
def test_numbers_of_two_values_are_averaged_over_both_as_emmeans_does(
    two_valued, kind, name, model, arguments
):
    method = {"means": "emmeans", "contrasts": "contrasts", "slopes": "slopes"}[kind]
    table = getattr(two_valued[model], method)(**arguments).table
    agrees(table, TWO_VALUED[kind][name])
    for column in {"a", "s", "u"} & set(table):
        reference = [row[column] for row in TWO_VALUED[kind][name]]
        assert list(table[column]) == reference


def test_both_values_count_equally_in_every_draw(two_valued):
    fit = two_valued["linear"]
    b = {name: named_draws(fit.draws, name) for name in fit.design.mu.terms}
    x = two_valued_data()["x"].mean()
    # s is 0 and 1, u is 2 and 8
    expected = b["Intercept"] + b["a[q]"] + (b["s"] + b["a[q]:s"]) / 2 + 5 * b["u"]
    expected += x * (b["x"] + 5 * b["u:x"])
    np.testing.assert_allclose(fit.emmeans("a").draws[..., 1], expected, rtol=1e-10)
    np.testing.assert_allclose(fit.slopes("x").draws[..., 0], b["x"] + 5 * b["u:x"], rtol=1e-12)


def test_a_number_of_two_values_among_the_rows_used_counts_as_one(two_valued):
    """Rows that the fit leaves out say nothing: their third value of s is not in the grid."""
    data = two_valued_data()
    more = pd.concat([data, data.iloc[:1].assign(s=7, y=np.nan)], ignore_index=True)
    fit = formula_fit("y ~ a * s + u * x", more)
    assert list(fit.emmeans("s").table["s"]) == [0.0, 1.0]


def test_many_numbers_of_two_values_are_too_many_combinations_in_words():
    rng = np.random.default_rng(1)
    dummies = pd.DataFrame({f"d{k}": rng.integers(0, 2, 90) for k in range(14)})
    data = dummies.assign(y=rng.normal(size=90), a=rng.choice(list("pq"), 90))
    fit = formula_fit(f"y ~ a + {' + '.join(dummies)}", data)
    with pytest.raises(UsageError, match=r"32,768 rows; .*at=\{'d13': \.\.\.\}"):
        fit.emmeans("a")
    at = {name: float(dummies[name].mean()) for name in list(dummies)[3:]}
    assert len(fit.emmeans("a", at=at).table) == 2
