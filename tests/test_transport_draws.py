"""Draws in transported coordinates: the same posterior, calibrated, the same on any cores."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from agreement import assert_same_posterior, everything
from scipy import optimize, stats
from threadpoolctl import threadpool_info

sys.path.insert(0, str(Path(__file__).parents[1]))

from bayesmm.model.design import Design
from bayesmm.model.priors import Prior
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_plan
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.draws import SamplerSettings
from benchmarks.structures import ALL, draws_of
from benchmarks.transport import STRUCTURES, drawn, shape_sets


@pytest.mark.parametrize("name", STRUCTURES)
def test_posterior_is_that_of_other_coordinates(name):
    """Means and sds of every quantity, within 5 Monte Carlo errors; one in 1,000 may diverge.

    How many do is measured by ``benchmarks/seeds.py``.
    """
    design, priors, _ = drawn(STRUCTURES[name], 3)
    settings = SamplerSettings(draws=2000, tune=400, seed=3)
    ours = sample_joint(design, priors, settings)
    assert ours.facts["not_transported"] == ""
    assert ours.statistics["diverging"].mean() <= 1e-3
    cautious = SamplerSettings(draws=6000, tune=1000, seed=4, target_accept=0.95)
    theirs = sample_joint(design, priors, cautious, centred=informed_levels(design))
    assert_same_posterior(everything(ours), everything(theirs))


@pytest.mark.parametrize(
    ("name", "prior"),
    [
        ("gaussian (1 | g), 8 x 5", Prior("HalfNormal", (0.5,))),
        ("poisson (x | g), 15 x 8", Prior("Uniform", (-0.3, 0.4))),
    ],
)
def test_posterior_of_a_bounded_coefficient(name, prior):
    """Of a gaussian model too, whose coefficients cannot be integrated out then."""
    design, priors, _ = drawn(ALL[name], 3)
    priors = replace(priors, by_name={**priors.by_name, "x": prior})
    ours = sample_joint(design, priors, SamplerSettings(draws=2000, tune=400, seed=3))
    assert ours.facts["not_transported"] == ""
    assert not ours.statistics["diverging"].any()
    low, high = prior.parameters if prior.distribution == "Uniform" else (0.0, np.inf)
    assert low < ours.beta.min() and ours.beta.max() < high
    cautious = SamplerSettings(draws=6000, tune=1000, seed=4, target_accept=0.95)
    theirs = sample_joint(design, priors, cautious, centred=informed_levels(design))
    assert_same_posterior(everything(ours), everything(theirs))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["grouseticks", "verbagg"])
def test_posterior_with_levels_by_themselves(name):
    """Means and sds of every quantity are those of other coordinates, within 5 errors."""
    ((design, priors),) = shape_sets(name, 1)
    plan = transport_plan(design)
    assert (plan.alone, plan.rotated) == (True, name == "verbagg")
    ours = sample_joint(design, priors, SamplerSettings(draws=2000, tune=400, seed=3))
    assert ours.facts["not_transported"] == ""
    assert not ours.statistics["diverging"].any()
    longer = SamplerSettings(draws=4000, tune=1000, seed=4, target_accept=0.9)
    theirs = sample_joint(design, priors, longer, centred=informed_levels(design))
    assert_same_posterior(everything(ours), everything(theirs))


def slopes() -> tuple[Design, object]:
    return drawn(STRUCTURES["bernoulli (x | g), 20 x 15"], 0)[:2]


def test_coordinates_of_effects_are_standard_normal():
    """Given the weights of the short run; the theory is for gaussian responses, this is not."""
    design, priors = slopes()
    settings = SamplerSettings(draws=1000, tune=400, seed=1)
    model, raw, _ = sample_refreshed(pilot(plain_model(design, priors)), settings)
    flat = raw.positions.reshape(-1, raw.positions.shape[-1])
    (place,) = model.joint.layout.blocks
    z = flat[:, np.r_[model.joint.layout.coefficients, place.effects]]
    assert np.all(np.abs(z.mean(axis=0)) < 0.5)
    assert np.all((z.std(axis=0) > 0.7) & (z.std(axis=0) < 1.4))


def test_draws_do_not_depend_on_the_cores():
    design, priors = slopes()
    one, two = (
        sample_joint(design, priors, SamplerSettings(draws=50, tune=100, seed=5, cores=cores))
        for cores in (1, 2)
    )
    np.testing.assert_array_equal(everything(one), everything(two))


def test_the_pilot_computes_with_one_thread(monkeypatch):
    """Two threads of BLAS wait for each other longer than three parameters are searched for."""
    threads = []

    minimize = optimize.minimize

    def search(*given, **named):
        threads.extend(p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas")
        return minimize(*given, **named)

    monkeypatch.setattr(optimize, "minimize", search)
    pilot(plain_model(*slopes()))
    assert set(threads) == {1}


def test_the_shortest_warm_up():
    """Too short for weights of its own: those of the pilot stay."""
    design, priors = slopes()
    fit = sample_joint(design, priors, SamplerSettings(draws=20, tune=20, seed=5))
    assert np.isfinite(everything(fit)).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "bernoulli (x | g), 20 x 15",
        "poisson nested, 8 x 4 x 3",
        "bernoulli crossed, 12 x 10 x 2",
        "negativebinomial (1 | g), 12 x 10",
    ],
)
def test_ranks_are_uniform(name):
    """Simulation-based calibration: of 100 data sets from the priors, a rank of each quantity."""
    ranks: dict[str, list[int]] = {}
    for i in range(100):
        design, priors, truth = drawn(STRUCTURES[name], 1000 + i)
        draws = sample_joint(design, priors, SamplerSettings(draws=500, tune=300, seed=i))
        assert draws.facts["not_transported"] == ""
        for quantity, value in truth.items():
            thinned = draws_of(draws, design, quantity).ravel()[::20][:99]
            ranks.setdefault(quantity, []).append(int((thinned < value).sum()))
    p = [stats.chisquare(np.histogram(r, np.arange(0, 101, 10))[0]).pvalue for r in ranks.values()]
    # of all quantities together one in a thousand times
    assert min(p) > 1e-3 / len(p), dict(zip(ranks, p, strict=True))
