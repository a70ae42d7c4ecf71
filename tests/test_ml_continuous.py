"""ML of gamma, beta, Student-t and curved gaussian models: the numbers of glmmTMB and TMB."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from family_values import auxiliary_of
from handmade import handmade_design
from ml_designs import assert_estimates

from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.family.links import LINKS
from bayesmm.family.numeric import Jet
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.fit import fit_ml, links_with_routine
from bayesmm.model.build import build_design

# Made by reference_r/continuous/make_reference.R, versions inside; the data are simulated there.
FOLDER = Path(__file__).parent / "reference_r" / "continuous"
REFERENCE = json.loads((FOLDER / "continuous.json").read_text())["fits"]
DATA = pd.read_csv(FOLDER / "continuous.csv").astype({"g": str})


def design_of(reference: dict):
    design = build_design(
        reference["formula"], DATA, resolve_family(reference["family"], reference["link"])
    )
    weights = DATA["w"].to_numpy(float) if reference["weighted"] else None
    return replace(design, weights=weights)


@pytest.mark.parametrize("theirs", REFERENCE, ids=lambda fit: fit["name"])
def test_estimates_of_glmmtmb_and_tmb(theirs):
    """Estimates to 0.002 standard errors, standard errors and sds to 0.2 %, as for counts.

    Their standard errors rest on a Hessian by finite differences, good to 0.1 %.
    """
    fit = fit_ml(design_of(theirs))
    assert fit.converged
    assert fit.n_parameters == theirs["df"]
    # their searches stop with a gradient of up to 0.002
    assert theirs["loglik"] - 1e-6 < fit.loglik < theirs["loglik"] + 1e-4
    assert_estimates(fit, theirs["estimate"], theirs["se"], theirs["sd"], theirs["auxiliary"])


@pytest.mark.parametrize("link", ["identity", "inverse", "log"])
@pytest.mark.parametrize("family", ["t", "gamma", "gaussian"])
def test_other_units_of_the_response(family, link):
    """A response in thousandths has the same fit in other units."""
    if (family, link) == ("gaussian", "identity"):
        pytest.skip("linear models have searches of their own")
    own = {"gamma": "positive", "t": "tailed", "gaussian": "curve"}
    column = "rate" if link == "inverse" else own[family]
    data = DATA.assign(small=DATA[column] / 1000)
    one, other = (
        fit_ml(build_design(f"{y} ~ x + (1 | g)", data, resolve_family(family, link)))
        for y in (column, "small")
    )
    unit = {"identity": 1e-3, "inverse": 1e3, "log": 1.0}[link]
    shift = np.array([np.log(1000) if link == "log" else 0.0, 0.0])
    np.testing.assert_allclose(other.estimates, unit * one.estimates - shift, rtol=1e-4)
    np.testing.assert_allclose(other.blocks[0].sd, unit * one.blocks[0].sd, rtol=1e-3)
    np.testing.assert_allclose(other.loglik, one.loglik + len(data) * np.log(1000), rtol=1e-7)


GRID = [
    (name, link) for name, own in FAMILIES.items() if own.density is not None for link in own.links
]


def response(family: str, rng: np.random.Generator) -> np.ndarray:
    kind = FAMILIES[family].response
    draws = {
        "real": rng.normal(1, 1, 30),
        "positive": rng.gamma(2, 1, 30),
        "proportion": rng.beta(2, 3, 30),
        "binary": rng.integers(0, 2, 30).astype(float),
        "count": rng.poisson(2, 30).astype(float),
        "binomial": rng.binomial(9, 0.3, 30).astype(float),
        "angle": rng.vonmises(1, 2, 30),
    }
    return draws[kind]


@pytest.mark.parametrize(("family", "link"), GRID)
def test_log_density_is_that_of_the_distribution(family, link):
    rng = np.random.default_rng(3)
    y, eta, density = response(family, rng), 0.5 + 0.1 * rng.random(30), FAMILIES[family].density
    known = {"trials": np.full(30, 9.0)}
    observed = density.observed(y, known)
    auxiliary = auxiliary_of(FAMILIES[family])
    values = tuple(auxiliary.values())

    def log_density(x):
        return density.without_base(observed, density.arguments[link](x), *values) + density.base(
            observed
        )

    parameters = ResponseParameters(LINKS[link].inverse(eta), auxiliary, known)
    expected = FAMILIES[family].log_density(y, parameters)
    np.testing.assert_allclose(log_density(eta), expected, rtol=1e-12)
    jet, h = log_density(Jet.variable(eta)), 1e-5
    # values near 0 are differences of terms of size 1
    np.testing.assert_allclose(jet.value, expected, rtol=1e-12, atol=1e-14)
    ahead, behind = log_density(Jet.variable(eta + h)), log_density(Jet.variable(eta - h))
    for lower, higher in (("value", "first"), ("first", "second"), ("second", "third")):
        slope = (getattr(ahead, lower) - getattr(behind, lower)) / (2 * h)
        exact = np.broadcast_to(getattr(jet, higher), slope.shape)
        np.testing.assert_allclose(exact, slope, rtol=1e-5, atol=1e-5 * np.abs(exact).max() + 1e-9)


def test_a_mean_outside_the_support_is_impossible():
    design = handmade_design(
        [1.0, 2.0, 3.0], {"x": [0.0, 1.0, 2.0]}, family="gamma", link="identity"
    )
    with np.errstate(invalid="ignore"):  # as in the search
        rows = density_rows(design)([np.array([1.0, -1.0, 2.0]), 0.0], (0,), ())
    assert rows.log_likelihood[1] == -np.inf


def test_residuals_without_heavy_tails_are_told():
    rng = np.random.default_rng(0)
    # lighter tails than gaussian ones
    design = handmade_design(rng.uniform(-1, 1, 200), {"x": rng.normal(size=200)}, family="t")
    fit = fit_ml(design)
    assert any("nu grows without bound" in sentence for sentence in fit.singular)


def test_every_family_and_link_has_a_fit():
    without = {name for name, family in FAMILIES.items() if not family.density.smooth}
    assert without == {"laplace", "asymmetric_laplace"}
    for name, family in FAMILIES.items():
        assert links_with_routine(family) == (() if name in without else family.links)
