"""Every file of `bayesmm/family/` that has a family, held to what it says; and one from outside."""

import inspect
import math
import pickle
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from compiled_parts import called
from family_values import auxiliary_of, trials_of
from scipy import integrate, stats

import bayesmm
from bayesmm.errors import DataError, FormulaError, UnsupportedModelError, UsageError
from bayesmm.family import Family, LogDensity, Parameter, ResponseParameters, numeric
from bayesmm.family.known import FAMILIES, OF_CATEGORIES, resolve_family
from bayesmm.family.links import LINKS
from bayesmm.family.numeric import Jet, log, softplus
from bayesmm.likelihood.fit import links_with_routine
from bayesmm.model.prior_presets import PRESETS
from bayesmm.sampling.compiled.code import ADDRESSES
from bayesmm.sampling.compiled.kernels import gamma_functions, registry

FOLDER = Path(inspect.getfile(bayesmm)).parent / "family"
ETA = {"logit": -0.6, "probit": -0.4, "cloglog": -0.8, "log": 0.9, "identity": 1.7, "inverse": 0.4}
ETA["tan_half"] = 0.4
GRID = [(name, link) for name, family in FAMILIES.items() for link in family.links]
TRIALS = 8.0


def rows_of(family: Family, shape: tuple, link: str) -> ResponseParameters:
    mu = LINKS[link].inverse(np.full(shape, ETA[link]))
    auxiliary = {name: np.array(value) for name, value in auxiliary_of(family).items()}
    return ResponseParameters(mu, auxiliary, trials_of(family, TRIALS, shape))


def support(family: Family) -> np.ndarray:
    """Return every response of a discrete family that has any probability."""
    most = {"binary": 1, "binomial": int(TRIALS), "count": 600}[family.response]
    return np.arange(most + 1.0)


def ends(family: Family) -> tuple[float, float]:
    return {
        "real": (-np.inf, np.inf),
        "positive": (0.0, np.inf),
        "proportion": (0.0, 1.0),
        "angle": (-np.pi, np.pi),
    }[family.response]


def kinks(family: Family, rows: ResponseParameters) -> list[float]:
    """Return where the density of a family has an edge, which a quadrature must not overlook."""
    edges = [float(rows.auxiliary["ndt"])] if "ndt" in rows.auxiliary else []
    if family.decisions:
        edges = [-edges[0], *edges]
    return edges if family.density.smooth else [*edges, float(rows.mu[0])]


def test_a_file_is_a_family_and_no_list_names_it():
    """A family that is written into the folder is found; its file has its name."""
    files = {p.stem for p in FOLDER.glob("*.py") if "\nFAMILY = " in p.read_text(encoding="utf-8")}
    assert files == {*FAMILIES, *OF_CATEGORIES}
    assert resolve_family("lognormal()") is FAMILIES["lognormal"]


def test_what_others_ask_of_a_family_is_said_by_its_record():
    """Residual scales, and which models are linear: of no family by its name."""
    with_scale = {name for name, family in FAMILIES.items() if family.residual_scale == "sigma"}
    assert with_scale == {
        *("gaussian", "t", "laplace", "asymmetric_laplace", "skew_normal", "exgaussian"),
        *("lognormal", "shifted_lognormal", "loglogistic", "hurdle_lognormal"),
    }
    assert {name for name, family in FAMILIES.items() if family.dispersion} == {"gaussian"}
    links = [(name, link) for name, family in FAMILIES.items() for link in family.links]
    linear = [pair for pair in links if FAMILIES[pair[0]].with_link(pair[1]).linear]
    assert linear == [("gaussian", "identity")]


def test_the_rising_factorial_keeps_its_digits():
    """log of alpha (alpha + 1) ... (alpha + y - 1), less y log alpha, which is near 0."""
    y = np.array([0.0, 1, 2, 7, 300])
    for alpha in (0.03, 1.0, 63.9, 64.0, 1e3, 1e7, 1e12):
        exact = [sum(math.log1p(k / alpha) for k in range(int(n))) for n in y]
        found = numeric.log_rising(y, np.array(alpha)) - y * np.log(alpha)
        size = np.abs(y * np.log(alpha)) + np.abs(exact) + 1
        np.testing.assert_allclose(found, exact, atol=4e-15 * size.max(), rtol=1e-13)


@pytest.mark.slow
def test_the_compiled_rising_factorial_keeps_its_digits_too():
    """The sums of log(alpha + k) and of 1 / (alpha + k), k < y; differences of log gammas fail."""
    compiled = called(gamma_functions.log_rising)
    for alpha in (0.03, 1.0, 63.9, 64.0, 1e3, 1e7, 1e12):
        for y in (0, 1, 2, 7, 300):
            value = math.fsum(math.log(alpha + k) for k in range(y))
            slope = math.fsum(1.0 / (alpha + k) for k in range(y))
            found = compiled(float(y), alpha)
            assert found[0] == pytest.approx(value, rel=1e-12, abs=1e-12)
            assert found[1] == pytest.approx(slope, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("alpha", [0.01, 5.0, 64.0, 1e4, 1e8, 1e12])
def test_densities_of_counts_keep_their_digits_as_dispersion_vanishes(alpha):
    """To 1e-9 of sums of logarithms of ratios, in which nothing cancels."""
    y, n, m = [0, 1, 4, 30], 40, 7.5

    def dispersed(y, size):
        ratios = math.fsum(math.log1p((k - m) / (size + m)) for k in range(y))
        return ratios + y * math.log(m) - size * math.log1p(m / size) - math.lgamma(y + 1)

    def of_trials(y):
        a, b = 0.3 * alpha, 0.7 * alpha
        first = math.fsum(math.log((a + k) / (alpha + k)) for k in range(y))
        rest = math.fsum(math.log((b + k) / (alpha + y + k)) for k in range(n - y))
        return math.log(math.comb(n, y)) + first + rest

    expected = {
        "negativebinomial": [dispersed(v, alpha) for v in y],
        "nbinom1": [dispersed(v, m * alpha) for v in y],
        "beta_binomial": [of_trials(v) for v in y],
    }
    for name, values in expected.items():
        family = FAMILIES[name]
        own = 1.0 / alpha if name == "nbinom1" else alpha
        known = {"trials": np.full(4, float(n))} if family.response == "binomial" else {}
        mean = np.full(4, 0.3 if known else m)
        rows = ResponseParameters(mean, {family.auxiliary[0]: np.array(own)}, known)
        found = family.log_density(np.array(y, float), rows)
        np.testing.assert_allclose(found, values, rtol=1e-9, atol=1e-11)


def test_log_densities_keep_their_digits_at_the_ends_of_parameters():
    """Means of 0, counts that are nearly Poisson, and no zeros but those of the counts."""
    y, mu = np.array([0.0, 1.0, 2.0, 50.0]), np.array([[0.0], [1e-100], [0.5], [30.0]])
    known = {"alpha": np.array(1e15), "psi": np.array(1.0)}
    with np.errstate(divide="ignore"):  # SciPy's of impossible counts
        poisson = stats.poisson(mu).logpmf(y)
    for name in ("poisson", "negativebinomial", "zero_inflated_poisson"):
        family = FAMILIES[name]
        rows = ResponseParameters(mu, {k: known[k] for k in family.auxiliary})
        np.testing.assert_allclose(family.log_density(y, rows), poisson, rtol=1e-12)


def test_lognormal_is_one_file_of_60_lines():
    lines = (FOLDER / "lognormal.py").read_text(encoding="utf-8").count("\n")
    assert lines <= 60
    package = FOLDER.parent
    named = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "lognormal"
        in "".join(
            line
            for line in path.read_text(encoding="utf-8").splitlines(True)
            if not line.lstrip().startswith(("#", '"', "log y."))
        )
    ]
    code = [name for name in named if not name.startswith("family/")]
    assert code == ["results/prediction/response_mean.py"]  # in a sentence of a docstring


@pytest.mark.parametrize(("name", "link"), GRID)
def test_probabilities_sum_to_one_and_the_distribution_function_is_their_sum(name, link):
    family = FAMILIES[name]
    if family.discrete:
        y = support(family)
        rows = rows_of(family, y.shape, link)
        mass = np.exp(family.log_density(y, rows))
        assert mass.sum() == pytest.approx(1, abs=1e-10)
        np.testing.assert_allclose(family.below(y, rows), np.cumsum(mass), atol=1e-9)
        return

    def density(y: float) -> float:
        with np.errstate(all="ignore"):
            return float(np.exp(family.log_density(np.array([y]), rows_of(family, (1,), link)))[0])

    low, high = ends(family)
    one = rows_of(family, (1,), link)
    single = {value: float(own(one)[0]) for value, own in family.atoms.items()}
    for value, probability in single.items():
        assert density(value) == pytest.approx(probability, rel=1e-12)
    points = kinks(family, one)

    def total(low: float, high: float) -> float:
        cuts = [low, *(x for x in points if low < x < high), high]
        return sum(integrate.quad(density, *ends, limit=200)[0] for ends in pairwise(cuts))

    assert total(low, high) + sum(single.values()) == pytest.approx(1, abs=1e-6)
    at = 0.3 if family.response == "proportion" else 1.1
    below = family.below(np.array([at]), one)[0] - single.get(0.0, 0.0)
    assert total(low, at) == pytest.approx(below, abs=1e-6)


@pytest.mark.parametrize(("name", "link"), [g for g in GRID if FAMILIES[g[0]].has_moments])
def test_moments_are_those_of_the_draws(name, link):
    """Mean and variance of 40,000 draws within five standard errors."""
    family, n = FAMILIES[name], 40_000
    rows = rows_of(family, (n,), link)
    y = family.random(np.random.default_rng(7), rows)
    mean, variance = family.response_mean(rows)[0], family.variance(rows)[0]
    assert y.mean() == pytest.approx(mean, abs=5 * y.std() / np.sqrt(n))
    squares = (y - mean) ** 2
    assert squares.mean() == pytest.approx(variance, abs=5 * squares.std() / np.sqrt(n))


@pytest.mark.parametrize(("name", "link"), GRID)
def test_the_density_over_numeric_is_the_density_with_its_derivatives(name, link):
    """Three derivatives in eta against central differences; the same numbers as the own density."""
    family = FAMILIES[name]
    rng = np.random.default_rng(4)
    rows = rows_of(family, (40,), link)
    y, eta = family.random(rng, rows), np.full(40, ETA[link]) + 0.05 * rng.random(40)
    further = list(auxiliary_of(family).values())

    def at(eta: np.ndarray) -> Jet:
        argument = family.density.arguments[link](Jet.variable(eta))
        observed = family.density.observed(y, rows.known)
        return family.density.without_base(observed, argument, *further) + family.density.base(
            observed
        )

    own = family.log_density(y, replace(rows, mu=LINKS[link].inverse(eta)))
    np.testing.assert_allclose(at(eta).value, own, rtol=1e-11, atol=1e-12)
    h = 1e-5
    up, down, here = at(eta + h), at(eta - h), at(eta)
    for lower, higher in (("value", "first"), ("first", "second"), ("second", "third")):
        slope = (getattr(up, lower) - getattr(down, lower)) / (2 * h)
        exact = np.broadcast_to(getattr(here, higher), slope.shape)
        np.testing.assert_allclose(exact, slope, rtol=1e-5, atol=1e-5 * np.abs(exact).max() + 1e-9)


# PyMC has no such distribution; neither brms nor glmmTMB has the family.
NOT_IN_PYMC = {
    *("shifted_lognormal", "loglogistic", "tweedie", "compois", "wiener"),
    *("zero_inflated_beta", "zero_one_inflated_beta"),
}
NOT_IN_R = {"loglogistic", "laplace"}


@pytest.mark.parametrize("name", FAMILIES)
def test_no_word_is_missing(name):
    family = FAMILIES[name]
    assert family.words.equation
    assert bool(family.words.pymc) == (name not in NOT_IN_PYMC)
    assert bool({"brms", "glmmtmb"} & set(family.words.names)) == (name not in NOT_IN_R)
    symbols = {"mu": "m", "trials": "n"} | dict.fromkeys(family.auxiliary, "a")
    assert all(text.format(**symbols) for text in family.words.equation[1:])
    for own in family.further:
        assert own.meaning
        assert own.names.get("brms") or own.names.get("glmmtmb") or name in NOT_IN_R
        assert all(own.prior(preset, np.array([0.4, 0.6]), 1.7) for preset in PRESETS)
        assert own.natural(own.real(0.4)) == pytest.approx(0.4)
    for link in family.links:
        assert registry.has_rows(family.with_link(link))
    assert (family.links[0] in links_with_routine(family)) == family.density.smooth


def test_pymc_means_the_same_by_the_words_of_lognormal():
    import pymc as pm

    distribution, _, inside = FAMILIES["lognormal"].words.pymc.partition(": ")
    assert inside == "mu=mu, sigma=sigma"
    y = np.array([0.2, 1.0, 4.0])
    theirs = pm.logp(getattr(pm, distribution).dist(mu=0.4, sigma=0.7), y)
    rows = ResponseParameters(np.full(3, 0.4), {"sigma": np.array(0.7)})
    ours = FAMILIES["lognormal"].log_density(y, rows)
    np.testing.assert_allclose(ours, theirs.eval(mode="FAST_COMPILE"), rtol=1e-12)
    np.testing.assert_allclose(ours, stats.lognorm(0.7, scale=np.exp(0.4)).logpdf(y), rtol=1e-12)


# A family of somebody else: nothing in the package knows it.


def logistic_density(y, mu, scale):
    z = (y - mu) / scale
    return -z - log(scale) - 2.0 * softplus(-z)


TOY = Family(
    "logistic_errors",
    response="real",
    parameters=(Parameter("mu", links=("identity",)), Parameter("scale", symbol="s")),
    density=logistic_density,
    random=lambda generator, rows: generator.logistic(rows.mu, rows.auxiliary["scale"]),
    variance=lambda rows: rows.auxiliary["scale"] ** 2 * np.pi**2 / 3 + 0 * rows.mu,
    below=lambda y, rows: 1 / (1 + np.exp(-(y - rows.mu) / rows.auxiliary["scale"])),
)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    g, x = rng.integers(0, 12, 200), rng.normal(size=200)
    y = np.exp(1 + 0.5 * x + rng.normal(0, 0.4, 12)[g] + rng.normal(0, 0.6, 200))
    return pd.DataFrame({"y": y, "x": x, "g": [f"g{k}" for k in g]})


@pytest.fixture(scope="module")
def toy(data):
    return bayesmm.fit("log(y) ~ x + (1 | g)", data, TOY, chains=2, draws=300, max_effort=1, seed=1)


@pytest.fixture(scope="module")
def lognormal(data):
    return bayesmm.fit(
        "y ~ x + (1 | g)", data, "lognormal", chains=2, draws=300, max_effort=1, seed=1
    )


def test_a_family_from_outside_is_fitted_by_the_driver_there_is(toy):
    """Sampled compiled, with ML beside; the driver of all families is the one before."""
    assert toy.engine == "compiled"
    drivers = [name for name in ADDRESSES if name.startswith("transported_density")]
    assert drivers == ["transported_density"]
    assert any(name.startswith("logistic_errors_identity") for name in ADDRESSES)
    table = toy.fixef().set_index("term")
    assert abs(table.loc["x", "mean"] - toy.ml.estimates[1]) < 0.3 * table.loc["x", "sd"]
    assert toy.ml.converged
    # the mode of the logistic scale is sd sqrt(3) / pi
    assert toy.ml.auxiliary["scale"] == pytest.approx(0.6 * np.sqrt(3) / np.pi, rel=0.15)
    assert "scale" in str(toy.priors)
    assert "logistic_errors" in str(toy)


def test_a_family_from_outside_answers_what_it_can(toy):
    assert len(toy.residuals()) == len(toy.predict(kind="response").table) == 200
    assert np.isfinite(toy.loo().elpd)
    for refused in (toy.r2, lambda: toy.script("pymc"), lambda: toy.script("bayesmm")):
        with pytest.raises(UnsupportedModelError, match="logistic_errors"):
            refused()


def test_a_family_from_outside_is_not_saved_by_a_name_that_nobody_knows(toy, tmp_path):
    with pytest.raises(UnsupportedModelError, match="could not be found by its name"):
        toy.save(tmp_path / "fit")
    assert not (tmp_path / "fit").exists()


def test_another_density_of_the_same_name_is_not_taken_for_it():
    """The machine code is named by what it is compiled from, not by the name of the family."""
    from bayesmm.sampling.compiled.kernels.densities import _digest

    def other(y, mu, scale):
        return logistic_density(y, mu, scale) - 1.0

    assert _digest((other,)) != _digest((logistic_density,))
    assert _digest((logistic_density,)) == _digest((logistic_density,))


def test_a_family_of_counts_without_further_parameters(data):
    """Geometric counts, all in the kernel: the negative binomial of alpha = 1."""

    def geometric(y, mu):
        return y * log(mu) - (y + 1.0) * log(1.0 + mu)

    own = Family("geometric", "count", (Parameter("mu", links=("log",)),), geometric)
    assert own.density == LogDensity(geometric)
    y = np.random.default_rng(3).geometric(0.3, 200) - 1
    fit = bayesmm.fit(
        "k ~ x + (1 | g)", data.assign(k=y), own, chains=2, draws=200, max_effort=1, seed=1
    )
    table = fit.fixef().set_index("term")
    assert abs(table.loc["Intercept", "mean"] - fit.ml.estimates[0]) < table.loc["Intercept", "sd"]


def test_a_family_that_forgets_its_links_is_told():
    with pytest.raises(UsageError, match="with its links"):
        Family("toy", response="real", parameters=(Parameter("mu"),))
    with pytest.raises(UsageError, match="not one of real, binary"):
        Family("toy", response="reel", parameters=(Parameter("mu", links=("log",)),))


def test_a_parameter_may_be_a_known_number():
    """The distribution is that with the parameter there; its name is read again by others."""
    quantile = resolve_family("asymmetric_laplace(quantile = 0.9)")
    assert quantile is resolve_family(quantile.name) and quantile.auxiliary == ("sigma",)
    assert pickle.loads(pickle.dumps(quantile)) == quantile
    y, rows = np.array([-1.0, 0.4, 3.0]), rows_of(quantile, (3,), "identity")
    all_of = replace(rows, auxiliary={**rows.auxiliary, "quantile": np.array(0.9)})
    free = FAMILIES["asymmetric_laplace"]
    for ours, theirs in (
        (quantile.log_density(y, rows), free.log_density(y, all_of)),
        (quantile.below(y, rows), free.below(y, all_of)),
        (quantile.response_mean(rows), free.response_mean(all_of)),
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert quantile.below(rows.mu, rows) == pytest.approx(0.9)
    assert "q=0.9" in quantile.words.pymc and quantile.words.equation[-1] == "0.9"
    cauchy = resolve_family("t(nu=1)")
    rows = rows_of(cauchy, (3,), "identity")
    np.testing.assert_allclose(
        cauchy.log_density(y, rows), stats.cauchy(rows.mu, 0.7).logpdf(y), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t(nu=-1)", "nu of the t family must be above 0; it is to be fixed at -1"),
        ("asymmetric_laplace(quantile=90)", "between 0 and 1"),
        ("t(df=4)", "no parameter 'df' to be fixed. Parameters: sigma, nu"),
        ("binomial(logit)", 'as in gamma.link = "log".'),
    ],
)
def test_what_cannot_be_fixed_is_told(text, message):
    with pytest.raises(UsageError, match=message):
        resolve_family(text)


def test_one_number_has_no_formula(data):
    with pytest.raises(FormulaError, match="power of the tweedie family is one number"):
        bayesmm.ml("y ~ x; power ~ x", data, "tweedie")


def test_zeros_are_values_of_families_that_have_them(data):
    zeros = data.assign(y=np.where(data["x"] > 1, 0.0, data["y"]))
    with pytest.raises(DataError, match="greater than 0 for the gamma family"):
        bayesmm.ml("y ~ x", zeros, "gamma")
    with pytest.raises(DataError, match="greater than 0 or 0 for the hurdle_gamma family"):
        bayesmm.ml("y ~ x", zeros.assign(y=zeros["y"] - 1), "hurdle_gamma")
    psi = bayesmm.ml("y ~ x", zeros, "hurdle_gamma").auxiliary["psi"]
    assert psi == pytest.approx((zeros["y"] > 0).mean(), abs=1e-6)


def test_lognormal_is_the_gaussian_of_the_logarithm(data, lognormal):
    """The same likelihood but for the Jacobian: ML by another way, and the mean of the response."""
    theirs = bayesmm.ml("log(y) ~ x + (1 | g)", data, reml=False)
    ours = lognormal.ml
    np.testing.assert_allclose(ours.estimates, theirs.estimates, atol=1e-4)
    np.testing.assert_allclose(ours.standard_errors, theirs.standard_errors, rtol=1e-3)
    assert ours.loglik == pytest.approx(theirs.loglik - np.log(data["y"]).sum(), abs=1e-5)
    gaussian = bayesmm.fit("log(y) ~ x + (1 | g)", data, chains=2, draws=300, max_effort=1, seed=1)
    jacobian = np.log(data["y"]).sum()
    # group effects and coefficients are integrated out: with one seed the draws are the same
    for name in ("sigma", "x", "1|g_sigma"):
        ours, theirs = (f.own_draws["posterior"][name].values for f in (lognormal, gaussian))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    gap = lognormal.loo().elpd - (gaussian.loo().elpd - jacobian)
    assert abs(gap) < 1.0  # elpd of 200 rows, Monte Carlo error of two fits of 600 draws


def test_the_mean_of_a_lognormal_response_holds_its_variance(lognormal):
    """exp(mu + sigma^2 / 2) for a typical group, and with the variance of groups besides."""
    posterior = lognormal.own_draws["posterior"]
    x = lognormal.own_data["x"].to_numpy()
    log_mean = posterior["Intercept"].values + posterior["x"].values * x.mean()
    half = posterior["sigma"].values ** 2 / 2
    found = lognormal.emmeans("x", scale="response").table["mean"].to_numpy()
    np.testing.assert_allclose(found, np.exp(log_mean + half).mean(), rtol=1e-6)
    over = lognormal.predict(kind="mean", who="population").table["mean"].to_numpy()
    eta = posterior["Intercept"].values[..., None] + posterior["x"].values[..., None] * x
    total = half[..., None] + posterior["1|g_sigma"].values[..., None] ** 2 / 2
    np.testing.assert_allclose(over, np.exp(eta + total).mean(axis=(0, 1)), rtol=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["toy", "lognormal"])
def test_reports_of_both(name, request, tmp_path):
    fit = request.getfixturevalue(name)
    assert fit.design.family.name in fit.report(tmp_path / "page.html").read_text(encoding="utf-8")


def test_lognormal_answers_everything(lognormal, tmp_path):
    assert "LogNormal" in lognormal.script("pymc")
    assert "lognormal(link" in lognormal.script("brms")
    assert 'family="lognormal"' in lognormal.script("bambi")
    assert "log y" in str(lognormal.priors)
    lognormal.save(tmp_path / "fit")
    assert bayesmm.load(tmp_path / "fit").design.family == FAMILIES["lognormal"]
    sigma = lognormal.own_draws["posterior"]["sigma"].values
    icc = lognormal.icc().table["mean"].to_numpy()
    group = lognormal.own_draws["posterior"]["1|g_sigma"].values ** 2
    np.testing.assert_allclose(icc, (group / (group + sigma**2)).mean(), rtol=1e-9)


def test_a_parameter_at_a_known_number_is_no_parameter():
    """A t of nu=4 is SciPy's of four degrees of freedom."""
    family = resolve_family("t(nu=4)")
    assert family.auxiliary == ("sigma",)
    y, mu = np.array([-3.0, 0.2, 8.0]), np.array([0.5, 0.0, 1.0])
    rows = ResponseParameters(mu, {"sigma": np.array(1.7)})
    np.testing.assert_allclose(
        family.log_density(y, rows), stats.t(4, mu, 1.7).logpdf(y), rtol=1e-12
    )
    np.testing.assert_allclose(family.below(y, rows), stats.t(4, mu, 1.7).cdf(y), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.density])
def test_scores_of_rows_draws_and_nodes(name):
    """Of a mean with more dimensions than the responses, as quadrature has: those of each part.

    Fails where a score is given the shape of the responses.
    """
    family = FAMILIES[name]
    rows = rows_of(family, (3,), family.link)
    known = {key: values[:3] for key, values in rows.known.items()}
    shift = np.array([[[0.9]], [[1.0]], [[1.05]], [[1.1]]])
    many = replace(rows, mu=shift * rows.mu, known=known)
    y = np.full(3, 0.5 if family.response in ("proportion", "angle") else 1.0)
    found = family.score_in_mean(y, many)
    for part, mu in enumerate(many.mu):
        for one, alone in zip(found, family.score_in_mean(y, replace(rows, mu=mu)), strict=True):
            whole = np.broadcast_to(one, many.mu.shape)
            np.testing.assert_allclose(whole[part], np.broadcast_to(alone, mu.shape), rtol=1e-12)
