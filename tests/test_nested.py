"""Factors nested in one another: who is integrated out, the draws afterwards, the posterior."""

import numpy as np
import pytest
from agreement import assert_same_draws, assert_same_posterior, everything
from handmade import handmade_block, handmade_design
from joint_reference import default_priors

from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.compiled.joint.model import joint_model
from bayesmm.sampling.compiled.joint.nesting import nesting_of
from bayesmm.sampling.compiled.joint.outer import draw_outer
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.draws import SamplerSettings

ROWS = np.arange(48)


def intercepts(**codes: np.ndarray) -> list:
    return [handmade_block(factor, c, {"Intercept": 1.0}) for factor, c in codes.items()]


def test_a_chain_rests_on_its_finest_informed_factors():
    """Of three informed factors the middle one takes the coarsest; the finest rests on it."""
    blocks = intercepts(row=ROWS, pair=ROWS // 2, site=ROWS // 8)
    nesting = nesting_of(blocks, [True, True, True])
    assert nesting.outer == (None, 2, None)
    assert nesting.rests_on == ((1,), (), ())
    assert nesting.in_rows == (0,)
    assert nesting.order == (1, 2, 0)


def test_nothing_is_integrated_out_where_the_data_say_little():
    blocks = intercepts(row=ROWS, pair=ROWS // 2, site=ROWS // 8)
    nesting = nesting_of(blocks, [False, False, True])
    assert nesting.outer == (None, None, None)
    assert nesting.rests_on == ((1,), (2,), ())


def test_a_coarse_factor_is_counted_once():
    """Two crossed factors within one: only one of them holds its effects."""
    blocks = intercepts(site=ROWS // 8, day=ROWS // 4, kind=(ROWS // 8) * 4 + ROWS % 4)
    nesting = nesting_of(blocks, [False, False, False])
    assert nesting.rests_on == ((), (0,), ())
    assert nesting.in_rows == (1, 2)
    integrated = nesting_of(blocks, [False, True, True])
    assert integrated.outer == (None, 0, None)
    assert integrated.in_rows == (1, 2)


def test_crossed_factors_and_slopes_are_left_alone():
    blocks = intercepts(a=ROWS // 8, b=ROWS % 8)
    blocks.append(handmade_block("c", ROWS // 2, {"Intercept": 1.0, "x": ROWS % 5}))
    nesting = nesting_of(blocks, [True, True, True])
    assert nesting.outer == (None, None, None)
    assert nesting.rests_on == ((), (), ())


def test_outer_effects_have_the_conditional_normal_distribution():
    """Against the conditional mean and covariance of the joint normal of u_g and e_j."""
    groups = np.array([0, 1, 1, 0, 2, 1])
    inner, outer, n = 0.7, 1.3, 40_000
    e = np.array([0.4, -1.0, 2.0, 0.1, -0.3, 0.5])
    same = (groups[:, None] == groups).astype(float)
    cov_e = inner**2 * np.eye(6) + outer**2 * same
    cov_ue = outer**2 * (np.arange(3)[:, None] == groups)
    mean = cov_ue @ np.linalg.solve(cov_e, e)
    cov = outer**2 * np.eye(3) - cov_ue @ np.linalg.solve(cov_e, cov_ue.T)
    ones = np.ones((1, n))
    u = draw_outer(np.broadcast_to(e, (1, n, 6)), groups, inner * ones, outer * ones, 1)[0]
    sd = np.sqrt(np.diag(cov))
    assert np.all(np.abs(u.mean(axis=0) - mean) <= 4 * sd / np.sqrt(n))
    error = np.sqrt((np.outer(sd**2, sd**2) + cov**2) / n)
    assert np.all(np.abs(np.cov(u.T) - cov) <= 4 * error)


def test_outer_effects_where_a_variance_vanishes():
    e, groups = np.array([[[1.0, 3.0, -2.0]]]), np.array([0, 0, 1])
    tiny, one = np.full((1, 1), 1e-200), np.ones((1, 1))
    np.testing.assert_allclose(draw_outer(e, groups, one, tiny, 1), 0.0, atol=1e-100)
    equal = np.array([[[2.0, 2.0, -2.0]]])
    np.testing.assert_allclose(draw_outer(equal, groups, tiny, one, 1), [[[2.0, -2.0]]])


def ticks(seed: int = 4) -> Design:
    """Return counts like lme4's grouseticks: a level per row, broods, places of few broods."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(30), rng.poisson(1.0, 30) + 1)
    brood = np.repeat(np.arange(place.size), rng.poisson(2.4, place.size) + 1)
    place = place[brood]
    height = rng.normal(size=place.max() + 1)[place]
    sds = ((place, 0.5), (brood, 0.8), (np.arange(brood.size), 0.5))
    eta = 0.5 - 0.6 * height + sum(rng.normal(0, s, c.max() + 1)[c] for c, s in sds)
    blocks = intercepts(row=np.arange(brood.size), brood=brood, place=place)
    return handmade_design(rng.poisson(np.exp(eta)), {"height": height}, blocks, family="poisson")


def test_posterior_is_that_of_the_plain_parameterisation():
    """Within 5 Monte Carlo errors, every effect too; and without divergences."""
    design = ticks()
    priors = choose_priors(design)
    settings = SamplerSettings(draws=2000, tune=500, seed=3, cores=2)
    chosen = sample_joint(design, priors, settings, centred=informed_levels(design))
    assert chosen.facts["integrated"] == ("place",)
    assert not chosen.statistics["diverging"].any()
    cautious = SamplerSettings(draws=4000, tune=1000, seed=3, cores=2, target_accept=0.95)
    plain = sample_joint(design, priors, cautious, centred=(False,) * 3)
    assert plain.facts["integrated"] == ()
    assert_same_posterior(everything(chosen), everything(plain))


def test_draws_do_not_depend_on_the_cores():
    design = ticks()
    priors = choose_priors(design)
    one, two = (
        sample_joint(
            design,
            priors,
            SamplerSettings(draws=50, tune=50, seed=5, cores=cores),
            centred=informed_levels(design),
        )
        for cores in (1, 2)
    )
    assert_same_draws(one, two)


def test_levels_are_centred_by_their_own_information():
    rng = np.random.default_rng(7)
    sizes = np.array([1, 2, 200, 300, 1, 400, 2])
    codes = np.repeat(np.arange(7), sizes)
    block = handmade_block("g", codes, {"Intercept": 1.0})
    y = rng.normal(np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0])[codes], 3.0)
    design = handmade_design(y, {}, [block])
    (flags,) = informed_levels(design)
    np.testing.assert_array_equal(flags, sizes >= 200)
    model = joint_model(design, default_priors(design), (flags,))
    assert model.geometry.centred == (3,)
    settings = SamplerSettings(draws=50, tune=50, seed=1)
    facts = sample_joint(design, default_priors(design), settings, centred=(flags,)).facts
    assert facts["parameterisation"] == {"1|g": "centred for 3 of 7 levels"}


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_factor_that_the_data_tell_takes_the_coarser_one(share):
    """Sums are judged, not the effects of the finer factor alone, which may be small."""
    rng = np.random.default_rng(8)
    outer, inner = np.repeat(np.arange(40), 30), np.repeat(np.arange(120), 10)
    eta = rng.normal(0, np.sqrt(1 - share), 40)[outer] + rng.normal(0, np.sqrt(share), 120)[inner]
    blocks = intercepts(inner=inner, outer=outer)
    design = handmade_design(rng.poisson(np.exp(eta)), {}, blocks, family="poisson")
    model = joint_model(design, default_priors(design), informed_levels(design))
    assert model.geometry.nesting.outer == (1, None)
