"""Families as distributions: densities are scipy's, random draws have the moments they claim."""

from dataclasses import dataclass

import numpy as np
import pytest
from handmade import handmade_design
from scipy import special, stats

from bayesmm.family.known import FAMILIES
from bayesmm.family.response_rows import ResponseParameters

MU = np.array([0.15, 0.4, 0.8])
TRIALS = np.array([3.0, 10.0, 25.0])
AUXILIARY = {"sigma": np.array(0.7), "nu": np.array(7.0), "alpha": np.array(2.5), "kappa": 6.0}
AUXILIARY |= {"psi": np.array(0.6), "phi": np.array(0.8), "beta": np.array(1.2)}
P = ResponseParameters(MU, AUXILIARY, known={"trials": TRIALS})


@dataclass
class Mixed:
    """Zeros mixed with counts by their definition, psi = 0.6."""

    counts: object
    positive: bool  # hurdle: the counts are those above 0

    def pmf(self, y):
        counts = self.counts.pmf(y)
        if self.positive:
            counts = np.where(y > 0, counts / self.counts.sf(0), 0.0)
        return 0.4 * (y == 0) + 0.6 * counts

    def logpmf(self, y):
        return np.log(self.pmf(y))

    def stats(self, _):
        y = np.arange(200.0)[:, None]
        mean = (y * self.pmf(y)).sum(axis=0)
        second, fourth = (((y - mean) ** k * self.pmf(y)).sum(axis=0) for k in (2, 4))
        return mean, second, fourth / second**2 - 3


# scipy's parametrisation of each family at mean (or probability) MU
SCIPY = {
    "gaussian": stats.norm(MU, 0.7),
    "t": stats.t(7.0, MU, 0.7),
    "bernoulli": stats.bernoulli(MU),
    "binomial": stats.binom(TRIALS, MU),
    "beta_binomial": stats.betabinom(TRIALS, 6 * MU, 6 * (1 - MU)),
    "zero_inflated_binomial": Mixed(stats.binom(TRIALS, MU), positive=False),
    "poisson": stats.poisson(MU),
    "negativebinomial": stats.nbinom(2.5, 2.5 / (2.5 + MU)),
    "zero_inflated_poisson": Mixed(stats.poisson(MU), positive=False),
    "zero_inflated_negativebinomial": Mixed(stats.nbinom(2.5, 2.5 / (2.5 + MU)), positive=False),
    "hurdle_poisson": Mixed(stats.poisson(MU), positive=True),
    "hurdle_negativebinomial": Mixed(stats.nbinom(2.5, 2.5 / (2.5 + MU)), positive=True),
    "gamma": stats.gamma(2.5, scale=MU / 2.5),
    "lognormal": stats.lognorm(0.7, scale=np.exp(MU)),
    "beta": stats.beta(6 * MU, 6 * (1 - MU)),
    "exponential": stats.expon(scale=MU),
    "weibull": stats.weibull_min(2.5, scale=MU / special.gamma(1.4)),
    "inverse_gaussian": stats.invgauss(MU / 2.5, scale=2.5),
    "exgaussian": stats.exponnorm(1.2 / 0.7, MU - 1.2, 0.7),
    "geometric": stats.geom(1 / (1 + MU), -1),
    "nbinom1": stats.nbinom(MU / 0.8, 1 / 1.8),
}
DISCRETE = [name for name, f in FAMILIES.items() if f.response in ("binary", "binomial", "count")]


def test_every_family_has_one():
    assert set(FAMILIES) == set(SCIPY)


@pytest.mark.parametrize("name", FAMILIES)
def test_log_likelihood_is_scipys(name):
    y = np.array([[0.0, 1, 1], [1, 0, 1]]) if name in DISCRETE else np.array([[0.2, 0.4, 0.9]])
    density = SCIPY[name].logpmf if name in DISCRETE else SCIPY[name].logpdf
    found = FAMILIES[name].log_density(y, P)
    np.testing.assert_allclose(found, density(y), rtol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_random_draws_have_the_mean_and_variance(name):
    n = 40_000
    many = ResponseParameters(np.broadcast_to(MU, (n, 3)), AUXILIARY, known={"trials": TRIALS})
    y = FAMILIES[name].random(np.random.default_rng(11), many)
    mean, variance, excess = (np.asarray(v, float) for v in SCIPY[name].stats("mvk"))
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

    auxiliary = {p: AUXILIARY[p] for p in FAMILIES[name].auxiliary}
    y = np.array([0.0, 1.0, 4.0])
    mean = {"n": TRIALS.astype(int), "p": MU} if "binomial" in theirs.lower()[:20] else {"mu": MU}
    density = pm.logp(getattr(pm, theirs).dist(**mean, **auxiliary), y.astype(int))
    found = FAMILIES[name].log_density(y, P)
    np.testing.assert_allclose(found, density.eval(mode="FAST_COMPILE"), rtol=1e-9)


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
