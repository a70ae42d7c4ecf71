"""``fit.pymc_model`` with ``fit.draws``: what PyMC and ArviZ make of them is what we make of them.

The draws are synthetic where no sampler is needed: any values show whether two computations of a
log likelihood agree.
"""

import logging

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from formula_fits import formula_fit

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.model.correlation import cholesky_from_partials, partials_from_correlation
from bayesmm.model.names import coefficient_names
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.results.prediction.response_parameters import response_parameters
from bayesmm.sampling.free_variables import free_variables
from bayesmm.storage.read import pairs_of_matrices

FAST = {"progressbar": False, "compile_kwargs": {"mode": "FAST_COMPILE"}}


@pytest.fixture(autouse=True)
def quiet():
    """PyMC tells what it samples; that is for its users."""
    logging.getLogger("pymc").setLevel(logging.ERROR)


def frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    data = pd.DataFrame(
        {
            "x": rng.normal(3, 1, n),
            "z": rng.normal(size=n),
            "a": rng.choice(list("pqr"), n),
            "g": np.arange(n) % 6 + 7,  # numbers, which are not in the order of text
            "h": np.arange(n) // 10,
            "year": np.repeat([2010, 2001, 2005, 2003], n // 4),
            "w": rng.integers(1, 4, n),
            "off": rng.normal(size=n),
            "trials": rng.integers(3, 9, n),
        }
    )
    data["y"] = 1 + 0.5 * data["x"] + rng.normal(size=n)
    data["count"] = rng.poisson(2, n)
    data["won"] = rng.integers(0, 2, n)
    data["some"] = rng.integers(0, data["trials"] + 1)
    data["positive"] = rng.gamma(2, 1, n)
    data["share"] = rng.beta(2, 2, n)
    return data


def made(formula, family="gaussian", **moments):
    """Return a fit of the frame with draws near which every family is defined."""
    moments = {"beta": (0.1, 0.05), "sd": (0.3, 0.03), "effects": (0.0, 0.2)} | moments
    auxiliary = {"psi": (0.5, 0.03)}
    return formula_fit(formula, frame(), family, auxiliary=auxiliary, draws=60, **moments)


def assert_agrees(fit):
    """Assert that PyMC has every draw it needs, and the likelihood, prior and mean of ours."""
    model, draws = fit.pymc_model, fit.draws
    posterior = draws["posterior"].dataset
    for variable in model.free_RVs:
        named = posterior[variable.name]
        assert named.dims[2:] == tuple(model.named_vars_to_dims.get(variable.name, ()))
    for dim, labels in model.coords.items():
        if dim in posterior.coords:
            assert list(posterior.coords[dim].values) == list(labels), dim
    (response,) = (variable.name for variable in model.observed_RVs)
    assert list(draws["observed_data"].data_vars) == [response]

    ours = row_log_likelihood(fit.design, fit.own_draws)
    theirs = pm.compute_log_likelihood(draws, model=model, extend_inferencedata=False, **FAST)
    np.testing.assert_allclose(theirs[response].values, ours, rtol=1e-8, atol=1e-8)

    prior = log_prior(fit.design, fit.priors, fit.own_draws)
    computed = pm.stats.compute_log_prior(draws, model=model, extend_inferencedata=False, **FAST)
    shared = {
        coefficient_names(p)[0]: f"{coefficient_names(p)[0]}_centred"
        for p in fit.design.linear_predictors
        if p.names and p.intercept
    }
    checked = 0
    for name, values in prior.items():
        where = shared.get(name, name).replace("/", "\u2215")
        if f"{where}_centred" in computed:
            where = f"{where}_centred"
        if where in computed and fit.priors[name].distribution != "Decov":
            # PyMC's half-t has its log(2) in single precision: 2.04e-8 off
            np.testing.assert_allclose(computed[where].values, values, rtol=1e-8, atol=3e-8)
            checked += 1
    assert checked >= sum(len(p.terms) for p in fit.design.linear_predictors)

    sizes = posterior.sizes
    where = np.divmod(np.arange(sizes["chain"] * sizes["draw"]), sizes["draw"])
    mean = "p" if fit.design.family.response in ("binary", "binomial") else "mu"
    parameters = response_parameters(fit.design, fit.own_draws, where)
    expected = parameters.mu
    sampled = pm.sample_posterior_predictive(
        draws,
        model=model,
        var_names=[
            *([] if fit.design.mu_is_empty else [mean]),
            *fit.design.varying,
            *(["Intercept"] if "Intercept" in model else []),
        ],
        **FAST,
    )["posterior_predictive"]
    if not fit.design.mu_is_empty:
        found = sampled[mean].values.reshape(expected.shape)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)
    for name in fit.design.varying:
        found = sampled[name].values.reshape(expected.shape)
        np.testing.assert_allclose(found, parameters.auxiliary[name], rtol=1e-8, err_msg=name)
    if fit.design.mu.intercept:
        np.testing.assert_allclose(sampled["Intercept"], posterior["Intercept"])
    deterministics = pm.compute_deterministics(
        posterior, model=model, progressbar=False, compile_kwargs=FAST["compile_kwargs"],
        var_names=[v.name for v in model.deterministics if v.name in posterior],
    )  # fmt: skip
    for name, values in deterministics.data_vars.items():
        np.testing.assert_allclose(values, posterior[name], rtol=1e-8, atol=1e-8, err_msg=name)


def assert_same_replicates(fit):
    """Assert that mean and sd of y_rep are those of ours, row by row and of all, in MC errors."""
    theirs = pm.sample_posterior_predictive(fit.draws, model=fit.pymc_model, random_seed=3, **FAST)[
        "posterior_predictive"
    ]
    (name,) = theirs.data_vars
    one = theirs[name].values.reshape(-1, fit.design.n_obs)
    two = fit.ppc(seed=5).draws["posterior_predictive"][name].values.reshape(-1, fit.design.n_obs)
    error = np.sqrt(one.var(axis=0) / len(one) + two.var(axis=0) / len(two))
    assert np.abs((one.mean(axis=0) - two.mean(axis=0)) / error).max() < 4.5
    both = np.concatenate([one, two])
    kurtosis = ((both - both.mean(axis=0)) ** 4).mean(axis=0) / both.var(axis=0) ** 2
    error = np.sqrt((kurtosis - 1) / 4 * (1 / len(one) + 1 / len(two)))
    assert np.abs(np.log(one.std(axis=0) / two.std(axis=0)) / error).max() < 4.5


def test_correlated_slopes_agree_with_pymc():
    """The intercepts are told apart, and the group effects are not drawn anew from their prior."""
    fit = made("y ~ x + a + offset(off) + (x | g)", intercept=(20.0, 1.0))
    posterior = fit.draws["posterior"].dataset
    assert float((posterior["Intercept_centred"] - posterior["Intercept"]).mean()) > 0.2
    assert posterior["g__offset"].dims == ("chain", "draw", "g__offset_effect", "g__factor_dim")
    assert_agrees(fit)
    assert_same_replicates(fit)


STRUCTURES = {
    "no groups": ("y ~ x + a", "gaussian", {}),
    "no predictors": ("y ~ 1", "gaussian", {}),
    "no intercept": ("y ~ 0 + x + (1 | g)", "gaussian", {}),
    "intercepts": ("y ~ 1 + (1 | g)", "gaussian", {}),
    "uncorrelated": ("y ~ x + (x || g)", "gaussian", {}),
    "slopes alone": ("y ~ x + (0 + x | g)", "gaussian", {}),
    "three effects": ("y ~ x + z + (x + z | g)", "gaussian", {}),
    "far from 0": ("y ~ year * a + (year | g) + (1 | h)", "gaussian", {}),
    "squares": ("count ~ x + I(x^2) + (x + I(x^2) | h)", "poisson", {}),
    "centred without intercept": ("y ~ 0 + a + a:x + (x | g)", "gaussian", {}),
    "two blocks": ("y ~ x + z + (x | g) + (0 + z + off | g)", "gaussian", {}),
    "nested": ("y ~ x + (1 | h/g) + (0 + x | h)", "gaussian", {}),
    "crossed": ("y ~ x + (1 | g) + (x | h)", "gaussian", {}),
    "slashes": ("y ~ I(x / 2) + (I(x / 2) | g)", "gaussian", {}),
    "a number and its groups": ("y ~ year + (1 | year)", "gaussian", {}),
    "transformed": ("log(positive) ~ scale(x) + (1 | g)", "gaussian", {}),
    "decov": ("y ~ x + (x | g) + (1 | h)", "gaussian", {"preset": "rstanarm"}),
    "decov counts": ("count ~ x + (x | g)", "poisson", {"preset": "rstanarm"}),
    "bambi": ("y ~ x + (x | g)", "gaussian", {"preset": "bambi"}),
    "t": ("y ~ x + (1 | g)", "t", {}),
    "bernoulli": ("won ~ x + (1 | g)", "bernoulli", {}),
    "trials": ("cbind(some, trials - some) ~ x + (1 | g)", "binomial", {}),
    "proportions": ("p(some, trials) ~ x + (1 | g)", "binomial", {}),
    "poisson": ("count ~ x + offset(off) + (x | g)", "poisson", {}),
    "weights": ("count | weights(w) ~ x + (1 | g)", "poisson", {}),
    "negativebinomial": ("count ~ x + (1 | g)", "negativebinomial", {}),
    "zero-inflated": ("count ~ x + (1 | g)", "zero_inflated_poisson", {}),
    "zero-inflated nb": ("count ~ x + (1 | g)", "zero_inflated_negativebinomial", {}),
    "hurdle": ("count ~ x + (1 | g)", "hurdle_poisson", {}),
    "hurdle nb": ("count ~ x + (1 | g)", "hurdle_negativebinomial", {}),
    "gamma": ("positive ~ x + (1 | g)", "gamma", {"link": "log"}),
    "beta": ("share ~ x + (1 | g)", "beta", {}),
}
# Families x which parameters vary, and how: columns, effects, offsets, correlated across formulas.
VARYING = {
    "sigma by groups": ("y ~ x + (1 | g); sigma ~ 1 + (1 | g)", "gaussian", {}),
    "sigma correlated": ("y ~ x + (x | p | g); sigma ~ x + (1 | p | g)", "gaussian", {}),
    "sigma slopes": ("y ~ 1 + (1 | h); sigma ~ x * a + offset(off) + (x | g)", "gaussian", {}),
    "sigma cells": ("y ~ x; sigma ~ 0 + a", "gaussian", {"preset": "brms"}),
    "sigma and weights": ("y | weights(w) ~ x; sigma ~ z + (1 || g)", "gaussian", {}),
    "sigma log link": ("positive ~ x; sigma ~ z", "gaussian", {"link": "log"}),
    "t": ("y ~ x + (1 | p | g); sigma ~ z + (1 | p | g); nu ~ x", "t", {"preset": "bambi"}),
    "lognormal": ("positive ~ x; sigma ~ a + (1 | g)", "lognormal", {}),
    "gamma": ("positive ~ x + (1 | g); shape ~ z", "gamma", {}),
    "beta": ("share ~ x; phi ~ z + (z | g)", "beta", {}),
    "negativebinomial": ("count ~ x; alpha ~ a + (1 | g)", "negativebinomial", {}),
    "zi": ("count ~ x + (1 | p | g); zi ~ x + (1 | p | g)", "zero_inflated_poisson", {}),
    "psi": ("count ~ x; psi ~ z + (1 | g)", "zero_inflated_poisson", {}),
    "zi nb": ("count ~ x; zi ~ z; alpha ~ x", "zero_inflated_negativebinomial", {}),
    "hu": ("count ~ x; hu ~ z + (1 | g)", "hurdle_poisson", {}),
    "hu nb": ("count | weights(w) ~ x; hu ~ z", "hurdle_negativebinomial", {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VARYING)
def test_parameters_that_vary_agree_with_pymc(name):
    formula, family, options = VARYING[name]
    fit = made(formula, family, **options)
    assert fit.design.varying
    assert_agrees(fit)


def test_correlations_across_formulas_agree_with_pymc():
    fit = made("y ~ x + (x | p | g); sigma ~ x + (1 | p | g)")
    labels = fit.draws["posterior"]["g_corr"].coords["g__pair_dim"].values.tolist()
    assert labels == ["Intercept, x", "Intercept, sigma_Intercept", "x, sigma_Intercept"]
    assert_agrees(fit)


@pytest.mark.slow
@pytest.mark.parametrize("name", STRUCTURES)
def test_every_structure_agrees_with_pymc(name):
    formula, family, options = STRUCTURES[name]
    fit = made(formula, family, **options)
    assert_agrees(fit)
    assert_same_replicates(fit)


@pytest.mark.parametrize("preset", ["default", "brms"])
@pytest.mark.parametrize("n_effects", [2, 3])
def test_free_variables_are_the_inverse_of_the_model(n_effects, preset):
    """u = C sd * (L z), with L of the partials, gives back the effects and the correlations.

    C moves from effects at the means of x and z, where the default priors are, to those at 0.
    """
    formula = "y ~ x + (x | g)" if n_effects == 2 else "y ~ x + z + (x + z | g)"
    fit = made(formula, preset=preset)
    found = {
        name: values for name, _, values in free_variables(fit.own_draws, fit.design, fit.priors)
    }
    L = cholesky_from_partials(2 * found["g__partials_half"] - 1, n_effects)
    posterior = fit.draws["posterior"].dataset
    names = ["1|g", "x|g", "z|g"][:n_effects]
    C, ending = np.eye(n_effects), ""
    if preset == "default":
        C[0, 1:] = [-frame()["x"].mean(), -frame()["z"].mean()][: n_effects - 1]
        ending = "_centred"
    sds = np.stack([posterior[f"{name}_sigma{ending}"].values for name in names], axis=-1)
    effects = np.stack([posterior[name].values for name in names], axis=2)
    root = C @ (sds[..., None] * L)
    np.testing.assert_allclose(root @ found["g__offset"], effects, atol=1e-12)
    covariance = root @ np.swapaxes(root, -1, -2)
    reported = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    own = np.stack([posterior[f"{name}_sigma"].values for name in names], axis=-1)
    np.testing.assert_allclose(reported, own, rtol=1e-10)
    matrices = covariance / (reported[..., :, None] * reported[..., None, :])
    first, second = np.triu_indices(n_effects, 1)
    order = np.lexsort((second, first))
    np.testing.assert_allclose(
        matrices[..., first[order], second[order]], posterior["g_corr"].values, atol=1e-12
    )


def test_degenerate_covariances_give_finite_variables():
    """A correlation of 1, an sd of 0: then nothing depends on the z that is not determined."""
    perfect = np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]])
    t = partials_from_correlation(perfect)
    L = cholesky_from_partials(t, 3)
    np.testing.assert_allclose(L @ L.T, perfect, atol=1e-12)
    fit = made("y ~ x + (x || g)", sd=(0.0, 0.0), effects=(0.0, 0.0))
    for name, _, values in free_variables(fit.own_draws, fit.design, fit.priors):
        assert np.isfinite(values).all(), name


def test_arviz_takes_the_draws():
    """No row of NaN and no warning: the constant diagonal of a correlation matrix is gone."""
    fit = made("y ~ x + (x | g)")
    table = az.summary(fit.draws, round_to="none")
    assert table.notna().all(axis=None)
    assert "g_corr[Intercept, x]" in table.index
    assert az.rhat(fit.draws)["g_corr"].notnull().all()


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"x": rng.normal(size=60), "g": np.arange(60) % 6})
    data["y"] = 1 + data["x"] + rng.normal(size=6)[data["g"]] + rng.normal(size=60)
    options = {"seed": 2, "chains": 2, "draws": 400, "max_effort": 1, "progress": False}
    return [bayesmm.fit(f, data, **options) for f in ("y ~ x + (1 | g)", "y ~ 1 + (1 | g)")]


def test_one_call_gives_arviz_what_it_asks_for(pair):
    fit, small = pair
    tree = fit.with_log_likelihood()
    assert set(tree.children) == {
        "posterior", "sample_stats", "observed_data", "log_likelihood", "log_prior",
        "posterior_predictive",
    }  # fmt: skip
    np.testing.assert_array_equal(
        tree["log_likelihood"]["y"], row_log_likelihood(fit.design, fit.own_draws)
    )
    ours, theirs = fit.loo(), az.loo(tree)
    # another set of variables gives another relative efficiency of the draws, at most 1
    assert theirs.elpd == pytest.approx(ours.elpd, abs=0.05)
    trees = {"x": tree, "1": small.with_log_likelihood()}
    table = az.compare(trees, round_to="none")
    assert table.index.tolist() == ["x", "1"]
    both = bayesmm.compare({"x": fit, "1": small}).table
    assert table.loc["1", "elpd_diff"] == pytest.approx(both["d_elpd"].iloc[1], abs=0.1)
    az.plot_ppc_dist(tree, backend="none")
    sensitivity = az.psense_summary(tree, var_names=["x", "sigma"])
    assert sensitivity.notna().all(axis=None)
    assert "log_likelihood" not in fit.draws.children
    assert "log_likelihood" in tree.children


def test_too_many_rows_are_refused_with_what_works(pair, monkeypatch):
    monkeypatch.setattr("bayesmm.results.densities.pointwise.LARGEST_RESULT", 1000)
    with pytest.raises(UsageError, match=r"800 draws of 60 rows .*fit\.loo\(\)"):
        pair[0].with_log_likelihood()


def test_what_pymc_adds_stays_in_the_tree(pair):
    """``pm.compute_log_likelihood(fit.draws)``, then ``az.loo(fit.draws)``, as PyMC's pages do."""
    fit = pair[0]
    with fit.pymc_model:
        pm.compute_log_likelihood(fit.draws, **FAST)
    assert az.loo(fit.draws).elpd == pytest.approx(fit.loo().elpd, abs=0.05)


def test_the_second_intercept_has_a_name_of_its_own():
    data = frame().rename(columns={"z": "Intercept_centred"})
    with pytest.raises(DataError, match="'Intercept_centred' means the intercept"):
        bayesmm.priors("y ~ x + Intercept_centred", data)


def test_matrices_of_earlier_saved_fits_become_pairs():
    fit = made("y ~ x + z + (x + z | g)")
    posterior = fit.own_draws["posterior"].to_dataset()
    matrices = np.ones((*posterior["g_corr"].shape[:2], 3, 3))
    for k, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]):
        matrices[..., a, b] = matrices[..., b, a] = posterior["g_corr"].values[..., k]
    earlier = posterior.drop_vars(["g_corr", "g__pair_dim"])
    dims = ("chain", "draw", "g__term_dim", "g__term_bis_dim")
    effects = ["Intercept", "x", "z"]
    earlier = earlier.assign_coords(g__term_dim=effects, g__term_bis_dim=effects)
    earlier["g_corr"] = (dims, matrices, {"long_name": "g_corr"})
    tree = xr.DataTree.from_dict(
        {n.name: n.to_dataset() for n in fit.own_draws.children.values()} | {"posterior": earlier}
    )
    again = pairs_of_matrices(tree, fit.design)
    xr.testing.assert_identical(again["posterior"]["g_corr"], fit.own_draws["posterior"]["g_corr"])
    assert "g__term_dim" not in again["posterior"].dims
    assert pairs_of_matrices(fit.own_draws, fit.design) is fit.own_draws


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["compiled", "pymc", "numpyro"])
def test_draws_of_every_engine_go_into_the_model(engine, tmp_path):
    """The issue's example: the mean of y_rep is that of the data, of a loaded fit too."""
    if engine == "numpyro":
        pytest.importorskip("numpyro")
    data = bayesmm.load_data("sleepstudy")
    options = {"seed": 1, "chains": 2, "draws": 500, "max_effort": 1, "progress": False}
    fit = bayesmm.fit("Reaction ~ Days + (Days | Subject)", data, engine=engine, **options)
    assert_agrees(fit)
    assert_same_replicates(fit)
    fit.save(tmp_path / "saved")
    loaded = bayesmm.load(tmp_path / "saved")
    sampled = pm.sample_posterior_predictive(
        loaded.draws, model=loaded.pymc_model, random_seed=1, **FAST
    )["posterior_predictive"]["Reaction"]
    assert float(sampled.mean()) == pytest.approx(data["Reaction"].mean(), abs=1.0)


@pytest.mark.slow
def test_pymc_samples_the_posterior_of_the_fit():
    """``pm.sample(model=fit.pymc_model)`` has the variables of ``fit.draws``, and the posterior."""
    data = bayesmm.load_data("sleepstudy")
    fit = bayesmm.fit("Reaction ~ Days + (Days | Subject)", data, seed=1, progress=False)
    with fit.pymc_model:
        theirs = pm.sample(
            500, tune=500, chains=2, random_seed=1, nuts_sampler="nutpie", progressbar=False
        )["posterior"]
    ours = fit.draws["posterior"].dataset
    assert set(ours.data_vars) <= set(theirs.data_vars)
    for name in ("Intercept", "Intercept_centred", "Days", "sigma", "Subject_corr", "1|Subject"):
        effective = np.minimum(az.ess(theirs[name]), az.ess(ours[name])).values
        spread = ours[name].std(["chain", "draw"]).values
        gap = (theirs[name].mean(["chain", "draw"]) - ours[name].mean(["chain", "draw"])).values
        assert np.abs(gap / (spread * np.sqrt(2 / effective))).max() < 4.5, name


@pytest.mark.slow
def test_bambi_fits_and_predicts_with_the_reported_intercept():
    """Bambi's own sampling of the model moves no intercept a second time."""
    data = bayesmm.load_data("sleepstudy")
    fit = bayesmm.fit("Reaction ~ Days + (1 | Subject)", data, seed=1, progress=False)
    model = fit.bambi_model
    theirs = model.fit(
        500, tune=500, chains=2, random_seed=1, inference_method="nutpie", progressbar=False
    )
    for name in ("Intercept", "Days"):
        gap = float(theirs["posterior"][name].mean() - fit.draws["posterior"][name].mean())
        assert abs(gap) < 0.3 * float(fit.draws["posterior"][name].std())
    predicted = model.predict(fit.draws, kind="response_params", inplace=False)
    mean = predicted["posterior"]["mu"].mean(["chain", "draw"])
    np.testing.assert_allclose(mean, fit.predict().table["mean"], rtol=1e-8)
