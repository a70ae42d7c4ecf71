"""What a user sees of a maximum-likelihood fit: tables, the page, warnings, errors."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from ml_designs import crossed_design, design_of
from scipy import stats

from bayesmm.data import load_data
from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.known import FAMILIES
from bayesmm.likelihood import fit_ml


def test_tables_have_the_documented_columns():
    data = load_data("sleepstudy")
    fit = fit_ml(design_of("Reaction ~ Days + (Days | Subject)", data))
    fixed = fit.fixef()
    assert list(fixed.columns) == [
        "term", "estimate", "se", "df", "statistic", "p_value", "lower", "upper",
    ]  # fmt: skip
    assert fixed.attrs == {
        "title": "Common effects",
        "probability": 0.95,
        "interval": "Wald, df by Satterthwaite",
        "statistic": "t",
    }
    half = stats.t(fixed["df"]).ppf(0.975) * fixed["se"]
    np.testing.assert_allclose(fixed["upper"] - fixed["estimate"], half, rtol=1e-6)
    np.testing.assert_allclose(fixed["estimate"] - fixed["lower"], half, rtol=1e-6)
    varcorr = fit.varcorr()
    assert list(varcorr.columns) == ["grp", "var1", "var2", "vcov", "sdcor"]
    assert varcorr["grp"].tolist() == ["Subject", "Subject", "Subject", "Residual"]
    assert varcorr["var1"].tolist()[:3] == ["Intercept", "Days", "Intercept"]
    assert varcorr["var2"].isna().tolist() == [True, True, False, True]
    assert varcorr["vcov"][2] == pytest.approx(
        varcorr["sdcor"][0] * varcorr["sdcor"][1] * varcorr["sdcor"][2]
    )
    ranef = fit.ranef()
    assert list(ranef.columns) == ["grp", "level", "term", "estimate", "se"]
    coef = fit.coef()
    assert list(coef.columns) == ["grp", "level", "term", "estimate"]
    merged = coef.merge(ranef, on=["grp", "level", "term"]).merge(fixed, on="term")
    assert len(merged) == 36
    np.testing.assert_allclose(merged["estimate_x"], merged["estimate_y"] + merged["estimate"])


def test_coef_has_the_terms_that_do_not_vary_and_those_that_are_not_common():
    design = crossed_design()
    fit = fit_ml(design.with_predictor(replace(design.mu, X=design.mu.X[:, 1:], names=("z",))))
    coef = fit.coef()
    terms = {name: set(part["term"]) for name, part in coef.groupby("grp")}
    assert terms == {"h": {"Intercept", "z"}, "g": {"Intercept", "z", "x"}}
    of_g = {term: part for term, part in coef[coef["grp"] == "g"].groupby("term")}
    assert (of_g["z"]["estimate"] == fit.estimates[1]).all()
    assert of_g["x"]["level"].tolist() == list(design.blocks[1].levels)
    np.testing.assert_allclose(of_g["x"]["estimate"], fit.blocks[1].modes[1])


def test_the_page_states_what_was_done_and_what_is_on_the_boundary():
    data = load_data("sleepstudy").assign(day=lambda d: d["Days"].astype(str))
    formula = "Reaction ~ Days + (Days | Subject) + (1 | day)"
    fit = fit_ml(design_of(formula, data))
    assert fit.singular == ("The sd of Intercept in day is estimated at zero.",)
    page = str(fit.summary())
    for text in (
        formula,
        "REML criterion at convergence: 1743.6283",
        "95 % Wald",
        *fit.singular,
        "Subject 18, day 10",
        "24.740",
        "0.07",
    ):
        assert text in page
    assert repr(fit.summary()) == page


def test_a_correlation_at_the_boundary_is_named():
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(10), 12)
    x = np.tile(np.linspace(0, 1, 12), 10)
    u = rng.normal(size=10)[g]
    y = 1 + x + u - 2 * u * x + 0.5 * rng.normal(size=120)
    block = handmade_block("g", g, {"Intercept": 1.0, "x": x})
    fit = fit_ml(handmade_design(y, {"x": x}, [block]))
    assert fit.singular == ("The correlation of Intercept and x in g is estimated at -1.",)
    assert fit.blocks[0].corr[0, 1] == pytest.approx(-1, abs=1e-4)


@pytest.mark.parametrize("grouped", [False, True])
def test_a_variance_of_zero_leaves_the_plain_generalised_model(grouped):
    # Every group has the same counts: nothing varies between groups.
    y = np.tile([0.0, 1, 2, 3, 1, 2], 8)
    x = np.tile(np.arange(6.0), 8)
    block = handmade_block("g", np.repeat(np.arange(8), 6), {"Intercept": 1.0})
    fit = fit_ml(handmade_design(y, {"x": x}, [block] * grouped, family="poisson"))
    plain = fit_ml(handmade_design(y, {"x": x}, family="poisson"))
    np.testing.assert_allclose(fit.estimates, plain.estimates, rtol=1e-5)
    np.testing.assert_allclose(fit.standard_errors, plain.standard_errors, rtol=1e-3)
    assert fit.loglik == pytest.approx(plain.loglik, abs=1e-6)
    assert len(fit.singular) == grouped


def test_separated_data_are_reported():
    y = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    fit = fit_ml(handmade_design(y, {"x": np.arange(8.0)}, family="bernoulli"))
    assert "separated" in fit.singular[0]


def test_a_family_without_maximum_likelihood_names_those_that_have_it():
    design = handmade_design([2.0, 4.0, 3.0], {"x": [1.0, 2, 4]}, family="gamma")
    design = replace(design, family=replace(design.family, density=None))
    with pytest.raises(
        UnsupportedModelError, match="maximum-likelihood fit of the gamma"
    ) as refusal:
        fit_ml(design)
    for name, family in FAMILIES.items():
        listed = f" {name} ({', '.join(family.links)})" in str(refusal.value)
        assert listed == family.density.smooth  # of kinks there is no curvature


def test_columns_that_cannot_be_told_apart_are_named():
    x = np.arange(10.0)
    design = handmade_design(x**2, {"x": x, "twice": 2 * x + 1})
    with pytest.raises(DataError, match="twice is a linear combination"):
        fit_ml(design)


def test_nothing_left_to_estimate_sigma_from():
    with pytest.raises(DataError, match="2 common effects and 2 rows"):
        fit_ml(handmade_design([1.0, 2], {"x": [0.0, 1]}))
    block = handmade_block("g", range(6), {"Intercept": 1.0})
    with pytest.raises(DataError, match="6 levels of g"):
        fit_ml(handmade_design(np.arange(6.0) ** 2, {"x": [0.0, 1, 0, 1, 1, 0]}, [block]))


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_weights_must_be_positive(weight):
    design = handmade_design([1.0, 2, 4], {"x": [0.0, 1, 3]}, weights=[1.0, weight, 1.0])
    with pytest.raises(DataError, match="Weights must be positive"):
        fit_ml(design)
