"""Models in which further parameters have formulas: every answer of a fit is right, or refused.

The draws are synthetic: any values show whether an answer reads the right predictor.
"""

import inspect
from itertools import chain, combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit
from scipy import stats
from scipy.special import expit

import bayesmm
from bayesmm.errors import BayesmmError, UnsupportedModelError, UsageError
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.fitted import Fit
from bayesmm.model.build import build_design
from bayesmm.model.names import scalar_names
from bayesmm.plots.menu import PLOTS
from bayesmm.results.comparison.grouping import grouping_of
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.prediction.population import population_mean

N = 60


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "x": rng.normal(3, 1, N),
            "z": rng.normal(size=N),
            "a": rng.choice(list("pqr"), N),
            "g": np.array(list("uvwxy"))[np.arange(N) % 5],
            "w": rng.integers(1, 4, N),
        }
    )
    frame["y"] = 1 + 0.5 * frame["x"] + rng.normal(size=N)
    frame["count"] = rng.poisson(2, N) * rng.integers(0, 2, N)
    return frame


def made(formula, data, family="gaussian", **options):
    moments = {"beta": (0.1, 0.05), "sd": (0.3, 0.03), "effects": (0.0, 0.2)}
    return formula_fit(formula, data, family, draws=40, **moments, **options)


@pytest.fixture(scope="module")
def scale(data) -> Fit:
    return made("y ~ x + a + (x | p | g); sigma ~ z + a + (1 | p | g)", data)


@pytest.fixture(scope="module")
def zeros(data) -> Fit:
    return made("count ~ x + (1 | g); zi ~ z + (1 | g)", data, "zero_inflated_poisson")


def draws_of(fit, name):
    return fit.own_draws["posterior"][name].values


def eta_of(fit, parameter, data):
    """Return a linear predictor of the rows, written out by hand."""
    prefix = "" if parameter == "mu" else f"{parameter}_"
    names = {"Intercept": 1.0, "x": data["x"], "z": data["z"]}
    names |= {f"a[{level}]": data["a"] == level for level in "qr"}
    eta = np.zeros((*draws_of(fit, "Intercept").shape, len(data)))
    for name, column in names.items():
        if f"{prefix}{name}" in scalar_names(fit.design):
            values = np.broadcast_to(np.asarray(column, float), len(data))
            eta += draws_of(fit, f"{prefix}{name}")[..., None] * values
    levels = list(fit.design.blocks[0].levels)
    codes = [levels.index(level) for level in data["g"]]
    for effect, column in (("1|g", 1.0), ("x|g", data["x"])):
        if f"{prefix}{effect}" in fit.own_draws["posterior"]:
            eta += draws_of(fit, f"{prefix}{effect}")[..., codes] * np.asarray(column)
    return eta


# --- formulas ---------------------------------------------------------------------------------


def test_one_text_and_a_list_say_the_same(data):
    parts = ["y ~ x + (x | p | g)", "sigma ~ z + (1 | p | g)"]
    one, several = (
        build_design(f, data, resolve_family("gaussian")) for f in ("; ".join(parts), parts)
    )
    assert one.formula == several.formula == "; ".join(parts)
    assert scalar_names(one) == ("Intercept", "x", "sigma_Intercept", "sigma_z")
    (block,) = one.blocks
    assert [(e.predictor, e.name) for e in block.effects] == [
        ("mu", "Intercept"), ("mu", "x"), ("sigma", "Intercept"),
    ]  # fmt: skip
    assert block.covariance.correlated


def test_without_a_label_blocks_stay_apart_and_a_lone_label_is_told(data):
    design = build_design("y ~ (1 | g); sigma ~ (1 | g)", data, resolve_family("gaussian"))
    assert [len(block.effects) for block in design.blocks] == [1, 1]
    lone = build_design("y ~ (1 | p | g); sigma ~ z", data, resolve_family("gaussian"))
    assert any("'p' stands in one formula only" in note for note in lone.notes)


def test_a_row_without_a_value_for_sigma_is_left_out_for_both(data):
    gaps = data.assign(z=data["z"].where(np.arange(N) > 2))
    design = build_design("y ~ x; sigma ~ z", gaps, resolve_family("gaussian"))
    assert design.n_dropped == 3
    assert design.mu.n_obs == design.predictor("sigma").n_obs == N - 3


def test_a_formula_of_one_number_says_nothing(data):
    design = build_design("y ~ x; sigma ~ 1", data, resolve_family("gaussian"))
    assert design.varying == ()
    assert any("same in all rows" in note for note in design.notes)


@pytest.mark.parametrize(
    ("family", "written", "ours"),
    [
        ("gaussian", "disp", "sigma"),
        ("negativebinomial", "shape", "alpha"),
        ("negativebinomial", "disp", "alpha"),
        ("zero_inflated_poisson", "zi", "zi"),
        ("zero_inflated_poisson", "psi", "psi"),
        ("hurdle_poisson", "hu", "hu"),
        ("hurdle_poisson", "zi", "hu"),
    ],
)
def test_names_of_other_packages(data, family, written, ours):
    response = "y" if family == "gaussian" else "count"
    design = build_design(f"{response} ~ x; {written} ~ z", data, resolve_family(family))
    assert scalar_names(design)[-2:] == (f"{ours}_Intercept", f"{ours}_z")
    assert (ours in ("zi", "hu")) == (design.family.complement_of is not None)


COUNTS_WITH_ZEROS = [
    name for name, own in FAMILIES.items() if own.parameter("psi") and own.response == "count"
]


@pytest.mark.parametrize("name", COUNTS_WITH_ZEROS)
def test_zi_is_the_complement_of_psi(data, name):
    """The same rows from psi and from 1 - psi, for every function of the family."""
    plain = FAMILIES[name]
    written = plain.parameter("psi").complements[0]
    turned = build_design(f"count ~ x; {written} ~ z", data, plain).family
    fits = [
        made(f"count ~ x; {p} ~ z", data, plain, auxiliary={f"{p}_Intercept": (s, 0.1)})
        for p, s in (("psi", 0.4), (written, -0.4))
    ]
    psi, zi = fits
    # coefficients of the other sign
    other = zi.own_draws.copy()
    posterior = other["posterior"].to_dataset()
    for term in ("Intercept", "z"):
        posterior[f"{written}_{term}"] = -psi.own_draws["posterior"][f"psi_{term}"]
    for term in ("Intercept", "x", *(n for n in plain.auxiliary if n != "psi")):
        posterior[term] = psi.own_draws["posterior"][term]
    other["posterior"] = type(other)(posterior)
    np.testing.assert_allclose(
        row_log_likelihood(zi.design, other), row_log_likelihood(psi.design, psi.own_draws),
        rtol=1e-10,
    )  # fmt: skip
    assert turned.auxiliary[-1] == written


# --- answers ----------------------------------------------------------------------------------


def test_tables_have_every_parameter(scale):
    assert scale.fixef()["term"].tolist() == [
        "Intercept", "x", "a[q]", "a[r]",
        "sigma_Intercept", "sigma_z", "sigma_a[q]", "sigma_a[r]",
    ]  # fmt: skip
    varcorr = scale.varcorr()
    assert "Residual" not in varcorr["grp"].tolist()
    assert "sigma_Intercept" in varcorr["var1"].tolist()
    coef = scale.coef().set_index(["level", "term"])
    for level, draws in zip("uvwxy", np.moveaxis(draws_of(scale, "sigma_1|g"), 2, 0), strict=True):
        total = draws + draws_of(scale, "sigma_Intercept")
        assert coef.loc[(level, "sigma_Intercept"), "mean"] == pytest.approx(total.mean())
    assert len(scale.summary().auxiliary) == 0


def test_the_page_says_on_which_scale_coefficients_are(scale, zeros, data):
    page = " ".join(str(scale.summary()).split())
    assert "sigma_Intercept, sigma_z, sigma_a[q], sigma_a[r]: coefficients of log(sigma) " in page
    assert "(residual standard deviation); so are sds of its group effects." in page
    page = " ".join(str(zeros.summary()).split())
    assert "zi_Intercept, zi_z: coefficients of logit(zi) (1 - psi, the share of rows" in page
    no_terms = made("y ~ x; sigma ~ 0 + (1 | g)", data).summary()
    assert "Group effects on sigma and their sds are those of log(sigma)" in no_terms.notes[-2]
    assert not any("log(sigma)" in note for note in made("y ~ x", data).summary().notes)


def test_predictions_use_the_predictor_that_is_meant(scale, data):
    mu, eta = eta_of(scale, "mu", data), eta_of(scale, "sigma", data)
    np.testing.assert_allclose(scale.predict().draws, mu, rtol=1e-10)
    own = scale.predict(parameter="sigma").draws
    np.testing.assert_allclose(own, np.exp(eta), rtol=1e-10)
    np.testing.assert_allclose(scale.predict(parameter="sigma", kind="link").draws, eta, rtol=1e-10)
    np.testing.assert_allclose(scale.predict(parameter="mu").draws, mu, rtol=1e-10)


def test_an_interval_of_responses_has_the_sd_of_its_row(scale, data):
    """The residuals of draws of the response, over sigma of the row and draw, are standard."""
    drawn = scale.predict(kind="response", seed=3).draws
    z = (drawn - eta_of(scale, "mu", data)) / np.exp(eta_of(scale, "sigma", data))
    n = z.size
    assert abs(z.mean()) < 4 / np.sqrt(n)
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / n)
    assert z.std(axis=(0, 1)).max() < 1 + 5 / np.sqrt(2 * z[..., 0].size)


def test_a_population_draws_the_effects_of_both_parameters(scale, data):
    """Var y of a new row of a new group is z' Sigma z + E sigma^2, with E over its effects too."""
    row = pd.concat([data.head(1)] * 5000)
    options = {"n_draws": 16, "seed": 1}
    drawn = scale.predict(row, who="population", kind="response", **options).draws
    one = data.head(1)
    eta = scale.predict(one, "typical group", "link", parameter="sigma", n_draws=16).draws[..., 0]
    places = np.arange(4) * 10  # those that `choose_draws` takes
    sd = {n: draws_of(scale, f"{n}|g_sigma")[:, places] for n in ("1", "x", "sigma_1")}
    corr = draws_of(scale, "g_corr")[:, places, 0]
    x = float(one["x"].iloc[0])
    groups = sd["1"] ** 2 + x**2 * sd["x"] ** 2 + 2 * x * corr * sd["1"] * sd["x"]
    expected = groups + np.exp(2 * eta + 2 * sd["sigma_1"] ** 2)
    ratio = drawn.var(axis=-1) / expected
    # kurtosis of such a mixture is below 6: relative sd of a variance of 5000 is below .032
    assert np.abs(ratio - 1).max() < 0.13
    assert abs(ratio.mean() - 1) < 0.04


def test_a_new_group_has_one_draw_of_its_effects_on_both(scale, data):
    new = data.head(2).assign(g="new")
    first = scale.predict(new, who="new group", parameter="sigma", kind="link", seed=1).draws
    again = scale.predict(new, who="new group", parameter="sigma", kind="link", seed=1).draws
    np.testing.assert_array_equal(first, again)
    assert np.isfinite(scale.predict(new, who="new group", kind="response").draws).all()


def test_the_mean_of_zero_inflated_counts_has_the_share_of_its_row(zeros, data):
    mu, zi = np.exp(eta_of(zeros, "mu", data)), expit(eta_of(zeros, "zi", data))
    np.testing.assert_allclose(zeros.predict().draws, (1 - zi) * mu, rtol=1e-10)
    np.testing.assert_allclose(zeros.predict(component="zero").draws, zi, rtol=1e-10)
    np.testing.assert_allclose(zeros.predict(component="count").draws, mu, rtol=1e-10)
    # E over the independent effects of a new group: (1 - E zi) E mu, the latter exactly
    one = data.head(1)
    typical, zi = (zeros.predict(one, "typical group", "link", parameter=p) for p in ("mu", "zi"))
    sd, share = (draws_of(zeros, f"{own}1|g_sigma")[..., None] for own in ("", "zi_"))
    expected = np.exp(typical.draws + sd**2 / 2) * (
        1 - population_mean("logit", zi.draws, share**2)
    )
    found = zeros.predict(one, who="population").draws
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    share = made("count ~ x; psi ~ z", data, "zero_inflated_poisson")
    np.testing.assert_allclose(
        share.predict(component="zero").draws, 1 - share.predict(parameter="psi").draws, rtol=1e-12
    )


def test_marginal_answers_of_a_named_parameter(scale, zeros, data):
    at = data.assign(z=data["z"].mean())
    grid = [at.assign(a=level).head(1) for level in "pqr"]
    expected = [scale.predict(g, "typical group", "link", parameter="sigma").draws for g in grid]
    means = scale.emmeans("a", parameter="sigma").draws
    np.testing.assert_allclose(means, np.concatenate(expected, axis=-1), rtol=1e-10)
    contrasts = scale.contrasts("a", parameter="sigma")
    np.testing.assert_allclose(contrasts.draws[..., 0], -draws_of(scale, "sigma_a[q]"), rtol=1e-9)
    slopes = scale.slopes("z", parameter="sigma")
    np.testing.assert_allclose(slopes.draws[..., 0], draws_of(scale, "sigma_z"), rtol=1e-9)
    np.testing.assert_allclose(scale.slopes("x").draws[..., 0], draws_of(scale, "x"), rtol=1e-9)
    with pytest.raises(UsageError, match=r"not a predictor"):
        scale.slopes("x", parameter="sigma")
    # z moves the mean of the counts through zi alone
    zi, mu = expit(eta_of(zeros, "zi", data)), np.exp(eta_of(zeros, "mu", data))
    slope = -mu * zi * (1 - zi) * draws_of(zeros, "zi_z")[..., None]
    found = zeros.avg_slopes("z").draws[..., 0]
    np.testing.assert_allclose(found, slope.mean(axis=-1), rtol=1e-4)
    with pytest.raises(UnsupportedModelError, match="several linear predictors"):
        zeros.slopes("x", scale="response")


def test_ml_estimates_of_a_named_parameter(data):
    """Beside the draws stand X gamma of ML and sqrt(x' V x), by hand from the whole ML fit."""
    fit = made("y ~ x + a + (1 | p | g); sigma ~ z + a + (1 | p | g)", data, ml=True)
    own = fit.ml.further_predictors["sigma"]
    assert fit.design.predictor("sigma").terms == ("Intercept", "z", "a[q]", "a[r]")
    z = data["z"].mean()
    X = np.array([[1, z, 0, 0], [1, z, 1, 0], [1, z, 0, 1]])
    eta, se = X @ own.estimates, np.sqrt(np.diag(X @ own.covariance @ X.T))
    expected = {
        "link": (fit.emmeans("a", parameter="sigma"), eta, se),
        "response": (
            fit.emmeans("a", scale="response", parameter="sigma"), np.exp(eta), np.exp(eta) * se,
        ),
        "slope": (fit.slopes("z", parameter="sigma"), *fit.ml.coefficients["sigma_z"]),
        "slope of mu": (fit.slopes("x", parameter="mu"), *fit.ml.coefficients["x"]),
    }  # fmt: skip
    for found, estimate, error in expected.values():
        np.testing.assert_allclose(found.table["ml_estimate"], estimate, rtol=1e-7)
        np.testing.assert_allclose(found.table["ml_se"], error, rtol=1e-5)
    contrast = fit.contrasts("a", parameter="sigma").table.iloc[0]
    estimate, error = fit.ml.coefficients["sigma_a[q]"]
    np.testing.assert_allclose(
        [contrast["ml_estimate"], contrast["ml_se"]], [-estimate, error], rtol=1e-7
    )
    # at the modes of the effects on sigma, which are the second of their block
    (block,) = fit.ml.blocks
    assert [effect.predictor for effect in fit.design.blocks[0].effects] == ["mu", "sigma"]
    levels = list(fit.design.blocks[0].levels)
    design = np.column_stack([np.ones(N), data["z"], data["a"] == "q", data["a"] == "r"])
    mode = block.modes[1, [levels.index(level) for level in data["g"]]]
    found = fit.avg_predictions(parameter="sigma").table["ml_estimate"]
    by_hand = np.exp(design.astype(float) @ own.estimates + mode).mean()
    np.testing.assert_allclose(found, [by_hand], rtol=1e-7)


def test_what_is_one_number_is_told(scale, data):
    plain = made("y ~ x", data)
    with pytest.raises(UsageError, match="one number, the same in all rows"):
        plain.predict(parameter="sigma")
    with pytest.raises(UsageError, match="parameter is 'nu'"):
        scale.predict(parameter="nu")
    with pytest.raises(UsageError, match="zero-inflated and hurdle"):
        scale.predict(component="zero")


def test_likelihood_is_that_of_sigma_of_each_row(scale, data):
    mu, sd = eta_of(scale, "mu", data), np.exp(eta_of(scale, "sigma", data))
    y = data["y"].to_numpy()
    expected = -0.5 * np.log(2 * np.pi) - np.log(sd) - 0.5 * ((y - mu) / sd) ** 2
    np.testing.assert_allclose(
        row_log_likelihood(scale.design, scale.own_draws), expected, rtol=1e-10
    )
    pearson = scale.residuals()["pearson"]
    np.testing.assert_allclose(pearson, ((y - mu) / sd).mean(axis=(0, 1)), rtol=0.5, atol=0.2)


REFUSED = {
    "r2": "no accepted definition",
    "icc": "no accepted definition",
    "pooling": "pooling cannot be had",
    "loo": "likelihood of whole groups is not known where zi varies",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_answer_says_so(zeros, name):
    options = {"leave": "group"} if name == "loo" else {}
    with pytest.raises(UnsupportedModelError, match=REFUSED[name]):
        getattr(zeros, name)(**options)


def test_variance_explained_is_over_the_residual_variance_of_the_mean_row(scale, data):
    """D = mean over the rows of E sigma^2, over sigma's effects; G of the effects on mu alone."""
    population = scale.predict(who="typical group", parameter="sigma", kind="link").draws
    sd = {n: draws_of(scale, f"{n}|g_sigma") for n in ("1", "x", "sigma_1")}
    corr = draws_of(scale, "g_corr")[..., 0]
    x = data["x"].to_numpy()
    of_sigma = sd["sigma_1"][..., None] ** 2
    D = np.exp(2 * population + 2 * of_sigma).mean(axis=-1)
    both = 2 * corr * sd["1"] * sd["x"]
    G = sd["1"] ** 2 + (x**2).mean() * sd["x"] ** 2 + x.mean() * both
    F = scale.predict(who="typical group", kind="link").draws.var(axis=-1, ddof=1)
    r2, icc = scale.r2(), scale.icc()
    assert r2.table["definition"].tolist() == ["nakagawa"] * 3
    np.testing.assert_allclose(r2.draws[..., 2], G / (F + G + D), rtol=1e-10)
    np.testing.assert_allclose(r2.draws[..., 1], F / (F + G + D), rtol=1e-10)
    np.testing.assert_allclose(icc.draws[..., 0], G / (G + D), rtol=1e-10)
    assert "mean row" in r2.table.attrs["title"] and "mean row" in icc.table.attrs["title"]


def test_no_intraclass_correlation_without_effects_on_mu(data):
    fit = made("y ~ x; sigma ~ (1 | g)", data)
    with pytest.raises(UsageError, match="no group effects on mu"):
        fit.icc()
    assert np.isfinite(fit.r2().draws).all()


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + (x | p | g); sigma ~ z + (1 | p | g)",
        "y ~ x + (1 | g); sigma ~ z + (0 + z | g)",
        "y ~ x + (x | g); sigma ~ z",
        "y ~ x; sigma ~ (1 | g)",
    ],
)
def test_likelihood_of_whole_groups(data, formula):
    """Effects on mu by a dense normal, the one on sigma by the trapezoidal rule."""
    fit = made(formula, data)
    grouping = grouping_of([fit.design], "g")
    found = group_log_likelihood(fit.design, fit.own_draws, grouping).values
    y, x, z = (data[name].to_numpy() for name in ("y", "x", "z"))
    variables = fit.own_draws["posterior"]
    columns = {"1|g": np.ones(N), "x|g": x}
    of_sigma = {"sigma_1|g": np.ones(N), "sigma_z|g": z}
    names = [n for n in columns if n in variables]
    scale = next((n for n in of_sigma if n in variables), None)

    def log_joint(v, which, draw, rows):
        def at(name):
            return float(draws_of(fit, name)[which, draw])

        eta = np.full(rows.sum(), at("sigma_Intercept"))
        eta += at("sigma_z") * z[rows] if "sigma_z" in variables else 0.0
        mean = at("Intercept") + at("x") * x[rows]
        Z = np.column_stack([np.empty((rows.sum(), 0)), *(columns[n][rows] for n in names)])
        own = [at(f"{n}_sigma") for n in names] + ([at(f"{scale}_sigma")] if scale else [])
        corr = np.eye(len(own))
        if "g_corr" in variables:
            pairs = list(combinations(range(len(own)), 2))
            for (a, b), r in zip(pairs, draws_of(fit, "g_corr")[which, draw], strict=True):
                corr[a, b] = corr[b, a] = r
        G = np.outer(own, own) * corr
        k = len(names)
        prior = 0.0
        given = G[:k, :k]
        if scale:
            eta += v * of_sigma[scale][rows]
            prior = stats.norm(0, own[-1]).logpdf(v)
            mean = mean + Z @ G[:k, k] / G[k, k] * v
            given = given - np.outer(G[:k, k], G[:k, k]) / G[k, k]
        V = Z @ given @ Z.T + np.diag(np.exp(2 * eta))
        return stats.multivariate_normal(mean, V).logpdf(y[rows]) + prior

    for which, draw in ((0, 0), (1, 7)):
        for j, level in enumerate(grouping.levels[:1]):
            rows = (data["g"] == level).to_numpy()
            expected = log_joint(0.0, which, draw, rows)
            if scale:
                sd = float(draws_of(fit, f"{scale}_sigma")[which, draw])
                grid = np.linspace(-8 * sd, 8 * sd, 161)
                terms = [log_joint(v, which, draw, rows) for v in grid]
                expected = np.logaddexp.reduce(terms) + np.log(grid[1] - grid[0])
            assert found[which, draw, j] == pytest.approx(expected, rel=1e-7)


def test_scripts_say_the_model_or_why_not(scale, zeros, data):
    assert "bf(y ~ x + a + (x | p | g), sigma ~ z + a + (1 | p | g))" in scale.script("brms")
    assert 'class = "b", coef = "z", dpar = "sigma"' in scale.script("brms")
    assert "ziformula = ~ z + (1 | g)" in zeros.script("lme4")
    apart = made("y ~ x + (1 | g); sigma ~ z", data)
    assert "dispformula = ~ z" in apart.script("lme4")
    with pytest.raises(UnsupportedModelError, match="do not correlate effects across formulas"):
        scale.script("lme4")
    for language in ("bambi", "rstanarm"):
        with pytest.raises(UnsupportedModelError):
            scale.script(language)
    turned = made("count ~ x; psi ~ z", data, "zero_inflated_poisson")
    with pytest.raises(UnsupportedModelError, match="write 'zi ~"):
        turned.script("brms")


def test_words_and_equations_name_every_parameter(scale, zeros):
    assert "log(sigma) had fixed effects of z and a" in scale.words()
    assert "random effects on mu and sigma by g are correlated" in scale.words()
    assert "log(σᵢ) = γ₀ + γ₁ zᵢ" in scale.equation()
    assert "logit(ziᵢ)" in zeros.equation()


def test_few_rows_of_a_level_are_told(data):
    few = data.assign(h=[f"h{k // 3}" for k in range(N)])
    found = bayesmm.explain("y ~ x + (1 | h); sigma ~ (1 | h)", few)
    assert any(advice.check == "few_rows_per_group" for advice in found.advice)


ARGUMENTS = {
    "avg_comparisons": {"variables": "x"},
    "avg_predictions": {},
    "avg_slopes": {"variables": "x"},
    "contrasts": {"cells": "a"},
    "emmeans": {"cells": "a"},
    "hypothesis": {"text": "sigma_z > 0"},
    "slopes": {"variable": "x"},
}
# What needs a sampler, files, or is asked above.
# verify builds the PyMC model, for tests/test_verify.py
ELSEWHERE = {
    *("update", "save", "report", "remember", "remember_verification", "verify"),
    *("write_predictions", "write_residuals"),
}


def assert_every_method_answers(fit):
    """No answer of a fit ends in an error of Python, whatever it reads of the design."""
    names = [
        name
        for name, member in inspect.getmembers(Fit)
        if not name.startswith("_") and callable(member) and name not in ELSEWHERE
    ]
    assert len(names) > 30
    for name in names:
        try:
            answer = getattr(fit, name)(**ARGUMENTS.get(name, {}))
        except BayesmmError as refusal:
            assert len(str(refusal)) > 30, name
        else:
            assert answer is not None, name


def assert_every_picture_is_drawn(fit):
    """No picture of a fit ends in an error of Python, whichever parameter it is of."""
    for name in PLOTS:
        for parameter in chain([None], fit.design.varying if PLOTS[name].of_one else ()):
            options = {} if parameter is None else {"parameter": parameter}
            try:
                picture = getattr(fit.plot, name)(**options)
            except BayesmmError as refusal:
                assert len(str(refusal)) > 30, name
            else:
                assert picture.caption
            plt.close("all")


def test_every_method_answers_or_refuses_in_one_sentence(scale):
    assert_every_method_answers(scale)


@pytest.mark.slow
@pytest.mark.parametrize("which", ["scale", "zeros"])
def test_every_picture_is_drawn_or_refused(which, request):
    assert_every_picture_is_drawn(request.getfixturevalue(which))
