"""Complete, no and partial pooling; shrinkage; Gelman and Hill's equation 12.1."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit, schools
from handmade import handmade_block, handmade_design
from scipy import stats
from scipy.special import logit

import bayesmm
from bayesmm import load_data, multilevel_mean
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.results.partial_pooling.no_pooling import VaryingColumns, separate_fits
from bayesmm.sampling.posterior import named_draws


def deprived():
    """Return the data of course D0: sleepstudy from day 2 on."""
    frame = load_data("sleepstudy").query("Days >= 2")
    return frame.assign(days_deprived=frame["Days"] - 2)


@pytest.fixture(scope="module")
def sleep():
    return formula_fit(
        "Reaction ~ days_deprived + (days_deprived | Subject)",
        deprived(),
        ml=True,
        intercept=(268, 8),
        beta=(11.4, 1.8),
        auxiliary={"sigma": (25.5, 1.5)},
        sd=((31, 6.8), (4, 1)),
        corr=(0.18, 0.2),
        effects=(np.arange(36.0).reshape(2, 18), 5.0),
    )


def test_without_pooling_the_link_is_that_of_the_model():
    """A gaussian model with the log link is no linear model: exp(a_g + b_g x) by maximum."""
    rng = np.random.default_rng(1)
    g, x = np.repeat(np.arange(3), 20), np.tile(np.linspace(0, 1, 20), 3)
    a, b = np.array([1.0, 1.5, 2.0]), np.array([0.5, -0.3, 0.8])
    y = np.exp(a[g] + b[g] * x) + rng.normal(0, 1e-3, 60)
    block = handmade_block("g", g, {"Intercept": 1.0, "x": x})
    design = handmade_design(y, {"x": x}, [block], link="log")
    columns = VaryingColumns(
        "g", ("Intercept", "x"), block.columns.Z, block.columns.codes, block.levels
    )
    found = separate_fits(design, columns, np.zeros(60), 0.95)
    np.testing.assert_allclose(found.estimates, np.column_stack([a, b]), atol=2e-3)
    assert (found.lower < found.estimates).all() and not found.notes


@pytest.fixture(scope="module")
def pooled(sleep):
    return sleep.pooling()


def of(table, kind, term):
    keep = (table["pooling"] == kind) & (table["term"] == term)
    return table[keep].set_index("level")


# --- sleepstudy -------------------------------------------------------------------------------


def test_published_complete_pooling(pooled):
    """Course D0: 267.967, 11.435 for every subject."""
    for term, value in (("Intercept", 267.967), ("days_deprived", 11.435)):
        estimates = of(pooled.table, "complete", term)["estimate"]
        assert len(estimates) == 18
        np.testing.assert_allclose(estimates, value, atol=0.0005)


def test_published_no_pooling(pooled):
    """Course D0: 308 has 288.2175, 21.6905; 309 differs from it by -87.9262, -17.3334."""
    intercept, slope = (
        of(pooled.table, "no", t)["estimate"] for t in ("Intercept", "days_deprived")
    )
    assert intercept["308"] == pytest.approx(288.2175, abs=5e-5)
    assert slope["308"] == pytest.approx(21.6905, abs=5e-5)
    assert intercept["309"] - intercept["308"] == pytest.approx(-87.9262, abs=5e-5)
    assert slope["309"] - slope["308"] == pytest.approx(-17.3334, abs=5e-5)


def test_intervals_of_no_pooling_are_those_of_one_lm(pooled):
    """se 16.4772345701, 3.9388124322 on 108 df: R's lm with all interactions.

    R 4.2.2, lm(Reaction ~ days_deprived + Subject + days_deprived:Subject), Days >= 2.
    """
    half = 1.982173482930378  # qt(.975, 108)
    for term, se in (("Intercept", 16.4772345701), ("days_deprived", 3.9388124322)):
        row = of(pooled.table, "no", term).loc["308"]
        assert (row["upper"] - row["lower"]) / 2 == pytest.approx(half * se, rel=1e-7)


def test_partial_pooling_is_the_table_of_coefficients(sleep, pooled):
    coefficients = sleep.coef()
    for term in ("Intercept", "days_deprived"):
        own = of(pooled.table, "partial", term)
        expected = coefficients[coefficients["term"] == term].set_index("level").loc[own.index]
        for column, source in (("estimate", "mean"), ("lower", "lower"), ("upper", "upper")):
            np.testing.assert_array_equal(own[column], expected[source])


def test_published_partial_pooling_by_reml(sleep):
    """Course D0: 308 24.4993, 8.6020; 309 -59.3723, -8.1278; 330 1.3500, -2.3846 (ranef)."""
    modes = sleep.ml.ranef().set_index(["level", "term"])["estimate"]
    for level, intercept, slope in (
        ("308", 24.4993, 8.6020),
        ("309", -59.3723, -8.1278),
        ("330", 1.3500, -2.3846),
    ):
        assert modes[level, "Intercept"] == pytest.approx(intercept, abs=2e-3)
        assert modes[level, "days_deprived"] == pytest.approx(slope, abs=2e-3)


def test_the_table_has_three_rows_per_coefficient_in_order(pooled):
    table = pooled.table
    assert list(table.columns) == [
        *("grp", "level", "term", "pooling", "estimate", "lower", "upper", "n_obs")
    ]
    assert len(table) == 18 * 2 * 3
    assert list(table["pooling"].head(3)) == ["complete", "no", "partial"]
    assert list(table["level"].head(12)) == ["308"] * 6 + ["309"] * 6
    assert (table["n_obs"] == 8).all()
    assert table.attrs["probability"] == 0.95


def test_estimates_outside_the_other_two_are_counted_and_explained(pooled):
    wide = pooled.wide()
    others = wide[["complete", "no"]]
    outside = (wide["partial"] < others.min(axis=1)) | (wide["partial"] > others.max(axis=1))
    assert 0 < outside.sum() < 36
    (note,) = pooled.notes
    assert note.startswith(f"{outside.sum()} of 36 partially pooled estimates lie outside")
    assert note in repr(pooled)


def test_the_page_has_the_three_side_by_side(pooled):
    lines = repr(pooled).splitlines()
    assert lines[1].split() == [
        "grp",
        "level",
        "term",
        "n_obs",
        "complete",
        "no",
        "partial",
        "shrinkage",
    ]
    assert lines[2].split()[:7] == ["Subject", "308", "Intercept", "8", "268", "288.2", "268"]


# --- shrinkage --------------------------------------------------------------------------------


def test_shrinkage_of_a_random_intercept_is_gelman_and_hills_weight():
    data = schools().iloc[:-7]  # groups of different sizes
    fit = formula_fit("y ~ x + (1 | school)", data, ml=True, sd=(0.8, 0.2))
    table = fit.pooling().shrinkage
    tau2 = named_draws(fit.draws, "1|school_sigma") ** 2
    sigma2 = named_draws(fit.draws, "sigma") ** 2
    for row in table.itertuples():
        weight = (row.n_obs / sigma2) / (row.n_obs / sigma2 + 1 / tau2)
        assert row.mean == pytest.approx(weight.mean(), rel=1e-12)
        assert row.lower == pytest.approx(np.quantile(weight, 0.025), rel=1e-12)
    tau2, sigma2 = fit.ml.blocks[0].sd[0] ** 2, fit.ml.sigma**2
    n = table["n_obs"]
    expected = (n / sigma2) * tau2 / (n * tau2 / sigma2 + 1)
    np.testing.assert_allclose(table["ml"], expected, rtol=1e-9, atol=1e-12)


def test_shrinkage_of_slopes_is_one_minus_the_ratio_of_variances(sleep, pooled):
    """At the REML estimates: lme4's conditional variances of the effects, known beta."""
    sigma2 = sleep.ml.sigma**2
    covariance = np.diag(sleep.ml.blocks[0].sd) @ sleep.ml.blocks[0].corr
    covariance = covariance @ np.diag(sleep.ml.blocks[0].sd)
    Z = sleep.design.blocks[0].columns.Z[sleep.design.blocks[0].columns.codes == 0]
    after = np.linalg.inv(np.linalg.inv(covariance) + Z.T @ Z / sigma2)
    expected = 1 - np.diag(after) / np.diag(covariance)
    own = pooled.shrinkage.set_index(["level", "term"])["ml"]
    assert own["308", "Intercept"] == pytest.approx(expected[0], rel=1e-9)
    assert own["308", "days_deprived"] == pytest.approx(expected[1], rel=1e-9)
    assert sleep.ml.blocks[0].mode_sds[0, 0] == pytest.approx(np.sqrt(after[0, 0]), rel=1e-5)


def test_shrinkage_of_a_logistic_model_uses_the_information_of_the_rows():
    fit = formula_fit(
        "z ~ 1 + (1 | school)", schools(), "bernoulli", effects=(0, 0), intercept=(0, 0)
    )
    tau2 = named_draws(fit.draws, "1|school_sigma") ** 2
    information = 12 * 0.25  # 12 rows with p = 1/2
    expected = (information / (information + 1 / tau2)).mean()
    np.testing.assert_allclose(fit.pooling().shrinkage["mean"], expected, rtol=1e-10)


def test_no_variance_is_complete_pooling():
    data = schools().assign(y=lambda d: d["x"] + np.tile([0.0, 1.0, -1.0, 0.5], 18))
    fit = formula_fit("y ~ x + (1 | school)", data, ml=True)
    assert fit.ml.blocks[0].sd[0] == pytest.approx(0, abs=1e-4)
    np.testing.assert_allclose(fit.pooling().shrinkage["ml"], 0, atol=1e-6)


# --- other models -----------------------------------------------------------------------------


def test_groups_too_small_to_stand_alone_are_named():
    data = pd.concat([deprived(), deprived().iloc[:1].assign(Subject="Ann")], ignore_index=True)
    fit = formula_fit("Reaction ~ days_deprived + (days_deprived | Subject)", data)
    pooled = fit.pooling()
    alone = of(pooled.table, "no", "days_deprived")
    assert np.isnan(alone.loc["Ann", ["estimate", "lower", "upper"]].astype(float)).all()
    assert alone.drop(index="Ann").notna().all().all()
    assert "too few different rows" in pooled.notes[0] and "1 group (Ann)" in pooled.notes[0]
    assert pooled.notes[0] in repr(pooled)
    assert alone.loc["Ann", "n_obs"] == 1


def test_groups_of_every_size_are_fitted_as_each_by_itself():
    """Sizes 1 to 6, some groups with dependent columns, weights; lstsq group by group."""
    rng = np.random.default_rng(5)
    codes = rng.permutation(np.repeat(np.arange(30), np.arange(30) % 6 + 1))
    n = len(codes)
    x, weights = rng.normal(size=n), rng.uniform(0.5, 2, n)
    x[codes % 7 == 0] = 1.5
    y = rng.normal(size=n) + x
    block = handmade_block("g", codes, {"Intercept": 1.0, "x": x})
    design = handmade_design(y, {"x": x}, [block], weights=weights)
    columns = VaryingColumns(
        "g", ("Intercept", "x"), block.columns.Z, block.columns.codes, block.levels
    )
    found = separate_fits(design, columns, np.zeros(n), 0.9)
    root = np.sqrt(weights)
    rss, df = 0.0, 0
    for level in range(30):
        rows = block.columns.codes == level
        Z, own = block.columns.Z[rows] * root[rows, None], (y * root)[rows]
        b, _, rank, _ = np.linalg.lstsq(Z, own)
        if rank < 2:
            assert np.isnan(found.estimates[level]).all()
            continue
        np.testing.assert_allclose(found.estimates[level], b, rtol=1e-9, atol=1e-12)
        rss, df = rss + np.sum((own - Z @ b) ** 2), df + len(own) - 2
    level = int(np.flatnonzero(~np.isnan(found.estimates[:, 0]))[-1])
    Z = block.columns.Z[block.columns.codes == level] * root[block.columns.codes == level, None]
    se = np.sqrt(rss / df * np.diag(np.linalg.inv(Z.T @ Z)))
    half = stats.t.ppf(0.95, df) * se
    np.testing.assert_allclose(found.upper[level] - found.estimates[level], half, rtol=1e-9)


def test_what_does_not_vary_is_held():
    """With treatment between trees a tree alone estimates its own line around that of its kind."""
    data = load_data("sitka").assign(t=lambda d: d["Time"] / 100)
    fit = formula_fit("size ~ treat + t + (t | tree)", data, beta=((-0.2, 1.2), 0.1))
    pooled = fit.pooling()
    first = data[data["tree"] == data["tree"].iloc[0]]
    held = -0.2 * (first["treat"] == "ozone").to_numpy()
    slope, intercept = np.polyfit(first["t"], first["size"] - held, 1)
    level = str(data["tree"].iloc[0])
    assert of(pooled.table, "no", "t").loc[level, "estimate"] == pytest.approx(slope)
    assert of(pooled.table, "no", "Intercept").loc[level, "estimate"] == pytest.approx(intercept)


def test_logistic_groups_alone_and_separated_ones():
    data = schools()
    data.loc[data["school"] == "s2", "z"] = 1
    fit = formula_fit("z ~ 1 + (1 | school)", data, "bernoulli")
    pooled = fit.pooling()
    alone = of(pooled.table, "no", "Intercept")
    share = data.groupby("school")["z"].mean()
    expected = logit(share.drop("s2"))
    # half of the rows of a school are successes: its logit is 0, up to rounding
    np.testing.assert_allclose(alone["estimate"].drop("s2"), expected, rtol=1e-6, atol=1e-12)
    se = 1 / np.sqrt(12 * share["s0"] * (1 - share["s0"]))
    half = (alone.loc["s0", "upper"] - alone.loc["s0", "lower"]) / 2
    assert half == pytest.approx(1.959964 * se, rel=1e-5)
    assert np.isnan(alone.loc["s2", "estimate"])
    assert "separated" in pooled.notes[0] and "(s2)" in pooled.notes[0]
    np.testing.assert_allclose(
        of(pooled.table, "complete", "Intercept")["estimate"],
        logit(data["z"].mean()),
        rtol=1e-6,
        atol=1e-12,
    )


def test_two_factors_each_have_their_rows():
    fit = formula_fit("y ~ x + (1 | school/room)", schools(), effects=(0, 0.1))
    table = fit.pooling().table
    assert list(table["grp"].unique()) == ["school", "school:room"]
    assert len(table) == 3 * (6 + 18)


def test_an_effect_without_a_common_term_is_zero_in_complete_pooling():
    fit = formula_fit("y ~ 1 + (1 | school) + (0 + x | school)", schools())
    complete = of(fit.pooling().table, "complete", "x")
    assert (complete["estimate"] == 0).all() and complete["lower"].isna().all()


def test_models_that_cannot_be_pooled_are_refused():
    with pytest.raises(UsageError, match="no group effects"):
        formula_fit("y ~ x", schools()).pooling()
    fit = formula_fit("y ~ x + (1 | school)", schools())
    without_density = replace(fit.design.family, density=None)
    fit = replace(fit, design=replace(fit.design, family=without_density))
    with pytest.raises(UnsupportedModelError, match="no maximum-likelihood fit"):
        fit.pooling()


def test_the_public_verb_fits_and_pools(monkeypatch, sleep, pooled):
    asked = {}

    def fit(*arguments, **options):
        asked.update(arguments=arguments, options=options)
        return sleep

    monkeypatch.setattr("bayesmm.api.fit", fit)
    result = bayesmm.pooling("Reaction ~ days_deprived", "data", seed=3)
    assert asked == {
        "arguments": ("Reaction ~ days_deprived", "data", "gaussian", None),
        "options": {"seed": 3},
    }
    pd.testing.assert_frame_equal(result.table, pooled.table)


# --- equation 12.1 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sigma_y", "sigma_alpha", "y_all"), [(3, 1.5, 4), (3, 1.5, 1), (6, 1.5, 4), (3, 3.5, 4)]
)
def test_the_curves_of_the_course(sigma_y, sigma_alpha, y_all):
    """Course D0: y_j = 7, n = 0 .. 100; the formula as printed, and monotone from y_all to y_j."""
    n = np.arange(101)
    curve = multilevel_mean(n, 7, y_all, sigma_y, sigma_alpha)
    own, prior = n / sigma_y**2, 1 / sigma_alpha**2
    np.testing.assert_allclose(curve, (own * 7 + prior * y_all) / (own + prior), rtol=1e-13)
    assert curve[0] == y_all and np.all(np.diff(curve) > 0) and curve[-1] < 7


def test_limits():
    assert multilevel_mean(0, 7, 4, 3, 1.5) == 4
    assert multilevel_mean(0, np.nan, 4, 3, 1.5) == 4  # a group without rows has no mean
    assert multilevel_mean(np.inf, 7, 4, 3, 1.5) == 7
    assert multilevel_mean(5, 7, 4, 3, 0) == 4
    assert multilevel_mean(5, 7, 4, 3, np.inf) == 7
    assert multilevel_mean(1e12, 7, 4, 3, 1.5) == pytest.approx(7, abs=1e-10)


def test_with_a_predictor():
    """alpha_j = w (y_j - beta x_j) + (1 - w) mu_alpha."""
    w = (10 / 9) / (10 / 9 + 1 / 2.25)
    expected = w * (7 - 0.5 * 2) + (1 - w) * 4
    assert multilevel_mean(10, 7, 4, 3, 1.5, beta=0.5, x_group=2) == pytest.approx(expected)
    assert multilevel_mean(np.inf, 7, 4, 3, 1.5, beta=0.5, x_group=2) == 6
    assert multilevel_mean(0, 7, 4, 3, 1.5, beta=0.5, x_group=2) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 7, 4, 3, 1.5), "n must be at least 0, got -1"),
        ((5, 7, 4, 0, 1.5), "sigma_y must be positive, got 0"),
        ((5, 7, 4, 3, [1, -2]), "sigma_alpha must be at least 0, got -2"),
    ],
)
def test_impossible_values(arguments, message):
    with pytest.raises(UsageError, match=message):
        multilevel_mean(*arguments)


def test_it_is_the_blup_of_a_balanced_random_intercept():
    """With the variances known, the REML modes of a one-way layout are equation 12.1."""
    data = load_data("dyestuff")
    fit = bayesmm.ml("Yield ~ 1 + (1 | Batch)", data)
    means = data.groupby("Batch", sort=False)["Yield"].mean()
    expected = multilevel_mean(5, means, fit.estimates[0], fit.sigma, fit.blocks[0].sd[0])
    modes = fit.coef().set_index("level").loc[means.index, "estimate"]
    np.testing.assert_allclose(modes, expected, rtol=1e-8)
