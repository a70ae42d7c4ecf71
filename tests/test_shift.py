"""Where x = 0 is changes no answer that does not name it: designs, priors, draws."""

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.family.known import resolve_family
from bayesmm.model.bambi_columns import bambi_group_columns, effects_under_other_names
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.plots.prior_density import priors_and_posteriors
from bayesmm.results.densities.log_likelihood import total_log_likelihood
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.sampling.compiled.collapsed.scatter import block_moments, em_pilot
from bayesmm.sampling.raw_columns import draws_of_prior_columns

SHIFTS = (10.0, 100.0, 2000.0, 1e5)
QUICK = {"chains": 2, "draws": 150, "max_effort": 1, "seed": 1, "cores": 1, "progress": False}


def data(shift=0.0, scale=1.0):
    """Return 20 groups of 8 rows with x around 0, moved and in other units."""
    rng = np.random.default_rng(3)
    J, T = 20, 8
    g = np.repeat(np.arange(J), T)
    x = np.tile(np.arange(T) - (T - 1) / 2, J)
    z = rng.normal(size=J * T).round(3)
    a = np.array(["p", "q", "r"])[rng.integers(0, 3, J)][g]
    eta = rng.normal(0, 1, J)[g] + (0.2 + rng.normal(0, 0.3, J)[g]) * x + 0.1 * x * (a == "q")
    return pd.DataFrame(
        {
            "x": (x + shift) * scale,
            "z": z - z.mean() + shift,
            "a": a,
            "k": np.array(["p", "q"])[rng.integers(0, 2, J * T)],
            "g": g,
            "h": np.arange(J * T) % 5,
            "s": g // 5,
            "y": 10 + eta + rng.normal(0, 1, J * T),
            "hit": (rng.random(J * T) < 1 / (1 + np.exp(-eta))).astype(int),
            "count": rng.poisson(np.exp(0.5 + 0.3 * eta)),
        }
    )


def design_of(formula, shift=0.0, family="gaussian", scale=1.0):
    return build_design(formula, data(shift, scale), resolve_family(family))


# --- columns -------------------------------------------------------------------------------

CLOSED = (
    "y ~ x + (x | g)",
    "y ~ x * a + (x * k | g)",
    "y ~ k + k:x + (k + k:x | g)",
    "y ~ 0 + k + x + (0 + k + x | g)",
    "y ~ x * z + (x * z | g)",
    "y ~ x + z + I(x * z) + (1 | g)",
    "y ~ x + I(x^2) + (poly(x, 2, raw = TRUE) | g)",
    "y ~ C(k, Sum) * x + (x | s/g)",
)


@pytest.mark.parametrize("formula", CLOSED)
@pytest.mark.parametrize("shift", SHIFTS)
def test_columns_of_the_priors_do_not_know_the_shift(formula, shift):
    here, there = (prior_design(d, choose_priors(d)) for d in both(formula, shift))
    error = 1e-13 * (1 + shift) ** 2  # rounding of x^2 and x z
    pairs = [
        (d.mu.X - d.mu.X.mean(axis=0) if here.mu.intercept else d.mu.X for d in (here, there)),
        *((b.columns.Z, c.columns.Z) for b, c in zip(here.blocks, there.blocks, strict=True)),
    ]
    for one, other in pairs:
        np.testing.assert_allclose(one, other, atol=error)


@pytest.mark.parametrize("formula", CLOSED)
def test_centred_columns_span_the_space_of_the_columns(formula):
    design = design_of(formula, 10.0)
    for block, centring in zip(design.blocks, design.centrings.blocks, strict=True):
        if centring is None:
            continue
        np.testing.assert_allclose(
            centring.columns(block.columns.Z), block.columns.Z @ centring.matrix, atol=1e-9
        )
        assert abs(np.linalg.det(centring.matrix) - 1) < 1e-12


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 0 + x + (0 + x | g)",  # no constant to take a shift
        "y ~ 1 + (x || g)",  # independent at x = 0, and nowhere else
        "y ~ z:x + (z:x | g)",  # nor x or z
        "y ~ bs(x, df = 4) + (poly(x, 2) | g)",  # the same wherever x = 0 is
        "y ~ k + (k | g)",  # no number
        "y ~ scale(x) + (scale(x) | g)",
    ],
)
def test_columns_stay_where_a_shift_leads_out_of_their_space(formula):
    design = design_of(formula, 2000.0)
    assert prior_design(design, choose_priors(design)) is design


def test_a_variable_that_cannot_move_does_not_hold_the_others():
    design = design_of("y ~ x + (x + x:z | g)", 100.0)
    centring = design.centrings.blocks[0]
    assert centring.at == (("x",), ("z",), ())  # x in x:z cannot: z is no column


# --- priors --------------------------------------------------------------------------------


def both(formula, shift, family="gaussian"):
    return design_of(formula, 0.0, family), design_of(formula, shift, family)


@pytest.mark.parametrize("formula", CLOSED)
def test_default_priors_do_not_know_the_shift(formula):
    here, there = (choose_priors(design) for design in both(formula, 2000.0))
    for name in here:
        assert there[name].distribution == here[name].distribution
        np.testing.assert_allclose(there[name].parameters, here[name].parameters, rtol=1e-5)


def test_the_table_says_where_a_prior_is():
    of = (
        choose_priors(design_of("y ~ x * a + (x | g)", 2000.0)).table().set_index("parameter")["of"]
    )
    assert of["1|g_sigma"] == "sd of the intercepts among g, at the mean of x"
    assert of["g_corr"] == "correlations of the effects of g, at the mean of x"
    assert of["a[q]"] == "change of y per unit of a[q], at the mean of x"
    assert of["x|g_sigma"] == "sd of the effects of x among g"
    assert of["x:a[q]"] == "change of y per unit of x:a[q]"


@pytest.mark.parametrize("preset", ["brms", "rstanarm", "bambi"])
def test_priors_of_other_packages_stay_of_the_columns_as_they_are(preset):
    design = design_of("y ~ x + (x | g)", 2000.0)
    priors = choose_priors(design, preset)
    assert prior_design(design, priors) is design
    assert "mean of x" not in str(priors)


def test_a_coefficient_that_is_named_is_the_reported_one():
    design = design_of("y ~ x * a + (x | g)", 2000.0)
    priors = choose_priors(design, {"a[q]": "Normal(0, 1)"})
    assert not any("a[q], at" in words for words in priors.table()["of"])
    assert any("a[r], at the mean of x" in words for words in priors.table()["of"])
    inside, place = prior_design(design, priors), design.mu.names.index("x:a[q]")
    np.testing.assert_array_equal(inside.mu.X[:, place], design.mu.X[:, place])
    # and the scale of its interaction is that of the centred column
    assert priors["x:a[q]"] == choose_priors(design)["x:a[q]"]


# --- draws ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair():
    return [bayesmm.fit("y ~ x * a + (x | g)", data(shift), **QUICK) for shift in (0.0, 2000.0)]


FITS = (
    ("y ~ x + (x | g)", "gaussian", 1e5, 1e3),
    ("y ~ x + (x | g) + (1 | h)", "gaussian", 100.0, 1e-3),
    ("y ~ x + I(x^2) + (x | g)", "gaussian", 2000.0, 1.0),
    ("hit ~ x + (x | g)", "bernoulli", 2000.0, 1.0),
    ("count ~ x + (x | g)", "poisson", 10.0, 1.0),
)


@pytest.mark.parametrize(("formula", "family", "shift", "scale"), FITS)
def test_posteriors_do_not_know_the_shift(formula, family, shift, scale):
    fits = (bayesmm.fit(formula, frame, family, **QUICK) for frame in (data(), data(shift, scale)))
    (slope, error, sd), (other, other_error, other_sd) = map(slope_of_x, fits)
    # five Monte Carlo errors of 300 draws that may be worth 100: chains part ways by rounding
    assert abs(other * scale - slope) < 0.5 * error * 2**0.5
    assert 0.6 < other_error * scale / error < 1.6
    assert 0.6 < other_sd * scale / sd < 1.6


def slope_of_x(fit):
    common = fit.fixef().set_index("term").loc["x"]
    if "I(x^2)" in fit.design.mu.names:
        common = fit.fixef().set_index("term").loc["I(x^2)"]
    sds = fit.varcorr().query("grp == 'g' and var1 == 'x' and var2.isna()")["sdcor"]
    return common["mean"], common["sd"], float(sds.iloc[0])


def test_draws_are_the_same_and_of_the_columns_as_they_are(pair):
    here, there = pair
    assert there.diagnostics.grade == here.diagnostics.grade
    a, b = (fit.draws["posterior"].to_dataset() for fit in pair)
    for name in ("x", "x:a[q]", "x|g", "x|g_sigma", "sigma"):
        np.testing.assert_allclose(b[name], a[name], rtol=1e-6, atol=1e-8)
    # the intercept of a group at x = 0 there is 2000 slopes away
    np.testing.assert_allclose(b["1|g"], a["1|g"] - 2000 * a["x|g"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(b["Intercept"], a["Intercept"] - 2000 * a["x"], rtol=1e-6, atol=1e-6)
    sd, rho, slope = a["1|g_sigma"].values, a["g_corr"].values[:, :, 0], a["x|g_sigma"].values
    moved = sd**2 - 2 * 2000 * rho * sd * slope + (2000 * slope) ** 2
    np.testing.assert_allclose(b["1|g_sigma"], np.sqrt(moved), rtol=1e-8)


def test_densities_of_draws_do_not_know_the_shift(pair):
    ours, theirs = (log_prior(fit.design, fit.priors, fit.draws) for fit in pair)
    for name in ours:
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-5, atol=1e-5)
    ours, theirs = (total_log_likelihood(fit.design, fit.draws) for fit in pair)
    np.testing.assert_allclose(theirs, ours, rtol=1e-6)


def test_draws_come_back(pair):
    there = pair[1]
    design = prior_design(there.design, there.priors)
    back = draws_of_prior_columns(there.draws, there.design, there.priors, effects=True)
    inside = there.draws["posterior"].to_dataset()
    z, codes = there.design.blocks[0].columns.Z, there.design.blocks[0].columns.codes
    centred = design.blocks[0].columns.Z
    for draw in (0, 149):
        raw = sum(z[:, k] * inside[n].values[0, draw, codes] for k, n in enumerate(("1|g", "x|g")))
        own = back["posterior"].to_dataset()
        moved = sum(
            centred[:, k] * own[n].values[0, draw, codes] for k, n in enumerate(("1|g", "x|g"))
        )
        np.testing.assert_allclose(moved, raw, atol=1e-8)


def test_pictures_compare_a_prior_with_what_it_is_of(pair):
    here, there = ({one.name: one for one in priors_and_posteriors(fit)} for fit in pair)
    for name in ("sd(g: Intercept)", "corr(g: Intercept, x)", "a[q]", "Intercept"):
        np.testing.assert_allclose(there[name].draws, here[name].draws, rtol=1e-4, atol=1e-6)
    assert there["sd(g: Intercept)"].note == "at the mean of x"
    assert here["sd(g: Intercept)"].note == ""


def test_a_correlation_near_one_because_of_the_zero_is_no_boundary(pair):
    there = pair[1]
    assert abs(there.ml.varcorr().query("var2.notna()")["sdcor"].iloc[0]) > 0.9999
    reasons = " ".join(map(str, there.compare_ml().iloc[:, -1]))
    assert "boundary" not in reasons


def test_a_saved_fit_means_the_same(pair, tmp_path, recwarn):
    pair[1].save(tmp_path / "fit")
    loaded = bayesmm.load(tmp_path / "fit")
    assert not [w for w in recwarn if "does not mean" in str(w.message)]
    assert str(loaded.priors) == str(pair[1].priors)


# --- the pilot -----------------------------------------------------------------------------


@pytest.mark.parametrize("shift", SHIFTS)
def test_the_pilot_does_not_know_the_shift(shift):
    here, there = (em_pilot(block_moments(d, d.blocks[0])) for d in both("y ~ x + (x | g)", shift))
    np.testing.assert_allclose(there.variance, here.variance, rtol=1e-4)
    np.testing.assert_allclose(there.log_likelihood, here.log_likelihood, atol=0.05)
    np.testing.assert_allclose(there.covariance[1, 1], here.covariance[1, 1], rtol=0.02)
    # the steps begin elsewhere, and do not end anywhere else
    C = np.array([[1.0, -shift], [0.0, 1.0]])
    moved = C @ here.covariance @ C.T
    np.testing.assert_allclose(there.covariance[0, 0], moved[0, 0], rtol=0.02)


# --- Bambi and PyMC ------------------------------------------------------------------------


def test_columns_of_one_name_that_differ_have_two_names():
    design = design_of("y ~ x + (x | g) + (x || h)", 2000.0)
    inside = prior_design(design, choose_priors(design))
    assert bambi_group_columns(inside) == (("Intercept", "x"), ("Intercept", "x_"))
    assert effects_under_other_names(inside) == {"x_|h": "x|h"}
    assert bambi_group_columns(design) == (("Intercept", "x"), ("Intercept", "x"))


@pytest.mark.slow
@pytest.mark.parametrize("formula", ["y ~ x * a + (x | g)", "y ~ x + (x | g) + (x || h)"])
def test_both_engines_sample_the_same_posterior(formula):
    k = {
        "chains": 4,
        "draws": 1000,
        "max_effort": 1,
        "seed": 1,
        "progress": False,
        "target_accept": 0.95,
    }
    ours, theirs = (bayesmm.fit(formula, data(100.0), engine=e, **k) for e in ("compiled", "pymc"))
    for name in ("x", "x|g_sigma", "1|g_sigma", "sigma"):
        one, two = (fit.draws["posterior"].to_dataset()[name].values for fit in (ours, theirs))
        error = np.hypot(one.std(), two.std()) / np.sqrt(400)
        assert abs(one.mean() - two.mean()) < 5 * error


@pytest.mark.slow
def test_the_model_of_pymc_samples_what_the_priors_are_of(pair):
    """Under names of its own: those without the ending are the reported parameters, at x = 0."""
    here, there = pair
    names = {variable.name for variable in there.pymc_model.free_RVs}
    assert {"1|g_sigma_centred", "x|g_sigma_centred", "g__partials_half"} <= names
    assert {"1|g_sigma", "x|g_sigma"} <= {v.name for v in there.pymc_model.deterministics}
    # x of the one model has mean 0, so that what it reports is at the mean
    centred = there.draws["posterior"]["1|g_sigma_centred"].mean().item()
    reported = here.draws["posterior"]["1|g_sigma"].mean().item()
    assert centred == pytest.approx(reported, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("shift", SHIFTS)
def test_long_chains_do_not_stay_in_a_mode_without_mass(shift):
    """CrossValidated 385439, MixedModels.jl#638: with what the advice led to."""
    k = {
        "seed": 1,
        "progress": False,
        "target_accept": 0.99,
        "draws": 2000,
        "max_effort": 1,
        "tune": 1000,
    }
    here = bayesmm.fit("y ~ x + (x | g)", data(), **k)
    there = bayesmm.fit("y ~ x + (x | g)", data(shift), **k)
    assert not there.diagnostics.findings
    one, two = slope_of_x(here), slope_of_x(there)
    np.testing.assert_allclose(two, one, rtol=0.05)
    np.testing.assert_allclose(two[2], there.ml.varcorr()["sdcor"][1], rtol=0.2)
