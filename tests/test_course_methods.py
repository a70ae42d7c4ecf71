"""The rows of the course documents that are methods rather than models; pictures are elsewhere."""

import numpy as np
import pandas as pd
import pytest
from references import load_reference
from scipy import stats
from scipy.special import expit
from test_course import SHARED, estimate, posterior, real_data

import bayesmm
from bayesmm.course import course_data, load_model
from bayesmm.errors import UsageError
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.family.links import LINKS
from bayesmm.model.build import build_design
from bayesmm.model.names import effect_labels

__all__ = ["real_data"]  # a fixture of test_course


# --- D0: pooling, GLM, GLMM ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "link"),
    [("binomial", "logit"), ("gaussian", "identity"), ("gamma", "inverse"), ("poisson", "log")],
)
def test_families_have_the_links_of_the_table(family, link):
    """D0, the table of R's families: those that bayesmm has, with R's default links.

    They are the defaults here too, but for gamma: R's inverse is taken on request.
    """
    assert resolve_family(family, link).link == link
    assert resolve_family(family).link == ("log" if family == "gamma" else link)
    mu = np.array([0.1, 0.5, 0.9])
    eta = {"logit": np.log(mu / (1 - mu)), "identity": mu, "inverse": 1 / mu, "log": np.log(mu)}
    np.testing.assert_allclose(LINKS[link].link(mu), eta[link])
    np.testing.assert_allclose(LINKS[link].inverse(eta[link]), mu)


@pytest.mark.parametrize("family", ["quasi", "quasibinomial", "quasipoisson"])
def test_families_of_the_table_that_have_no_posterior_here_are_refused(family):
    """A quasi-likelihood is no probability; the answer names the families that there are."""
    with pytest.raises(UsageError, match=f"There is no '{family}' family here") as refusal:
        resolve_family(family)
    assert sum(name in str(refusal.value) for name in FAMILIES) >= 1


# --- D1: linear mixed models -----------------------------------------------------------------

# The table of eleven forms: right-hand side, common terms, and per block factor and effects; a
# pair of effects in one block is correlated.
ELEVEN = [
    ("(1 | g)", "Intercept", ["g: Intercept"]),
    ("(x | g)", "Intercept", ["g: Intercept x"]),
    ("(0 + x | g)", "Intercept", ["g: x"]),
    ("(-1 + x | g)", "Intercept", ["g: x"]),
    ("(1 | g) + (0 + x | g)", "Intercept", ["g: Intercept", "g: x"]),
    ("(1 | site/block)", "Intercept", ["site: Intercept", "site:block: Intercept"]),
    ("site + (1 | site:block)", "Intercept site[s2]", ["site:block: Intercept"]),
    ("(x | site/block)", "Intercept", ["site: Intercept x", "site:block: Intercept x"]),
    ("(x1 | site) + (x2 | block)", "Intercept", ["site: Intercept x1", "block: Intercept x2"]),
    ("x * site + (x | site:block)", "Intercept x site[s2] x:site[s2]",
     ["site:block: Intercept x"]),
    ("(1 | g1) + (1 | g2)", "Intercept", ["g1: Intercept", "g2: Intercept"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def small_frame():
    i = np.arange(48)
    rng = np.random.default_rng(3)
    labels = {
        "g": i % 6, "g1": i % 4, "g2": i // 4 % 3, "site": np.where(i < 24, "s1", "s2"),
        "block": i // 6 % 4,
    }  # fmt: skip
    numbers = {name: rng.normal(size=48) for name in ("y", "x", "x1", "x2")}
    return pd.DataFrame(numbers | {k: np.asarray(v).astype(str) for k, v in labels.items()})


@pytest.mark.parametrize(("right", "common", "groups"), ELEVEN)
def test_the_eleven_forms(small_frame, right, common, groups):
    design = build_design(f"y ~ {right}", small_frame, resolve_family("gaussian"))
    assert set(design.mu.terms) == set(common.split())
    found = [f"{block.factor}: {' '.join(effect_labels(block))}" for block in design.blocks]
    assert sorted(found) == sorted(groups)
    assert all(block.covariance.correlated == (block.n_effects > 1) for block in design.blocks)


def test_random_intercepts_are_fixed_tree_effects_drawn_to_their_mean():
    """Balanced data: a mode is the effect of the tree by least squares, times a weight.

    The weight n sd^2 / (n sd^2 + sigma^2), with 5 rows per tree.
    """
    data = course_data(load_model("sitka_intercept")).frame
    data = data.assign(tree=data["tree"].astype(str))
    mixed = bayesmm.ml("size ~ time + (1 | tree)", data)
    fixed = bayesmm.ml("size ~ 0 + tree + time", data).fixef().set_index("term")["estimate"]
    trees = mixed.design.blocks[0].levels
    own = np.array([fixed[f"tree[{tree}]"] for tree in trees])
    sd, sigma = mixed.blocks[0].sd[0], mixed.sigma
    weight = 5 * sd**2 / (5 * sd**2 + sigma**2)
    np.testing.assert_allclose(mixed.blocks[0].modes[0], weight * (own - own.mean()), atol=1e-9)
    assert mixed.estimates[1] == pytest.approx(fixed["time"], rel=1e-9)


def test_ml_is_reml_with_the_degrees_of_freedom_of_the_common_effects_missing():
    """When each: balanced groups, where the two differ by a known factor, and the t interval.

    (2k parameters of a line per tree, whose mean line is estimated: ML divides by 79, REML by 78.)
    """
    model = load_model("sitka_mm1")
    frame = course_data(model).frame
    formula = "size ~ time + (time | tree)"
    ml, reml = (bayesmm.ml(formula, frame, reml=reml) for reml in (False, True))
    np.testing.assert_allclose(reml.estimates, ml.estimates, rtol=1e-6)  # balanced
    assert reml.sigma == pytest.approx(ml.sigma, rel=1e-4)  # within trees nothing is lost

    def variance_of_lines(fit):
        """Cov of the least-squares line of one tree: Sigma + sigma^2 (Z'Z)^-1."""
        own = fit.blocks[0]
        Z = fit.design.blocks[0].columns.Z[fit.design.blocks[0].columns.codes == 0]
        return own.sd[:, None] * own.corr * own.sd + fit.sigma**2 * np.linalg.inv(Z.T @ Z)

    np.testing.assert_allclose(variance_of_lines(reml), variance_of_lines(ml) * 79 / 78, rtol=1e-3)
    np.testing.assert_allclose(reml.degrees_of_freedom, 78, rtol=1e-4)


def test_diagnostics_of_the_tree_curves(sitka_fit):
    """D1's panel: residuals, each random effect beside a normal, what leaving out a tree moves."""
    panel = sitka_fit.check(seed=1)
    found = set(zip(panel.table["check"], panel.table["about"], strict=True))
    about = {name for check, name in found if check == "normality of group effects"}
    assert len(about) == 3  # intercept, time, time^2
    for check in ("residuals", "outliers", "influence of rows", "influence of groups"):
        assert check in {name for name, _ in found}
    influence = next(t for (name, _), t in panel.tables.items() if name == "influence of groups")
    assert len(influence) == 79
    residuals = sitka_fit.residuals()
    assert len(residuals) == 395


# --- D2: psychology --------------------------------------------------------------------------


@pytest.mark.usefixtures("real_data")
def test_anova_of_the_restricted_model():
    """D2: ``anova(restricted_model, model)``, by R's log likelihoods of the two ML fits."""
    end = "" if SHARED.is_dir() else "_twin"
    theirs = [
        load_reference(f"{name}{end}")["loglik"]
        for name in ("dapr3_restricted_ml", "dapr3_slopes_ml")
    ]
    fits = [estimate("dapr3_restricted"), estimate("dapr3_slopes", reml=False)]
    test = bayesmm.likelihood_ratio(*fits)
    assert test.df == 1
    assert test.chi2 == pytest.approx(2 * (theirs[1] - theirs[0]), abs=2e-3)
    assert test.notes == ()  # the variances are those of both models


@pytest.mark.usefixtures("real_data")
def test_do_the_effects_differ_by_condition():
    """P(interaction > 0) beside the one-sided p of the t test with Satterthwaite's df.

    With weak priors the posterior of a common effect is near that t distribution: 0.01 leaves
    four Monte Carlo errors of 1,500 effective draws.
    """
    term = "visit:condition[mindfulness]"
    fitted, result = estimate("ace_slopes"), posterior("ace_slopes")
    row = fitted.fixef().set_index("term").loc[term]
    table = result.hypothesis(f"{term} > 0").table
    assert table["probability"].item() == pytest.approx(
        stats.t.cdf(row["statistic"], row["df"]), abs=0.01
    )


@pytest.mark.usefixtures("real_data")
def test_do_the_random_variances_covary():
    """The posterior of rho and P(rho < 0); ML beside: a test against independent effects."""
    result = posterior("ace_slopes")
    rho = result.draws["posterior"]["ppt_corr"].values[..., 0]
    table = result.varcorr()
    row = table[table["var2"].notna()].iloc[0]
    assert row["sdcor"] == pytest.approx(rho.mean())
    assert row["lower"] == pytest.approx(np.quantile(rho, 0.025), abs=1e-9)
    frame = course_data(load_model("ace_slopes")).frame
    formula = "ACE ~ 1 + visit * condition + (1 + visit || ppt)"
    test = bayesmm.likelihood_ratio(
        bayesmm.ml(formula, frame, reml=False), estimate("ace_slopes", reml=False)
    )
    assert (test.df, test.notes) == (1, ())  # no variance at the edge of its range
    # the signed root of chi2 is near normal: with 20 people to a tenth of a probability
    signed = -np.sign(estimate("ace_slopes", reml=False).blocks[0].corr[0, 1])
    assert (rho < 0).mean() == pytest.approx(stats.norm.cdf(signed * np.sqrt(test.chi2)), abs=0.1)


# --- D3: laboratories ------------------------------------------------------------------------


@pytest.mark.usefixtures("real_data")
def test_coefficients_of_the_laboratories_and_their_standard_errors():
    """Own intercept = common + mode; se^2 = sd^2 sigma^2 / (n_j sd^2 + sigma^2): it falls with n_j.

    This is what the post draws against log(size).
    """
    fitted = estimate("labs_lmm1")
    block, own = fitted.design.blocks[0], fitted.blocks[0]
    n = np.bincount(block.columns.codes)
    variance = own.sd[0] ** 2 * fitted.sigma**2 / (n * own.sd[0] ** 2 + fitted.sigma**2)
    np.testing.assert_allclose(own.mode_sds[0], np.sqrt(variance), rtol=1e-9)
    coef = fitted.coef().set_index(["term", "level"])["estimate"]
    np.testing.assert_allclose(
        coef["Intercept"][list(block.levels)], fitted.estimates[0] + own.modes[0]
    )
    assert (coef["x"] == fitted.estimates[1]).all()


# --- D4: ecology -----------------------------------------------------------------------------


@pytest.mark.usefixtures("real_data")
def test_rows_without_a_value_are_counted():
    """D4: 6 observations deleted due to missingness, 1241 residual degrees of freedom."""
    if not SHARED.is_dir():
        pytest.skip("only the twin is here")
    design = estimate("cod_logistic").design
    assert design.n_dropped == 6
    assert design.n_obs - len(design.mu.terms) == 1241
    page = str(estimate("cod_logistic").summary())
    assert f"6 of {design.n_obs + 6:,} rows left out because a value is missing." in page


@pytest.mark.usefixtures("real_data")
def test_counts_are_overdispersed_and_have_too_many_zeros_for_poisson(cod_fit):
    """D4's checks on the intensities: poisson fails both, the negative binomial neither."""
    poisson = posterior("cod_poisson").check(seed=1).table.set_index("check")
    remedy = cod_fit.check(seed=1).table.set_index("check")
    for check in ("overdispersion", "zero inflation"):
        assert poisson.loc[check, "verdict"] == "problem"
        assert remedy.loc[check, "verdict"] == "fine"
    assert poisson.loc["overdispersion", "value"] < 1e-6 < remedy.loc["overdispersion", "value"]


@pytest.mark.usefixtures("real_data")
def test_remedies_for_counts_are_ordered_by_their_likelihood():
    """Each model contains the one before: covariates, a share of zeros, a shape of the counts."""
    frame = course_data(load_model("cod_poisson")).frame.dropna(subset=["Intensity", "Length"])
    chain = [
        bayesmm.ml("Intensity ~ 1", frame, "poisson"),
        estimate("cod_poisson"),
        estimate("cod_zero_inflated_poisson"),
        estimate("cod_zero_inflated_negativebinomial"),
    ]
    assert len({fit.design.n_obs for fit in chain}) == 1
    aic = [fit.aic for fit in chain]
    assert aic == sorted(aic, reverse=True)
    mixed = bayesmm.ml("Intensity ~ Length + (1 | Area:Year)", frame, "poisson")
    better = bayesmm.ml("Intensity ~ Length + (1 | Area:Year)", frame, "negativebinomial")
    assert better.aic < mixed.aic < bayesmm.ml("Intensity ~ Length", frame, "poisson").aic


def designs() -> dict[str, tuple[str, str, pd.DataFrame]]:
    """Return the four studies of the lecture: formula, family and made-up rows."""
    rng = np.random.default_rng(0)
    fish = pd.DataFrame({"site": np.repeat(list("ABCD"), 20), "size": rng.uniform(20, 60, 80)})
    fish["Hg"] = 0.02 * fish["size"] + rng.normal(size=80) * 0.1
    turkeys = pd.DataFrame({"flock": np.repeat(np.arange(12), 9).astype(str)})
    turkeys["infected"] = (rng.random(108) < expit(-0.5)).astype(int)
    mice = pd.DataFrame({"mouse": np.repeat(np.arange(100), 3).astype(str)})
    mice["week"] = np.tile([0, 5, 10], 100)
    mice["dose"] = np.repeat(np.array(["control", "dose1", "dose2"])[np.arange(100) % 3], 3)
    mice["rate"] = 600 + 10 * rng.normal(size=300)
    people = pd.DataFrame({"office": np.repeat(np.arange(25), 20).astype(str)})
    people["education"] = np.tile(["school", "college", "university", "doctor"], 125)
    people["industry"] = rng.choice(["farm", "shop", "works"], 500)
    people["duration"] = rng.gamma(3, 4, 500)
    return {
        "mercury": ("Hg ~ size + (1 | site)", "gaussian", fish),
        "turkeys": ("infected ~ 1 + (1 | flock)", "bernoulli", turkeys),
        "mice": ("rate ~ dose * week + (1 | mouse)", "gaussian", mice),
        "offices": ("duration ~ education + industry + (1 | office)", "gaussian", people),
    }


@pytest.mark.parametrize(
    ("study", "unit", "n_groups"),
    [("mercury", "site", 4), ("turkeys", "flock", 12), ("mice", "mouse", 100),
     ("offices", "office", 25)],
)  # fmt: skip
def test_which_unit_is_random(study, unit, n_groups):
    """The sentence names the unit that was sampled and how many of it; the page says what follows.

    Four sites say little about sites; a dose is given to a mouse, not to a measurement.
    """
    formula, family, frame = designs()[study]
    page = bayesmm.explain(formula, frame, family)
    assert f"by-{unit} random intercepts ({n_groups} groups)" in page.words.replace("\n", " ")
    advice = " ".join(str(page).split()).partition("Worth a look")[2]
    assert ("site has 4 levels: the prior of its sd matters" in advice) == (study == "mercury")
    assert ("dose is constant within every level of mouse" in advice) == (study == "mice")
    assert ("rests on 100 levels, not on 300 rows" in advice) == (study == "mice")


def test_a_treatment_is_no_random_unit():
    """Three doses were chosen, not sampled: as a grouping factor they are too few."""
    frame = designs()["mice"][2]
    page = " ".join(str(bayesmm.explain("rate ~ week + (1 | dose)", frame)).split())
    assert "dose has 3 levels: too few to learn how much levels differ" in page
    assert "Consider dose as a common effect instead" in page
