"""Draws of models with several residual sds: calibrated, those of the joint density."""

from dataclasses import replace

import numpy as np
import pytest
from agreement import assert_same_posterior, everything
from handmade import handmade_block, handmade_design, varying_design
from scipy import stats

from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, effect_label, sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.choice import prepare
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.prior_draws import draw_priors

GROUPS, ROWS = 12, 8
N = GROUPS * ROWS
G = np.repeat(np.arange(GROUPS), ROWS)
H = np.tile(np.arange(4), N // 4)
X = np.random.default_rng(2).normal(size=N)
OF_ROW = (np.arange(N) % 3 == 0).astype(float)
MU, MU_X = ("mu", "Intercept", 1.0), ("mu", "x", X)
SIGMA, SIGMA_Z = ("sigma", "Intercept", 1.0), ("sigma", "z", OF_ROW)

# name -> blocks of mu alone, columns of sigma, further blocks
STRUCTURES = {
    "sigma by group": ([("g", G, {"Intercept": 1.0, "x": X})], {}, [("g", G, [SIGMA])]),
    "sigma by class within groups, crossed": (
        [("g", G, {"Intercept": 1.0}), ("h", H, {"Intercept": 1.0})],
        {"z": OF_ROW},
        [],
    ),
    "correlated": ([], {}, [("g", G, [MU, MU_X, SIGMA])]),
    "two correlated": ([], {"z": OF_ROW}, [("g", G, [MU, SIGMA, SIGMA_Z])]),
}


def made(name: str) -> tuple[Design, Priors]:
    """Return a design without a response, and proper priors."""
    blocks, columns, joined = STRUCTURES[name]
    own = [handmade_block(*block) for block in blocks]
    design = varying_design(handmade_design(np.zeros(N), {"x": X}, own), {"sigma": columns}, joined)
    coefficients = [own for p in design.predictors for own in coefficient_names(p)]
    priors = {own: Prior("Normal", (0.0, 0.5 if "sigma" in own else 1.0)) for own in coefficients}
    for k, block in enumerate(design.blocks):
        for effect, own in zip(block.effects, sd_names(block), strict=True):
            scale = 0.5 if effect.predictor == "sigma" else 1.0
            priors[own] = Prior("HalfNormal", (scale,))
        if block.covariance.correlated:
            priors[corr_name(design.blocks, k)] = Prior("LKJ", (1.5,))
    return design, Priors(priors)


def simulated(name: str, seed: int) -> tuple[Design, Priors, ParameterDraws]:
    """Return a data set from the priors, with the parameters that it came from."""
    design, priors = made(name)
    truth = draw_priors(design, priors, 1, seed)
    mu = truth.intercept[0, 0] + design.mu.X @ truth.beta[0, 0]
    eta = np.zeros(N)
    own = design.predictor("sigma")
    for term, value in zip(coefficient_names(own), own.matrix.T, strict=True):
        eta += truth.auxiliary[term][0, 0] * value
    for block, drawn in zip(design.blocks, truth.blocks, strict=True):
        for a, effect in enumerate(block.effects):
            part = block.columns.times(drawn.effects[0, 0, a], effect.column)
            mu, eta = (mu, eta + part) if "sigma" in effect_label(effect) else (mu + part, eta)
    y = np.random.default_rng((seed, 1)).normal(mu, np.exp(eta))  # a stream of its own
    return replace(design, y=y), priors, truth


@pytest.mark.slow
@pytest.mark.parametrize("name", STRUCTURES)
def test_ranks_are_uniform(name):
    """Simulation-based calibration: 100 data sets from the priors, ranks among 99 draws.

    Chi-squared of 10 bins, for every quantity; about one test in 200 would be below the limit by
    chance, with other seeds.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), arXiv:1804.06788.
    """
    ranks = []
    for seed in range(100):
        design, priors, truth = simulated(name, seed)
        drawn = prepare(design, priors).sample(
            SamplerSettings(chains=1, draws=396, tune=400, seed=seed)
        )
        assert "cells" in drawn.facts
        ranks.append((everything(drawn)[0, ::4] < everything(truth)[0, 0]).sum(axis=0))
    counts = [np.bincount(own // 10, minlength=10) for own in np.transpose(ranks)]
    p = stats.chisquare(counts, axis=1).pvalue
    assert p.min() > 1e-4, np.round(p, 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", STRUCTURES)
def test_posterior_is_that_of_the_joint_density(name):
    """Means and sds of every quantity, within 5 Monte Carlo errors."""
    design, priors, _ = simulated(name, 5)
    ours = everything(prepare(design, priors).sample(SamplerSettings(draws=3000, tune=400, seed=3)))
    cautious = SamplerSettings(draws=8000, tune=1000, seed=4, target_accept=0.95)
    plain = (False,) * len(design.blocks)
    theirs = everything(sample_joint(design, priors, cautious, centred=plain))
    assert_same_posterior(ours, theirs)


def test_draws_do_not_depend_on_the_number_of_cores():
    design, priors, _ = simulated("correlated", 1)
    ready = prepare(design, priors)
    settings = SamplerSettings(draws=50, tune=100, seed=2)
    one, two = (everything(ready.sample(replace(settings, cores=cores))) for cores in (1, 2))
    np.testing.assert_array_equal(one, two)
