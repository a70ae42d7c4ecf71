"""Effects that follow their sds: what quadrature finds, where it is taken, what it is good for."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from following_effects import with_following
from handmade import handmade_block, handmade_design
from joint_reference import default_priors
from scipy.integrate import quad
from scipy.special import log_expit

sys.path.insert(0, str(Path(__file__).parents[1]))

from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.compiled.joint.transport.following import following_of
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    plain_model,
    transported_model,
    with_rows,
)
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_plan
from bayesmm.sampling.compiled.joint.transport.rows import scores_of
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
from benchmarks.transport import STRUCTURES, drawn, shape_sets

LARGE = "bernoulli, large sds, 120 x 7"
J, ROWS = 12, 6


def centred(rng: np.random.Generator) -> np.ndarray:
    """Return a column as the model has it."""
    x = rng.normal(size=J * ROWS)
    return x - x.mean()


def draws_with_sds(model: TransportedModel, low: float, high: float) -> np.ndarray:
    """Return parameters of draws that differ in the sds alone, half of them at each."""
    found = np.tile(np.linspace(-0.4, 0.4, model.joint.layout.dimension), (10, 1))
    (place,) = model.joint.layout.blocks
    found[:5, place.sds], found[5:, place.sds] = low, high
    return found


def frozen(design, times: float = 1.0) -> tuple[TransportedModel, Approximation]:
    """Return a model with so much weight in every row, and pulls of the responses in all."""
    joint = plain_model(design, default_priors(design))
    n = joint.data.codes.shape[1]
    rows = Approximation(np.full((1, 1, n), times), times * joint.data.columns[:1])
    model = transported_model(joint, rows, replace(transport_plan(design), alone=False))
    return with_rows(model, rows, np.zeros(joint.layout.dimension)), rows


def test_moments_of_binary_levels_are_those_of_adaptive_quadrature():
    """SciPy's of the density as it is written: fails where a grid is too narrow or too coarse."""
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(J), ROWS)
    y = (rng.random(J * ROWS) < np.repeat(np.linspace(0.0, 1.0, J), ROWS)).astype(float)
    x = centred(rng)
    block = handmade_block("g", codes, {"Intercept": 1.0})
    design = handmade_design(y, {"x": x}, [block], family="bernoulli")
    model, rows = frozen(design, 0.15)
    low, high = 2.0, 6.0
    found = draws_with_sds(model, low, high)
    following = following_of(model.joint, 0, scores_of(model.joint), rows, found)
    middle, powers, shifts = following[0], following[1 : 1 + J], following[1 + J :]
    assert middle == 4.0
    intercept, slope = found[0, :2]
    rest = intercept + slope * x
    between = np.log((4.0 + high) / (4.0 + low))
    signs = np.where(y == 1.0, 1.0, -1.0)
    pull = 0.15 * (y - rest)
    for j in range(J):
        own = codes == j
        ends = []
        for sd in (low, high):
            precision = sd**-2 + 0.15 * ROWS
            mode = pull[own].sum() / precision

            def density(u, sd=sd, own=own):
                log_likelihood = log_expit(signs[own] * (rest[own] + u)).sum()
                return np.exp(log_likelihood - 0.5 * (u / sd) ** 2)

            reach = (-12.0 * sd, 12.0 * sd)
            total = quad(density, *reach, limit=200)[0]
            mean = quad(lambda u, f=density: u * f(u), *reach, limit=200)[0] / total
            square = quad(lambda u, f=density, m=mean: (u - m) ** 2 * f(u), *reach, limit=200)[0]
            size = np.sqrt(precision)
            ends.append((size * (mean - mode), np.log(size * np.sqrt(square / total))))
        (first, spread), (last, wider) = ends
        assert shifts[j] == pytest.approx((last - first) / between, abs=0.02)
        assert powers[j] == pytest.approx((wider - spread) / between, abs=0.02)


def test_normal_rows_of_known_weights():
    """The right weights leave nothing to follow, twice as much what is known in closed form."""
    rng = np.random.default_rng(4)
    codes, x = np.repeat(np.arange(J), ROWS), centred(rng)
    block = handmade_block("g", codes, {"Intercept": 1.0})
    design = handmade_design(2.0 * rng.normal(size=J * ROWS), {"x": x}, [block])
    model, right = frozen(design)
    _, twice = frozen(design, 2.0)
    low, high = 0.1, 0.3
    found = draws_with_sds(model, low, high)
    found[:, model.joint.layout.auxiliary] = 1.0  # sigma
    scores = scores_of(model.joint)
    assert following_of(model.joint, 0, scores, right, found).size == 0
    following = following_of(model.joint, 0, scores, twice, found)
    powers, shifts = following[1 : 1 + J], following[1 + J :]
    totals = np.bincount(codes, design.y - found[0, 0] - found[0, 1] * x, J)
    ends = []
    for sd in (low, high):
        once, own = sd**-2 + ROWS, sd**-2 + 2.0 * ROWS
        apart = totals / once - 2.0 * totals / own
        ends.append((np.sqrt(own) * apart, np.full(J, 0.5 * np.log(own / once))))
    between = np.log((0.2 + high) / (0.2 + low))
    np.testing.assert_allclose(shifts, (ends[1][0] - ends[0][0]) / between, atol=1e-3)
    np.testing.assert_allclose(powers, (ends[1][1] - ends[0][1]) / between, atol=1e-3)


def test_effects_at_the_middle_sd_are_where_they_were():
    """There r is 1: fails where the middle is read from another place."""
    design = handmade_design(
        np.ones(J * ROWS),
        {},
        [handmade_block("g", np.repeat(np.arange(J), ROWS), {"1": 1.0})],
        family="poisson",
    )
    model, _ = frozen(design)
    x = np.linspace(-1.0, 1.0, model.joint.layout.dimension)
    before = transported_parameters(model, x[None])[0]
    (place,) = model.joint.layout.blocks
    moved = with_following(model, np.random.default_rng(2))
    following = moved.data.following.copy()
    following[0] = before[place.sds][0]
    moved = replace(moved, data=moved.data._replace(following=following))
    np.testing.assert_allclose(transported_parameters(moved, x[None])[0], before, rtol=1e-13)
    following[0] *= 2.0
    assert np.abs(transported_parameters(moved, x[None])[0] - before)[place.effects].max() > 0.01


@pytest.mark.parametrize(("name", "follow"), [(LARGE, True), ("cbpp", False)])
def test_effects_follow_where_levels_hold_their_sd(name, follow):
    """Of usual data the coordinates are those of the weights, to the bit."""
    design, priors = drawn(STRUCTURES[name], 30)[:2] if follow else shape_sets(name, 1)[0]
    settings = SamplerSettings(draws=1, tune=400, seed=1)
    model, _, _ = sample_refreshed(pilot(plain_model(design, priors)), settings)
    assert (model.data.following.size > 0) is follow


def test_a_large_sd_of_binary_responses_mixes():
    """Where effects did not follow the sd had 399 effective draws of 4,000."""
    design, priors, _ = drawn(STRUCTURES[LARGE], 30)
    settings = SamplerSettings(tune=400, seed=31)
    draws = sample_joint(design, priors, settings)
    found = diagnose(assemble(design, draws), design, settings)
    assert found.ess_bulk_min > 1500
    assert found.ok
