"""Times of decisions: the two series, `dec()`, and what a fit says; reference: long series."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from wiener_reference import Wiener, exact_log_density

import bayesmm
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family import ResponseParameters
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.family.wiener_times import probability_of_lower, reached_by
from bayesmm.model.build import build_design

FAMILY = FAMILIES["wiener"]
TRUTH = {"bs": 1.4, "ndt": 0.25, "bias": 0.55}


def rows_of(mu: np.ndarray, bs: float, ndt: float, bias: float) -> ResponseParameters:
    own = {"bs": np.array(bs), "ndt": np.array(ndt), "bias": np.array(bias)}
    return ResponseParameters(np.asarray(mu, float), own)


def times(groups: int, rows: int, seed: int = 5) -> pd.DataFrame:
    """Return words and nonwords of groups, drift 0.5 + x and sd 0.5 of the groups."""
    rng = np.random.default_rng(seed)
    g, x = np.repeat(np.arange(groups), rows), np.tile([0.0, 1.0], groups * rows // 2)
    drift = 0.5 + x + rng.normal(0, 0.5, groups)[g]
    y = FAMILY.random(rng, rows_of(drift, **TRUTH))
    choice = np.where(y > 0, "word", "nonword")
    return pd.DataFrame({"rt": np.abs(y), "choice": choice, "x": x, "g": [f"s{k}" for k in g]})


DATA = times(8, 20)
FORMULA = "rt | dec(choice) ~ x + (1 | g)"


def test_log_density_is_that_of_long_series():
    """1e-10 over both series, where they change, and starts at the boundaries nearly."""
    rng = np.random.default_rng(0)
    shares = np.r_[np.exp(rng.uniform(np.log(0.005), np.log(8), 16)), 0.3 - 1e-9, 0.3, 0.3 + 1e-9]
    for bias in (1e-4, 0.02, 0.5, 0.9, 1 - 1e-4):
        for u in shares:
            bs, mu, sign = rng.uniform(0.3, 4), rng.normal(0, 3), rng.choice([-1, 1])
            y = sign * (0.2 + u * bs**2)
            found = FAMILY.log_density(np.array([y]), rows_of([mu], bs, 0.2, bias))
            exact = exact_log_density(y, mu, bs, 0.2, bias)
            assert found[0] == pytest.approx(exact, abs=1e-10, rel=1e-12)


def test_both_series_of_the_reference_agree():
    """Eigenfunctions of the tests' own density, and the images of 60 digits beside them."""
    for y in (-2.5, -1.2, 0.95, 3.0):
        of_one = Wiener(0.7, 1.1, 0.2, 0.35).logpdf(y)
        assert of_one == pytest.approx(exact_log_density(y, 0.7, 1.1, 0.2, 0.35), abs=1e-11)


def test_the_log_density_as_a_function_of_the_drift_and_its_score():
    """That of the rows, with the slopes of central differences; impossible times have none."""
    y = np.array([0.4, -0.7, 2.0, -0.05])
    rows = rows_of(np.full(4, 0.3), 1.4, 0.1, 0.4)
    of_mu = FAMILY.of_mu(y, rows)
    for mu in (-1.5, 0.0, 2.0):
        own = replace(rows, mu=np.full(4, mu))
        expected = FAMILY.log_density(y, own)
        np.testing.assert_array_equal(of_mu(own.mu), expected)
        step = 1e-4
        above, below = of_mu(own.mu + step)[:3], of_mu(own.mu - step)[:3]
        score, information = FAMILY.score_in_mean(y, own)
        np.testing.assert_allclose(score[:3], (above - below) / (2 * step), atol=1e-7)
        second = (above + below - 2 * expected[:3]) / step**2
        np.testing.assert_allclose(information[:3], -second, atol=1e-5)
        assert expected[3] == -np.inf and np.isnan(score[3])


@pytest.mark.parametrize("mu", [0.0, 1e-9, 0.4, -2.0, 6.0])
def test_a_boundary_is_reached_with_the_integral_of_its_density(mu):
    """And both with certainty."""
    rows = rows_of([mu], 1.3, 0.1, 0.3)

    def density(y: float) -> float:
        return float(np.exp(FAMILY.log_density(np.array([y]), rows))[0])

    ends = ((-np.inf, -0.1), (0.1, np.inf))
    lower, upper = (integrate.quad(density, *own, epsabs=1e-11, limit=200)[0] for own in ends)
    assert lower + upper == pytest.approx(1, abs=1e-8)
    assert probability_of_lower(mu, 1.3, 0.3) == pytest.approx(lower, abs=1e-8)
    for time in (0.02, 0.3, 0.5, 0.52, 4.0):
        part = integrate.quad(density, -0.1 - time, -0.1, epsabs=1e-11, limit=200)[0]
        assert reached_by(np.array(time), mu, 1.3, 0.3) == pytest.approx(part, abs=1e-8)


@pytest.mark.parametrize("mu", [0.0, 0.004, 1.2, -7.0])
def test_draws_are_decisions_with_their_times(mu):
    """Shares and moments of 40,000 draws within five standard errors."""
    rows = rows_of(np.full(40_000, mu), 1.3, 0.1, 0.3)
    y = FAMILY.random(np.random.default_rng(3), rows)
    for at in (-0.6, -0.2, 0.0, 0.2, 0.5, 1.2):
        share = FAMILY.below(np.array([at]), rows)[0]
        error = np.sqrt(max(share * (1 - share), 1e-9) / len(y))
        assert (y <= at).mean() == pytest.approx(share, abs=5 * error)
    assert y.mean() == pytest.approx(FAMILY.mean(rows)[0], abs=5 * y.std() / 200)


def test_times_before_ndt_are_impossible():
    found = FAMILY.log_density(np.array([0.1, -0.2, 0.3]), rows_of(np.zeros(3), 1.0, 0.2, 0.5))
    assert np.isneginf(found).tolist() == [True, True, False]


def test_decisions_are_two_labels_numbers_or_truths():
    labels = build_design(FORMULA, DATA, FAMILY, success="word")
    assert labels.encoder.response_levels == ("nonword", "word")
    assert any("minus sign where 'choice' is 'nonword'" in note for note in labels.notes)
    assert labels.outcome == "upper boundary: word"
    told = str(bayesmm.explain(FORMULA, DATA, "wiener", success="word"))
    assert "with the sign of its decision" in told and "P(rt" not in told
    for upper in (DATA["choice"] == "word", (DATA["choice"] == "word").astype(int)):
        other = build_design(FORMULA, DATA.assign(choice=upper), FAMILY)
        np.testing.assert_array_equal(other.y, labels.y)
    signs = np.where(DATA["choice"] == "word", 1, -1)
    np.testing.assert_array_equal(labels.y, signs * DATA["rt"])
    signed = build_design("rt ~ x + (1 | g)", DATA.assign(rt=labels.y), FAMILY)
    np.testing.assert_array_equal(signed.y, labels.y)
    swapped = build_design(FORMULA, DATA, FAMILY, success="nonword")
    np.testing.assert_array_equal(swapped.y, -labels.y)
    again = labels.encoder.encode(DATA.iloc[:3], response=True)
    np.testing.assert_array_equal(again.y, labels.y[:3])


@pytest.mark.parametrize(
    ("formula", "changes", "words"),
    [
        (FORMULA, {}, "The decision 'choice' has the values nonword and word; say which counts"),
        ("rt ~ x", {}, "Write rt | dec(choice) ~ ..."),
        (FORMULA, {"choice": 2}, "The decision choice must be 0 or 1 for the wiener family"),
        (FORMULA, {"choice": 1, "rt": -1.0}, "The time rt must be above 0; it is -1"),
        ("rt | dec(choice) + cens(x) ~ 1", {"choice": 1}, "no cens() of the wiener family"),
    ],
)
def test_what_is_no_decision_is_told(formula, changes, words):
    with pytest.raises((DataError, UnsupportedModelError)) as refused:
        build_design(formula, DATA.assign(**changes), FAMILY)
    assert words in str(refused.value)


def test_other_families_have_no_decisions():
    data = DATA.assign(choice=1)
    for name in ("lognormal", "gaussian"):
        with pytest.raises(DataError, match="decision of each time, which the"):
            build_design(FORMULA, data, resolve_family(name))
    for name in ("bernoulli", "poisson", "cumulative"):
        with pytest.raises((DataError, UsageError)):
            build_design("choice | dec(choice) ~ x", data, resolve_family(name))


def test_maximum_likelihood_is_the_maximum_of_the_long_series():
    """No group effects: 0.05 to either side of every estimate the reference is less likely."""
    fit = bayesmm.ml("rt | dec(choice) ~ x", DATA, "wiener", success="word")
    y, own = build_design(FORMULA, DATA, FAMILY, success="word").y, dict(fit.auxiliary)

    def loglik(estimates: np.ndarray, further: dict) -> float:
        mu = estimates[0] + estimates[1] * DATA["x"].to_numpy()
        return float(Wiener(mu, **further).logpdf(y).sum())

    best = loglik(fit.estimates, own)
    assert fit.loglik == pytest.approx(best, abs=1e-8)
    for step in np.vstack([np.eye(2), -np.eye(2)]) * 0.05:
        assert loglik(fit.estimates + step, own) < best
    for name, value in own.items():
        for factor in (0.98, 1.02):
            assert loglik(fit.estimates, own | {name: factor * value}) < best


@pytest.mark.slow
def test_a_script_of_brms_has_the_decision():
    fit = bayesmm.fit(
        FORMULA, DATA, "wiener", success="word", chains=2, draws=200, max_effort=1, seed=1
    )
    script = fit.script("brms")
    assert "rt | dec(choice) ~ x + (1 | g)" in script and "wiener(link" in script
    assert 'data$choice <- as.integer(data$choice %in% c("word"))' in script
    for language in ("pymc", "lme4"):
        with pytest.raises(UnsupportedModelError):
            fit.script(language)


@pytest.mark.slow
def test_the_truth_is_recovered():
    """800 times of 20 groups: every parameter within four sds of the truth; formulas of all."""
    data = times(20, 40)
    fit = bayesmm.fit(FORMULA, data, "wiener", success="word", seed=1)
    truth = TRUTH | {"Intercept": 0.5, "x": 1.0, "1|g_sigma": 0.5}
    for name, value in truth.items():
        draws = fit.own_draws["posterior"][name].values
        assert abs(draws.mean() - value) < 4 * draws.std()
    assert fit.engine == "compiled"
    every = "rt | dec(choice) ~ x + (1 | g); bs ~ x; ndt ~ x; bias ~ x"
    varying = bayesmm.fit(every, data, "wiener", success="word", seed=1)
    for name in ("bs_x", "ndt_x", "bias_x"):
        draws = varying.own_draws["posterior"][name].values
        assert abs(draws.mean()) < 4 * draws.std()
