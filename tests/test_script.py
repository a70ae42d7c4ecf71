"""Scripts: the code runs, and its model is the model of the fit."""

import ast
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from r_scripts import needs_r, run_r
from scipy import stats

import bayesmm
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.names import corr_name, sd_names, stored_name
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.results.densities.log_likelihood import total_log_likelihood
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.sampling.posterior import (
    common_draws,
    correlation_draws,
    effect_draws,
    named_draws,
    sd_draws,
)
from bayesmm.sampling.raw_columns import draws_of_prior_columns
from bayesmm.script.in_brms import brms_name
from bayesmm.script.layout import WIDTH, folded
from bayesmm.script.r_formula import RFormula
from bayesmm.script.script import LANGUAGES, Script
from bayesmm.script.texts import r_text
from tests.handmade import handmade_design
from tests.synthetic import synthetic_draws, synthetic_fit

HOSTILE = 'x"]; raise SystemExit("ran") #\u200b'


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(4)
    n = 48
    g = np.repeat([f"g{k}" for k in range(8)], 6)
    x = rng.normal(3, 1, n)
    treat = np.where(np.arange(n) % 3 == 0, "a", np.where(np.arange(n) % 3 == 1, "b", "c"))
    data = pd.DataFrame(
        {
            "x": x,
            "size": np.exp(rng.normal(size=n)),
            "treat": pd.Categorical(treat, ["b", "c", "a"]),
            "year": 1999 + np.arange(n) % 2,
            "since": 20 + np.arange(n) % 7,
            "g": g,
            "h": np.tile([1.0, 2.0, 3.0], n // 3),
            "w": rng.uniform(0.5, 2, n),
            "y": rng.normal(size=n),
            "count": rng.poisson(3, n),
            "hit": np.where(rng.random(n) < 0.4, "yes", "no"),
            "positive": rng.gamma(2, 1, n),
            "share": rng.uniform(0.1, 0.9, n),
            "n": rng.integers(5, 9, n),
        }
    )
    data["wins"] = rng.binomial(data["n"], 0.4)
    return data


def fit_of(frame, formula, family="gaussian", priors=None, **options):
    """Return a fit with made-up draws: scripts and densities need no posterior."""
    design = build_design(formula, frame, resolve_family(family), **options)
    auxiliary = {"psi": (0.6, 0.01), "nu": (5.0, 0.1), "kappa": (4.0, 0.1)}
    drawn = synthetic_draws(
        design, intercept=(0.4, 0.05), beta=(0.1, 0.02), sd=(0.7, 0.05), effects=(0.0, 0.3),
        auxiliary=auxiliary, draws=8, chains=2,
    )  # fmt: skip
    fit = synthetic_fit(design, drawn, priors=choose_priors(design, priors))
    return replace(fit, own_data=frame)


def run(code, folder, monkeypatch, frame=None):
    """Run a script of Python where its file of data is, and return what it made."""
    folder.mkdir(exist_ok=True)
    if frame is not None:
        frame.to_csv(folder / "data.csv", index=False)
    monkeypatch.chdir(folder)
    made: dict = {}
    exec(compile(code, "script", "exec"), made)
    return made


# --- bayesmm -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sleepstudy", "cbpp"])
def test_the_script_of_bayesmm_makes_the_same_draws(name, request, tmp_path, monkeypatch, capsys):
    fit = request.getfixturevalue(f"{name}_fit")
    script = fit.script()
    assert f'bayesmm.load_data("{name}")' in script
    again = run(script, tmp_path, monkeypatch)["fit"]
    xr.testing.assert_equal(
        again.own_draws["posterior"].to_dataset(), fit.own_draws["posterior"].to_dataset()
    )
    assert "Common effects" in capsys.readouterr().out


def test_a_script_reads_other_data_from_a_file(frame, tmp_path, monkeypatch, capsys):
    data = frame.copy()
    data.loc[[3, 9], "x"] = np.nan
    formula = "y ~ x * treat + factor(year) + (x || g)"
    fit = bayesmm.fit(
        formula, data, priors={"x": "Normal(0.1, 0.123456789)", "preset": "brms"}, draws=50,
        max_effort=1, tune=60, chains=2, seed=3, target_accept=0.9, progress=False,
        categorical=["h"],
    )  # fmt: skip
    again = run(fit.script(), tmp_path, monkeypatch, data)["fit"]
    assert again.design.mu.names == fit.design.mu.names
    assert dict(again.priors) == dict(fit.priors)
    assert again.priors["x"].parameters == (0.1, 0.123456789)
    assert (again.settings, again.engine) == (
        replace(fit.settings, progress=again.settings.progress), fit.engine,
    )  # fmt: skip
    xr.testing.assert_allclose(
        again.own_draws["posterior"].to_dataset(), fit.own_draws["posterior"].to_dataset()
    )
    capsys.readouterr()


def test_data_are_named_when_they_can_be(sleepstudy_fit, sitka_fit):
    assert "load_data" not in sitka_fit.script()  # its time is standardised, as no file has it
    own = sitka_fit.script("pymc", "course_data(model).frame")
    assert '#   course_data(model).frame.to_csv("data.csv", index=False)' in own
    assert '#   bayesmm.load_data("sleepstudy").to_csv' in sleepstudy_fit.script("lme4")
    changed = sleepstudy_fit.data.assign(Days=sleepstudy_fit.data["Days"] + 1)
    assert "load_data" not in replace(sleepstudy_fit, own_data=changed).script()


@pytest.mark.parametrize("name", ["study.csv", 'my "own" data é\n.CSV', "a\\b #.csv", "it's.csv"])
@pytest.mark.parametrize("language", ["bayesmm", "pymc", "lme4", "brms", "rstanarm"])
def test_a_file_that_is_named_is_read_and_not_written(language, name, frame, tmp_path):
    """The script opens that file by its very name, and no comment tells to write over it."""
    script = fit_of(frame, "y ~ x + (x || g)").script(language, name)
    assert ".to_csv(" not in script and "data.csv" not in script
    comments = [line for line in script.split("\n") if line.startswith("#")]
    assert any("holds the data of the fit." in line or line.endswith("of the fit")
               for line in comments)  # fmt: skip
    if language in ("bayesmm", "pymc"):
        tree = ast.parse(script)
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
        read = [n for n in calls if ast.unparse(n.func) == "pd.read_csv"]
        assert [ast.literal_eval(own.args[0]) for own in read] == [name]
    else:
        assert f"read.csv({r_text(name)}" in script.replace("\n  ", "")


def test_the_script_of_a_named_file_runs(frame, tmp_path, monkeypatch):
    name = "my 'own' dätä.csv"
    fit = fit_of(frame, "y ~ x + (x || g)")
    frame.to_csv(tmp_path / name, index=False)
    monkeypatch.setattr(pm, "sample", lambda **_: None)
    made = run(fit.script("pymc", name), tmp_path, monkeypatch)
    np.testing.assert_allclose(made["X"].to_numpy(), fit.design.mu.X, rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("data.parquet", "'data.csv' and name that, or give the Python expression"),
        ("my data", "neither a Python expression nor the name of a file"),
        ("", "neither a Python expression nor the name of a file"),
    ],
)
def test_data_that_no_script_can_read_are_told(data, said, frame):
    with pytest.raises(UsageError, match=said):
        fit_of(frame, "y ~ x").script("brms", data)


# --- PyMC and Bambi: the log density is ours -----------------------------------------------

PYMC = {
    "correlated slopes": ("y ~ x + (x | g)", "gaussian", None),
    "three effects": ("y ~ x + (treat | g)", "gaussian", None),
    "binomial": ("cbind(wins, n - wins) ~ treat + (1 | g)", "binomial", None),
    "trials": ("wins | trials(n) ~ 1 + (1 | g)", "binomial", None),
    "labels": ("hit ~ x", "bernoulli", None),
    "crossed": ("y ~ 0 + treat + (1 | g) + (1 | h)", "t", None),
    "nested": ("y ~ x + (1 | g/h)", "gaussian", "brms"),
    "rate": ("count ~ scale(x) + log(size) + offset(log(size)) + (x || g)", "poisson", None),
    "sum": ("count ~ C(treat, Sum) * I(x^2 / 2 + 1) + (0 + x | g)", "negativebinomial", None),
    "zeros": ("count ~ center(x) + factor(year)", "zero_inflated_poisson", None),
    "hurdle": ("count ~ x", "hurdle_negativebinomial", None),
    "gamma": ("positive ~ C(treat, Treatment('a')) + (1 | g)", "gamma", None),
    "beta": ("share ~ log(size, base = 2) + (1 | g)", "beta", None),
    "basis": ("y ~ ns(x, df = 3) + poly(size, 2) + (poly(x, 2) | g)", "gaussian", None),
    "year": ("y ~ since * treat + (since * x | g) + (1 | h)", "gaussian", None),
    "year of one": ("count ~ since * treat + I(since^2) + (1 | g)", "poisson", None),
    "year without intercept": ("y ~ 0 + treat + treat:since + (0 + since | g)", "gaussian", None),
    "weights": ("y | weights(w) ~ x + (1 | g)", "gaussian", None),
    "counted rows": ("count | weights(w) ~ x + (1 | g)", "poisson", None),
    "counted t rows": ("y | weights(w) ~ x + (1 | g)", "t", None),
    "cell means": ("y ~ 0 + treat + size + (1 | g)", "gaussian", None),
    "decov": ("y ~ x + (x | g)", "gaussian", "rstanarm"),
    "decov of one": ("count ~ x + (1 | g)", "poisson", "rstanarm"),
    "lognormal": ("positive ~ x + (1 | g)", "lognormal", None),
    "inverse gaussian": ("positive ~ x + (1 | g)", "inverse_gaussian", None),
    "laplace": ("y ~ x + (1 | g)", "laplace", None),
    "angles": ("share ~ x + (1 | g)", "von_mises(link=identity)", None),
    "several kinds": (
        "y ~ x + size + (x | g)",
        "gaussian",
        {"x": "Laplace(0, 1)", "1|g_sigma": "Gamma(2, 3)", "g_corr": "LKJ(2.5)"},
    ),
}


# One of each kind; PyTensor takes a second for most.
QUICK = {"correlated slopes", "trials", "rate", "zeros", "weights", "several kinds"}


def cases(of, quick):
    """Return names to parametrise by; those that are not quick are marked slow."""
    return [pytest.param(name, marks=() if name in quick else pytest.mark.slow) for name in of]


@pytest.mark.parametrize("case", cases(PYMC, QUICK))
def test_the_density_of_the_pymc_script_is_ours(case, frame, tmp_path, monkeypatch):
    fit = fit_of(frame, *PYMC[case])
    monkeypatch.setattr(pm, "sample", lambda **_: None)
    model = run(fit.script("pymc"), tmp_path, monkeypatch, frame)["model"]
    assert same_density(fit, model, natural_values(fit))


BAMBI = (
    "binomial", "trials", "labels", "crossed", "rate", "zeros", "counted rows", "cell means",
    "year of one", "lognormal", "inverse gaussian", "laplace", "angles",
)  # fmt: skip


@pytest.mark.parametrize("case", cases(BAMBI, {"trials", "rate", "cell means"}))
def test_the_density_of_the_bambi_script_is_ours(case, frame, tmp_path, monkeypatch):
    bambi = pytest.importorskip("bambi")
    fit = fit_of(frame, *PYMC[case])
    monkeypatch.setattr(bambi.Model, "fit", lambda self, **_: self.build())
    made = run(fit.script("bambi"), tmp_path, monkeypatch, frame)["model"]
    assert same_density(fit, made.backend.model, bambi_values(fit))


@pytest.mark.parametrize("name", ["sleepstudy", "cbpp"])
def test_the_scripts_of_real_fits_are_their_model(name, request, tmp_path, monkeypatch):
    fit = request.getfixturevalue(f"{name}_fit")
    monkeypatch.setattr(pm, "sample", lambda **_: None)
    model = run(fit.script("pymc"), tmp_path, monkeypatch, fit.data)["model"]
    assert same_density(fit, model, natural_values(fit))


def same_density(fit, model, values):
    """Whether a PyMC model has our log density at some draws, each parameter as itself."""
    logp = model.compile_logp(jacobian=False, mode="FAST_COMPILE")
    n = fit.own_draws["posterior"].sizes["draw"]
    prior = sum(log_prior(fit.design, fit.priors, fit.own_draws).values())
    ours = prior + total_log_likelihood(fit.design, fit.own_draws) + values.pop("volume")
    for draw in (0, n // 2, n - 1):
        point = {}
        for variable in model.free_RVs:
            raw = np.asarray(values[variable.name][draw], dtype=float)
            transform = model.rvs_to_transforms[variable]
            if transform is not None:
                raw = transform.forward(raw, *variable.owner.inputs).eval()
            point[model.rvs_to_values[variable].name] = raw
        np.testing.assert_allclose(float(logp(point)), ours[0, draw], rtol=1e-8)
    return True


def natural_values(fit):
    """Return draws of chain 0 by the names of the PyMC script.

    ``volume`` is what turns the density of our parameters into that of its own: of the standard
    normal z for u, of the Cholesky factor L for the correlations, of size and shares for sds.
    """
    fit = of_prior_columns(fit)
    design, tree = fit.design, fit.own_draws
    values = {}
    common = common_draws(tree, design)[0]
    first = int(design.mu.intercept)
    if design.mu.intercept:
        at_mean = common[:, 0] + common[:, 1:] @ design.mu.centre
        values["intercept_at_mean" if design.mu.names else "Intercept"] = at_mean
    values["beta"] = values["beta_at_means"] = common[:, first:]
    values |= {stored_name(n): common[:, first + k] for k, n in enumerate(design.mu.names)}
    for name in design.constants:
        values[name] = named_draws(tree, name)[0]
    volume = np.zeros((1, len(common)))
    for index, block in enumerate(design.blocks):
        name = block.factor.replace(":", "_")
        if any(b.factor == block.factor for b in design.blocks[:index]):
            name = f"{name}_{index + 1}"
        z, L, jacobian = standard_effects(fit, index)
        sds = sd_draws(tree, block)[0]
        values |= {f"z_{name}": z, f"L_{name}": L, f"sd_{name}": sds}
        values |= {stored_name(n): sds[:, a] for a, n in enumerate(sd_names(block))}
        volume += stats.norm.logpdf(z).sum(axis=(1, 2)) + jacobian
        prior = fit.priors[sd_names(block)[0]]
        if prior.distribution == "Decov":
            tau, share, jacobian = size_and_shares(fit, prior, sds)
            values |= {f"tau_{name}": tau, f"share_{name}": share}
            volume += jacobian
    return values | {"volume": volume}


def of_prior_columns(fit):
    """Return a fit with the columns and draws that the priors are of."""
    draws = draws_of_prior_columns(fit.own_draws, fit.design, fit.priors, effects=True)
    return replace(fit, design=prior_design(fit.design, fit.priors), own_draws=draws)


def standard_effects(fit, index):
    """Return z with u = diag(sd) L z, L, and log |dR / dL|."""
    block = fit.design.blocks[index]
    sds = sd_draws(fit.own_draws, block)[0]
    # a script reads groups as text and sorts them so
    order = np.argsort(np.array(block.levels, dtype=str), kind="stable")
    u = np.stack(effect_draws(fit.own_draws, block))[:, 0].swapaxes(0, 1) / sds[:, :, None]
    u = u[:, :, order]
    if corr_name(fit.design.blocks, index) is None:
        return u, None, 0.0
    L = np.linalg.cholesky(correlation_draws(fit.own_draws, fit.design, index)[0])
    q = block.n_effects
    log_diagonal = np.log(np.diagonal(L, axis1=1, axis2=2))
    return np.linalg.solve(L, u), L, log_diagonal @ (q - np.arange(1, q + 1))


def size_and_shares(fit, prior, sds):
    """Return rstanarm's tau and pi of sd = c tau sqrt(pi), and the log volume of the change."""
    q = sds.shape[1]
    sigma = named_draws(fit.own_draws, "sigma")[0] if fit.design.family.name == "gaussian" else 1.0
    unit = prior.parameters[2] * np.sqrt(q) * sigma
    length = np.linalg.norm(sds, axis=1)
    share = (sds / length[:, None]) ** 2
    # d sd = c^q tau^(q - 1) 2^-(q - 1) prod_a pi_a^(-1/2) d tau d pi_1 ... d pi_(q - 1)
    tau = length / unit
    volume = q * np.log(unit) + (q - 1) * (np.log(tau) - np.log(2)) - np.log(share).sum(1) / 2
    return tau, share, volume if q > 1 else np.log(unit * np.ones(len(sds)))


def bambi_values(fit):
    """Return the same by the names of Bambi, whose parameters are ours."""
    fit = of_prior_columns(fit)
    design, values = fit.design, natural_values(fit)
    for own in design.family.further:
        values[own.names.get("bambi", own.name)] = values.get(own.name)
    if design.mu.intercept:
        values["Intercept"] = values.get("intercept_at_mean", values.get("Intercept"))
    for index, block in enumerate(design.blocks):
        z, _, _ = standard_effects(fit, index)
        for a, name in enumerate(sd_names(block)):
            values[name.replace("_sigma", "_offset")] = z[:, a]
    return values


# --- R -------------------------------------------------------------------------------------


def test_lme4(sleepstudy_fit, cbpp_fit, mtcars_fit, cod_fit):
    lme4 = sleepstudy_fit.script("lme4")
    assert "m <- lmer(Reaction ~ Days + (Days | Subject), data, REML = TRUE)" in lme4
    assert 'colClasses = c(Subject = "character")' in lme4
    cbpp = cbpp_fit.script("lme4")
    assert "glmer(\n  cbind(incidence, size - incidence) ~ period + (1 | herd)" in cbpp
    assert 'data$period <- factor(data$period, levels = c("1", "2", "3", "4"))' in cbpp
    assert 'm <- glm(am ~ wt, data, family = binomial(link = "logit"))' in mtcars_fit.script("lme4")
    assert 'family = nbinom2(link = "log")' in cod_fit.script("lme4")
    assert cod_fit.script("lme4").count("complete.cases") == (cod_fit.design.n_dropped > 0)


def test_brms_has_the_same_priors(sleepstudy_fit, sitka_fit):
    script = sleepstudy_fit.script("brms")
    priors = sleepstudy_fit.priors
    mean, sd = priors["Intercept"].parameters
    assert f'set_prior("normal({mean!r}, {sd!r})", class = "Intercept")' in script
    (_, scale) = priors["Days|Subject_sigma"].parameters
    flat = " ".join(script.split())
    assert (
        f'set_prior( "student_t(3.0, 0, {scale!r})", class = "sd", group = "Subject", '
        'coef = "Days" )'
    ) in flat or f'student_t(3.0, 0, {scale!r})", class = "sd", group = "Subject"' in flat
    assert 'set_prior("lkj(1.0)", class = "cor", group = "Subject")' in script
    assert "brms cannot" not in script
    assert 'coef = "treatozone:ItimeE2"' in sitka_fit.script("brms")


def test_what_a_package_cannot_state_is_said(frame):
    priors = {"x": "Uniform(-3, 3)", "1|g_sigma": "HalfFlat()"}
    script = fit_of(frame, "y ~ x + (1 | g)", "gaussian", priors).script("brms")
    assert "# brms cannot state Uniform(-3, 3) of x here: its own default is taken." in script
    assert 'set_prior("", class = "sd", group = "g", coef = "Intercept")' in script
    bambi = fit_of(frame, "y ~ x + (x | g)").script("bambi")
    assert "# NOT THE SAME MODEL: Bambi has no correlations. The effects of g are" in bambi
    assert "NOT THE SAME" not in fit_of(frame, "y ~ x + (x || g)").script("bambi")
    rstanarm = fit_of(frame, "y ~ x + (1 | g)").script("rstanarm")
    assert "rstanarm cannot state HalfStudentT(3, " in rstanarm
    exact = fit_of(frame, "y ~ x + (x | g)", "gaussian", "rstanarm").script("rstanarm")
    assert "cannot" not in exact and "decov(" in exact


def test_shares_of_zeros_are_turned_around(frame):
    fit = fit_of(frame, "count ~ x", "zero_inflated_poisson", {"psi": "Beta(2, 5)"})
    assert 'set_prior("beta(5.0, 2.0)", class = "zi")' in fit.script("brms")
    fit = fit_of(frame, "count ~ x", "hurdle_poisson", {"psi": "Beta(2, 5)"})
    assert 'set_prior("beta(5.0, 2.0)", class = "hu")' in fit.script("brms")


def test_names_of_coefficients_are_those_of_r(frame):
    formula = "y ~ treat * I(x^2) + factor(year):x + C(g, Sum) + poly(size, 2) + log(w)"
    own = RFormula(build_design(formula, frame, resolve_family("gaussian"))).coefficients()
    # R 4.2: colnames(model.matrix(...)), the factor with contr.sum in a column of its own, g.sum
    assert own == (
        "treatc", "treata", "I(x^2)", *(f"g.sum{k}" for k in range(1, 8)), "poly(size, 2)1",
        "poly(size, 2)2", "log(w)", "treatc:I(x^2)", "treata:I(x^2)", "factor(year)1999:x",
        "factor(year)2000:x",
    )  # fmt: skip
    assert brms_name("I(time^2)") == "ItimeE2"  # brms 2.18: get_prior()
    assert brms_name("factor(year)2000:x") == "factoryear2000:x"


@needs_r
@pytest.mark.slow
@pytest.mark.parametrize("case", ["sum", "nested", "labels"])
def test_r_runs_the_script_of_lme4(case, frame, tmp_path):
    """The script reads its file, makes its factors and finds the estimates of bayesmm."""
    formula, family, _ = PYMC[case]
    formula = formula.replace("(0 + x | g)", "(1 | g)")
    family = family if case != "sum" else "poisson"
    ml = bayesmm.ml(formula, frame, family)
    script = fit_of(frame, formula, family).script("lme4").replace("summary(m)", "")
    estimates = "b <- if (isS4(m)) fixef(m) else coef(m)\nwrite.csv(unname(b), 'estimates.csv')"
    frame.to_csv(tmp_path / "data.csv", index=False)
    run_r(f"{script}\n{estimates}\n", tmp_path)
    theirs = pd.read_csv(tmp_path / "estimates.csv")["x"].to_numpy()
    # lme4 stops a GLMM a few thousandths of a standard error short of the optimum
    np.testing.assert_allclose(theirs, ml.estimates, atol=0.01 * ml.standard_errors.min())


# --- all of them ---------------------------------------------------------------------------


def test_hostile_names_stay_names(frame, tmp_path, monkeypatch):
    data = frame.rename(columns={"x": HOSTILE, "g": "g'\\"})
    data["treat"] = data["treat"].astype(str).replace("a", '"); q() #')
    formula = f"y ~ `{HOSTILE}` * treat + (`{HOSTILE}` || `g'\\\\`)"
    fit = fit_of(data, formula)
    monkeypatch.setattr(pm, "sample", lambda **_: None)
    made = run(fit.script("pymc"), tmp_path, monkeypatch, data)
    assert list(made["X"].columns) == list(fit.design.mu.names)
    np.testing.assert_allclose(made["X"].to_numpy(), fit.design.mu.X, rtol=1e-12)
    for language in ("bayesmm", "bambi"):
        tree = ast.parse(fit.script(language))
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Raise)]
    for language in LANGUAGES:
        if language == "lme4":
            continue
        script = fit.script(language)
        assert "\u200b" not in script
        assert not [line for line in script.split("\n") if line.lstrip().startswith("raise")]


def test_long_lines_are_folded_inside_their_brackets():
    line = f'x = f("a, ({"b" * 60}", g(1, 2), [{", ".join(map(str, range(30)))}])'
    text = folded([line])
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(line))
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert folded(["# " + "long " * 40]) == "# " + "long " * 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_shows_itself(language, cbpp_fit):
    script = cbpp_fit.script(language)
    assert isinstance(script, Script) and isinstance(script, str)
    assert repr(script) == str(script)
    assert script._repr_html_().startswith("<pre><code>")
    assert "/work" not in script and "://" not in script
    blank = [line == "" for line in script.split("\n")]
    assert not any(a and b for a, b in pairwise(blank))


@pytest.mark.parametrize("language", ["lme4", "brms", "rstanarm", "bambi"])
def test_the_link_is_written_where_the_default_is_another(frame, language):
    """gamma's default is the log here, and the inverse in R and in Bambi."""
    script = fit_of(frame, "positive ~ x + (1 | g)", "gamma").script(language)
    assert re.search(r'link ?= ?"log"', script)


def test_what_cannot_be_written_is_refused(frame, sleepstudy_fit):
    with pytest.raises(UsageError, match="no script in 'stan'"):
        sleepstudy_fit.script("stan")
    design = handmade_design([1.0, 2.0, 3.0], {"x": [0.0, 1.0, 3.0]})
    arrays = synthetic_fit(design, synthetic_draws(design))
    weighted = fit_of(frame, "y | weights(w) ~ x + (1 | g)")
    counted = fit_of(frame, "y | weights(w) ~ x + (1 | g)", "t")
    assert "y | weights(w) ~" in counted.script("brms")  # brms counts rows, as we do
    trials = fit_of(frame, "wins | trials(n) + weights(w) ~ x", "binomial")
    decov = fit_of(frame, "y ~ x + (1 | g)", "gaussian", "rstanarm")
    students = fit_of(frame, "y ~ x + (1 | g)", "t")
    waits = fit_of(frame, "positive ~ x", "weibull")
    laplace, late = (fit_of(frame, "y ~ x", name) for name in ("laplace", "exgaussian"))
    excess = fit_of(frame, "count ~ x", "negativebinomial(link=cloglog)")
    angles = fit_of(frame, "share ~ x", "von_mises")
    quantiles = fit_of(frame, "y ~ x", "asymmetric_laplace")
    factor = fit_of(frame, "y ~ x + (treat || g)")
    for fit, language, words in (
        (arrays, "bayesmm", "built from arrays"),
        (weighted, "bambi", "multiplies the log likelihood"),
        (weighted, "brms", "multiplies the log likelihood"),
        (weighted, "rstanarm", "multiplies the log likelihood"),
        (counted, "bambi", "cannot weight the rows of the t family"),
        (trials, "bambi", "cannot weight the rows of the binomial family"),
        (decov, "bambi", "cannot state the prior Decov"),
        (waits, "lme4", "no counterpart of the weibull family"),
        (laplace, "lme4", "no counterpart of the laplace family"),
        (excess, "brms", "no cloglog link for its negbinomial family"),
        (angles, "bambi", "no tan_half link for its vonmises family"),
        (late, "bambi", "has the mean of the normal part, mu - beta here"),
        (quantiles, "bambi", "has the rate sqrt"),
        (students, "rstanarm", "no t family"),
        (factor, "lme4", "does not take a factor"),
    ):
        with pytest.raises(UnsupportedModelError, match=words) as refused:
            fit.script(language)
        # named are the languages that have the model, and no others
        named = set(re.findall(r"language='(\w+)'", str(refused.value)))
        assert named == able_languages(fit)
        assert bool(named) == (fit is not arrays)


def able_languages(fit):
    found = set()
    for language in LANGUAGES:
        try:
            fit.script(language)
        except UnsupportedModelError:
            continue
        found.add(language)
    return found
