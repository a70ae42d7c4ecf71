"""ML of waiting times and further counts, against survreg, glmmTMB, statsmodels, and each other."""

import json
from math import lgamma
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from ml_designs import assert_estimates

from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml
from bayesmm.model.build import build_design

_FOLDER = Path(__file__).parent / "reference_r"
_REFERENCE = json.loads((_FOLDER / "families" / "reference.json").read_text())
_ROWS = pd.read_csv(_FOLDER / "distributional" / "rows.csv")


def _fit(formula: str, family: str):
    return fit_ml(build_design(formula, _ROWS, resolve_family(family)))


@pytest.mark.parametrize("family", ["weibull", "exponential"])
def test_survreg(family: str) -> None:
    """survreg's intercept is the log of the scale, ours that of the mean."""
    theirs = _REFERENCE[family]
    found = _fit(theirs["formula"], family)
    shape = theirs.get("shape", 1.0)
    assert found.loglik == pytest.approx(theirs["loglik"], abs=1e-6)

    intercept = theirs["coef"][0] + lgamma(1 + 1 / shape)
    np.testing.assert_allclose(found.estimates, [intercept, *theirs["coef"][1:]], atol=1e-5)
    if family == "weibull":
        assert found.auxiliary["alpha"] == pytest.approx(shape, rel=1e-5)
    # the slopes are the same parameters; the intercept is another one
    np.testing.assert_allclose(found.standard_errors[1:], theirs["se"][1:], rtol=1e-4)


def test_nbinom1_of_glmmtmb() -> None:
    theirs = _REFERENCE["nbinom1"]
    found = _fit(theirs["formula"], "nbinom1")
    assert found.loglik == pytest.approx(theirs["loglik"], abs=5e-6)
    further = {"phi": theirs["phi"]}
    assert_estimates(found, theirs["coef"], theirs["se"], [theirs["sd"]], further, 3e-4, 1e-3)


def test_inverse_gaussian_of_statsmodels() -> None:
    family = sm.families.InverseGaussian(sm.families.links.Log())
    X = sm.add_constant(_ROWS["x"])
    wait = _ROWS["wait"]
    theirs = sm.GLM(wait, X, family).fit(start_params=[np.log(wait.mean()), 0.0], tol=1e-12)
    found = _fit("wait ~ x", "inverse_gaussian")
    np.testing.assert_allclose(found.estimates, theirs.params, rtol=1e-5)
    gap = (wait - theirs.mu) ** 2 / (theirs.mu**2 * wait)
    assert found.auxiliary["alpha"] == pytest.approx(1 / gap.mean(), rel=1e-5)


def test_geometric_is_the_negative_binomial_of_alpha_one() -> None:
    family = sm.families.NegativeBinomial(alpha=1.0)
    theirs = sm.GLM(_ROWS["nb"], sm.add_constant(_ROWS["x"]), family).fit(tol=1e-12)
    found = _fit("nb ~ x", "geometric")
    np.testing.assert_allclose(found.estimates, theirs.params, atol=1e-6)
    assert found.loglik == pytest.approx(theirs.llf, abs=1e-6)


def test_exgaussian_finds_its_parts() -> None:
    """The parts of simulated times within four standard errors, in any units."""
    generator = np.random.default_rng(3)
    n = 4_000
    x = generator.normal(size=n)
    y = 0.4 + 0.05 * x + generator.normal(0, 0.04, n) + generator.exponential(0.15, n)
    family = resolve_family("exgaussian")
    seconds = fit_ml(build_design("y ~ x", pd.DataFrame({"x": x, "y": y}), family))
    assert seconds.converged
    # the sds of both parts are about their size over root n, times less than 3
    assert seconds.auxiliary["sigma"] == pytest.approx(0.04, abs=4 * 3 * 0.04 / np.sqrt(n))
    assert seconds.auxiliary["beta"] == pytest.approx(0.15, abs=4 * 3 * 0.15 / np.sqrt(n))
    assert abs(seconds.estimates[1] - 0.05) < 4 * seconds.standard_errors[1]
    thousandths = fit_ml(build_design("y ~ x", pd.DataFrame({"x": x, "y": 1e3 * y}), family))
    for name in ("sigma", "beta"):
        assert thousandths.auxiliary[name] == pytest.approx(1e3 * seconds.auxiliary[name], rel=1e-4)
