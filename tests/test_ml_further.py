"""ML of families with trials, zeros of their own, and Tweedie's, against glmmTMB and survreg."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ml_designs import assert_estimates

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.likelihood.fit import fit_ml
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.build import build_design

# Made by reference_r/families/make_further.R, versions inside; the data are simulated there.
_FOLDER = Path(__file__).parent / "reference_r" / "families"
_REFERENCE = json.loads((_FOLDER / "further.json").read_text())
_ROWS = pd.read_csv(_FOLDER / "further.csv").astype({"g": str})

RESPONSES = {
    "beta_binomial": "successes | trials(size)",
    "zero_inflated_binomial": "inflated | trials(size)",
    "hurdle_gamma": "amount",
    "tweedie": "total",
}
# glmmTMB's numbers of the further parameters in ours.
AUXILIARY = {
    "beta_binomial": lambda r: {"kappa": r["sigma"]},
    "zero_inflated_binomial": lambda r: {"psi": 1 - r["zi"]},
    "hurdle_gamma": lambda r: {"alpha": r["sigma"] ** -2, "psi": 1 - r["zi"]},
    "tweedie": lambda r: {"phi": r["sigma"], "power": r["own"]},
}


def _fit(formula: str, family: str) -> MLFit:
    return fit_ml(build_design(formula, _ROWS, resolve_family(family)))


@pytest.mark.parametrize(
    "family", [pytest.param(f, marks=pytest.mark.slow if f == "tweedie" else ()) for f in RESPONSES]
)
def test_glmmtmb(family: str) -> None:
    """As for counts: estimates to 0.002 standard errors, the others to 0.2 %."""
    theirs = _REFERENCE[family]
    found = _fit(f"{RESPONSES[family]} ~ x + (1 | g)", family)
    assert found.converged
    assert theirs["loglik"] - 1e-6 < found.loglik < theirs["loglik"] + 1e-4
    further = AUXILIARY[family](theirs)
    assert_estimates(found, theirs["coef"], theirs["se"], [theirs["sd"]], further)


@pytest.mark.slow
@pytest.mark.parametrize("response", ["less", "more"])
def test_counts_that_vary_less_or_more_of_glmmtmb(response: str) -> None:
    """Made by make_compois.R; the dispersion there is 1 / nu."""
    theirs = json.loads((_FOLDER / "compois.json").read_text())[response]
    rows = pd.read_csv(_FOLDER / "compois.csv").astype({"g": str})
    found = fit_ml(build_design(f"{response} ~ x + (1 | g)", rows, resolve_family("compois")))
    assert found.converged
    assert found.loglik == pytest.approx(theirs["loglik"], abs=1e-3)
    further = {"nu": 1 / theirs["sigma"]}
    assert_estimates(found, theirs["coef"], theirs["se"], [theirs["sd"]], further)


def test_loglogistic_of_survreg() -> None:
    theirs = _REFERENCE["loglogistic"]
    found = _fit("wait ~ x", "loglogistic")
    assert found.loglik == pytest.approx(theirs["loglik"], abs=1e-6)
    np.testing.assert_allclose(found.estimates, theirs["coef"], atol=1e-5)
    np.testing.assert_allclose(found.standard_errors, theirs["se"], rtol=1e-4)
    assert found.auxiliary["sigma"] == pytest.approx(theirs["sigma"], rel=1e-4)


def test_a_shift_is_found_below_the_smallest_response() -> None:
    """Within four standard errors of the truth, in seconds and in thousandths of them."""
    rng = np.random.default_rng(5)
    n = 2_000
    x = rng.normal(size=n)
    rows = pd.DataFrame({"x": x, "y": 0.3 + np.exp(-1 + 0.2 * x + rng.normal(0, 0.5, n))})
    rows["ms"] = 1000 * rows["y"]
    family = resolve_family("shifted_lognormal")
    found, other = (fit_ml(build_design(f"{y} ~ x", rows, family)) for y in ("y", "ms"))
    assert found.converged and not found.singular
    assert np.all(np.abs(found.estimates - [-1, 0.2]) < 4 * found.standard_errors)
    assert found.auxiliary["ndt"] == pytest.approx(0.3, abs=0.03)
    assert other.auxiliary["ndt"] == pytest.approx(1000 * found.auxiliary["ndt"], rel=1e-3)
    np.testing.assert_allclose(other.estimates - [np.log(1000), 0.0], found.estimates, atol=1e-3)


def test_a_skewed_response_and_its_mirror() -> None:
    rng = np.random.default_rng(6)
    n = 2_000
    x = rng.normal(size=n)
    rows = pd.DataFrame({"x": x, "y": 1 + 0.5 * x + rng.gamma(4, 0.5, n)})
    rows["mirror"] = -rows["y"]
    family = resolve_family("skew_normal")
    found, other = (fit_ml(build_design(f"{y} ~ x", rows, family)) for y in ("y", "mirror"))
    assert found.converged and found.auxiliary["alpha"] > 2
    assert other.auxiliary["alpha"] == pytest.approx(-found.auxiliary["alpha"], rel=1e-4)
    np.testing.assert_allclose(other.estimates, -found.estimates, atol=1e-5)
    assert found.loglik == pytest.approx(other.loglik, abs=1e-6)
    # the mean of the gamma part is 2; mu is the mean of the response
    assert abs(found.estimates[0] - 3) < 4 * found.standard_errors[0]


def test_what_is_not_maximised_says_so() -> None:
    with pytest.raises(UnsupportedModelError, match="no maximum-likelihood fit of the laplace"):
        _fit("wait ~ x", "laplace")
