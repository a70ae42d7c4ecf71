"""No ML fit holds up a posterior: a budget of passes, then a reason instead of a number.

Of zero-inflated counts the Laplace approximation can grow without bound, where the curvature of
one of two modes of a group vanishes. glmmTMB stops on that cliff (logLik -74.49 for the data
below); the integral itself, by brute force here, has its maximum at -77.1065.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from scipy.special import gammaln, log_expit, logsumexp

import bayesmm
from bayesmm.errors import DataError
from bayesmm.likelihood import fit_ml, laplace_fit, mode_search, profile_search
from bayesmm.likelihood.fit import ml_or_reason
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.likelihood.mode_search import TooManyPassesError
from bayesmm.likelihood.quadrature import Integral

Y = [0, 4, 0, 0, 0, 0, 0, 6, 6, 2, 0, 18, 1, 0, 1, 2, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
     0, 0, 0, 2, 14, 9, 0, 38, 0]  # fmt: skip
X = [0.238055, -0.517473, 1.025554, -0.095522, 0.63824, 1.480359, -1.157264, 0.762186, 1.379997,
     -0.936113, 0.666119, -1.288458, -0.91011, -0.82026, -0.353442, 1.479811, 1.064234, 1.482199,
     1.708271, 1.683859, -0.554328, -0.862181, 0.394276, 0.580925, -1.495534, -0.51285, -0.508329,
     1.029665, 0.320444, -0.197327, -0.049213, 0.715189, -0.719546, -0.66812, -0.401319, -1.231613,
     0.120243, 1.573287, 0.813654, -1.590408]  # fmt: skip
G = [19, 7, 12, 17, 12, 10, 17, 17, 15, 17, 7, 6, 2, 14, 9, 6, 2, 7, 11, 8, 12, 12, 2, 9, 13, 0, 19,
     13, 7, 12, 5, 19, 15, 14, 0, 15, 8, 3, 11, 13]  # fmt: skip


@pytest.fixture(scope="module")
def few_counts() -> pd.DataFrame:
    """../shared/cases/16, its x rounded to six digits."""
    return pd.DataFrame({"y": Y, "x": X, "g": G})


@pytest.fixture(scope="module")
def fitted(few_counts):
    return bayesmm.ml("y ~ x + (1 | g)", few_counts, "zero_inflated_poisson")


def brute_force(sd, intercept, slope, psi):
    """The log likelihood on 4,001 nodes, without any code of the package."""
    y, x = np.array(Y)[:, None], np.array(X)[:, None]
    levels, codes = np.unique(G, return_inverse=True)
    z = np.linspace(-8, 8, 4001)
    eta = intercept + slope * x + sd * z
    logit = np.log(psi / (1 - psi))
    count = log_expit(logit) + y * eta - np.exp(eta) - gammaln(y + 1)
    rows = np.where(y == 0, np.logaddexp(count, log_expit(-logit)), count)
    groups = np.zeros((len(levels), len(z)))
    np.add.at(groups, codes, rows)
    constant = np.log(z[1] - z[0]) - 0.5 * np.log(2 * np.pi)
    return float(np.sum(logsumexp(groups - z**2 / 2, axis=1) + constant))


def test_the_integral_has_the_maximum_that_its_laplace_approximation_lacks(fitted):
    point = np.array([fitted.blocks[0].sd[0], *fitted.estimates, fitted.auxiliary["psi"]])
    assert fitted.converged
    assert fitted.loglik == pytest.approx(brute_force(*point), abs=1e-8)
    assert round(fitted.loglik, 4) == -77.1065
    rng = np.random.default_rng(0)
    for _ in range(20):  # no point around is higher
        assert brute_force(*(point * np.exp(rng.normal(0, 0.05, 4)))) < fitted.loglik
    assert fitted.standard_errors.max() < 1
    assert "quadrature" in str(fitted.summary())


def test_quadrature_and_laplace_agree_where_groups_have_many_rows(monkeypatch):
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(8), 40)
    x = rng.normal(size=320)
    y = rng.poisson(np.exp(1 + 0.3 * x + rng.normal(0, 0.5, 8)[g])) * (rng.random(320) < 0.7)
    design = handmade_design(
        y, {"x": x}, [handmade_block("g", g, {"Intercept": 1.0})], family="zero_inflated_poisson"
    )
    laplace = fit_ml(design)
    least = laplace_fit._least

    def too_long(problem, points):
        if problem.grouped:
            raise TooManyPassesError
        return least(problem, points)

    monkeypatch.setattr(laplace_fit, "_least", too_long)
    exact = fit_ml(design)
    assert "quadrature" in exact.method
    assert exact.loglik == pytest.approx(laplace.loglik, abs=0.05)
    np.testing.assert_allclose(exact.estimates, laplace.estimates, atol=0.01)
    np.testing.assert_allclose(exact.standard_errors, laplace.standard_errors, rtol=0.02)
    np.testing.assert_allclose(exact.blocks[0].modes, laplace.blocks[0].modes, atol=0.02)
    np.testing.assert_allclose(exact.blocks[0].mode_sds, laplace.blocks[0].mode_sds, rtol=0.05)


@pytest.mark.parametrize("family", ["zero_inflated_poisson", "zero_inflated_negativebinomial"])
def test_the_gradient_of_the_integral_is_that_of_its_differences(few_counts, family):
    block = handmade_block("g", few_counts["g"], {"Intercept": 1.0})
    weights = np.linspace(0.5, 2, 40)
    design = handmade_design(
        few_counts["y"], {"x": few_counts["x"]}, [block], family=family, weights=weights
    )
    integral = Integral(LaplaceProblem(design))
    x = np.array([0.8, 1.2, -0.2, *([0.3] * len(design.family.auxiliary))])
    _, gradient = integral.deviance(x)
    for k, step in enumerate(np.eye(len(x)) * 1e-5):
        slope = (integral.deviance(x + step)[0] - integral.deviance(x - step)[0]) / 2e-5
        assert gradient[k] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_a_search_that_is_too_long_gives_a_reason(few_counts, monkeypatch):
    monkeypatch.setattr(mode_search, "_PASSES", 20)
    monkeypatch.setattr(mode_search, "_PASSES_PER_PARAMETER", 0)
    with pytest.raises(DataError, match="No maximum of the likelihood was found in 20 passes"):
        bayesmm.ml("y ~ x + (x || g)", few_counts, "negativebinomial")


def test_of_many_rows_a_search_makes_fewer_passes(few_counts, monkeypatch):
    monkeypatch.setattr(mode_search, "_ROWS", 40 * 20)
    monkeypatch.setattr(mode_search, "_FEWEST_PASSES", 20)
    monkeypatch.setattr(mode_search, "_PASSES_PER_PARAMETER", 0)
    with pytest.raises(DataError, match="No maximum of the likelihood was found in 20 passes"):
        bayesmm.ml("y ~ x + (x || g)", few_counts, "negativebinomial")


def test_a_linear_search_that_is_too_long_gives_a_reason(monkeypatch):
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(20), 6)
    x = rng.normal(size=120)
    block = handmade_block("g", g, {"Intercept": 1.0, "x": x})
    y = x + rng.normal(size=20)[g] + rng.normal(size=120)
    design = handmade_design(y, {"x": x}, [block])
    fit, reason = ml_or_reason(design)
    assert fit.converged and not reason
    assert fit.singular
    monkeypatch.setattr(profile_search, "_EVALUATIONS", 3)
    monkeypatch.setattr(profile_search, "_EVALUATIONS_PER_PARAMETER", 0)
    fit, reason = ml_or_reason(design)
    assert fit is None
    assert reason.startswith("REML is not shown beside: its search found no maximum")


def test_the_budget_is_the_same_for_the_same_data(few_counts, fitted):
    again = bayesmm.ml("y ~ x + (1 | g)", few_counts, "zero_inflated_poisson")
    assert again.loglik == fitted.loglik
    np.testing.assert_array_equal(again.estimates, fitted.estimates)


def test_beside_a_posterior_stands_a_reason_where_the_search_found_no_maximum(fitted, monkeypatch):
    lost = replace(fitted, converged=False)
    monkeypatch.setattr("bayesmm.likelihood.fit.fit_ml", lambda *_, **__: lost)
    fit, reason = ml_or_reason(lost.design)
    assert fit is None
    assert reason.startswith("ML is not shown beside: its search found no maximum")


def test_slopes_of_the_same_data_end_within_the_budget(few_counts):
    """There is no integral for two effects of a level: an estimate, or a reason."""
    blocks = [handmade_block("g", few_counts["g"], {"Intercept": 1.0, "x": few_counts["x"]})]
    design = handmade_design(
        few_counts["y"], {"x": few_counts["x"]}, blocks, family="zero_inflated_poisson"
    )
    fit, reason = ml_or_reason(design)
    assert (fit is None) == bool(reason)
    assert fit is None or fit.converged
