"""Ordered categories: densities and what follows of them, draws, predictions, pictures, files."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from differences import assert_same_density
from named_parameters import named_values
from wine import wine

import bayesmm
from bayesmm.errors import PriorError, UnsupportedModelError, UsageError
from bayesmm.family import ResponseParameters
from bayesmm.family.known import OF_CATEGORIES, resolve_family
from bayesmm.family.numeric import Jet
from bayesmm.family.thresholds import gap_names
from bayesmm.model.build import build_design
from bayesmm.model.gaps import in_gaps, priors_in_gaps
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.kernels.densities import DensityRows
from bayesmm.sampling.prior_draws import draw_priors

MIXED = "rating ~ temp + contact + (1 | judge)"
LINKS = ("logit", "probit", "cloglog")
ORDERED = [name for name, family in OF_CATEGORIES.items() if family.response == "ordered"]
GRID = [(name, link) for name in ORDERED for link in LINKS]


def made(name: str, link: str, K: int, disc: bool = False):
    family = resolve_family(name, link)
    family = family.with_optional("disc") if disc else family
    return family.made_for(tuple("abcdefg"[:K]))


def parameters(family, mu: np.ndarray) -> ResponseParameters:
    c = np.array([-0.9, -0.1, 0.4, 1.5])[: len(family.thresholds)]
    found = {name: np.array(value) for name, value in zip(family.thresholds, c, strict=True)}
    if "disc" in family.auxiliary:
        found["disc"] = np.array(1.3)
    return ResponseParameters(mu, found)


@pytest.mark.parametrize(("name", "link"), GRID)
def test_densities_probabilities_and_moments_are_of_one_distribution(name, link):
    mu = np.array([-1.7, -0.2, 0.0, 0.9, 2.3])
    for K, disc in itertools.product((2, 3, 5), (False, True)):
        family = made(name, link, K, disc)
        rows = parameters(family, mu)
        share = family.probabilities(rows)
        assert share.shape == (5, K)
        np.testing.assert_allclose(share.sum(axis=-1), 1.0, atol=1e-14)
        numbers = np.arange(1.0, K + 1)
        density = np.stack([family.log_density(np.full(5, k), rows) for k in numbers], axis=-1)
        np.testing.assert_allclose(np.exp(density), share, rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(family.mean(rows), share @ numbers)
        spread = share @ numbers**2 - (share @ numbers) ** 2
        # the difference of two numbers of unit order
        np.testing.assert_allclose(family.variance(rows), spread, rtol=1e-9, atol=1e-13)
        below = np.stack([family.below(np.full(5, k), rows) for k in numbers], axis=-1)
        np.testing.assert_allclose(below, np.cumsum(share, axis=-1), atol=1e-14)
        assert (family.below(np.zeros(5), rows) == 0).all()


@pytest.mark.parametrize("name", ORDERED)
def test_the_generator_has_the_probabilities(name):
    family, n = made(name, "logit", 4), 40_000
    y = family.random(np.random.default_rng(3), parameters(family, np.full(n, 0.4)))
    share = family.probabilities(parameters(family, np.array(0.4)))
    found = np.bincount(y.astype(int), minlength=5)[1:] / n
    assert np.abs(found - share).max() < 4 * 0.5 / np.sqrt(n)


def test_the_sign_is_that_of_brms_and_clm():
    """brms #302: a larger mu means higher categories, in every family and in its predictions."""
    for name, link in GRID:
        family = made(name, link, 4)
        low, high = family.mean(parameters(family, np.array([-1.0, 1.0])))
        assert low < high, (name, link)


def test_nothing_cancels_in_a_narrow_or_far_category():
    """log(F(c_k) - F(c_(k-1))) by differences would be -inf or have no digit."""
    family = made("cumulative", "logit", 3)
    rows = ResponseParameters(
        np.array([0.0, -60.0, 60.0]), {"a|b": np.array(0.0), "b|c": np.array(1e-9)}
    )
    found = family.log_density(np.full(3, 2.0), rows)
    np.testing.assert_allclose(found[0], np.log(1e-9 / 4), rtol=1e-9)
    np.testing.assert_allclose(found[1:], -60.0 + np.log(1e-9), rtol=1e-9)
    far = made("cumulative", "probit", 3).log_density(np.full(3, 2.0), rows)
    assert np.isfinite(far).all()


@pytest.mark.parametrize(("name", "link"), GRID)
def test_three_derivatives(name, link):
    """Those of maximum likelihood, against differences of the log density in gaps."""
    family = made(name, link, 4).in_gaps
    eta, y, gaps = np.array([-0.8, 0.3, 1.1, 0.2]), np.array([1.0, 2.0, 3.0, 4.0]), (0.8, 0.5)
    h = 1e-4
    jet = family.density.kernel(y, Jet.variable(eta), *gaps)
    above, below = (family.density.kernel(y, Jet.variable(eta + d), *gaps) for d in (h, -h))
    for low, high, own in zip(below.parts[:3], above.parts[:3], jet.parts[1:], strict=True):
        np.testing.assert_allclose((high - low) / (2 * h), own, atol=3e-6)


def compiled(name: str, link: str, formula: str = MIXED, absent: int | None = None, weight=1.0):
    design = build_design(formula, wine(), resolve_family(name, link))
    if absent is not None:  # as in simulated responses, or in a part of the data
        y = np.where(design.y == absent, np.where(absent > 1, absent - 1, 2), design.y)
        design = replace(design, y=y, weights=np.full(len(y), weight) if weight != 1.0 else None)
    priors = choose_priors(design)
    model = plain_model(in_gaps(design), priors_in_gaps(design, priors))
    return design, priors, model, compiled_joint_density(model)


def log_likelihood_at(design, values) -> float:
    """Return log p(y | parameters) by the family."""
    names = design.family.thresholds
    gaps = [float(values[g]) for g in gap_names(names)]
    centred = np.cumsum([-float(values["Intercept"]), *gaps])
    beta = np.array([float(values[n]) for n in design.mu.names])
    mu = (design.mu.X - design.mu.centre) @ beta + values["1|judge"][design.blocks[0].columns.codes]
    rows = ResponseParameters(mu, dict(zip(names, map(np.array, centred), strict=True)))
    return float(design.family.log_density(design.y, rows).sum())


def reference(design, priors, model, x: np.ndarray) -> float:
    """Return log p(y, parameters) at coordinates by the family and SciPy's way of the priors."""
    from bayesmm.results.densities.log_prior import prior_log_density

    values = named_values(model, x)
    names = design.family.thresholds
    gaps = [float(values[g]) for g in gap_names(names)]
    centred = np.cumsum([-float(values["Intercept"]), *gaps])
    u = values["1|judge"]
    total = log_likelihood_at(design, values)
    total += sum(
        float(prior_log_density(priors[n], v)) for n, v in zip(names, centred, strict=True)
    )
    total += sum(float(prior_log_density(priors[n], values[n])) for n in design.mu.names)
    sd = float(values["1|judge_sigma"])
    total += float(prior_log_density(priors["1|judge_sigma"], sd)) + np.log(sd)
    total += float(np.sum(-0.5 * (u / sd) ** 2))
    return total + (np.log(gaps).sum() if design.family.in_order else 0.0)


@pytest.mark.parametrize(("name", "link"), [("cumulative", "logit"), ("acat", "cloglog")])
def test_the_compiled_density_is_the_model(name, link):
    """Rows by hand and by jets, and priors of thresholds, to a constant; with its gradient."""
    design, priors, model, density = compiled(name, link)
    rng = np.random.default_rng(1)
    points = density.start + 0.3 * rng.normal(size=(3, density.dimension))
    assert_same_density(density, points, lambda x: reference(design, priors, model, x))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "link"), GRID)
def test_the_pymc_model_is_the_same(name, link):
    from bayesmm.model.pymc_model import build_pymc_model

    design, priors, model, density = compiled(name, link)
    pymc_model = build_pymc_model(design, priors)
    log_density = pymc_model.compile_logp(jacobian=False)
    differences = []
    for x in density.start + 0.2 * np.random.default_rng(2).normal(size=(3, density.dimension)):
        own = named_values(model, x)
        gaps = [float(own[g]) for g in gap_names(design.family.thresholds)]
        sd = own["1|judge_sigma"]
        values = {n: own[n] for n in (*design.mu.names, "1|judge_sigma")}
        values["thresholds_centred"] = np.cumsum([-float(own["Intercept"]), *gaps])
        values["1|judge_offset"] = own["1|judge"] / sd
        point = {}
        for variable in pymc_model.free_RVs:
            value = np.asarray(values[variable.name], dtype=float)
            way = pymc_model.rvs_to_transforms[variable]
            name_of_value = pymc_model.rvs_to_values[variable].name
            point[name_of_value] = (
                value if way is None else way.forward(value, *variable.owner.inputs).eval()
            )
        change = np.log(sd) + (np.log(gaps).sum() if design.family.in_order else 0.0)
        differences.append(evaluate(density, x)[0] - float(log_density(point)) - change)
    np.testing.assert_allclose(differences, differences[0], atol=1e-9)


# --- a fit ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted():
    data = wine()
    words = np.array(["none", "faint", "some", "strong", "very"])
    data["bitter"] = pd.Categorical(words[data["rating"] - 1], list(words), ordered=True)
    return bayesmm.fit(
        "bitter ~ temp + contact + (1 | judge)", data, "cumulative", seed=1, draws=500
    )


THRESHOLDS = ("none|faint", "faint|some", "some|strong", "strong|very")


def test_thresholds_stand_with_the_common_effects(fitted):
    """In the tables, the draws, the priors and beside ML: not an intercept and gaps."""
    terms = (*THRESHOLDS, "temp[warm]", "contact[yes]")
    assert tuple(fitted.fixef()["term"]) == terms
    assert set(THRESHOLDS) < set(fitted.own_draws["posterior"].data_vars)
    assert not {"Intercept", *gap_names(THRESHOLDS)} & set(fitted.own_draws["posterior"].data_vars)
    assert tuple(fitted.priors)[: len(terms)] == (*terms[4:], *THRESHOLDS)
    beside = fitted.compare_ml()
    own = beside[beside["kind"] == "fixed"]
    assert tuple(own["var1"]) == terms
    assert np.isfinite(own["se"]).all()
    # the posterior is near ML, which priors of this width hardly move
    assert (own["difference"].abs() < 1).all()
    page = str(fitted.summary())
    assert all(name in page for name in THRESHOLDS)
    assert "none < faint < some < strong < very" in page


def test_probabilities_sum_to_one_in_every_output(fitted):
    """marginaleffects #639: no category vanishes, and every row has all of them."""
    few = fitted.data.iloc[[0, 7]]
    outputs = {
        "these groups": fitted.predict(kind="probability"),
        "population": fitted.predict(few, kind="probability", who="population"),
        "means": fitted.emmeans("temp", scale="probability"),
        "averages": fitted.avg_predictions("temp", scale="probability"),
    }
    for name, found in outputs.items():
        K, table = 5, found.table
        assert tuple(table["category"][:K]) == fitted.design.categories, name
        assert len(table) % K == 0
        sums = found.draws.reshape(*found.draws.shape[:2], -1, K).sum(axis=-1)
        np.testing.assert_allclose(sums, 1.0, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(table["mean"].to_numpy().reshape(-1, K).sum(axis=1), 1.0)
    changes = fitted.avg_comparisons("temp", scale="probability")
    np.testing.assert_allclose(changes.draws.sum(axis=-1), 0.0, atol=1e-9)
    assert tuple(changes.table["category"]) == fitted.design.categories
    differences = fitted.contrasts("temp", scale="probability")
    np.testing.assert_allclose(differences.draws.sum(axis=-1), 0.0, atol=1e-9)


def test_a_column_of_the_data_may_be_called_category(fitted):
    new = fitted.data.iloc[:2].assign(category="mine")
    table = fitted.predict(new, kind="probability").table
    assert tuple(table["data.category"].unique()) == ("mine",)
    assert tuple(table["category"][:5]) == fitted.design.categories


def test_the_mean_is_that_of_the_numbers_of_the_categories(fitted):
    mean = fitted.predict().draws
    share = fitted.predict(kind="probability").draws.reshape(*mean.shape, 5)
    np.testing.assert_allclose(mean, share @ np.arange(1.0, 6.0), rtol=1e-12)
    drawn = fitted.predict(kind="response").draws
    assert set(np.unique(drawn)) <= {1.0, 2.0, 3.0, 4.0, 5.0}


def test_what_has_no_categories_has_no_probabilities_of_them(mtcars_fit):
    for ask in (
        lambda: mtcars_fit.predict(kind="probability"),
        lambda: mtcars_fit.emmeans("wt", scale="probability"),
    ):
        with pytest.raises(UsageError, match="has none"):
            ask()


def test_leaving_out_and_checks(fitted):
    """Bambi #789: the log likelihood of ordered categories is there, row by row."""
    loo = fitted.loo()
    assert np.isfinite(loo.elpd)
    assert np.isfinite(fitted.residuals()["quantile"]).all()
    replicated = fitted.ppc().draws["posterior_predictive"].dataset
    assert set(np.unique(replicated["bitter"].values)) <= {1, 2, 3, 4, 5}


@pytest.mark.slow
def test_every_check_has_an_answer(fitted, tmp_path):
    assert fitted.check() is not None
    fitted.report(tmp_path / "report.html")
    assert "none|faint" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_pictures(fitted):
    bars = fitted.plot.ppc()
    assert tuple(bars.table["category"]) == fitted.design.categories
    np.testing.assert_array_equal(bars.table["observed"], [5, 22, 26, 12, 7])
    stacked = fitted.plot.category_shares("temp")
    sums = stacked.table.groupby("temp")["mean"].sum()
    np.testing.assert_allclose(sums, 1.0)
    cuts = fitted.plot.thresholds()
    assert tuple(cuts.table["threshold"]) == THRESHOLDS
    assert cuts.table["mean"].is_monotonic_increasing


def test_it_is_saved_and_updated(fitted, tmp_path):
    fitted.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    assert again.design.family == fitted.design.family
    assert again.design.categories == fitted.design.categories
    pd.testing.assert_frame_equal(again.fixef(), fitted.fixef())


def test_words(fitted):
    assert "proportional odds" in fitted.words()
    assert "4 thresholds between 5 categories" in fitted.words()
    assert "P(bitter ≤ k)" in str(fitted.equation())
    assert "clmm(bitter ~ temp + contact + (1 | judge)" in fitted.script("lme4")
    assert 'class = "Intercept", coef = "4"' in fitted.script("brms")
    assert "ordered=True" in fitted.script("bayesmm")
    with pytest.raises(UnsupportedModelError, match="thresholds of its own"):
        fitted.pooling()


# --- priors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
def test_the_default_prior_has_all_shares_as_likely(link):
    """Shares of the categories at the mean of the predictors are Dirichlet(1, ..., 1)."""
    design = build_design("rating ~ temp", wine(), resolve_family("cumulative", link))
    n = 4000
    drawn = draw_priors(design, choose_priors(design), n, seed=4)
    shift = drawn.beta[0] @ design.mu.centre
    centred = {t: drawn.auxiliary[t][0] - shift for t in design.family.thresholds}
    share = design.family.probabilities(ResponseParameters(np.zeros(n), centred))
    # Dirichlet(1) of 5: mean 1/5, variance 4 / (25 * 6)
    sd = np.sqrt(4 / 150)
    np.testing.assert_allclose(share.mean(axis=0), 0.2, atol=4 * sd / np.sqrt(n))
    np.testing.assert_allclose(share.std(axis=0), sd, rtol=0.06)


def test_priors_of_thresholds_can_be_replaced():
    data = wine()
    given = bayesmm.priors(MIXED, data, "cumulative", {"1|2": "Normal(-2, 1)"})
    assert str(given["1|2"]) == "Normal(-2, 1)"
    assert "in their order" in given.table().set_index("parameter").loc["2|3", "of"]
    brms = bayesmm.priors(MIXED, data, "cumulative", "brms")
    assert str(brms["4|5"]) == "StudentT(3, 0, 2.5)"
    for wrong in ("HalfNormal(1)", "Uniform(0, 1)"):
        with pytest.raises(PriorError, match="no prior of one"):
            bayesmm.priors(MIXED, data, "cumulative", {"1|2": wrong})
    with pytest.raises(PriorError, match="of thresholds"):
        bayesmm.priors(MIXED, data, "cumulative", {"temp[warm]": "MinGumbel(0, 1)"})
    design = build_design("rating ~ temp", data, resolve_family("cumulative"))
    out_of_order = choose_priors(design, {"1|2": "Normal(9, 0.1)", "2|3": "Normal(-9, 0.1)"})
    with pytest.raises(PriorError, match="almost never in their order"):
        draw_priors(design, out_of_order, 100, seed=1)


@pytest.mark.parametrize("weight", [1.0, 2.0])
@pytest.mark.parametrize("absent", [1, 2, 4, 5])
def test_a_category_may_have_no_rows(absent, weight):
    """The thresholds about it stay those of the model, in both kernels: weighted rows have one."""
    design, priors, model, density = compiled("cumulative", "logit", absent=absent, weight=weight)
    assert absent not in design.y
    rng = np.random.default_rng(1)
    points = density.start + 0.3 * rng.normal(size=(3, density.dimension))
    plain = replace(design, weights=None)

    def expected(x: np.ndarray) -> float:
        further = (weight - 1.0) * log_likelihood_at(plain, named_values(model, x))
        return reference(plain, priors, model, x) + further

    assert_same_density(density, points, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ORDERED)
def test_two_categories_are_a_bernoulli(name):
    """One threshold and no gap: the rows compile, and the sampled density is that of a logit."""
    data = wine().assign(high=lambda d: (d["rating"] > 2) * 1)
    formula = "high ~ temp + contact + (1 | judge)"
    design = build_design(formula, data, resolve_family(name))
    priors = choose_priors(design, {"0|1": "Normal(0, 2.5)"})
    ordered = compiled_joint_density(plain_model(in_gaps(design), priors_in_gaps(design, priors)))
    binary = build_design(formula, data, resolve_family("bernoulli"))
    same = {key: priors[key] for key in priors if key != "0|1"}
    model = plain_model(binary, choose_priors(binary, {"Intercept": "Normal(0, 2.5)", **same}))
    plain = compiled_joint_density(model)
    rng = np.random.default_rng(4)
    points = plain.start + 0.3 * rng.normal(size=(3, plain.dimension))
    differences = [evaluate(ordered, x)[0] - evaluate(plain, x)[0] for x in points]
    np.testing.assert_allclose(differences, differences[0], atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("K", [2, 3, 5])
def test_the_density_with_thresholds_compiles_too(K):
    """Not only that in gaps: both are one function, of c and of the gaps between them."""
    family = made("sratio", "logit", K)
    c = np.array([-0.9, -0.1, 0.4, 1.5])[: K - 1]
    eta, y = np.array([0.3, -0.7]), np.array([1.0, float(K)])
    of_thresholds = family.density.kernel(y, eta, *c)
    of_gaps = family.in_gaps.density.kernel(y, eta - c[0], *np.diff(c))
    np.testing.assert_allclose(of_thresholds, of_gaps, rtol=1e-14)
    links = (None,) * (K - 1)
    assert DensityRows(family.density, "logit", links).address(f"thresholds_{K}", ours=False)
