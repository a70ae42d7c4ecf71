"""The course models in which a second parameter has a formula, beside glmmTMB's fits of them."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_course import estimate, posterior, real_data

from bayesmm import ml
from bayesmm.course import check_formula, load_model
from bayesmm.data import load_data

__all__ = ["real_data"]  # a fixture of test_course

_FOLDER = Path(__file__).parent / "reference_r" / "course_formulas"
# glmmTMB; made by make_reference.R beside it, versions inside.
_REFERENCE = json.loads((_FOLDER / "reference.json").read_text())
_NAMES = sorted({fit["model"] for fit in _REFERENCE["fits"]})
_TERMS = {"(Intercept)": "Intercept", "Length": "Length"} | {
    f"{factor}{level}": f"{factor}[{level}]"
    for factor, levels in {"Year": (2000, 2001), "Area": (2, 3, 4)}.items()
    for level in levels
}


@cache
def _twin_fit(name):
    model = load_model(name)
    return ml(model.formula, load_data("cod_parasites_twin"), model.family, reml=False)


@pytest.mark.parametrize("name", _NAMES)
def test_twin_is_fitted_as_by_glmmtmb(name):
    """All coefficients and standard errors, to 1e-3 of these, and the log likelihood.

    glmmTMB leaves a gradient of up to 0.1 in the coefficient of a length in centimetres, whose se
    is 1e-3: 1e-4 standard errors. Its standard errors are from differences of that gradient, and
    are off by half a percent for such a column, as those of a logistic model of the hurdle show.
    """
    reference = next(
        fit
        for fit in _REFERENCE["fits"]
        if fit["model"] == name and fit["data"] == "cod_parasites_twin"
    )
    found = _twin_fit(name)
    assert found.converged and not found.singular
    assert found.loglik == pytest.approx(reference["loglik"], abs=1e-5)
    prefix = f"{'hu' if 'hurdle' in name else 'zi'}_"
    rows = [(_TERMS[row["term"]], row) for row in reference["cond"]]
    rows += [(prefix + _TERMS[row["term"]], row) for row in reference["zi"]]
    assert {term for term, _ in rows} == set(found.coefficients)
    for term, row in rows:
        value, se = found.coefficients[term]
        assert value == pytest.approx(row["estimate"], abs=1e-3 * row["se"]), term
        assert se == pytest.approx(row["se"], rel=5e-3), term
    if reference["alpha"]:
        assert found.auxiliary["alpha"] == pytest.approx(reference["alpha"], rel=1e-5)


def test_hurdle_is_a_logistic_model_of_the_zeros():
    frame = load_data("cod_parasites_twin").dropna(subset=["Intensity", "Length"])
    frame["zero"] = (frame["Intensity"] == 0).astype(int)
    logistic = ml("zero ~ Length", frame, "bernoulli").coefficients
    for name in ("cod_hurdle_poisson_length", "cod_hurdle_negativebinomial_length"):
        own = _twin_fit(name).coefficients
        for term in ("Intercept", "Length"):
            np.testing.assert_allclose(own[f"hu_{term}"], logistic[term], rtol=1e-5)


@pytest.mark.parametrize("name", [*_NAMES, "sleepstudy_scale"])
def test_the_second_formula_is_part_of_the_answer(name):
    model = load_model(name)
    first, _, second = model.formula.partition(";")
    assert check_formula(f"{first} ; {second}", name, model.family).right
    assert not check_formula(first, name, model.family).right


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) for name in _NAMES])
@pytest.mark.usefixtures("real_data")
def test_posterior_covers_the_ml_estimates(name):
    """Common effects within 0.3 posterior sds.

    Not those of zi beside a negative binomial number, of which few zeros tell: the prior at the
    mean length, where ML has a share of 0.004, holds it, and the slope with it.
    """
    result, fitted = posterior(name), estimate(name)
    assert not result.diagnostics.findings, result.diagnostics
    assert result.engine == "compiled"
    table = result.fixef().set_index("term")
    gap = (table["mean"] - fitted.fixef().set_index("term")["estimate"]) / table["sd"]
    if name == "cod_zero_inflated_negativebinomial_length":
        held = gap.index.str.startswith("zi_")
        assert gap[held].abs().max() < 2
        gap = gap[~held]
    assert gap.abs().max() < 0.5, table.assign(gap=gap)


def test_a_formula_of_zero_inflation_finds_what_a_constant_does_not():
    """A constant share of extra zeros is none by ML: the search must leave that end."""
    constant = "cod_zero_inflated_negativebinomial"
    assert _twin_fit(constant).auxiliary["psi"] > 0.9999
    gained = _twin_fit(f"{constant}_length").loglik - _twin_fit(constant).loglik
    assert gained > 5
