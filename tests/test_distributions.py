"""Families as distributions: densities are scipy's, random draws have the moments they claim."""

import numpy as np
import pytest
from family_values import auxiliary_of, distribution, log_density_of
from handmade import handmade_design
from scipy import special, stats

from bayesmm.family.known import FAMILIES
from bayesmm.family.response_rows import ResponseParameters

MU = np.array([0.15, 0.4, 0.8])
TRIALS = np.array([3.0, 10.0, 25.0])


def auxiliary(name):
    return {key: np.array(value) for key, value in auxiliary_of(FAMILIES[name]).items()}


def rows(name, mu=MU):
    return ResponseParameters(mu, auxiliary(name), known={"trials": TRIALS})


DISCRETE = [name for name, f in FAMILIES.items() if f.response in ("binary", "binomial", "count")]


@pytest.mark.parametrize("name", FAMILIES)
def test_log_likelihood_is_scipys(name):
    y = np.array([[0.0, 1, 1], [1, 0, 1]]) if name in DISCRETE else np.array([[0.2, 0.4, 0.9]])
    y = np.concatenate([y, *(np.full_like(y, value) for value in FAMILIES[name].atoms)])
    found = FAMILIES[name].log_density(y, rows(name))
    density = distribution(name, MU, auxiliary(name), TRIALS)
    np.testing.assert_allclose(found, log_density_of(density, y), rtol=1e-12, atol=1e-15)
    # SciPy's circle begins half a turn before the direction, ours at -pi
    start = density.cdf(-np.pi) if FAMILIES[name].response == "angle" else 0.0
    below = FAMILIES[name].below(y, rows(name))
    np.testing.assert_allclose(below, density.cdf(y) - start, rtol=1e-9)


@pytest.mark.parametrize("name", [name for name, own in FAMILIES.items() if own.has_moments])
def test_random_draws_have_the_mean_and_variance(name):
    n = 40_000
    y = FAMILIES[name].random(np.random.default_rng(11), rows(name, np.broadcast_to(MU, (n, 3))))
    found = distribution(name, MU, auxiliary(name), TRIALS).stats("mvk")
    mean, variance, excess = (np.asarray(v, float) for v in found)
    assert y.shape == (n, 3)
    # 5 standard errors of a mean, and of a variance: sqrt((excess + 2) / n) relative
    assert (np.abs(y.mean(axis=0) - mean) < 5 * np.sqrt(variance / n)).all()
    assert (np.abs(y.var(axis=0) / variance - 1) < 5 * np.sqrt((excess + 2) / n)).all()


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("zero_inflated_poisson", "ZeroInflatedPoisson"),
        ("zero_inflated_negativebinomial", "ZeroInflatedNegativeBinomial"),
        ("zero_inflated_binomial", "ZeroInflatedBinomial"),
        ("hurdle_poisson", "HurdlePoisson"),
        ("hurdle_negativebinomial", "HurdleNegativeBinomial"),
    ],
)
def test_psi_means_what_pymc_means_by_it(name, theirs):
    """The share of counts, or of counts above 0: not glmmTMB's or brms's share of zeros."""
    import pymc as pm

    y = np.array([0.0, 1.0, 4.0])
    mean = {"n": TRIALS.astype(int), "p": MU} if "binomial" in theirs.lower()[:20] else {"mu": MU}
    density = pm.logp(getattr(pm, theirs).dist(**mean, **auxiliary(name)), y.astype(int))
    found = FAMILIES[name].log_density(y, rows(name))
    np.testing.assert_allclose(found, density.eval(mode="FAST_COMPILE"), rtol=1e-9)


def test_random_angles_have_their_direction_and_concentration():
    """Means of cos(y - mu) and sin(y - mu): I1 / I0 of kappa = 7, and 0; within 5 standard errors.

    About directions that a turn takes over the ends of the circle.
    """
    n, mu = 40_000, np.array([0.3, 3.0, -3.1])
    y = FAMILIES["von_mises"].random(
        np.random.default_rng(2), rows("von_mises", np.broadcast_to(mu, (n, 3)))
    )
    assert (np.abs(y) <= np.pi).all()
    ratio = special.i1(7.0) / special.i0(7.0)
    for found, expected in ((np.cos(y - mu), ratio), (np.sin(y - mu), 0.0)):
        error = found.std(axis=0) / np.sqrt(n)
        assert (np.abs(found.mean(axis=0) - expected) < 5 * error).all()


def test_gaussian_weights_are_precisions():
    design = handmade_design([0.0, 0.0, 0.0], {}, weights=[1.0, 4.0, 100.0])
    parameters = ResponseParameters.from_mean(design, MU, {"sigma": np.array(0.7)})
    found = FAMILIES["gaussian"].log_density(np.zeros(3), parameters)
    np.testing.assert_allclose(found, stats.norm(MU, [0.7, 0.35, 0.07]).logpdf(0))


def test_extreme_means_do_not_stop_the_generators():
    far = ResponseParameters(np.array([1e30]), {"alpha": np.array(1.0)})
    near = ResponseParameters(np.array([0.0, 1.0]), {"kappa": np.array(5.0)})
    generator = np.random.default_rng(0)
    for name in ("poisson", "negativebinomial"):
        assert FAMILIES[name].random(generator, far)[0] > 1e15
    np.testing.assert_allclose(FAMILIES["beta"].random(generator, near), [0, 1], atol=1e-12)
