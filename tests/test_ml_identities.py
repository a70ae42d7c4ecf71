"""Maximum likelihood against closed forms and dense algebra."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from ml_designs import crossed_design, design_of
from scipy import stats

from bayesmm.data import load_data
from bayesmm.likelihood import MLFit, fit_ml


def covariance_of(fit: MLFit, k: int) -> np.ndarray:
    sd, corr = fit.blocks[k].sd, fit.blocks[k].corr
    return np.outer(sd, sd) * (np.eye(len(sd)) if corr is None else corr)


def dense_parts(fit: MLFit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Z, cov(u) and cov(y) of a linear mixed model as dense matrices."""
    design = fit.design
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    columns, covariances = [], []
    for k, block in enumerate(design.blocks):
        indicator = np.eye(block.n_groups)[block.columns.codes]
        columns.append(
            np.einsum("ij,iq->iqj", indicator, block.columns.Z).reshape(design.n_obs, -1)
        )
        covariances.append(np.kron(covariance_of(fit, k), np.eye(block.n_groups)))
    Z = np.hstack(columns)
    G = np.zeros((Z.shape[1], Z.shape[1]))
    at = 0
    for part in covariances:
        G[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    return Z, G, Z @ G @ Z.T + np.diag(fit.sigma**2 / weights)


@pytest.mark.parametrize("reml", [False, True])
@pytest.mark.parametrize("correlated", [False, True])
def test_linear_mixed_model_equals_the_dense_normal_distribution(reml, correlated):
    n = 120
    rng = np.random.default_rng(3)
    design = crossed_design(
        n, correlated=correlated, weights=rng.uniform(0.5, 2, n), offset=rng.normal(size=n)
    )
    fit = fit_ml(design, reml=reml)
    Z, G, V = dense_parts(fit)
    X = np.column_stack([np.ones(n), design.mu.X])
    precision = np.linalg.inv(V)
    information = X.T @ precision @ X
    y = design.y - design.mu.offset
    beta = np.linalg.solve(information, X.T @ precision @ y)
    residual = y - X @ beta
    loglik = stats.multivariate_normal(np.zeros(n), V).logpdf(residual)
    if reml:
        loglik += X.shape[1] / 2 * np.log(2 * np.pi) - np.linalg.slogdet(information)[1] / 2
    # Algebra in double precision: the two ways differ by rounding only.
    np.testing.assert_allclose(fit.estimates, beta, rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(information), rtol=1e-7, atol=1e-12)
    assert fit.loglik == pytest.approx(loglik, rel=1e-9)
    modes = G @ Z.T @ precision @ residual
    variances = np.diag(G - G @ Z.T @ precision @ Z @ G)
    np.testing.assert_allclose(
        np.concatenate([b.modes.ravel() for b in fit.blocks]), modes, rtol=1e-6, atol=1e-9
    )
    sds = np.concatenate([b.mode_sds.ravel() for b in fit.blocks])
    np.testing.assert_allclose(sds**2, variances, rtol=1e-6)


def test_balanced_one_way_layout_has_its_closed_form():
    data = load_data("dyestuff")
    groups = data.groupby("Batch")["Yield"]
    n_groups, size = groups.ngroups, int(groups.size().iloc[0])
    within = groups.var().mean()
    between = size * groups.mean().var()
    for reml, part in ((True, 1.0), (False, 1 - 1 / n_groups)):
        fit = fit_ml(design_of("Yield ~ 1 + (1 | Batch)", data), reml=reml)
        assert fit.sigma**2 == pytest.approx(within, rel=1e-6)
        assert fit.blocks[0].sd[0] ** 2 == pytest.approx((part * between - within) / size, rel=1e-5)
        assert fit.estimates[0] == pytest.approx(data["Yield"].mean())
        assert fit.covariance[0, 0] == pytest.approx(part * between / len(data), rel=1e-5)


def test_a_correlated_model_does_not_depend_on_where_x_is_zero():
    data = load_data("sleepstudy")
    formula = "Reaction ~ Days + (Days | Subject)"
    here = fit_ml(design_of(formula, data))
    there = fit_ml(design_of(formula, data.assign(Days=data["Days"] + 1000)))
    assert there.loglik == pytest.approx(here.loglik, abs=1e-5)
    assert there.estimates[1] == pytest.approx(here.estimates[1], rel=1e-8)
    assert there.estimates[0] == pytest.approx(here.estimates[0] - 1000 * here.estimates[1])
    assert there.sigma == pytest.approx(here.sigma, rel=1e-4)


def test_units_of_response_and_slope_only_rescale():
    design = crossed_design()
    fit = fit_ml(design)
    block = design.blocks[1]
    columns = block.columns.with_values(block.columns.Z * [1.0, 1e-4])
    block = replace(block, columns=columns)
    scaled = fit_ml(replace(design, y=design.y * 1e5, blocks=(design.blocks[0], block)))
    np.testing.assert_allclose(scaled.estimates, 1e5 * fit.estimates, rtol=1e-6)
    np.testing.assert_allclose(scaled.blocks[1].sd, fit.blocks[1].sd * [1e5, 1e9], rtol=1e-5)


def test_without_common_effects():
    design = crossed_design()
    nothing = replace(design.mu, X=np.empty((design.n_obs, 0)), names=(), intercept=False)
    fit = fit_ml(design.with_predictor(nothing))
    assert fit.fixef().empty
    assert fit.converged
    _, _, V = dense_parts(fit)
    assert fit.loglik == pytest.approx(
        stats.multivariate_normal(np.zeros(design.n_obs), V).logpdf(design.y), rel=1e-9
    )


def count_design(*, weights=None):
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(12), 6)
    x = rng.normal(size=len(g))
    y = rng.poisson(np.exp(0.5 + 0.3 * x + 0.7 * rng.normal(size=12)[g])).astype(float)
    block = handmade_block("g", g, {"Intercept": 1.0})
    return handmade_design(y, {"x": x}, [block], family="poisson", weights=weights)


def test_laplace_approximation_by_hand():
    """One scalar effect per group: the mode by a fixed grid of bisection, then the formula."""
    fit = fit_ml(count_design())
    design, sd = fit.design, fit.blocks[0].sd[0]
    fixed = fit.estimates[0] + design.mu.X[:, 0] * fit.estimates[1]
    total = 0.0
    for j in range(12):
        rows = design.blocks[0].columns.codes == j
        low, high = -10.0, 10.0  # the derivative in v decreases
        for _ in range(100):
            v = (low + high) / 2
            mean = np.exp(fixed[rows] + sd * v)
            low, high = (v, high) if sd * np.sum(design.y[rows] - mean) - v > 0 else (low, v)
        curvature = 1 + sd**2 * mean.sum()
        total += stats.poisson(mean).logpmf(design.y[rows]).sum() - v**2 / 2
        total -= np.log(curvature) / 2
        assert fit.blocks[0].modes[0, j] == pytest.approx(sd * v, abs=1e-6)
        assert fit.blocks[0].mode_sds[0, j] == pytest.approx(sd / np.sqrt(curvature), rel=1e-6)
    assert fit.loglik == pytest.approx(total, abs=1e-8)


def test_weights_are_repeated_rows_of_a_generalised_model():
    plain = count_design()
    weights = 1.0 + np.arange(plain.n_obs) % 3
    weighted = fit_ml(replace(plain, weights=weights))
    rows = np.repeat(np.arange(plain.n_obs), weights.astype(int))
    block = plain.blocks[0]
    repeated = replace(
        plain,
        y=plain.y[rows],
        predictors=tuple(p.take(rows) for p in plain.predictors),
        blocks=(replace(block, columns=block.columns.take(rows)),),
        rows=rows,
    )
    fit = fit_ml(repeated)
    np.testing.assert_allclose(weighted.estimates, fit.estimates, rtol=1e-5)
    np.testing.assert_allclose(weighted.covariance, fit.covariance, rtol=1e-3, atol=1e-8)
    assert weighted.loglik == pytest.approx(fit.loglik, abs=1e-6)


@pytest.mark.parametrize("groups", ["", " + (1 | herd)"])
def test_binomial_counts_equal_their_bernoulli_rows(groups):
    data = load_data("cbpp")
    data = data.assign(period=data["period"].astype(str))
    counts = fit_ml(design_of(f"p(incidence, size) ~ period{groups}", data, "binomial"))
    rows = data.loc[data.index.repeat(data["size"])].copy()
    rows["ill"] = (rows.groupby(level=0).cumcount() < rows["incidence"]).astype(int)
    single = fit_ml(design_of(f"ill ~ period{groups}", rows.reset_index(drop=True), "bernoulli"))
    np.testing.assert_allclose(single.estimates, counts.estimates, rtol=1e-5)
    np.testing.assert_allclose(single.standard_errors, counts.standard_errors, rtol=1e-3)
    coefficient = stats.binom(data["size"], 0.5).logpmf(data["incidence"]).sum()
    coefficient += data["size"].sum() * np.log(2)
    assert counts.loglik - single.loglik == pytest.approx(coefficient, abs=1e-6)


def test_an_offset_with_a_known_coefficient_only_shifts_it():
    design = count_design()
    fit = fit_ml(design)
    shifted = fit_ml(design.with_predictor(replace(design.mu, offset=0.25 * design.mu.X[:, 0])))
    assert shifted.estimates[1] == pytest.approx(fit.estimates[1] - 0.25, abs=1e-5)
    assert shifted.loglik == pytest.approx(fit.loglik, abs=1e-6)


def test_linear_model_has_both_variants_of_sigma():
    data = load_data("foodav")
    design = design_of("ReproductiveEffort ~ Foodavailability", data)
    least_squares, likelihood = fit_ml(design, reml=True), fit_ml(design, reml=False)
    n, p = design.n_obs, 2
    assert likelihood.sigma / least_squares.sigma == pytest.approx(np.sqrt((n - p) / n))
    assert likelihood.loglik == least_squares.loglik
    residual = design.y - likelihood.estimates[0] - design.mu.X[:, 0] * likelihood.estimates[1]
    assert likelihood.loglik == pytest.approx(
        stats.norm(0, likelihood.sigma).logpdf(residual).sum()
    )


def test_identity_link_of_the_poisson_family():
    # Two groups: the fitted means are the group means, and their variance is mean / n.
    y = np.array([3.0, 5, 4, 8, 9, 7, 8])
    x = np.array([0.0, 0, 0, 1, 1, 1, 1])
    fit = fit_ml(handmade_design(y, {"x": x}, family="poisson", link="identity"))
    np.testing.assert_allclose(fit.estimates, [4, 4], rtol=1e-8)
    np.testing.assert_allclose(fit.covariance, [[4 / 3, -4 / 3], [-4 / 3, 4 / 3 + 2]], rtol=1e-6)
