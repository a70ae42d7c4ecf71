"""Effects in words: odds ratios, rate ratios, averages over rows as marginaleffects has them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit, schools
from scipy.special import expit

from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.sampling.posterior import common_draws

HERE = Path(__file__).parent
# Made by reference_marginaleffects/make_reference.py and reference_r/make_averages.R; the
# versions of the packages are inside.
REFERENCE = json.loads((HERE / "reference_marginaleffects" / "averages.json").read_text("utf-8"))
R = json.loads((HERE / "reference_r" / "averages.json").read_text("utf-8"))
FACTOR = {"logistic": "cyl", "interactive": "Dose", "curved": "cyl", "counts": "Area"}
NUMBER = {"logistic": "wt", "probit": "wt", "interactive": "IC", "curved": "wt",
          "counts": "Length"}  # fmt: skip
PERIODS = ["2", "3", "4"]


@pytest.fixture(scope="module")
def fits():
    """Return the models of make_reference.py and make_averages.R with their ML (REML) fits."""
    cars, sitka, cod = load_data("mtcars"), load_data("sitka"), load_data("cod_parasites_twin")
    cod = cod.dropna(subset=["Intensity", "Length"])
    return {
        "logistic": formula_fit(
            "am ~ wt + cyl", cars, "bernoulli", categorical=("cyl",), ml=True,
            intercept=(10.0, 1.0), beta=(-4.0, 0.4),
        ),
        "probit": formula_fit("am ~ wt", cars, "bernoulli", link="probit", ml=True),
        "interactive": formula_fit("FC ~ IC * Dose", load_data("drugz"), ml=True),
        "curved": formula_fit("mpg ~ wt * cyl + I(wt^2)", cars, categorical=("cyl",), ml=True),
        "counts": formula_fit(
            "Intensity ~ Length + Area", cod, "poisson", categorical=("Area",), ml=True
        ),
        "herds": formula_fit(
            "cbind(incidence, size - incidence) ~ period + (1 | herd)", load_data("cbpp"),
            "binomial", ml=True, intercept=(-1.4, 0.2), beta=(-1.2, 0.3), sd=(0.6, 0.1),
        ),
        "trees": formula_fit(
            "size ~ treat * (t + I(t^2)) + (t | tree)", sitka.assign(t=sitka["Time"] / 100), ml=True
        ),
    }  # fmt: skip


def agrees(table, reference, rel=1e-6, rel_se=1e-4):
    assert len(table) == len(reference)
    np.testing.assert_allclose(table["ml_estimate"], [r["estimate"] for r in reference], rtol=rel)
    np.testing.assert_allclose(table["ml_se"], [r["std_error"] for r in reference], rtol=rel_se)


# --- marginaleffects' numbers, at the ML estimates ---------------------------------------------


@pytest.mark.parametrize("name", REFERENCE["predictions"])
def test_average_predictions(fits, name):
    agrees(fits[name].avg_predictions().table, REFERENCE["predictions"][name])


@pytest.mark.parametrize("name", FACTOR)
def test_average_predictions_by_group_and_at_values(fits, name):
    by = fits[name].avg_predictions(by=FACTOR[name]).table
    agrees(by, REFERENCE["predictions_by"][name])
    labels = [f"{v:g}" if isinstance(v, float) else str(v) for v in by[FACTOR[name]]]
    assert labels == [r[FACTOR[name]] for r in REFERENCE["predictions_by"][name]]
    agrees(fits[name].avg_predictions(FACTOR[name]).table, REFERENCE["counterfactual"][name])


@pytest.mark.parametrize("name", FACTOR)
def test_average_comparisons_of_levels(fits, name):
    table = fits[name].avg_comparisons(FACTOR[name]).table
    agrees(table, REFERENCE["factor"][name])
    assert list(table["contrast"]) == [r["contrast"] for r in REFERENCE["factor"][name]]


@pytest.mark.parametrize("name", NUMBER)
def test_average_comparisons_of_numbers(fits, name):
    table = fits[name].avg_comparisons(NUMBER[name]).table
    agrees(table, REFERENCE["number"][name])
    assert list(table["contrast"]) == ["+1"]
    if name in FACTOR:
        by = fits[name].avg_comparisons(NUMBER[name], by=FACTOR[name]).table
        agrees(by, REFERENCE["number_by"][name])


@pytest.mark.parametrize("name", NUMBER)
def test_average_slopes(fits, name):
    """marginaleffects' slopes to its step of 1e-4 of the range; their errors are R's, exact in x.

    The mean of a linear model is at most quadratic in x, so that its slope is what a step of 1
    compares.
    """
    exact = {"": (R["glm_slopes"], "number"), FACTOR.get(name): (R["glm_slopes_by"], "number_by")}
    for by, (of_glm, of_step) in exact.items():
        if by is not None:
            table = fits[name].avg_slopes(NUMBER[name], by=by or None).table
            agrees(table, of_glm[name] if name in of_glm else REFERENCE[of_step][name])
            theirs = REFERENCE["slopes_by" if by else "slopes"][name]
            np.testing.assert_allclose(
                table["ml_estimate"], [r["estimate"] for r in theirs], rtol=1e-4
            )


@pytest.mark.parametrize(
    ("name", "scale", "key"),
    [
        ("logistic", "risk ratio", "lnratio"),
        ("logistic", "odds ratio", "lnor"),
        ("counts", "rate ratio", "lnratio"),
        ("counts", "ratio of means", "lnratio"),
    ],
)
def test_average_ratios(fits, name, scale, key):
    table = fits[name].avg_comparisons(FACTOR[name], scale=scale).table
    logs = table.assign(
        ml_se=table["ml_se"] / table["ml_estimate"], ml_estimate=np.log(table["ml_estimate"])
    )
    agrees(logs, REFERENCE[key][name])
    assert " / " in table["contrast"].iloc[0]
    assert scale in table.attrs["title"]


# --- with group effects: R's predictions and delta method --------------------------------------


def test_averages_for_the_typical_group(fits):
    herds = fits["herds"]
    overall = herds.avg_predictions(who="typical group").table
    agrees(overall, [R["average"]["typical"]], 1e-5)
    for scale, key in (
        ("response", "difference"),
        ("risk difference", "difference"),
        ("risk ratio", "log_ratio"),
        ("odds ratio", "log_odds_ratio"),
    ):
        table = herds.avg_comparisons("period", scale=scale, who="typical group").table
        if key != "difference":
            table["ml_se"] /= table["ml_estimate"]
            table["ml_estimate"] = np.log(table["ml_estimate"])
        agrees(table, [row[key] for row in R["comparisons"]], 1e-5)


def test_slopes_of_a_linear_mixed_model(fits):
    """With the identity link the average over the population is that of the typical group."""
    for who in ("typical group", "population"):
        agrees(fits["trees"].avg_slopes("t", by="treat", who=who).table, R["slopes"], 1e-5)
    table = fits["trees"].avg_slopes("t").table
    assert table["ml_se"].isna().all() and "ml_se is missing" in repr(fits["trees"].avg_slopes("t"))
    # by hand: fixed effects and conditional modes, averaged over the rows
    fit = fits["trees"]
    design, beta = fit.design, dict(zip(fit.design.mu.terms, fit.ml.estimates, strict=True))
    data = fit.data
    slope = beta["t"] + 2 * beta["I(t^2)"] * data["t"]
    ozone = (data["treat"] == "ozone").to_numpy()
    slope = slope + ozone * (beta["treat[ozone]:t"] + 2 * beta["treat[ozone]:I(t^2)"] * data["t"])
    modes = fit.ml.blocks[0].modes[1][design.blocks[0].columns.codes]
    assert table["ml_estimate"].item() == pytest.approx(np.mean(slope + modes), rel=1e-6)


# R 4.2.2, lme4 1.1.31: m <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp,
# binomial, control = glmerControl("bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-10)));
# for each period p the mean of predict(m, newdata = transform(cbpp, period = p),
# type = "response"), and the integral of plogis(x'beta + u) dnorm(u, 0, sd of herd) du.
OF_LME4 = {
    "these groups": (0.21121380831, 0.09339390824, 0.08273364551, 0.05476946895),
    "population": (0.21609293313, 0.09704259036, 0.08611827982, 0.05730033323),
}


@pytest.mark.parametrize("who", OF_LME4)
def test_maximum_likelihood_beside_averages_over_groups(fits, who):
    """To 1 in 1,000,000: two optimisers."""
    found = fits["herds"].avg_predictions("period", who=who)
    np.testing.assert_allclose(found.table["ml_estimate"], OF_LME4[who], rtol=1e-6)
    assert found.table["ml_se"].isna().all()
    assert "ml_se is missing" in found.table.attrs["ml"]
    ratio = fits["herds"].avg_comparisons("period", scale="risk ratio", who=who).table
    expected = np.array(OF_LME4[who][1:]) / OF_LME4[who][0]
    np.testing.assert_allclose(ratio["ml_estimate"], expected, rtol=1e-6)


def test_what_maximum_likelihood_lacks_is_said(fits):
    found = fits["herds"].avg_predictions(
        newdata=load_data("cbpp").assign(herd="another"), who="new group"
    )
    assert found.table["ml_estimate"].isna().all()
    assert "new groups are drawn" in " ".join(repr(found).split())
    assert "ml" not in fits["probit"].avg_predictions().table.attrs["ml"]


def test_odds_ratios_of_emmeans(fits):
    table = fits["herds"].contrasts("period", scale="odds ratio").table
    np.testing.assert_allclose(
        table["ml_estimate"], [r["estimate"] for r in R["odds_ratios"]], rtol=1e-5
    )
    np.testing.assert_allclose(table["ml_se"], [r["SE"] for r in R["odds_ratios"]], rtol=1e-4)
    assert list(table["contrast"]) == [r["contrast"] for r in R["odds_ratios"]]


@pytest.mark.slow
def test_a_posterior_agrees_with_the_averages_of_lme4(cbpp_fit):
    """The groups of the data, 15 of them: within a third of a posterior sd of R's predictions."""
    table = cbpp_fit.avg_predictions("period").table
    assert (abs(table["mean"] - R["these_groups"]) < table["sd"] / 3).all()
    overall = cbpp_fit.avg_predictions().table.iloc[0]
    assert abs(overall["mean"] - R["average"]["these"]) < overall["sd"] / 3


# --- exact in the draws -------------------------------------------------------------------------


def test_exponentiated_effects_are_quantiles_of_ratios(fits):
    for name, ratio, level in (
        ("logistic", "odds ratio", "odds"),
        ("counts", "rate ratio", "rate"),
        ("herds", "odds ratio", "odds"),
    ):
        fit = fits[name]
        table = fit.fixef(0.9, exponentiate=True)
        draws = np.exp(common_draws(fit.own_draws, fit.design)).reshape(-1, len(table))
        np.testing.assert_allclose(table["mean"], draws.mean(axis=0))
        np.testing.assert_allclose(table["lower"], np.quantile(draws, 0.05, axis=0))
        np.testing.assert_allclose(table["prob_above_1"], (draws > 1).mean(axis=0))
        assert table.attrs["title"] == f"Common effects, {ratio} (of Intercept: {level})"
        assert ratio in repr(table)


@pytest.mark.parametrize(
    ("family", "link", "words"),
    [
        ("bernoulli", "logit", "odds ratio"),
        ("bernoulli", "cloglog", "hazard ratio"),
        ("poisson", "log", "rate ratio"),
        ("negativebinomial", "log", "rate ratio"),
        ("zero_inflated_poisson", "log", "rate ratio (counts)"),
        ("gamma", "log", "ratio of means"),
        ("lognormal", "identity", "ratio of medians"),
        ("beta", "logit", "odds ratio"),
        ("gaussian", "identity", None),
        ("bernoulli", "probit", None),
        ("gamma", "inverse", None),
    ],
)
def test_exp_is_named_or_refused(family, link, words):
    data = schools()
    y = {"bernoulli": data["z"], "beta": expit(data["y"]), "gamma": np.exp(data["y"]),
         "lognormal": np.exp(data["y"])}.get(family, data["z"] + 1.0)  # fmt: skip
    fit = formula_fit("y ~ x", data.assign(y=y), family, link=link)
    if words is None:
        with pytest.raises(UsageError, match=f"is no ratio with the {link} link"):
            fit.fixef(exponentiate=True)
        with pytest.raises(UsageError, match=f"is no ratio with the {link} link"):
            fit.plot.fixef(exponentiate=True)
    else:
        assert fit.fixef(exponentiate=True).attrs["quantity"] == words


def test_contrasts_as_ratios_are_made_draw_by_draw(fits):
    herds = fits["herds"]
    log_odds, odds = herds.contrasts("period"), herds.contrasts("period", scale="odds ratio")
    np.testing.assert_allclose(odds.draws, np.exp(log_odds.draws))
    np.testing.assert_allclose(
        odds.table["simultaneous_lower"], np.exp(log_odds.table["simultaneous_lower"])
    )
    np.testing.assert_array_equal(odds.table["prob_above_1"], log_odds.table["prob_positive"])
    assert odds.table["contrast"].iloc[0] == "period1 / period2"
    means = herds.emmeans("period", scale="response", who="population").draws
    for scale, made in (
        ("risk ratio", means[..., 0] / means[..., 1]),
        ("risk difference", means[..., 0] - means[..., 1]),
        ("odds ratio", means[..., 0] / (1 - means[..., 0]) / (means[..., 1] / (1 - means[..., 1]))),
    ):
        found = herds.contrasts("period", scale=scale, who="population")
        np.testing.assert_allclose(found.draws[..., 0], made)


@pytest.mark.parametrize(
    ("family", "link", "scale"),
    [
        ("poisson", "log", "rate ratio"),
        ("negativebinomial", "log", "ratio of means"),
        ("zero_inflated_poisson", "log", "rate ratio"),
        ("gamma", "log", "ratio of means"),
        ("bernoulli", "logit", "odds ratio"),
        ("beta", "logit", "odds ratio"),
    ],
)
def test_ratios_of_one_row_each_are_exp_of_beta(family, link, scale):
    """Whichever way they are made: psi of the zeros is the same in both means."""
    data = schools()
    y = {"bernoulli": data["z"], "beta": expit(data["y"]), "gamma": np.exp(data["y"])}
    fit = formula_fit("y ~ x", data.assign(y=y.get(family, data["z"] + 1.0)), family, link=link)
    ratio = np.exp(common_draws(fit.own_draws, fit.design)[..., 1])
    at = {"at": {"x": [1, 0]}}
    found = fit.contrasts("x", scale=scale, **at).draws[..., 0]
    np.testing.assert_allclose(found, ratio, rtol=1e-8)
    row = data.head(1)
    averaged = fit.avg_comparisons("x", newdata=row, scale=scale).draws[..., 0]
    np.testing.assert_allclose(averaged, ratio, rtol=1e-8)


@pytest.mark.parametrize("who", ["these groups", "typical group", "population"])
def test_averages_are_those_of_predictions(fits, who):
    """Every average is the mean over rows of what `predict` gives for the changed rows."""
    fit = fits["herds"]
    cbpp = load_data("cbpp")
    first, second = (fit.predict(cbpp.assign(period=k), who).draws for k in ("1", "2"))
    np.testing.assert_allclose(
        fit.avg_predictions(who=who).draws[..., 0], fit.predict(who=who).draws.mean(axis=-1)
    )
    found = fit.avg_comparisons({"period": ("1", "2")}, scale="risk ratio", who=who)
    np.testing.assert_allclose(
        found.draws[..., 0], second.mean(axis=-1) / first.mean(axis=-1), rtol=1e-10
    )
    assert who in found.table.attrs["title"]
    by = fit.avg_predictions(by="herd", who=who)
    rows = np.flatnonzero(cbpp["herd"].to_numpy() == by.table["herd"].iloc[3])
    np.testing.assert_allclose(
        by.draws[..., 3], fit.predict(who=who).draws[..., rows].mean(axis=-1), rtol=1e-10
    )


def test_slopes_have_the_effects_of_the_groups(fits):
    """d E y / d t of a tree is that of its own line: the common slope and the tree's own."""
    fit = fits["trees"]
    found = fit.avg_slopes("t", by="tree")
    for place in (0, 40):
        data = load_data("sitka")
        own = data[data["tree"] == found.table["tree"].iloc[place]]
        own = own.assign(t=own["Time"] / 100)
        up, down = (fit.predict(own.assign(t=own["t"] + h)).draws for h in (0.5, -0.5))
        np.testing.assert_allclose(  # the mean is quadratic in t
            found.draws[..., place], (up - down).mean(axis=-1), rtol=1e-5, atol=1e-6
        )


def test_splines_have_slopes_to_the_ends_of_the_data():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"x": np.linspace(0, 1, 40), "y": rng.normal(size=40)})
    fit = formula_fit("y ~ bs(x, df=4)", data, beta=((0.1, 0.5, -0.2, 0.7), 0.1))
    found = fit.avg_slopes().draws[..., 0]
    exact = np.stack([fit.slopes("x", at={"x": x}).draws[..., 0] for x in data["x"]]).mean(axis=0)
    np.testing.assert_allclose(found, exact, rtol=1e-3, atol=1e-4)


def test_what_is_compared_can_be_said(fits):
    fit = fits["curved"]
    every = fit.avg_comparisons().table
    assert list(every["term"]) == ["wt", "cyl", "cyl"]
    assert list(fit.avg_comparisons({"cyl": "pairwise"}).table["contrast"]) == [
        "6 - 4", "8 - 4", "8 - 6",
    ]  # fmt: skip
    assert list(fit.avg_comparisons({"wt": 2, "cyl": (4, 8)}).table["contrast"]) == ["+2", "8 - 4"]
    assert "(1 sd)" in fit.avg_comparisons({"wt": "sd"}).table["contrast"].iloc[0]
    assert list(fit.avg_comparisons({"wt": (2, 3)}).table["contrast"]) == ["3 - 2"]
    for arguments, message in (
        ({"variables": "nobody"}, "'nobody' is not a predictor"),
        ({"variables": {"wt": "pairwise"}}, "is a number and cannot be compared by 'pairwise'"),
        ({"variables": {"cyl": (4, 5)}}, "'5' is not a level of 'cyl'"),
        ({"variables": {"wt": (1, 2, 3)}}, "is compared by"),
        ({"by": "nobody"}, "'nobody' is not a column of the rows"),
        ({"scale": "odds ratio"}, "no odds ratio of a response that can be negative"),
        ({"scale": "odds"}, "Possible: "),
        ({"who": "everybody"}, "who is 'everybody'"),
    ):
        with pytest.raises(UsageError, match=message):
            fit.avg_comparisons(**arguments)
    with pytest.raises(UsageError, match="no rate ratio of a probability"):
        fits["logistic"].contrasts("cyl", scale="rate ratio")
    with pytest.raises(UsageError, match="'cyl' is a factor"):
        fit.avg_slopes("cyl")
