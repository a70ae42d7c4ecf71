"""Likelihood-ratio tests against the course documents, and what may be compared."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from references import load_reference, reference_data
from scipy import stats

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.results.comparison.nesting import is_special_case, same_common_effects

SHARED = Path(__file__).parents[1].parent / "shared"


def sitka():
    data = bayesmm.load_data("sitka")
    return data.assign(time=(data["Time"] - data["Time"].mean()) / data["Time"].std())


SITKA = (
    "size ~ time + I(time^2) + (time + I(time^2) | tree)",
    "size ~ treat * (time + I(time^2)) + (time + I(time^2) | tree)",
)


def test_sitka_as_published():
    """MATH-516, week 7: anova(mm0, mm1); and R's own value in sitka_m1.json."""
    data = sitka()
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in SITKA)
    test = bayesmm.likelihood_ratio(m0, m1)
    assert (round(test.m0.aic, 2), round(test.m1.aic, 2)) == (-111.88, -118.50)
    assert (round(test.chi2, 2), test.df, round(test.p_value, 6)) == (12.62, 3, 0.005535)
    assert test.notes == ()
    assert repr(test).endswith("chi2 = 12.62 on 3 df, p = 0.005535")
    assert bayesmm.likelihood_ratio(m1, m0).chi2 == test.chi2
    comparison = bayesmm.compare([m0, m1])
    assert comparison.table["model"].tolist() == [SITKA[1], SITKA[0]]
    assert comparison.tests["p_value"].item() == pytest.approx(test.p_value)


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="needs the data of the course")
def test_laboratories_as_published():
    """Mixed Models Part 2: anova of lmm1, lmm2 and the REML fit lmm3, refitted by ML."""
    data = pd.read_csv(SHARED / "data/analytic_garden_df_test_matched.csv")
    formulas = ("y ~ x + (1 | Group)", "y ~ x + (1 | Group) + (0 + x | Group)")
    lmm1, lmm2 = (bayesmm.ml(formula, data, reml=False) for formula in formulas)
    lmm3 = bayesmm.ml("y ~ x + (1 + x | Group)", data, reml=True)
    first = bayesmm.likelihood_ratio(lmm1, lmm2)
    second = bayesmm.likelihood_ratio(lmm2, lmm3)
    # R's anova of these rows: 1.124, 22.486 (SOURCES.md there)
    assert (round(first.chi2, 3), first.df) == (1.124, 1)
    assert (second.chi2, second.df) == (pytest.approx(22.486, abs=2e-3), 1)
    # the post has 1.101 (p .294) and 22.491 (p 2e-6); its rows could be rebuilt to .01 of a
    # log likelihood only, and p moves by chi2 density times that
    assert first.chi2 == pytest.approx(1.101, abs=0.03)
    assert first.p_value == pytest.approx(0.294, abs=0.03 * stats.chi2.pdf(1.1, 1))
    assert (second.chi2, round(second.p_value, 6)) == (pytest.approx(22.491, abs=0.03), 2e-6)
    assert "fitted by REML; the test is of ML" in second.notes[0]
    assert "Variances are tested at the edge" in first.notes[0]
    assert len(second.notes) == 1  # a correlation is tested, whose 0 is inside its range


def test_laboratories_of_the_twin_as_in_r():
    """R's ``anova`` of the three models on the simulated twin, from its log likelihoods."""
    theirs = [load_reference(f"labs_lmm{k}_twin") for k in (1, 2, 3)]
    data = reference_data(theirs[0])
    fits = [bayesmm.ml(reference["formula"], data, reml=False) for reference in theirs]
    first = bayesmm.likelihood_ratio(fits[0], fits[1])
    expected = 2 * (theirs[1]["loglik"] - theirs[0]["loglik"])
    assert (first.df, first.chi2) == (1, pytest.approx(expected, abs=2e-3))
    assert "Variances are tested at the edge" in first.notes[0]
    second = bayesmm.likelihood_ratio(fits[1], fits[2])
    assert second.df == 1 and second.chi2 > 0


def test_reml_with_different_common_effects_is_refused():
    data = sitka()
    m0, m1 = (bayesmm.ml(formula, data, reml=True) for formula in SITKA)
    with pytest.raises(UsageError, match="different common effects, and REML is the likelihood"):
        bayesmm.likelihood_ratio(m0, m1)
    with pytest.raises(UsageError, match="reml=False"):
        bayesmm.compare([m0, m1])


def test_reml_of_one_fixed_part_is_compared_and_tested_by_ml():
    data = bayesmm.load_data("sleepstudy")
    formulas = ("Reaction ~ Days + (1 | Subject)", "Reaction ~ Days + (Days | Subject)")
    fits = [bayesmm.ml(formula, data, reml=True) for formula in formulas]
    comparison = bayesmm.compare(fits)
    # lme4 documentation (Bates et al. 2015): the REML criterion of the slopes model is 1743.6
    assert round(-2 * comparison.table.set_index("model")["loglik"][formulas[1]], 1) == 1743.6
    by_ml = [bayesmm.ml(formula, data, reml=False) for formula in formulas]
    expected = 2 * (by_ml[1].loglik - by_ml[0].loglik)
    assert comparison.tests["chi2"].item() == pytest.approx(expected)
    assert "REML" in comparison.notes[0]


def test_linear_models_give_the_f_test():
    """Without group effects chi2 = n log(1 + F df / (n - p))."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(30, 3)), columns=["y", "a", "b"])
    m0, m1 = (bayesmm.ml(formula, data, reml=False) for formula in ("y ~ a", "y ~ a + b"))
    rss = []
    for columns in (["a"], ["a", "b"]):
        X = np.column_stack([np.ones(30), data[columns]])
        rss.append(np.sum((data["y"] - X @ np.linalg.lstsq(X, data["y"])[0]) ** 2))
    test = bayesmm.likelihood_ratio(m0, m1)
    assert test.chi2 == pytest.approx(30 * np.log(rss[0] / rss[1]))
    assert test.p_value == pytest.approx(stats.chi2.sf(test.chi2, 1))


def designs():
    rng = np.random.default_rng(0)
    n = 40
    x, z = rng.normal(size=(2, n))
    g, h = np.arange(n) % 8, np.arange(n) // 10

    def made(columns, *blocks):
        return handmade_design(np.arange(n), columns, blocks)

    def block(effects, factor="g", labels=g, **options):
        return handmade_block(factor, labels, effects, **options)

    one, slope = {"Intercept": 1.0}, {"Intercept": 1.0, "x": x}
    shifted = {"Intercept": 1.0, "x + 3": x + 3}
    return {
        "x": made({"x": x}),
        "x + z": made({"x": x, "z": z}),
        "2 x + z": made({"a": 2 * x + 1 + z, "b": z}),
        "(1|g)": made({"x": x}, block(one)),
        "(1|h)": made({"x": x}, block(one, "h", h)),
        "(x|g)": made({"x": x}, block(slope)),
        "(x+3|g)": made({"x": x}, block(shifted)),
        "(x||g)": made({"x": x}, block(slope, correlated=False)),
        "(x+3||g)": made({"x": x}, block(shifted, correlated=False)),
        "(1|g)+(1|h)": made({"x": x}, block(one), block(one, "h", h)),
    }


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        ("x", "x + z", True),
        ("x + z", "x", False),
        ("x", "2 x + z", True),  # the span counts, not the names
        ("x", "(1|g)", True),
        ("(1|g)", "x", False),
        ("(1|g)", "(1|h)", False),
        ("(1|g)", "(x|g)", True),
        ("(x||g)", "(x|g)", True),
        ("(x|g)", "(x||g)", False),
        ("(x+3|g)", "(x|g)", True),  # unstructured covariances do not depend on the origin
        ("(x+3||g)", "(x||g)", False),  # independent effects do
        ("(1|g)", "(x+3||g)", True),
        ("(1|h)", "(1|g)+(1|h)", True),
    ],
)
def test_nesting(small, large, expected):
    made = designs()
    assert is_special_case(made[small], made[large]) is expected


def test_same_common_effects_is_about_the_span():
    made = designs()
    assert same_common_effects(made["x + z"], made["2 x + z"])
    assert not same_common_effects(made["x"], made["x + z"])


def test_models_that_are_not_nested_are_refused():
    data = bayesmm.load_data("sleepstudy").assign(half=lambda d: d["Days"] > 4)
    data["half"] = data["half"].astype(float)
    formulas = ("Reaction ~ Days + (1 | Subject)", "Reaction ~ half + (Days | Subject)")
    a, b = (bayesmm.ml(formula, data, reml=False) for formula in formulas)
    with pytest.raises(UsageError, match="not a special case"):
        bayesmm.likelihood_ratio(a, b)


# --- two families ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spread_counts() -> pd.DataFrame:
    """../shared/cases/18: counts with more spread than Poisson's."""
    rng = np.random.default_rng(0)
    g = np.repeat(np.arange(20), 10)
    x = rng.normal(size=200)
    mu = np.exp(1 + 0.3 * x + rng.normal(0, 0.3, 20)[g])
    return pd.DataFrame({"y": rng.poisson(mu * rng.gamma(2, 0.5, 200)), "x": x, "g": g})


def test_poisson_against_negative_binomial(spread_counts):
    fits = [
        bayesmm.ml("y ~ x + (1 | g)", spread_counts, f) for f in ("poisson", "negativebinomial")
    ]
    test = bayesmm.likelihood_ratio(*fits)
    assert (test.df, round(test.chi2, 1)) == (1, 81.4)
    assert test.chi2 == pytest.approx(2 * (fits[1].loglik - fits[0].loglik))
    assert test.p_value == pytest.approx(stats.chi2.sf(test.chi2, 1))  # as R's anova
    assert test.mixture_p_value == pytest.approx(test.p_value / 2)  # as pscl's odTest
    assert "alpha is tested at the edge of its range" in test.notes[-1]
    assert "y ~ x + (1 | g), negativebinomial" in repr(test)
    table = bayesmm.compare(dict(zip(("poisson", "nb"), fits, strict=True))).tests
    assert table["chi2"].item() == pytest.approx(test.chi2)


@pytest.mark.parametrize(
    ("small", "large", "df"),
    [
        ("poisson", "zero_inflated_poisson", 1),
        ("negativebinomial", "zero_inflated_negativebinomial", 1),
        ("zero_inflated_poisson", "zero_inflated_negativebinomial", 1),
        ("hurdle_poisson", "hurdle_negativebinomial", 1),
        ("poisson", "zero_inflated_negativebinomial", 2),
    ],
)
def test_limits_of_families_are_tested(spread_counts, small, large, df):
    test = bayesmm.likelihood_ratio(
        *(bayesmm.ml("y ~ x", spread_counts, f) for f in (large, small))
    )
    assert test.m0.design.family.name == small
    assert test.df == df
    assert test.chi2 > -1e-4  # the large model contains the small one
    assert (test.mixture_p_value is None) == (df == 2)
    assert "tested at the edge of" in test.notes[-1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("poisson", "hurdle_poisson"),
        ("hurdle_poisson", "zero_inflated_poisson"),
        ("negativebinomial", "hurdle_negativebinomial"),
        ("negativebinomial", "zero_inflated_poisson"),
    ],
)
def test_families_that_are_no_limits_are_refused_by_name(spread_counts, first, second):
    fits = [bayesmm.ml("y ~ x", spread_counts, f) for f in (first, second)]
    with pytest.raises(UsageError, match="different families or links") as caught:
        bayesmm.likelihood_ratio(*fits)
    assert first in str(caught.value) and second in str(caught.value)


def test_other_links_and_responses_are_refused_by_name(spread_counts):
    data = spread_counts.assign(b=spread_counts["y"] > 2)
    logit = bayesmm.ml("b ~ 1", data, "bernoulli")
    probit = bayesmm.ml("b ~ x", data, "bernoulli", link="probit")
    with pytest.raises(UsageError, match="bernoulli with logit link; bernoulli with probit link"):
        bayesmm.likelihood_ratio(logit, probit)
    with pytest.raises(UsageError, match=r"\(poisson\).*\(gaussian\)"):
        bayesmm.likelihood_ratio(
            bayesmm.ml("y ~ 1", data, "poisson"), bayesmm.ml("y ~ x", data, reml=False)
        )


def test_one_variance_has_the_mixture_of_stram_and_lee():
    data = bayesmm.load_data("sleepstudy")
    formulas = ("Reaction ~ Days + (1 | Subject)", "Reaction ~ Days + (Days | Subject)")
    test = bayesmm.likelihood_ratio(*(bayesmm.ml(f, data, reml=False) for f in formulas))
    expected = (stats.chi2.sf(test.chi2, 1) + stats.chi2.sf(test.chi2, 2)) / 2
    assert test.mixture_p_value == pytest.approx(expected)
    assert "half chi-squared on 2 and half on 1 df" in test.notes[-1]


def test_models_are_taken_as_they_are_handed_in(sleepstudy_fit):
    data = bayesmm.load_data("sleepstudy")
    small = bayesmm.ml("Reaction ~ Days + (1 | Subject)", data, reml=False)
    large = bayesmm.ml("Reaction ~ Days + (Days | Subject)", data, reml=False)
    expected = bayesmm.likelihood_ratio(small, large)
    for given in ([small, large], (large, small), {"a": small, "b": large}):
        assert bayesmm.likelihood_ratio(given).chi2 == expected.chi2
    mixed = bayesmm.likelihood_ratio(small, sleepstudy_fit)
    assert mixed.chi2 == pytest.approx(expected.chi2, abs=1e-6)
    assert mixed.notes[0].startswith("Posterior fits were handed in")
    for given in ((small,), ([small],), ([small, large, small],), ([],)):
        with pytest.raises(UsageError, match=r"got [0-3]"):
            bayesmm.likelihood_ratio(*given)
    for given, found in (
        ((small, "x"), "not 'x'"),
        ((small, 3), "not int"),
        ((data,), "DataFrame"),
    ):
        with pytest.raises(UsageError, match=f"likelihood_ratio takes fits .*{found}"):
            bayesmm.likelihood_ratio(*given)
