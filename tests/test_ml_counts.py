"""ML of overdispersed and zero-inflated counts, against glmmTMB and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from handmade import handmade_design
from statsmodels.discrete.count_model import ZeroInflatedNegativeBinomialP, ZeroInflatedPoisson
from statsmodels.discrete.truncated_model import TruncatedLFPoisson

from bayesmm import load_data, ml
from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.model.build import build_design
from bayesmm.studies.bootstrap import simulate_response

FORMULA = "Intensity ~ Length + Year + Area"
MIXED = ["zero_inflated_poisson", "zero_inflated_negativebinomial"]
HURDLES = ["hurdle_poisson", "hurdle_negativebinomial"]


@pytest.fixture(scope="module")
def counted():
    """Fish of the twin whose parasites were counted."""
    return load_data("cod_parasites_twin").dropna(subset=["Intensity", "Length"])


def test_negative_binomial_is_that_of_statsmodels(counted):
    fit = ml(FORMULA, counted, "negativebinomial")
    X = np.column_stack([np.ones(len(counted)), fit.design.mu.X])
    theirs = sm.NegativeBinomial(counted["Intensity"].to_numpy(), X).fit(
        disp=0, maxiter=200, method="newton", start_params=[*fit.estimates, 1.0]
    )
    np.testing.assert_array_less(np.abs(fit.estimates - theirs.params[:-1]), 1e-3 * theirs.bse[:-1])
    np.testing.assert_allclose(fit.standard_errors, theirs.bse[:-1], rtol=1e-3)
    assert fit.auxiliary["alpha"] == pytest.approx(1 / theirs.params[-1], rel=1e-4)
    assert fit.loglik == pytest.approx(theirs.llf, abs=1e-6)
    assert "alpha" in str(fit.summary())


@pytest.mark.parametrize(
    ("family", "model"),
    [(MIXED[0], ZeroInflatedPoisson), (MIXED[1], ZeroInflatedNegativeBinomialP)],
)
def test_zero_inflated_likelihood_is_that_of_statsmodels(family, model):
    """Their likelihood at our estimates is ours, and near them it is smaller."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=400)
    y = rng.poisson(np.exp(1 + 0.5 * x) * rng.gamma(2, 0.5, 400)) * (rng.random(400) < 0.7)
    fit = fit_ml(handmade_design(y, {"x": x}, family=family))
    theirs = model(y, np.column_stack([np.ones(400), x]), exog_infl=np.ones((400, 1)))
    psi = fit.auxiliary["psi"]
    tail = [1 / fit.auxiliary["alpha"]] if "alpha" in fit.auxiliary else []
    ours = np.array([np.log((1 - psi) / psi), *fit.estimates, *tail])
    assert fit.converged
    assert theirs.loglike(ours) == pytest.approx(fit.loglik, abs=1e-8)
    np.testing.assert_allclose(theirs.score(ours), 0, atol=1e-3)


def test_hurdle_is_a_share_and_a_truncated_model(counted):
    y = counted["Intensity"].to_numpy()
    fit = ml(FORMULA, counted, "hurdle_poisson")
    assert fit.auxiliary["psi"] == pytest.approx((y > 0).mean(), rel=1e-6)
    X = np.column_stack([np.ones(len(y)), fit.design.mu.X])[y > 0]
    theirs = TruncatedLFPoisson(y[y > 0], X)
    n, positive = len(y), (y > 0).sum()
    share = positive * np.log(positive / n) + (n - positive) * np.log(1 - positive / n)
    assert fit.loglik == pytest.approx(theirs.loglike(fit.estimates) + share, abs=1e-6)
    scaled = theirs.score(fit.estimates) * fit.standard_errors
    np.testing.assert_allclose(scaled, 0, atol=1e-3)


@pytest.mark.parametrize("family", ["negativebinomial", *MIXED, *HURDLES])
def test_simulated_counts_give_back_what_they_were_simulated_from(family):
    rng = np.random.default_rng(8)
    n = 4000
    x = rng.normal(size=n)
    rate = np.exp(0.5 + 0.4 * x)
    start = fit_ml(
        handmade_design(rng.poisson(rate * rng.gamma(1.5, 1 / 1.5, n)), {"x": x}, family=family)
    )
    y = simulate_response(start, rng)
    again = fit_ml(handmade_design(y, {"x": x}, family=family))
    gap = (again.estimates - start.estimates) / again.standard_errors
    assert np.abs(gap).max() < 4  # standard errors
    for name, value in start.auxiliary.items():
        if value < 0.999:
            assert again.auxiliary[name] == pytest.approx(value, rel=0.35)


def test_estimates_at_the_end_of_their_range_are_told():
    """Counts that vary less than poisson, without a zero too many."""
    y = np.tile([2.0, 3, 3, 4], 30)
    design = handmade_design(y, {"x": np.arange(120.0)}, family="zero_inflated_negativebinomial")
    fit = fit_ml(design)
    assert len(fit.singular) == 2
    assert any("no zeros besides" in sentence for sentence in fit.singular)
    assert fit.estimates[1] == pytest.approx(0, abs=1e-3)


# glmmTMB 1.1.5: glmmTMB(Intensity ~ Area, d, nbinom2(link = "identity"),
# start = list(beta = c(6, 0, 0, 0))), and Intensity ~ Year + (1 | Area); d the complete rows.
IDENTITY = {
    "Area": (-2551.28041952, [3.677166, 0.1417325, -1.0841143, 9.8368226], 0.190919048),
    "Year + (1 | Area)": (-2547.66625832, [5.3891397, 3.1776279, -0.7811928], 0.197210321),
}


@pytest.mark.parametrize("right", IDENTITY)
def test_means_of_counts_may_be_linear(right):
    loglik, estimates, alpha = IDENTITY[right]
    data = load_data("cod_parasites_twin")[["Intensity", "Area", "Year", "Depth"]].dropna()
    design = build_design(
        f"Intensity ~ {right}",
        data,
        resolve_family("negativebinomial", "identity"),
        categorical=("Year",),
    )
    fit = fit_ml(design)
    assert fit.converged and not fit.singular
    assert fit.loglik == pytest.approx(loglik, abs=1e-6)
    np.testing.assert_allclose(fit.estimates, estimates, atol=5e-5)
    assert fit.auxiliary["alpha"] == pytest.approx(alpha, rel=1e-6)


@pytest.mark.parametrize("name", ["zero_inflated_poisson", "hurdle_negativebinomial"])
@pytest.mark.parametrize("link", ["identity", "cloglog"])
def test_counts_with_other_links_are_at_a_maximum(name, link):
    """No step of a hundredth from the estimates makes the data more probable."""
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 1, 300)
    family = resolve_family(name)
    if link not in family.links:
        pytest.skip("the family has no such link")
    family = family.with_link(link)
    mean = 3 + 2 * x if link == "identity" else 1 - np.exp(-np.exp(0.2 + 0.5 * x))
    y = rng.poisson(mean) * (rng.random(300) < 0.8) * 1.0
    design = handmade_design(y, {"x": x}, family=name, link=link)
    fit = fit_ml(design)
    real = np.array([p.real(fit.auxiliary[p.name]) for p in family.further])
    rows = density_rows(design)

    def at(beta, real):
        return rows([design.mu.matrix @ beta, *real], (), ()).log_likelihood.sum()

    assert at(fit.estimates, real) == pytest.approx(fit.loglik, abs=1e-6)
    for step in 0.01 * np.vstack([np.eye(2), -np.eye(2)]):
        assert at(fit.estimates + step, real) < fit.loglik
    inside = [k for k, value in enumerate(real) if abs(value) < 10]
    for k in inside:
        for step in (0.01, -0.01):
            assert at(fit.estimates, real + step * np.eye(len(real))[k]) < fit.loglik
