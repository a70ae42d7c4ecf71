"""Which engine samples, and that all engines draw from one posterior."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design, sleepstudy_design

import bayesmm
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.convergence import convergence
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.engines import ENGINES, choose_engine


@pytest.fixture(scope="module")
def design():
    return sleepstudy_design(bayesmm.load_data("sleepstudy"))


def parameters(draws):
    """Return every parameter of a model as columns, shape (chain, draw, m)."""
    shape = draws.intercept.shape
    parts = [draws.intercept[..., None], draws.beta]
    parts += [values[..., None] for values in draws.auxiliary.values()]
    for block in draws.blocks:
        parts += [block.sd, block.effects.reshape(*shape, -1)]
        if block.corr is not None:
            parts.append(block.corr[..., 1, :1])
    return np.concatenate(parts, axis=-1)


def moments_with_errors(draws):
    """Return means and sds with their Monte Carlo standard errors."""
    values = parameters(draws)
    ess = convergence(values).ess_bulk
    flat = values.reshape(-1, values.shape[-1])
    mean, sd = flat.mean(0), flat.std(0, ddof=1)
    # The error of an sd: from the fourth moment, which heavy-tailed sds need.
    kurtosis = ((flat - mean) ** 4).mean(0) / sd**4
    return mean, sd / np.sqrt(ess), sd, sd * np.sqrt((kurtosis - 1) / (4 * ess))


@pytest.mark.slow
def test_the_pymc_and_the_compiled_engine_agree(design):
    """Means and sds of every parameter and group effect within 4 Monte Carlo errors."""
    priors = choose_priors(design, "brms")
    settings = SamplerSettings(chains=4, draws=1000, tune=1000, seed=11, cores=2)
    one = moments_with_errors(ENGINES["compiled"].sample(design, priors, settings))
    two = moments_with_errors(ENGINES["pymc"].sample(design, priors, settings))
    for value, error in ((0, 1), (2, 3)):
        z = (one[value] - two[value]) / np.hypot(one[error], two[error])
        assert np.abs(z).max() < 4


@pytest.mark.slow
def test_rstanarms_prior_of_sds_is_sampled():
    """Decov with one effect: sd / sigma ~ Exponential(1) a priori; here the data say nothing.

    With one row per level and a flat likelihood for sd the posterior is near the prior, so this
    checks the construction, not the data.
    """
    design = handmade_design(
        np.tile([0.0, 1.0], 20),
        {},
        [handmade_block("g", np.repeat([0, 1], 20), {"Intercept": 1.0})],
    )
    priors = choose_priors(design, "rstanarm")
    draws = ENGINES["pymc"].sample(
        design, priors, SamplerSettings(draws=500, tune=500, seed=2, target_accept=0.95)
    )
    ratio = draws.blocks[0].sd[..., 0] / draws.auxiliary["sigma"]
    assert 0 < np.median(ratio) < 1  # pulled below the prior median .69 by equal group means


def test_unknown_engine(design):
    with pytest.raises(UsageError, match="'stan' is not an engine. Engines: auto, compiled"):
        choose_engine(design, choose_priors(design), "stan")


def test_automatic_choice_is_compiled_and_silent(design):
    told = []
    assert choose_engine(design, choose_priors(design), announce=told.append) == "compiled"
    assert told == []


def test_numpyro_is_refused_when_it_is_not_installed(design, monkeypatch):
    monkeypatch.setattr("bayesmm.sampling.engines.find_spec", lambda _name: None)
    with pytest.raises(UnsupportedModelError, match=r"pip install bayesmm\[numpyro\]"):
        choose_engine(design, choose_priors(design), "numpyro")


def test_gaussian_weights_are_refused_by_bambi_only():
    weighted = handmade_design([1.0, 2, 4, 3], {"x": [1.0, 2, 3, 5]}, weights=[1.0, 2, 1, 2])
    priors = choose_priors(weighted)
    with pytest.raises(UnsupportedModelError, match="Bambi gives the weights"):
        choose_engine(weighted, priors, "pymc")
    assert choose_engine(weighted, priors) == "compiled"
