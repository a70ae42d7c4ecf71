"""The panel of checks: planted faults are found, and clean data are left alone."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit
from handmade import handmade_block, handmade_design
from scipy import stats
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.family.known import FAMILIES
from bayesmm.likelihood import fit_ml
from bayesmm.results.checks.check import CHECKS, check
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.group_influence import group_shifts
from bayesmm.results.checks.record import FALSE_ALARMS, Finding, by_tail, exceedance
from bayesmm.results.checks.score import Score, _upper_tail, posterior_score
from bayesmm.results.checks.spread import CONSTANT_SPREAD


def glm_fit(y, x, family="poisson", **options):
    """Draws from the normal approximation of the posterior of a model without groups."""
    design = handmade_design(y, {"x": x}, family=family)
    ml = fit_ml(handmade_design(y, {"x": x}, family="gaussian" if family == "t" else family))
    rng = np.random.default_rng(1)
    drawn = synthetic_draws(design, **options)
    beta = rng.multivariate_normal(ml.estimates, ml.covariance, size=(4, 250))
    drawn.intercept[:] = beta[..., 0]
    drawn.beta[:] = beta[..., 1:]
    return synthetic_fit(design, drawn)


def verdicts(panel):
    return panel.table.set_index("check")["verdict"].to_dict()


def counts(kind, n=200):
    rng = np.random.default_rng(6)
    x = rng.normal(size=n)
    mu = np.exp(1.2 + 0.3 * x)
    y = {
        "clean": lambda: rng.poisson(mu),
        "overdispersed": lambda: rng.poisson(rng.gamma(1.5, mu / 1.5)),
        "zero-inflated": lambda: rng.poisson(mu) * (rng.random(n) < 0.75),
    }[kind]()
    return y.astype(float), x


@pytest.mark.parametrize(("family", "advised"), [("poisson", True), ("hurdle_poisson", False)])
def test_fewer_zeros_than_predicted(family, advised):
    """A hurdle is advised where there is none; such a check once ended in an error of Python."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=200)
    fit = glm_fit(rng.poisson(np.exp(0.1 + 0.3 * x)).astype(float) + 1.0, x, auxiliary={})
    design = handmade_design(np.ones(200), {"x": x}, family=family)
    own = synthetic_draws(design, intercept=(0.0, 0.01), auxiliary={"psi": (0.5, 0.001)})
    fit = fit if advised else synthetic_fit(design, own)
    found = check(fit, seed=1).table.set_index("check").loc["zero inflation"]
    assert found["verdict"] == "problem"
    end = "a hurdle family has as many as the data." if advised else "Too many are predicted."
    assert found["words"].endswith(end)


def test_clean_counts_are_left_alone():
    panel = check(glm_fit(*counts("clean")), seed=1)
    assert set(verdicts(panel)) == {
        *("residuals", "outliers", "influence of rows", "overdispersion", "zero inflation"),
        *("prior against data", "straight lines"),
    }
    assert set(verdicts(panel).values()) == {"fine"}
    assert panel.verdict == "fine"
    spread = panel.tables["overdispersion", "rows"]
    ratio = spread["observed"].mean() / spread["replicated"].mean()
    assert ratio == pytest.approx(1, abs=4 * np.sqrt(2 / 200))  # variance of chi2 / n


@pytest.mark.parametrize(
    ("kind", "found"), [("overdispersed", "overdispersion"), ("zero-inflated", "zero inflation")]
)
def test_planted_faults_of_counts_are_found(kind, found):
    panel = check(glm_fit(*counts(kind)), seed=1)
    assert verdicts(panel)[found] == "problem"
    assert panel.verdict == "problem"
    words = panel.table.set_index("check")["words"][found]
    assert "negativebinomial" in words
    assert words in repr(panel)
    replicated = panel.tables[(found, "rows")]
    assert len(replicated) == 500


def test_the_right_family_is_left_alone_where_the_wrong_one_is_not():
    y, x = counts("zero-inflated")
    wrong = check(glm_fit(y, x), seed=1)
    assert verdicts(wrong)["zero inflation"] == "problem"
    design = handmade_design(y, {"x": x}, family="zero_inflated_poisson")
    drawn = synthetic_draws(
        design, intercept=(1.2, 0.04), beta=(0.3, 0.04), auxiliary={"psi": (0.75, 0.03)}
    )
    right = check(synthetic_fit(design, drawn), seed=1)
    for name in ("residuals", "overdispersion", "zero inflation", "outliers"):
        assert verdicts(right)[name] == "fine", right


def test_an_outlier_is_found():
    rng = np.random.default_rng(2)
    x = rng.normal(size=50)
    y = 1 + x + rng.normal(size=50)
    clean = check(glm_fit(y, x, "gaussian", auxiliary={"sigma": (1.0, 0.1)}))
    assert verdicts(clean)["outliers"] == "fine"
    y[17] += 9
    panel = check(glm_fit(y, x, "gaussian", auxiliary={"sigma": (1.0, 0.1)}))
    assert verdicts(panel)["outliers"] == "problem"
    assert "row is 17" in panel.table.set_index("check")["words"]["outliers"]
    assert panel.tables[("outliers", "rows")]["tail"].argmin() == 17


def grouped(effects, *, per_group=12, x_of_group=None):
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(len(effects)), per_group)
    x = (
        rng.normal(size=len(g))
        if x_of_group is None
        else x_of_group[g] + 0.1 * rng.normal(size=len(g))
    )
    y = 2 + 0.5 * x + effects[g] + rng.normal(0, 0.5, len(g))
    return pd.DataFrame({"y": y, "x": x, "g": g.astype(str)})


@pytest.fixture(scope="module")
def clean_groups():
    effects = np.random.default_rng(9).normal(size=60)
    return bayesmm.fit("y ~ x + (1 | g)", grouped(effects), seed=1)


def test_clean_groups_are_left_alone(clean_groups):
    panel = clean_groups.check(seed=1)
    assert set(verdicts(panel).values()) == {"fine"}, panel
    quantiles = panel.tables[("normality of group effects", "1|g")]
    inside = quantiles["median"].between(quantiles["normal_lower"], quantiles["normal_upper"])
    assert inside.mean() > 0.9


def test_skewed_group_effects_are_found():
    effects = np.random.default_rng(9).exponential(size=60) * 2
    fit = bayesmm.fit("y ~ x + (1 | g)", grouped(effects), seed=1)
    panel = fit.check(seed=1)
    assert verdicts(panel)["normality of group effects"] == "problem"
    assert verdicts(panel)["residuals"] == "fine"


def test_few_groups_and_a_strong_prior_are_found():
    effects = np.array([0.3, -0.2, 0.5, -0.6])
    fit = bayesmm.fit("y ~ x + (1 | g)", grouped(effects), seed=1, priors={"x": "Normal(-1, 0.05)"})
    panel = fit.check(seed=1)
    assert verdicts(panel)["few groups"] == "note"
    assert verdicts(panel)["prior against data"] == "note"
    assert "It says more than the data about x" in repr(panel)
    table = panel.tables[("prior against data", "parameters")].set_index("variable")
    assert table["prior"]["x"] > 0.05
    assert table["prior"].idxmax() == "x"


def test_shift_of_a_left_out_group_is_that_of_the_refit():
    """A group with all the leverage on x; importance weights against sampling without it."""
    effects = np.random.default_rng(1).normal(size=12)
    where = np.concatenate([np.random.default_rng(0).normal(0, 0.3, 11), [2.0]])
    effects[-1] += 1.0
    data = grouped(effects, per_group=4, x_of_group=where)
    fit = bayesmm.fit("y ~ x + (1 | g)", data, seed=1)
    shifts = group_shifts(fit, "g").set_index("level")
    assert shifts["distance"].idxmax() == "11"
    for level in ("11", "4"):
        kept = data[data["g"] != level]
        refit = bayesmm.fit("y ~ x + (1 | g)", kept, seed=1, priors=fit.priors)
        before, after = (f.draws["posterior"]["x"].values for f in (fit, refit))
        exact = (after.mean() - before.mean()) / before.std()
        if shifts["k"][level] < 0.7:
            # importance weights keep a good part of the 4000 draws: error about 1 / sqrt(400)
            assert shifts["x"][level] == pytest.approx(exact, abs=4 / np.sqrt(400))
        else:
            assert np.sign(shifts["x"][level]) == np.sign(exact)


@pytest.mark.parametrize("n_common", [1, 12])
def test_the_variance_left_is_that_of_a_regression(n_common):
    """sigma known: of sum z^2 - 1 the model learns p / n, of a column in the model all of it."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, n_common))
    y = rng.normal(size=60)
    design = handmade_design(y, dict(zip("abcdefghijklm", X.T, strict=False)))
    drawn = synthetic_draws(design, auxiliary={"sigma": (1.0, 1e-9)})
    Q = np.column_stack([np.ones(60), X])
    covariance = np.linalg.inv(Q.T @ Q)
    beta = rng.multivariate_normal(covariance @ Q.T @ y, covariance, size=(4, 250))
    drawn.intercept[:], drawn.beta[:] = beta[..., 0], beta[..., 1:]
    scores = CheckContext(synthetic_fit(design, drawn), 0).scores
    spread = posterior_score(scores, lambda rows: rows.score**2 - 1)
    # 500 draws tell a variance to 6 %, what is linear in the errors being as large again
    learnt, error = (n_common + 1) / 60, np.sqrt(2 / 500)
    assert 1 - spread.left == pytest.approx(learnt * (1 - 2 * error), abs=4 * 2 * error * learnt)
    rss = np.sum((y - Q @ covariance @ Q.T @ y) ** 2)
    expected = (rss - (60 - n_common - 1)) / np.sqrt(2 * (60 - n_common - 1))
    assert spread.z == pytest.approx(expected, abs=0.3)
    known = posterior_score(scores, lambda rows: rows.score * X[:, 0])
    assert known.left < 4 * 0.1
    assert np.isnan(known.z) or abs(known.z) < 0.5


def test_a_tail_has_the_skewness_of_its_units():
    """A gamma distribution is one; a normal one is its limit."""
    shape = 3.0
    z = (9.0 - shape) / np.sqrt(shape)
    assert _upper_tail(z, 2 / np.sqrt(shape)) == pytest.approx(stats.gamma.sf(9.0, shape))
    assert _upper_tail(-z, -2 / np.sqrt(shape)) == pytest.approx(stats.gamma.cdf(9.0, shape))
    assert _upper_tail(2.0, 0.021) == pytest.approx(stats.norm.sf(2.0), rel=0.05)


def test_extra_spread_within_a_small_binomial_is_found(cbpp_fit):
    """An effect per row of the cattle has a likelihood ratio with P = .002."""
    assert verdicts(cbpp_fit.check())["overdispersion"] in ("look", "problem")


def test_the_page_of_rates_is_that_of_the_simulations():
    """docs/CHECKS.md; the rates that it has of models that hold are those that are stated."""
    docs = Path(__file__).parents[1] / "docs"
    kept = json.loads((docs / "checks.json").read_text(encoding="utf-8"))
    text = (docs / "CHECKS.md").read_text(encoding="utf-8")
    tests = {one.name for one in CHECKS if one.test}
    for name in tests:
        asked = [f[name] for sets in kept["right"].values() for f in sets if name in f]
        alarms = sum(word in ("look", "problem") for word in asked)
        assert f"| {name} | {len(asked)} | {alarms} |" in text
        limit = len(asked) * FALSE_ALARMS["look"]
        assert alarms <= limit + 3 * np.sqrt(limit), name  # three standard errors of a count
    for sets in kept["wrong"].values():
        assert len(sets) >= 30


def test_checks_state_their_rules():
    names = [one.name for one in CHECKS]
    assert len(set(names)) == len(names)
    for one in CHECKS:
        assert one.rule.count(".01 look") == one.rule.count(".001 problem") == one.test
        assert one.rule.endswith(" note.") != one.test
    with pytest.raises(UsageError, match="not a verdict"):
        Finding("bad", "rows", "n", 1.0, "", pd.DataFrame())
    assert [by_tail(p) for p in (0.2, 0.009, 0.0009)] == ["fine", "look", "problem"]
    assert [by_tail(p, 2) for p in (0.009, 0.0009, 0.0004)] == ["fine", "look", "problem"]
    assert Finding("look", "rows", "n", 1.0, "", pd.DataFrame()).severity == 2
    assert exceedance(np.array([1, 2, 2, 3]), 2) == 0.5


def test_binary_responses_have_the_checks_that_make_sense():
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    y = (rng.random(80) < 0.5).astype(float)
    g = np.arange(80) % 10
    design = handmade_design(
        y, {"x": x}, [handmade_block("g", g, {"Intercept": 1.0})], family="bernoulli"
    )
    drawn = synthetic_draws(
        design, intercept=(0.0, 0.2), beta=(0.0, 0.2), sd=(0.5, 0.1), effects=(0.0, 0.4), draws=50
    )
    assert set(verdicts(check(synthetic_fit(design, drawn)))) == {
        *("normality of group effects", "influence of rows", "influence of groups"),
        *("few groups", "prior against data", "straight lines", "same effect in all groups"),
    }


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items()])
def test_advice_names_only_families_that_the_response_can_have(name):
    """Every family named is of the same kind of response, and not the one that was fitted."""
    response = FAMILIES[name].response
    for advice in FAMILIES[name].words.advice.values():
        words = set(re.findall(r"[a-z_]+", advice.replace("zero-inflated", "")))
        named = {word for word in words if word in FAMILIES and len(word) > 1}
        named |= {"t"} if "'t'" in advice else set()
        assert name not in named
        assert {FAMILIES[other].response for other in named} <= {response}


def test_every_family_that_is_asked_has_an_answer():
    counts_ = {name for name, family in FAMILIES.items() if family.response == "count"}
    of_trials = {name for name, own in FAMILIES.items() if own.response == "binomial"}
    told = {
        what: {name for name, family in FAMILIES.items() if what in family.words.advice}
        for what in ("zeros", "spread")
    }
    assert told == {"zeros": counts_, "spread": counts_ | of_trials}


def test_overdispersed_proportions_are_not_told_of_counts():
    """../shared/cases/19: beta-binomial data under a binomial model."""
    rng = np.random.default_rng(3)
    trials = rng.integers(5, 15, 200)
    y = rng.binomial(trials, rng.beta(1, 1, 200))
    design = handmade_design(y, {"x": rng.normal(size=200)}, family="binomial", trials=trials)
    drawn = synthetic_draws(design, intercept=(0.0, 0.05), beta=(0.0, 0.05))
    words = check(synthetic_fit(design, drawn)).table.set_index("check")["words"]
    assert "an effect per row" in words["overdispersion"]
    for word in ("negativebinomial", "zero", "family 't'"):
        assert word not in " ".join(words)


def test_uneven_spread_names_the_formula_to_try():
    """The sd is exp(x / 2): the advice is a formula of the column, or of one that it lacks."""
    rng = np.random.default_rng(12)
    data = pd.DataFrame({"my x": rng.uniform(-2, 2, 300), "z": rng.normal(size=300)})
    data["y"] = 1 + data["my x"] + np.exp(data["my x"] / 2) * rng.normal(size=300)

    def told(formula):
        beta = (1.0, 0.02) if "sigma ~" not in formula else (0.3, 0.02)
        fit = formula_fit(formula, data, beta=beta, draws=100)
        (found,) = CONSTANT_SPREAD.find(CheckContext(fit, 1))
        assert found.verdict in ("look", "problem")
        return found.words

    plain = told("y ~ `my x` + z")
    assert "weights, or a formula that lets sigma differ, 'sigma ~ `my x`'." in plain
    bayesmm.ml("y ~ `my x` + z; sigma ~ `my x`", data)  # what is told can be done
    assert "weights, or `my x` in the formula of sigma." in told("y ~ `my x` + z; sigma ~ z")
    assert "its mean, or weights." in told("y ~ I(`my x` * 1)")


def test_spread_that_the_model_has_is_not_judged(monkeypatch):
    """A score of which the model learns all is NaN, and no number is said of it."""
    rng = np.random.default_rng(12)
    data = pd.DataFrame({"x": rng.normal(size=80), "y": rng.normal(size=80)})
    fit = formula_fit("y ~ x; sigma ~ x", data, beta=(0.1, 0.02), draws=50)
    learnt = Score(float("nan"), 0.5, 0.0)
    monkeypatch.setattr("bayesmm.results.checks.spread.posterior_score", lambda *_: learnt)
    (found,) = CONSTANT_SPREAD.find(CheckContext(fit, 1))
    assert found.verdict == "fine" and "nan" not in found.words
    assert found.words.endswith("how the spread goes with x and fitted value.")
