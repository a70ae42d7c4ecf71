"""Degrees of freedom and F tests against lmerTest, closed forms and the course."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from ml_designs import crossed_design, design_of
from scipy import stats

import bayesmm
from bayesmm.data.sources import sources
from bayesmm.errors import UsageError
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.likelihood.curvature import derivatives
from bayesmm.results.comparison.f_test import f_test, restrictions

REFERENCE = Path(__file__).parent / "reference_r" / "satterthwaite.json"
SHARED = Path(__file__).parents[1].parent / "shared" / "data"
# lmerTest's numbers; made by reference_r/make_satterthwaite.R, versions inside.
MODELS = json.loads(REFERENCE.read_text())["models"]
COUNTED = [pytest.param(m, id=f"{m['data']}: {m['formula']}, REML {m['reml']}") for m in MODELS]
# lmerTest differentiates numerically at an optimum of its own; the two differ by a tenth of this.
RELATIVE = 2e-4


def data_of(reference: dict) -> pd.DataFrame:
    """Return the data of a reference, with the columns that the R script derives."""
    name = reference["data"]
    if name in sources():
        data = bayesmm.load_data(name)
    elif (SHARED / f"{name}.csv").is_file():
        data = pd.read_csv(SHARED / f"{name}.csv")
    else:
        pytest.skip("the real data are not here")
    if name == "sleepstudy":
        data["day"] = data["Days"].astype(str)
    if name == "sitka":
        data["time"] = (data["Time"] - data["Time"].mean()) / data["Time"].std()
    return data


def fitted(reference: dict, formula: str | None = None) -> MLFit:
    data = data_of(reference)
    design = design_of(formula or reference["formula"], data)
    if reference["weighted"]:
        design = replace(design, weights=1.0 + data["Days"].to_numpy(float))
    return fit_ml(design, reml=reference["reml"])


@pytest.mark.parametrize("reference", COUNTED)
def test_degrees_of_freedom_of_lmertest(reference):
    fit = fitted(reference)
    assert bool(fit.singular) == reference["singular"]
    theirs = pd.DataFrame(reference["terms"])
    ours = fit.fixef()
    # terms come in the same order: intercept, main effects, interactions
    np.testing.assert_allclose(ours["df"], theirs["df"], rtol=RELATIVE)
    np.testing.assert_allclose(ours["statistic"], theirs["t"], rtol=RELATIVE)
    p = 2 * stats.t.sf(np.abs(ours["statistic"]), ours["df"])
    np.testing.assert_allclose(ours["p_value"], p, rtol=1e-9)
    some = (theirs["p"] > 0).to_numpy()  # beyond 1e-308 R has none either
    np.testing.assert_allclose(
        np.log(ours["p_value"][some]), np.log(theirs["p"][some]), rtol=10 * RELATIVE
    )


@pytest.mark.parametrize("reference", [c for c in COUNTED if "f" in c.values[0]])
def test_f_tests_of_lmertest(reference):
    groups = reference["formula"].partition(" (")[2]
    response = reference["formula"].partition(" ~ ")[0]
    m0 = fitted(reference, f"{response} {reference['small']} + ({groups}")
    m1 = fitted(reference)
    test = f_test(m1, m0)
    assert (test.m0, test.m1, test.df1) == (m0, m1, reference["f"]["df1"])
    assert test.df2 == pytest.approx(reference["f"]["df2"], rel=RELATIVE)
    assert test.f == pytest.approx(reference["f"]["f"], rel=RELATIVE)
    assert np.log(test.p_value) == pytest.approx(np.log(reference["f"]["p"]), rel=10 * RELATIVE)


def test_every_reference_is_there():
    assert len(MODELS) == 25
    assert sum("f" in m for m in MODELS) == 12


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data are not here")
def test_the_course_prints_these_degrees_of_freedom():
    """D2 prints 16.4 and 15.5 (lmerTest at lme4's default optimum: 16.4478 and 15.4780)."""
    data = pd.read_csv(SHARED / "dapr3_lme4output.csv")
    fit = bayesmm.ml("y ~ x + (1 + x | group)", data)
    assert fit.degrees_of_freedom.round(1).tolist() == [16.4, 15.5]
    np.testing.assert_allclose(fit.degrees_of_freedom, [16.4478, 15.4780], rtol=1e-4)


def test_balanced_one_way_layout_has_groups_minus_one():
    """The variance of the mean is the mean square between groups over n: chi-squared, J - 1."""
    fit = bayesmm.ml("Yield ~ 1 + (1 | Batch)", bayesmm.load_data("dyestuff"))
    assert fit.degrees_of_freedom == pytest.approx([5.0], rel=1e-6)


@pytest.mark.parametrize("reml", [True, False])
def test_derivatives_are_those_of_dense_algebra(reml):
    """df from V = Z G Z' + sigma^2 I in covariances themselves, at the optimum the same.

    There d Var(beta) = C X'V^-1 dV V^-1 X C, and for REML the Hessian of the deviance is
    -tr(P dV_i P dV_j) + 2 y'P dV_i P dV_j P y, because V is linear in the covariances.
    """
    n = 120
    design = crossed_design(n)
    fit = fit_ml(design, reml=reml)
    pieces = [np.eye(n)]
    estimates = [fit.sigma**2]
    for block, own in zip(design.blocks, fit.blocks, strict=True):
        same = (block.columns.codes[:, None] == block.columns.codes).astype(float)
        corr = np.eye(block.n_effects) if own.corr is None else own.corr
        for i in range(block.n_effects):
            for j in range(i + 1):
                product = np.outer(block.columns.Z[:, i], block.columns.Z[:, j])
                pieces.append(same * (product if i == j else product + product.T))
                estimates.append(own.sd[i] * own.sd[j] * corr[i, j])
    V = sum(value * piece for value, piece in zip(estimates, pieces, strict=True))
    X = np.column_stack([np.ones(n), design.mu.X])
    W = np.linalg.inv(V)
    C = np.linalg.inv(X.T @ W @ X)
    P = W - W @ X @ C @ X.T @ W
    projected = [P @ piece for piece in pieces]
    determinant = projected if reml else [W @ piece for piece in pieces]
    Py = P @ design.y
    hessian = np.array(
        [
            [
                -np.trace(determinant[i] @ determinant[j]) + 2 * Py @ pieces[i] @ projected[j] @ Py
                for j in range(len(pieces))
            ]
            for i in range(len(pieces))
        ]
    )
    uncertainty = 2 * np.linalg.inv(hessian)
    slopes = np.array([np.diag(C @ X.T @ W @ piece @ W @ X @ C) for piece in pieces])
    df = 2 * np.diag(C) ** 2 / np.einsum("ik,ij,jk->k", slopes, uncertainty, slopes)
    # The two agree where the gradient is zero; the search stops within 1e-4 of a standard error.
    np.testing.assert_allclose(fit.degrees_of_freedom, df, rtol=1e-3)


def test_fourth_order_differences_are_exact_on_polynomials_of_degree_three():
    def function(x):
        return np.array([x[0] ** 3 + 2 * x[0] * x[1] + x[1] ** 2, x[0] - x[1] ** 3])

    point = np.array([1.5, -0.5])
    value, first, second = derivatives(function, point, np.array([0.1, 0.2]))
    np.testing.assert_allclose(value, [3.375 - 1.5 + 0.25, 1.625])
    np.testing.assert_allclose(first, [[6.75 - 1, 1], [3 - 1, -0.75]], atol=1e-12)
    np.testing.assert_allclose(second[:, :, 0], [[9, 2], [2, 2]], atol=1e-11)
    np.testing.assert_allclose(second[:, :, 1], [[0, 0], [0, 3]], atol=1e-11)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_units_and_origin_do_not_matter(unit):
    data = bayesmm.load_data("sleepstudy").assign(
        Reaction=lambda d: d["Reaction"] * unit, Days=lambda d: 1000 + d["Days"] / unit
    )
    fit = bayesmm.ml("Reaction ~ Days + (Days | Subject)", data)
    assert fit.degrees_of_freedom[1] == pytest.approx(17, rel=1e-4)


def test_no_variance_between_groups_leaves_the_residual_degrees_of_freedom():
    """sd 0, and a correlation that is undefined beside it: flat directions are left out."""
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(12), 8)
    x = np.tile(np.arange(8.0), 12)
    e = rng.normal(size=96).reshape(12, 8)
    e -= e.mean(axis=1, keepdims=True)  # groups more alike than chance allows
    shape = x[:8] - x[:8].mean()
    e -= np.outer(e @ shape / (shape @ shape), shape)
    block = handmade_block("g", g, {"Intercept": 1.0, "x": x})
    fit = fit_ml(handmade_design(1 + x + e.ravel(), {"x": x}, [block]))
    assert fit.singular
    np.testing.assert_allclose(fit.degrees_of_freedom, 94, rtol=1e-6)


def test_linear_models_have_exact_tests():
    """D1, slides: RSS 157.107 and 6.267, F 37.043 on 154 and 237 df."""
    data = bayesmm.load_data("sitka")
    data["time"] = (data["Time"] - data["Time"].mean()) / data["Time"].std()
    data["tree"] = data["tree"].astype(str)
    m0 = bayesmm.ml("size ~ treat * time", data)
    m1 = bayesmm.ml("size ~ tree * time", data)
    rss = [m.sigma**2 * (m.design.n_obs - len(m.estimates)) for m in (m0, m1)]
    df1, df2 = len(m1.estimates) - len(m0.estimates), 395 - len(m1.estimates)
    test = f_test(m0, m1)
    assert (test.df1, test.df2) == (df1, pytest.approx(df2))
    assert test.f == pytest.approx((rss[0] - rss[1]) / df1 / (rss[1] / df2), rel=1e-8)
    assert test.p_value == pytest.approx(stats.f.sf(test.f, df1, df2), rel=1e-8)
    assert "(residual)" in repr(test)
    table = m0.fixef()
    assert (table["df"] == 395 - 4).all()
    half = stats.t(391).ppf(0.975) * table["se"]
    np.testing.assert_allclose(table["upper"] - table["estimate"], half)
    assert table.attrs["statistic"] == "t" and table.attrs["interval"] == "Wald"


def test_other_families_have_z_statistics():
    fit = bayesmm.ml("am ~ wt", bayesmm.load_data("mtcars"), "bernoulli")
    table = fit.fixef()
    assert np.isinf(table["df"]).all()
    assert table.attrs["statistic"] == "z"
    # R: summary(glm(am ~ wt, binomial, mtcars)) prints z -2.801 and p .00509
    assert round(table["statistic"][1], 3) == -2.801
    assert round(table["p_value"][1], 5) == 0.00509
    page = str(fit.summary())
    assert " z " in page and " df " not in page


def test_restrictions_are_the_columns_left_out():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(30), rng.normal(size=(30, 3)) * [1, 1e3, 1e-2] + 7])
    L = restrictions(small_columns=X[:, [0, 2]], columns=X)
    assert L.shape == (2, 4)
    np.testing.assert_allclose(L[:, [0, 2]], 0, atol=1e-9)
    np.testing.assert_allclose(L @ L.T, np.eye(2), atol=1e-12)
    # equal slopes, written as one column
    L = restrictions(small_columns=np.column_stack([X[:, 0], X[:, 1] + X[:, 2]]), columns=X[:, :3])
    np.testing.assert_allclose(L / L[0, 1], [[0, 1, -1]], atol=1e-9)
    np.testing.assert_allclose(
        np.abs(restrictions(small_columns=np.empty((30, 0)), columns=X[:, :2])).sum(axis=0) > 0,
        True,
    )


def test_what_the_f_test_cannot_compare_is_refused():
    data = bayesmm.load_data("sleepstudy")
    slopes, intercept, smaller = (
        bayesmm.ml(f"Reaction ~ {right}", data)
        for right in ("Days + (Days | Subject)", "Days + (1 | Subject)", "1 + (Days | Subject)")
    )
    assert f_test(smaller, slopes).df1 == 1
    with pytest.raises(UsageError, match=r"differ in their group effects.*bootstrap_lrt"):
        f_test(slopes, intercept)
    with pytest.raises(UsageError, match="not a special case"):
        f_test(slopes, slopes)
    cars = bayesmm.load_data("mtcars")
    glms = [bayesmm.ml(f"am ~ {right}", cars, "bernoulli") for right in ("1", "wt")]
    with pytest.raises(UsageError, match=r"bernoulli. Use bayesmm.likelihood_ratio"):
        f_test(*glms)
