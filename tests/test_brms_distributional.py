"""Posteriors of brms where a further parameter has a formula, within Monte Carlo errors.

Made by ``reference_r/brms/make_brms.R`` under brms's default priors; the preset states the same.
"""

import json

import pandas as pd
import pytest
from agreement import assert_moments_of
from references import BRMS

import bayesmm

_ROWS = BRMS.parent / "distributional" / "rows.csv"


@pytest.mark.slow
def test_effects_correlated_across_formulas_are_those_of_brms() -> None:
    formulas = ["Reaction ~ Days + (Days | p | Subject)", "sigma ~ 1 + (1 | p | Subject)"]
    fit = bayesmm.fit(formulas, bayesmm.load_data("sleepstudy"), priors="brms", draws=3000, seed=1)
    reference = json.loads((BRMS / "sleepstudy_scale.json").read_text())
    draws = fit.own_draws["posterior"]
    corr = draws["Subject_corr"].values  # pairs in the order (0, 1), (0, 2), (1, 2)
    ours = {
        "b_Intercept": draws["Intercept"].values,
        "b_sigma_Intercept": draws["sigma_Intercept"].values,
        "b_Days": draws["Days"].values,
        "sd_Subject__Intercept": draws["1|Subject_sigma"].values,
        "sd_Subject__Days": draws["Days|Subject_sigma"].values,
        "sd_Subject__sigma_Intercept": draws["sigma_1|Subject_sigma"].values,
        "cor_Subject__Intercept__Days": corr[..., 0],
        "cor_Subject__Intercept__sigma_Intercept": corr[..., 1],
        "cor_Subject__Days__sigma_Intercept": corr[..., 2],
    }
    published = {row["variable"]: row for row in reference["draws"]}
    assert published.keys() >= ours.keys()
    for name, values in ours.items():
        assert_moments_of(values, published[name], name)


@pytest.mark.slow
def test_zero_inflation_with_a_formula_is_that_of_brms() -> None:
    formulas = ["zip ~ x + (1 | site)", "zi ~ x + (1 | site)"]
    data = pd.read_csv(_ROWS)
    fit = bayesmm.fit(formulas, data, "zero_inflated_poisson", priors="brms", draws=3000, seed=1)
    reference = json.loads((BRMS / "zero_inflated.json").read_text())
    draws = fit.own_draws["posterior"]
    names = {
        **{"b_Intercept": "Intercept", "b_x": "x", "b_zi_Intercept": "zi_Intercept"},
        **{"b_zi_x": "zi_x", "sd_site__Intercept": "1|site_sigma"},
        "sd_site__zi_Intercept": "zi_1|site_sigma",
    }
    published = {row["variable"]: row for row in reference["draws"]}
    assert set(published) == set(names)
    for theirs, own in names.items():
        assert_moments_of(draws[own].values, published[theirs], theirs)
