"""Leave-one-out: PSIS against ArviZ, left-out groups against fits without them."""

import warnings

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from handmade import handmade_block, handmade_design, sleepstudy_design
from scipy import stats
from scipy.special import logsumexp
from synthetic import synthetic_draws, synthetic_fit
from test_log_likelihood import CHAINS, DRAWS, brute_force

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.results.comparison import loo as loo_module
from bayesmm.results.comparison.arviz_loo import arviz_compare, power_scaling, relative_efficiency
from bayesmm.results.comparison.grouping import design_of_rows, grouping_of
from bayesmm.results.comparison.loo import leave_one_out
from bayesmm.results.comparison.pareto_smoothing import psis_loo
from bayesmm.results.comparison.refit import refitted_elpd, transplanted
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.densities.parameters_of_draws import parameters_of_draws
from bayesmm.sampling.assemble import assemble

FORMULA = "y ~ x + (1 | g)"


def tree(**groups):
    def dataset(values):
        dims = ("chain", "draw", "unit")[: values.ndim]
        return xr.Dataset({"v": (dims, values)})

    return xr.DataTree.from_dict({name: dataset(values) for name, values in groups.items()})


@pytest.mark.parametrize("shape", [(4, 250), (2, 30), (1, 1001), (4, 7)])
@pytest.mark.parametrize("efficiency", [1.0, 0.3])
def test_all_units_at_a_time_are_smoothed_as_arviz_smooths_each(shape, efficiency):
    """From weights that hardly differ to those without a mean, in all lengths of tails."""
    rng = np.random.default_rng(1)
    scale = np.array([1e-8, 1e-3, 0.1, 0.5, 2.0, 30.0, 400.0])
    log_likelihood = -rng.exponential(1.0, (*shape, 7)) * scale - 3
    data = tree(log_likelihood=log_likelihood, posterior=log_likelihood[:, :, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large k
        expected = arviz_stats.loo(data, pointwise=True, reff=efficiency)
    found = psis_loo(log_likelihood, efficiency)
    np.testing.assert_allclose(found.k, expected.pareto_k, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.elpd, expected.elpd_i, rtol=1e-9)
    ours = np.moveaxis(found.log_weights, 2, 0)
    theirs = expected.log_weights.transpose("unit", "chain", "draw").values
    np.testing.assert_allclose(np.exp(ours), np.exp(theirs), rtol=1e-6, atol=1e-12)


def test_units_that_say_nothing_have_even_weights():
    """A tail of equal values has no shape, and fewer than 25 draws have no tail."""
    found = psis_loo(np.full((2, 100, 3), -1.5), 1.0)
    np.testing.assert_allclose(found.elpd, -1.5)
    np.testing.assert_allclose(np.exp(found.log_weights), 1 / 200)
    few = psis_loo(np.random.default_rng(0).normal(size=(2, 10, 3)), 1.0)
    assert np.isinf(few.k).all()
    np.testing.assert_allclose(np.exp(few.log_weights).sum(axis=(0, 1)), 1)


def test_contract_with_arviz():
    """The fence returns what arviz.loo, arviz.compare and arviz.psense return."""
    rng = np.random.default_rng(0)
    log_likelihood = rng.normal(-1, 0.5, size=(4, 250, 7))
    draws = rng.normal(size=(4, 250))
    data = tree(log_likelihood=log_likelihood, posterior=draws, log_prior=draws)
    efficiency = relative_efficiency({"v": draws})
    assert efficiency == pytest.approx(
        min(1, float(arviz_stats.ess(data, method="mean")["v"]) / 1000)
    )
    expected = arviz_stats.loo(data, pointwise=True, reff=efficiency)
    found = psis_loo(log_likelihood, efficiency)
    np.testing.assert_allclose(found.elpd, expected.elpd_i, rtol=1e-12)
    np.testing.assert_allclose(found.k, expected.pareto_k, rtol=1e-9)
    assert found.good_k == expected.good_k == pytest.approx(1 - 1 / np.log10(1000))
    np.testing.assert_allclose(np.exp(found.log_weights).sum(axis=(0, 1)), 1)

    worse = psis_loo(log_likelihood - rng.uniform(0, 1, size=7), efficiency)
    other = expected.__class__(**{**vars(expected), "elpd_i": expected.elpd_i.copy()})
    other.elpd_i.values[:] = worse.elpd
    other.elpd = float(worse.elpd.sum())
    table = arviz_stats.compare({"a": expected, "b": other}, round_to="none")
    ours = arviz_compare({"b": worse.elpd, "a": found.elpd})
    assert list(ours.index) == list(table.index) == ["a", "b"]
    np.testing.assert_allclose(ours["d_elpd"], table["elpd_diff"])
    np.testing.assert_allclose(ours["d_se"], table["dse"])
    np.testing.assert_allclose(ours["weight"], table["weight"], atol=1e-6)

    data["log_likelihood"] = tree(log_likelihood=log_likelihood.sum(axis=2))["log_likelihood"]
    sensitivity = power_scaling({"a b": draws}, draws, log_likelihood.sum(axis=2))
    for part in ("prior", "likelihood"):
        expected = float(arviz_stats.psense(data, group=part)["v"])
        assert sensitivity.loc["a b", part] == expected


def sleepstudy_fit():
    design = sleepstudy_design(bayesmm.load_data("sleepstudy"))
    drawn = synthetic_draws(
        design,
        intercept=(251.0, 6.0),
        beta=(10.5, 1.5),
        sd=([25.0, 6.0], [3.0, 1.0]),
        auxiliary={"sigma": (26.0, 1.5)},
        effects=([[0.0], [0.0]], [[20.0], [4.0]]),
        draws=100,
    )
    return synthetic_fit(design, drawn)


def test_rows_are_arviz_loo_of_the_pointwise_matrix(monkeypatch):
    """Those whose k is too large are computed otherwise: see test_loo_integrated."""
    monkeypatch.setattr(loo_module, "with_effects_integrated", lambda _fit, units, *_: units)
    fit = sleepstudy_fit()
    loo = fit.loo()
    matrix = row_log_likelihood(fit.design, fit.draws)
    expected = psis_loo(matrix, loo_module.efficiency_of(fit))
    np.testing.assert_array_equal(loo.units["elpd"], expected.elpd)
    assert loo.elpd == pytest.approx(expected.elpd.sum())
    density = logsumexp(matrix, axis=(0, 1)) - np.log(400)
    assert loo.p_loo == pytest.approx(density.sum() - expected.elpd.sum())
    assert loo.se == pytest.approx(np.sqrt(180) * expected.elpd.std())
    assert loo.how == "PSIS"
    assert "a new row of a known group" in loo.notes[0]
    monkeypatch.setattr(loo_module, "_CHUNK_VALUES", 4000)
    np.testing.assert_allclose(fit.loo().units["elpd"], expected.elpd, rtol=1e-12)


def test_groups_are_psis_of_the_multivariate_normals():
    fit = sleepstudy_fit()
    loo = fit.loo("group")
    drawn = parameters_of_draws(fit.draws, fit.design)
    groups = grouping_of([fit.design])
    assert loo.units["unit"].tolist() == list(fit.design.blocks[0].levels)
    assert loo.factor == "Subject"
    assert "integrated out (exact)" in loo.notes[0]
    values = group_log_likelihood(fit.design, fit.draws, groups).values
    expected = brute_force(fit.design, drawn, groups, ("Subject",))  # of the first draws
    np.testing.assert_allclose(values[:CHAINS, :DRAWS], expected, rtol=1e-9)
    psis = psis_loo(values, loo_module.efficiency_of(fit))
    np.testing.assert_array_equal(loo.units["elpd"], psis.elpd)


def tiny_data():
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(7), 4)
    x = rng.normal(size=28)
    u = np.array([0.2, -1.0, 0.7, 0.1, -0.4, 0.5, 6.0])  # the last is far out: PSIS fails
    return pd.DataFrame({"y": 1 + 0.5 * x + u[g] + rng.normal(0, 0.5, 28), "x": x, "g": g})


@pytest.fixture(scope="module")
def tiny_fit():
    data = tiny_data().assign(g=lambda d: d["g"].astype(str))
    return bayesmm.fit(FORMULA, data, seed=2, chains=4, draws=1000, max_effort=1)


def without_group(fit, level):
    """The model sampled without a group by the public function, and p(y_j) by scipy."""
    kept = fit.data[fit.data["g"] != level]
    refit = bayesmm.fit(
        FORMULA,
        kept,
        priors=fit.priors,
        seed=2,
        chains=4,
        draws=1000,
        max_effort=1,
        engine=fit.engine,
    )
    out = fit.data[fit.data["g"] == level]
    drawn = parameters_of_draws(refit.draws, refit.design, effects=False)
    total = []
    for where in np.ndindex(4, 1000):
        mean = drawn.intercept[where] + drawn.beta[(*where, 0)] * out["x"].to_numpy()
        V = drawn.blocks[0].sd[(*where, 0)] ** 2 + drawn.auxiliary["sigma"][where] ** 2 * np.eye(4)
        total.append(stats.multivariate_normal.logpdf(out["y"], mean, V))
    return logsumexp(total) - np.log(4000)


def test_left_out_groups_are_those_of_fits_without_them(tiny_fit):
    """The outlying group is refitted, exactly as by hand; the others agree by PSIS."""
    psis = tiny_fit.loo("group")
    refitted = tiny_fit.loo("group", refit=True)
    assert psis.failed["unit"].tolist() == ["6"]
    assert "refit=True" in psis.notes[-1]
    assert refitted.failed.empty
    assert refitted.how == "PSIS, 1 of 7 refitted"
    units = refitted.units.set_index("unit")
    assert units["how"]["6"] == "refitted"
    assert units["elpd"]["6"] == pytest.approx(without_group(tiny_fit, "6"), abs=1e-6)
    # independent samples of 4000 draws: elpd differs by a few times sqrt(p_loo / ESS)
    assert units["elpd"]["3"] == pytest.approx(without_group(tiny_fit, "3"), abs=0.1)


def test_left_out_row_is_refitted(tiny_fit):
    left_out = np.arange(28) == 5
    psis = tiny_fit.loo().units["elpd"][5]
    assert refitted_elpd(tiny_fit, left_out, None) == pytest.approx(psis, abs=0.1)


def test_group_of_a_factor_the_model_does_not_have():
    """Rows of a complete-pooling model are independent: the group's log density is their sum."""
    fit = sleepstudy_fit()
    pooled = handmade_design(fit.design.y, {"Days": fit.design.mu.X[:, 0]})
    drawn = synthetic_draws(
        pooled, intercept=(251, 6), beta=(10, 1), auxiliary={"sigma": (47, 2)}, draws=100
    )
    groups = grouping_of([fit.design])
    loo = leave_one_out(synthetic_fit(pooled, drawn), "group", grouping=groups)
    assert "its rows are independent" in loo.notes[0]
    rows = row_log_likelihood(pooled, assemble(pooled, drawn))
    summed = np.stack([rows[:, :, groups.codes == j].sum(axis=2) for j in range(18)], axis=2)
    density = logsumexp(summed, axis=(0, 1)) - np.log(400)
    np.testing.assert_allclose(loo.units["elpd"] + loo.units["p_loo"], density, rtol=1e-9)


def test_transplanted_draws_keep_known_levels_and_draw_new_ones():
    """New levels: mean 0 and covariance Sigma of each draw, within 4.5 standard errors."""
    columns = {"Intercept": 1.0, "x": np.arange(6.0)}
    source = handmade_design(np.zeros(6), {}, [handmade_block("g", list("aabbcc"), columns)])
    target = handmade_design(np.zeros(6), {}, [handmade_block("g", list("czabdd"), columns)])
    drawn = synthetic_draws(source, sd=([2.0, 1.0], 0.0), corr=(-0.6, 0.0), draws=2000)
    moved = transplanted(drawn, source, target, np.random.default_rng(0)).blocks[0].effects
    old = drawn.blocks[0].effects
    levels = target.blocks[0].levels
    for level, place in {"a": 0, "b": 1, "c": 2}.items():
        np.testing.assert_array_equal(moved[..., levels.index(level)], old[..., place])
    Sigma = np.array([[4.0, -1.2], [-1.2, 1.0]])
    new = np.stack([moved[..., levels.index(level)] for level in "zd"], axis=-1)
    z, d = (new[..., k].reshape(-1, 2) for k in (0, 1))
    for u in (z, d):
        error = np.sqrt((np.outer(np.diag(Sigma), np.diag(Sigma)) + Sigma**2) / len(u))
        np.testing.assert_array_less(np.abs(np.cov(u.T) - Sigma) / error, 4.5)
    between = (z.T @ d) / len(z)  # different levels are independent
    np.testing.assert_array_less(np.abs(between) / np.sqrt(16 / len(z)), 4.5)


def test_arguments_are_checked():
    fit = sleepstudy_fit()
    with pytest.raises(UsageError, match="leave must be one of row, group"):
        fit.loo("subject")
    with pytest.raises(UsageError, match="use it with leave='group'"):
        fit.loo("row", "Subject")
    with pytest.raises(UsageError, match="Did you mean 'Subject'"):
        fit.loo("group", "Subjekt")
    plain = handmade_design([1.0, 2.0], {})
    with pytest.raises(UsageError, match="no groups to leave out"):
        grouping_of([plain])
    both = handmade_design(
        np.zeros(4),
        {},
        [
            handmade_block(f, labels, {"Intercept": 1.0})
            for f, labels in (("a", "xxyy"), ("b", "xyxy"))
        ],
    )
    with pytest.raises(UsageError, match="with factor, one of a, b"):
        grouping_of([both])


def test_rows_of_a_design():
    design = sleepstudy_fit().design
    part = design_of_rows(design, np.array([25, 12, 13]))
    assert part.blocks[0].levels == (design.blocks[0].levels[1], design.blocks[0].levels[2])
    np.testing.assert_array_equal(part.blocks[0].columns.codes, [1, 0, 0])
    np.testing.assert_array_equal(part.y, design.y[[25, 12, 13]])
    whole = design_of_rows(design, np.array([25, 12]), all_levels=True)
    np.testing.assert_array_equal(whole.blocks[0].columns.codes, [2, 1])
    assert is_constant_within(np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1]))
    assert not is_constant_within(np.array([0, 0, 1, 0]), np.array([0, 0, 1, 1]))
