"""ML of models whose further parameters have formulas, against glmmTMB and nlme."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmm import load_data, ml
from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml
from bayesmm.likelihood.auxiliary import starts_of
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.laplace_fit import _plain, starts
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.model.build import build_design

_FOLDER = Path(__file__).parent / "reference_r" / "distributional"
_REFERENCE = json.loads((_FOLDER / "reference.json").read_text())
# glmmTMB's family and its zero part, and the parameter that its dispformula is of.
_FAMILIES = {
    ("nbinom2", False): ("negativebinomial", "alpha"),
    ("poisson", True): ("zero_inflated_poisson", ""),
    ("nbinom2", True): ("zero_inflated_negativebinomial", "alpha"),
    ("truncated_nbinom2", True): ("hurdle_negativebinomial", "alpha"),
    ("gaussian", False): ("gaussian", "sigma"),
    ("beta_family", False): ("beta", "kappa"),
    ("Gamma", False): ("gamma", "alpha"),
}


def _data(name: str) -> pd.DataFrame:
    return pd.read_csv(_FOLDER / "rows.csv") if name == "rows" else load_data(name)


def _design(reference: dict):
    has_zeros = reference["zi"] != "~ 0"
    family, parameter = _FAMILIES[reference["family"], has_zeros]
    formulas = [reference["formula"]]
    if reference["disp"] != "~ 1":
        formulas.append(f"{parameter} {reference['disp']}")
    if has_zeros:
        formulas.append(f"{'hu' if family.startswith('hurdle') else 'zi'} {reference['zi']}")
    return build_design(formulas, _data(reference["data"]), resolve_family(family))


def _term(name: str) -> str:
    """Return our name of a coefficient of R: ``wb`` is ``w[b]``."""
    renamed = {"(Intercept)": "Intercept", "wb": "w[b]", "wc": "w[c]", "treatozone": "treat[ozone]"}
    return renamed.get(name, name)


# One of each kind in every run of the tests; all of them in the slow one.
_QUICK = (
    *("nb ~ x + (1 | site)", "zip ~ x", "hurdle ~ x", "normal ~ x + (1 | site)"),
    *("size ~ Time + treat + (1 | tree)", "Reaction ~ Days + (Days | Subject)"),
)


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(
            fit,
            id=f"{fit['formula']}, disp {fit['disp']}, zi {fit['zi']}",
            marks=() if fit["formula"] in _QUICK else pytest.mark.slow,
        )
        for fit in _REFERENCE["fits"]
    ],
)
def test_glmmtmb(reference: dict) -> None:
    """Log likelihood, coefficients with standard errors, and sds of every part are glmmTMB's.

    glmmTMB stops where a gradient g is left, of about 1e-3: then an estimate is off by about
    se^2 g, and its log likelihood is lower by about se^2 g^2.
    """
    design = _design(reference)
    found = fit_ml(design)
    assert found.converged
    assert found.loglik == pytest.approx(reference["loglik"], abs=5e-6)
    assert found.n_parameters == reference["df"]
    parts = {"": "cond", "zi_": "zero", "hu_": "zero"}
    parts |= {f"{name}_": "dispersion" for name in ("alpha", "sigma", "kappa")}
    coefficients = found.coefficients
    compared = set()
    for prefix, part in parts.items():
        for row in reference.get(part) or ():
            name = prefix + _term(row["term"])
            if name not in coefficients:
                continue
            estimate, se = coefficients[name]
            compared.add(name)
            assert estimate == pytest.approx(row["estimate"], abs=3e-4 * row["se"]), name
            assert se == pytest.approx(row["se"], rel=1e-3), name
    assert compared == set(coefficients)
    ours = found.varcorr()
    for part, prefix in (("cond_sds", ""), ("zi_sds", "hu_" if "hu" in design.varying else "zi_")):
        rows = reference.get(part) or ()
        for row in rows:
            own = ours[(ours["grp"] == row["grp"]) & (ours["var1"] == prefix + _term(row["var1"]))]
            second = row.get("var2")
            own = own[own["var2"] == second] if second else own[own["var2"].isna()]
            assert own["sdcor"].item() == pytest.approx(row["sdcor"], abs=1e-3)


def test_nlme() -> None:
    """A residual sd for each level is nlme's ``varIdent``."""
    reference = _REFERENCE["varIdent"]
    formulas = ["size ~ Time + (1 | tree)", "sigma ~ treat"]
    found = ml(formulas, load_data("sitka"), reml=False)
    assert found.loglik == pytest.approx(reference["loglik"], abs=1e-6)
    # the sd of the control trees is sigma times their ratio; ozone is nlme's first level
    control = np.exp(found.coefficients["sigma_Intercept"][0])
    ratio = np.exp(-found.coefficients["sigma_treat[ozone]"][0])
    assert control == pytest.approx(reference["sigma"] * reference["ratio"]["control"], rel=1e-4)
    assert ratio == pytest.approx(reference["ratio"]["control"], rel=1e-4)
    assert found.coefficients["Time"][0] == pytest.approx(reference["fixef"]["Time"], rel=1e-5)


_SHAPES = {
    "t": ["normal ~ x + (x | site)", "sigma ~ x", "nu ~ 1 + (1 | site)"],
    "gaussian": ["normal ~ x + (x | p | site)", "sigma ~ x + (1 | p | site)"],
    "gamma": ["wait ~ x + (1 | site)", "alpha ~ x + (1 | w)"],
    "lognormal": ["wait ~ x + (1 | site)", "sigma ~ x + (1 | site)"],
    "beta": ["share ~ x + (1 | site)", "kappa ~ (x | site)"],
    "zero_inflated_negativebinomial": [
        *("zinb ~ x + (1 | p | site) + (1 | w)", "zi ~ x + (1 | p | site)", "alpha ~ w")
    ],
    "hurdle_poisson": ["hurdle ~ x", "hu ~ w + (x | site)"],
}


@pytest.mark.parametrize("family", _SHAPES)
def test_gradient(family: str) -> None:
    """The gradient is that of differences, for several predictors with groups, correlated or not.

    Differences of h = 1e-5 have an error of about 1e-16 |f| / h = 1e-8 of a deviance of 1,000.
    """
    design = build_design(_SHAPES[family], _data("rows").iloc[:150], resolve_family(family))
    problem = LaplaceProblem(design)
    generator = np.random.default_rng(1)
    x = starts(problem, _plain)[0]
    x = x + 0.1 * generator.normal(size=len(x))
    _, gradient = problem.deviance(x)
    step = 1e-5
    differences = [
        (problem.deviance(x + shift)[0] - problem.deviance(x - shift)[0]) / (2 * step)
        for shift in step * np.eye(len(x))
    ]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize(
    ("family", "response", "parameter"),
    [("compois", "nb", "nu"), ("tweedie", "wait", "phi"), ("negativebinomial", "nb", "alpha")],
)
def test_a_row_counts_once_however_many_directions_it_is_derived_in(
    family: str, response: str, parameter: str
) -> None:
    """A word that returns its value once per direction would count every row four times."""
    formulas = [f"{response} ~ x", f"{parameter} ~ x"]
    design = build_design(formulas, _data("rows").iloc[:6], resolve_family(family))
    others = zip(design.predictors[1:], starts_of(design), strict=True)
    numbers = [start for predictor, start in others if predictor.constant]
    rows, etas = density_rows(design), [np.full(6, 0.3), np.full(6, 0.1), *numbers]
    plain = rows(etas, (), ()).log_likelihood
    derived = rows(etas, (0, 1), (0, 1))
    assert derived.log_likelihood.shape == (6,)
    np.testing.assert_allclose(derived.log_likelihood, plain, rtol=1e-12)
    for k, score in enumerate(derived.score):
        ahead, behind = (
            rows([eta + step * (j == k) for j, eta in enumerate(etas)], (), ()).log_likelihood
            for step in (1e-5, -1e-5)
        )
        np.testing.assert_allclose(score, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-7)


def test_units() -> None:
    """Estimates follow the units of the response: sigma's coefficients keep their slopes."""
    data = _data("rows").iloc[:300]
    formulas = ["normal ~ x + (1 | p | site)", "sigma ~ x + (1 | p | site)"]
    one = ml(formulas, data)
    other = ml(formulas, data.assign(normal=1e6 + 1e3 * data["normal"]))
    assert other.coefficients["x"][0] == pytest.approx(1e3 * one.coefficients["x"][0], rel=1e-4)
    shift = other.coefficients["sigma_Intercept"][0] - one.coefficients["sigma_Intercept"][0]
    assert shift == pytest.approx(np.log(1e3), abs=1e-5)
    assert other.coefficients["sigma_x"][0] == pytest.approx(
        one.coefficients["sigma_x"][0], abs=1e-5
    )
    assert other.loglik == pytest.approx(one.loglik - len(data) * np.log(1e3), abs=1e-5)


@pytest.mark.slow
def test_a_model_that_asks_too_much_ends() -> None:
    """Nearly unidentified formulas end in a sentence, not in a search without end."""
    data = _data("rows").iloc[:60]
    formulas = ["zip ~ w + (1 | site)", "zi ~ w + (1 | site)", "alpha ~ x + (1 | site)"]
    family = resolve_family("zero_inflated_negativebinomial")
    design = build_design(formulas, data, family)
    try:
        found = fit_ml(design)
    except ValueError as error:
        assert "No maximum of the likelihood was found" in str(error)
    else:
        assert found.singular or not found.converged
