"""Draws of models in which further parameters vary: how well they mix, and of which posterior."""

import sys
from pathlib import Path

import pytest
from agreement import assert_same_posterior, everything

sys.path.insert(0, str(Path(__file__).parents[1]))

from bayesmm.model.names import scalar_names
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.draws import SamplerSettings
from benchmarks.varying import MODELS, measured, prepared

pytestmark = pytest.mark.slow


def test_sds_of_people_mix():
    """6,900 to 7,640 of 8,000 draws were measured with five seeds."""
    model = MODELS["sleepstudy, sigma ~ 1 + (1 | Subject)"]
    ours, theirs = (measured(model, 1, ours=own) for own in (True, False))
    assert ours.draws.facts["eliminated"] == "Subject"
    assert ours.divergences == 0
    assert ours.ess >= 6000
    assert ours.per_leapfrog >= 15 * theirs.per_leapfrog


@pytest.mark.parametrize("name", [name for name in MODELS if "zi ~" in name])
def test_zeros_of_two_kinds_mix(name):
    ours = measured(MODELS[name], 1, ours=True)
    assert ours.divergences == 0
    assert ours.ess >= 1000


@pytest.mark.parametrize("name", [name for name in MODELS if "| p |" in name])
def test_posterior_is_that_of_other_coordinates(name):
    """Means and sds of every quantity, within 5 Monte Carlo errors."""
    model = MODELS[name]
    design, priors = prepared(model)
    ours = measured(model, 3, ours=True).draws
    cautious = SamplerSettings(draws=6000, tune=1000, seed=4, target_accept=0.95)
    plain = (False,) * len(design.blocks)
    theirs = sample_joint(design, priors, cautious, centred=plain)
    names = [*scalar_names(design)[len(design.mu.terms) :]]
    assert list(ours.auxiliary) == list(theirs.auxiliary) == names
    assert_same_posterior(everything(ours), everything(theirs))
