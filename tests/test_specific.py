"""Effects that differ between the thresholds of ordered categories: ``cs(x)``."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from wine import wine

import bayesmm
from bayesmm.errors import DataError, FormulaError, UsageError
from bayesmm.family import ResponseParameters
from bayesmm.family.known import OF_CATEGORIES, is_known, resolve_family
from bayesmm.family.thresholds import specific_names
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.sampling.posterior import effect_draws
from tests.synthetic import synthetic_draws, synthetic_fit

STEPS = ("sratio", "cratio", "acat")
MIXED = "rating ~ contact + cs(temp) + (1 | judge)"
THRESHOLDS = ("1|2", "2|3", "3|4", "4|5")


def made(name: str, link: str, K: int, disc: bool = False):
    family = resolve_family(name, link)
    family = family.with_optional("disc") if disc else family
    return family.with_specific().made_for(tuple("12345"[:K]))


def some_rows(family, n: int) -> ResponseParameters:
    """Return rows with any thresholds, any mu and any effects at each threshold."""
    rng = np.random.default_rng(7)
    found = {
        name: np.array(c) for name, c in zip(family.thresholds, rng.normal(size=4), strict=False)
    }
    found |= {name: rng.normal(size=n) for name in specific_names(family.thresholds)}
    found |= {"disc": np.exp(rng.normal(size=n))} if "disc" in family.auxiliary else {}
    return ResponseParameters(rng.normal(size=n), found)


def rises(family, rows: ResponseParameters) -> np.ndarray:
    """Return disc (mu + effect at k - c_k), shape (n, K - 1), as the formula says."""
    own = rows.auxiliary
    return np.stack(
        [
            own.get("disc", 1.0) * (rows.mu + own[f"cs[{name}]"] - own[name])
            for name in family.thresholds
        ],
        axis=-1,
    )


@pytest.mark.parametrize("name", STEPS[:2])
def test_steps_are_a_bernoulli_of_every_step_with_effects_of_its_own(name):
    """To 1e-12 in each row: whoever goes on, at every step that is reached."""
    bernoulli, n = resolve_family("bernoulli"), 40
    for K, disc in itertools.product((2, 3, 5), (False, True)):
        family = made(name, "logit", K, disc)
        rows = some_rows(family, n)
        y = 1.0 + np.arange(n) % K
        found, z = family.log_density(y, rows), rises(family, rows)
        for i, own in enumerate(y.astype(int)):
            steps = np.arange(min(own, K - 1))
            goes = ResponseParameters(1 / (1 + np.exp(-z[i, steps])), {})
            one = bernoulli.log_density((steps + 1 < own).astype(float), goes).sum()
            assert found[i] == pytest.approx(one, abs=1e-12)


def test_adjacent_categories_are_a_softmax_of_sums_of_rises():
    for K, disc in itertools.product((2, 3, 5), (False, True)):
        family = made("acat", "logit", K, disc)
        rows = some_rows(family, 30)
        score = np.cumsum(np.column_stack([np.zeros(30), rises(family, rows)]), axis=1)
        expected = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        for k in range(K):
            found = family.log_density(np.full(30, k + 1.0), rows)
            np.testing.assert_allclose(found, expected[:, k], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "link"), list(itertools.product(STEPS, ("logit", "probit", "cloglog")))
)
def test_density_and_probabilities_are_of_one_distribution(name, link):
    family = made(name, link, 4, disc=True)
    rows = some_rows(family, 25)
    share = family.probabilities(rows)
    np.testing.assert_allclose(share.sum(axis=-1), 1.0, atol=1e-14)
    for k in range(4):
        density = np.exp(family.log_density(np.full(25, k + 1.0), rows))
        np.testing.assert_allclose(density, share[:, k], rtol=1e-10, atol=1e-15)


# --- maximum likelihood -----------------------------------------------------------------------


def expanded(data: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each step that a rating came to, and whether it went on."""
    rows = [
        {"step": f"s{k}", "go": int(row.rating > k), **row._asdict()}
        for row in data.itertuples(index=False)
        for k in range(1, 5)
        if row.rating >= k
    ]
    return pd.DataFrame(rows)


def overlapping() -> pd.DataFrame:
    """Return the ratings with a number at which no step is separated."""
    return wine().assign(x=np.round(np.sin(1.0 + np.arange(72) * 2.4), 2))


@pytest.mark.parametrize("name", ["sratio", pytest.param("cratio", marks=pytest.mark.slow)])
def test_maximum_likelihood_is_that_of_the_expanded_rows(name):
    data = overlapping()
    ours = bayesmm.ml("rating ~ contact + cs(x)", data, name)
    theirs = bayesmm.ml("go ~ 0 + step + contact + step:x", expanded(data), "bernoulli")
    assert ours.loglik == pytest.approx(theirs.loglik, abs=1e-8)
    for k, threshold in enumerate(THRESHOLDS, 1):
        for own, other, sign in (
            (threshold, f"step[s{k}]", -1),
            (f"x[{threshold}]", f"step[s{k}]:x", 1),
        ):
            estimate, error = theirs.coefficients[other]
            found = ours.coefficients[own]
            assert found[0] == pytest.approx(sign * estimate, abs=1e-4 * error)
            assert found[1] == pytest.approx(error, rel=1e-3)


@pytest.mark.slow
def test_maximum_likelihood_of_adjacent_categories_by_brute_force():
    """The softmax written out, and maximised by SciPy's BFGS."""
    data = overlapping()
    y, x = data["rating"].to_numpy() - 1, data["x"].to_numpy()
    contact = (data["contact"] == "yes").to_numpy(float)

    def minus_loglik(p):
        rise = p[8] * contact[:, None] + x[:, None] * p[4:8] - p[:4]
        score = np.cumsum(np.column_stack([np.zeros(72), rise]), axis=1)
        return -(score[np.arange(72), y] - np.logaddexp.reduce(score, axis=1)).sum()

    best = minimize(minus_loglik, np.zeros(9), options={"gtol": 1e-7})
    ours = bayesmm.ml("rating ~ contact + cs(x)", data, "acat")
    assert ours.loglik == pytest.approx(-best.fun, abs=1e-8)
    names = (*THRESHOLDS, *(f"x[{name}]" for name in THRESHOLDS), "contact[yes]")
    found = np.array([ours.coefficients[name][0] for name in names])
    errors = np.array([ours.coefficients[name][1] for name in names])
    assert (np.abs(found - best.x) < 1e-3 * errors).all()


# --- the language -----------------------------------------------------------------------------


def test_terms_of_cs_are_coded_as_beside_an_intercept():
    """Factors, products, and an effect of the same number by group."""
    data = overlapping()
    design = build_design(
        "rating ~ contact + cs(temp * x) + (x | judge)", data, resolve_family("acat")
    )
    assert design.mu.names == ("contact[yes]",)
    for own in design.specific_predictors:
        assert own.names == ("temp[warm]", "x", "temp[warm]:x")
        assert not own.intercept
    assert [p.parameter for p in design.specific_predictors] == list(specific_names(THRESHOLDS))
    assert is_known(design.family)
    priors = choose_priors(design)
    # as of slopes: 2.5 sd of the column
    assert str(priors["x[2|3]"]) == f"Normal(0, {2.5 / data['x'].std():.6g})"
    assert "at 0 of those in cs()" in priors.table().set_index("parameter").loc["1|2", "of"]
    given = choose_priors(design, {"x[2|3]": "Normal(0, 1)"})
    assert (str(given["x[2|3]"]), given["x[1|2]"]) == ("Normal(0, 1)", priors["x[1|2]"])


REFUSED = {
    ("rating ~ cs(x)", "cumulative"): "they could cross in some rows",
    ("x ~ cs(contact)", "gaussian"): "gaussian family has no thresholds",
    ("contact ~ cs(x)", "categorical"): "categorical family has no thresholds",
    ("rating ~ x + cs(x)", "acat"): "Leave out the x outside",
    ("rating ~ cs(1)", "acat"): "needs no 1 or 0",
    ("rating ~ cs(x) + (cs(x) | judge)", "acat"): "the same at each threshold",
    ("rating ~ cs((1 | judge))", "acat"): "cannot hold a group term",
    ("rating ~ temp:cs(x)", "acat"): "cs(x:z)",
    ("rating ~ cs(offset(x))", "acat"): "move it outside",
    ("rating ~ cs(cs(x))", "acat"): "can only be added",
    ("rating ~ I(cs(x))", "acat"): "cannot stand inside arithmetic",
    ("rating ~ contact - cs(x)", "acat"): "can only be added",
    ("rating ~ cs(x); disc ~ cs(contact)", "acat"): "formula of the response only",
    ("rating ~ contact; cs ~ x", "acat"): "Parameters that may have a formula: disc",
    ("rating ~ cse(x)", "acat"): "write cs(x)",
}


@pytest.mark.parametrize("formula", REFUSED, ids=lambda pair: pair[0])
def test_a_mistake_is_told(formula):
    with pytest.raises(FormulaError) as told:
        bayesmm.ml(formula[0], overlapping(), formula[1])
    assert REFUSED[formula] in str(told.value)


def test_what_follows_from_other_columns_is_told():
    with pytest.raises(DataError, match=r"leave out cs\(x\)"):
        bayesmm.ml("rating ~ I(2 * x) + cs(x)", overlapping(), "acat")


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_the_advice_of_the_refusal_works(name):
    assert OF_CATEGORIES[name].response == "ordered"
    assert bayesmm.ml("rating ~ cs(x)", overlapping(), name).converged


def test_thresholds_by_group_are_said_to_be_cs():
    with pytest.raises(FormulaError, match=r"write cs\(temp\), temp a factor"):
        bayesmm.ml("rating | thres(gr = temp) ~ contact", overlapping(), "sratio")
    with pytest.raises(FormulaError, match=r"write cs\(g\)"):
        bayesmm.ml("rating | thres(4) ~ contact", overlapping(), "sratio")


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_cs_of_a_factor_is_a_model_of_each_group(name):
    """What is said of thres() is true: the thresholds of each group are as fitted to it alone."""
    data = overlapping().assign(side=np.where(np.arange(72) % 2 == 0, "left", "right"))
    both = bayesmm.ml("rating ~ cs(side)", data, name)
    each = [bayesmm.ml("rating ~ 1", part, name) for _, part in data.groupby("side")]
    assert both.loglik == pytest.approx(sum(one.loglik for one in each), abs=1e-8)
    left, right = each
    for threshold in THRESHOLDS:
        c, error = both.coefficients[threshold]
        shift = both.coefficients[f"side[right][{threshold}]"][0]
        assert c == pytest.approx(left.coefficients[threshold][0], abs=1e-3 * error)
        assert c - shift == pytest.approx(right.coefficients[threshold][0], abs=1e-3 * error)


# --- what follows of the draws ----------------------------------------------------------------


@pytest.fixture(scope="module")
def made_up():
    """Return a fit with made-up draws, which what follows of them needs only."""
    data = overlapping()
    design = build_design("rating ~ contact + cs(x) + (x | judge)", data, resolve_family("sratio"))
    values = dict(zip(THRESHOLDS, (-2.0, 0.3, 1.8, 2.2), strict=True))
    values |= {f"x[{name}]": k / 4 for k, name in enumerate(THRESHOLDS)}
    drawn = synthetic_draws(
        design,
        intercept=(0.0, 0.0),
        beta=(0.8, 0.1),
        sd=(0.5, 0.05),
        effects=(0.0, 0.3),
        auxiliary={name: (value, 0.05) for name, value in values.items()},
        draws=20,
        chains=2,
    )
    fit = replace(synthetic_fit(design, drawn), own_data=data)
    fit.__dict__["_ml_or_reason"] = (None, "There is no ML fit here.")
    return fit


def by_hand(fit, data: pd.DataFrame, effects: np.ndarray | float) -> np.ndarray:
    """Return the probabilities of a stopping ratio, shape (chain, draw, row, category)."""
    draws = fit.own_draws["posterior"]
    x, contact = data["x"].to_numpy(), (data["contact"] == "yes").to_numpy(float)
    left, shares = 1.0, []
    for name in THRESHOLDS:
        c, slope = (draws[n].values[..., None] for n in (name, f"x[{name}]"))
        mu = draws["contact[yes]"].values[..., None] * contact + slope * x + effects
        stays = 1 / (1 + np.exp(-(c - mu)))
        shares.append(left * stays)
        left = left * (1 - stays)
    return np.stack([*shares, left], axis=-1)


def test_probabilities_are_those_of_the_formula(made_up):
    new = pd.DataFrame({"x": [-0.7, 0.4], "contact": ["yes", "no"]})
    found = made_up.predict(new, kind="probability", who="typical group")
    expected = by_hand(made_up, new, 0.0)
    np.testing.assert_allclose(found.draws.reshape(expected.shape), expected, atol=1e-12)
    share = made_up.emmeans("x", at={"x": [-0.7]}, scale="probability")
    both = by_hand(made_up, new.assign(x=-0.7, contact=["yes", "no"]), 0.0).mean(axis=2)
    np.testing.assert_allclose(share.draws, both, atol=1e-12)
    changes = made_up.avg_comparisons("x", scale="probability")
    np.testing.assert_allclose(changes.draws.sum(axis=-1), 0.0, atol=1e-12)


def test_mu_alone_does_not_answer_for_what_stands_in_cs(made_up):
    """Its slope on mu is 0, which nobody means who asks."""
    for ask in (lambda: made_up.slopes("x"), lambda: made_up.emmeans("x")):
        with pytest.raises(UsageError, match="an effect of its own at each threshold"):
            ask()
    at_second = made_up.slopes("x", parameter="cs[2|3]")
    np.testing.assert_allclose(
        at_second.draws[..., 0], made_up.own_draws["posterior"]["x[2|3]"].values
    )
    assert made_up.contrasts("contact").table is not None


def test_tables_words_and_scripts(made_up):
    names = tuple(f"x[{name}]" for name in THRESHOLDS)
    assert tuple(made_up.fixef()["term"]) == (*THRESHOLDS, "contact[yes]", *names)
    ratios = made_up.fixef(exponentiate=True)
    assert ratios.attrs["quantity"] == "odds ratio"
    equation = str(made_up.equation())
    assert "μₖ,ᵢ = μᵢ + κₖ,₁ xᵢ" in equation
    assert "κ₄,₁ ~" in equation
    assert "effects of x that differ between thresholds" in made_up.words()
    brms = made_up.script("brms")
    assert "rating ~ contact + cs(x) + (x | judge)" in brms
    assert brms.count('class = "b", coef = "x"') == 1
    assert "cs(x)" in made_up.script("bayesmm")


def test_the_log_likelihood_is_that_of_the_observed_categories(made_up):
    data, design = made_up.data, made_up.design
    codes = design.blocks[0].columns.codes
    first, second = effect_draws(made_up.own_draws, design.blocks[0])
    effects = first[..., codes] + second[..., codes] * data["x"].to_numpy()
    share = by_hand(made_up, data, effects)
    expected = np.log(share[:, :, np.arange(72), data["rating"].to_numpy() - 1])
    np.testing.assert_allclose(row_log_likelihood(design, made_up.own_draws), expected, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_the_pymc_model_is_the_same(name):
    """The log density of the specification, at points, against family and priors by themselves."""
    from bayesmm.model.pymc_model import build_pymc_model
    from bayesmm.results.densities.log_prior import prior_log_density

    data = overlapping()
    design = build_design("rating ~ contact + cs(x)", data, resolve_family(name))
    priors = choose_priors(design)
    model = build_pymc_model(design, priors)
    log_density = model.compile_logp(jacobian=False)
    rng = np.random.default_rng(3)
    for _ in range(3):
        c, beta, kappa = rng.normal(size=4), rng.normal(), rng.normal(size=4)
        values = {"thresholds_centred": c, "contact[yes]": beta}
        values |= {f"x[{t}]": k for t, k in zip(THRESHOLDS, kappa, strict=True)}
        point = {model.rvs_to_values[v].name: values[v.name] for v in model.free_RVs}
        mu = (design.mu.X[:, 0] - design.mu.centre[0]) * beta
        rows = dict(zip(THRESHOLDS, map(np.array, c), strict=True))
        rows |= {
            f"cs[{t}]": k * data["x"].to_numpy() for t, k in zip(THRESHOLDS, kappa, strict=True)
        }
        total = design.family.log_density(design.y, ResponseParameters(mu, rows)).sum()
        total += sum(
            float(prior_log_density(priors[t], v)) for t, v in zip(THRESHOLDS, c, strict=True)
        )
        total += float(prior_log_density(priors["contact[yes]"], beta))
        total += sum(
            float(prior_log_density(priors[f"x[{t}]"], v))
            for t, v in zip(THRESHOLDS, kappa, strict=True)
        )
        assert float(log_density(point)) == pytest.approx(total, abs=1e-9)


@pytest.mark.slow
def test_a_posterior(tmp_path):
    """Near maximum likelihood where the data say much; saved, loaded, reported."""
    rng, n = np.random.default_rng(11), 600
    data = pd.DataFrame({"x": rng.normal(size=n), "g": np.repeat([f"g{k}" for k in range(30)], 20)})
    family = made("acat", "logit", 4)
    rows = {"1|2": -0.8, "2|3": 0.2, "3|4": 0.9}
    rows |= {
        f"cs[{t}]": s * data["x"].to_numpy() for t, s in zip(rows, (1.0, 0.2, -0.5), strict=True)
    }
    u = np.repeat(0.5 * rng.normal(size=30), 20)
    known = ResponseParameters(u, {name: np.asarray(value) for name, value in rows.items()})
    data["y"] = family.random(rng, known).astype(int)
    fit = bayesmm.fit("y ~ cs(x) + (1 | g)", data, "acat", seed=2, draws=500)
    beside = fit.compare_ml()
    own = beside[beside["kind"] == "fixed"]
    assert (own["difference"].abs() < 0.3).all()
    truth = fit.fixef().set_index("term").loc[["x[1|2]", "x[2|3]", "x[3|4]"]]
    assert (np.abs(truth["mean"] - [1.0, 0.2, -0.5]) < 4 * truth["sd"]).all()
    assert np.isfinite(fit.loo().elpd)
    fit.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    assert again.design.family == fit.design.family
    pd.testing.assert_frame_equal(again.fixef(), fit.fixef())
    fit.report(tmp_path / "report.html")
    assert "x[2|3]" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert tuple(fit.plot.fixef().table["term"])[3:] == ("x[1|2]", "x[2|3]", "x[3|4]")
    drawn = fit.plot.effects("x").table
    assert drawn["mean"].between(1.0, 4.0).all()  # the mean of the numbers of the categories
    sums = fit.plot.category_shares("x").table.groupby("x")["mean"].sum()
    np.testing.assert_allclose(sums, 1.0)
