"""The basis of group effects in which the sampler moves: when there is one, and its exactness."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from handmade import handmade_block, handmade_design

from bayesmm.course import course_data, course_models
from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml
from bayesmm.model.build import build_design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.collapsed import bases
from bayesmm.sampling.compiled.collapsed.engine import prepare
from bayesmm.sampling.compiled.collapsed.model import gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.collapsed.scatter import block_moments, em_pilot
from bayesmm.sampling.draws import TARGET_TAKEN, SamplerSettings


def slopes(shift, **parts):
    """Return 60 groups of 4 rows with a slope of sd 1, and x around `shift`."""
    rng = np.random.default_rng(1)
    g, z = np.repeat(np.arange(60), 4), rng.normal(size=240)
    u = rng.normal(size=(60, 2))
    y = u[g, 0] + (0.3 + u[g, 1]) * z + rng.normal(size=240)
    block = handmade_block("g", g, {"Intercept": 1.0, "x": z + shift})
    return handmade_design(y, {"x": z + shift}, [block], **parts)


def basis_of(design, priors=None):
    model = gaussian_model(design, priors or choose_priors(design), make_plan(design))
    return model.data.priors.bases


@pytest.mark.parametrize("weights", [None, np.tile([0.5, 1.0, 2.0], 80)])
def test_effects_far_from_the_intercept_get_a_basis(weights):
    basis = basis_of(slopes(5.0, weights=weights))
    assert basis[0, 1] == 0 and np.diag(basis).min() > 0
    # B B' is the scatter: an intercept five units away from the data moves against the slope
    T = basis @ basis.T
    assert T[0, 1] / np.sqrt(T[0, 0] * T[1, 1]) < -0.8
    assert not basis_of(slopes(0.0, weights=weights)).any()


def test_pilot_is_near_the_ml_estimate():
    """EM steps towards ML; what 30 of them leave is far below what 60 groups can tell."""
    design = slopes(0.0)
    pilot = em_pilot(block_moments(design, design.blocks[0]))
    ml = fit_ml(design, reml=False)
    # the pilot takes the common effects from least squares: a little more is left to the groups
    np.testing.assert_allclose(np.sqrt(np.diag(pilot.covariance)), ml.blocks[0].sd, rtol=0.03)
    assert np.sqrt(pilot.variance) == pytest.approx(ml.sigma, rel=0.01)


def test_a_response_that_the_effects_explain_to_the_last_digit_has_a_pilot():
    """Without a least variance of the rest, rounding makes it 0 or negative in some steps."""
    codes, rng = np.repeat(np.arange(12), 6), np.random.default_rng(0)
    for scale in (1.0, 1e6):
        y = scale * rng.normal(size=12)[codes]
        design = handmade_design(y, {}, [handmade_block("g", codes, {"Intercept": 1.0})])
        pilot = em_pilot(block_moments(design, design.blocks[0]))
        assert 0 < pilot.variance < 1e-9 * pilot.covariance[0, 0]
        assert pilot.covariance[0, 0] == pytest.approx(y[::6].var(), rel=1e-6)
        assert np.isfinite(pilot.log_likelihood)


def test_worth_of_an_effect_is_twice_the_difference_of_log_likelihoods():
    design = slopes(1.0)
    moments = block_moments(design, design.blocks[0])
    block = design.blocks[0]
    intercepts = handmade_block("g", block.columns.codes, {"Intercept": 1.0})
    small = handmade_design(design.y, {"x": design.mu.X[:, 0]}, [intercepts])
    worth = em_pilot(moments).log_likelihood - em_pilot(moments.without(1)).log_likelihood
    expected = fit_ml(design, reml=False).loglik - fit_ml(small, reml=False).loglik
    assert worth == pytest.approx(expected, rel=0.03)


def test_no_basis_where_an_sd_may_be_zero():
    """With 8 of the 60 groups there is none: the sd of the slope is known to a third at best."""
    full = slopes(5.0)
    columns = full.blocks[0].columns
    few = columns.codes < 8
    block = handmade_block(
        "g",
        full.blocks[0].columns.codes[few],
        {"Intercept": 1.0, "x": full.blocks[0].columns.Z[few, 1]},
    )
    assert not basis_of(handmade_design(full.y[few], {"x": full.mu.X[few, 0]}, [block])).any()


def test_no_basis_where_there_can_be_none():
    design = slopes(5.0)
    block = design.blocks[0]
    dependent = handmade_block("g", block.columns.codes, {"Intercept": 1.0, "x": 2.0})
    assert not basis_of(handmade_design(design.y, {}, [dependent])).any()
    uncorrelated = handmade_block(
        "g", block.columns.codes, {"Intercept": 1.0, "x": block.columns.Z[:, 1]}, correlated=False
    )
    assert not basis_of(handmade_design(design.y, {}, [uncorrelated])).any()
    priors = dict(choose_priors(design))
    for name in sd_names(block):
        priors[name] = Prior("Uniform", (0.0, 50.0))
    assert corr_name(design.blocks, 0) in priors
    assert not basis_of(design, Priors(priors)).any()


def test_draws_are_those_in_sds_and_correlations_of_the_effects(monkeypatch):
    """Means of every parameter and effect within 4 Monte Carlo errors; two blocks of one factor."""
    base = slopes(3.0)
    rng = np.random.default_rng(2)
    w = rng.normal(size=240) + 1
    more = handmade_block(
        "g", base.blocks[0].columns.codes, {"w": w, "w2": w + rng.normal(size=240)}
    )
    design = handmade_design(base.y, {"x": base.mu.X[:, 0]}, [*base.blocks, more])
    priors = choose_priors(design)
    settings = SamplerSettings(draws=1000, tune=300, seed=3)
    drawn = prepare(design, priors).sample(settings)
    assert drawn.facts["decorrelated"] == ("g",)
    monkeypatch.setattr(bases, "_UNCORRELATED", 0.0)
    plain = prepare(design, priors).sample(settings)
    assert plain.facts["decorrelated"] == ()
    for own, other in zip(drawn.blocks, plain.blocks, strict=True):
        pairs = [
            *zip(own.sd.transpose(2, 0, 1), other.sd.transpose(2, 0, 1), strict=True),
            (own.corr[..., 0, 1], other.corr[..., 0, 1]),
            *zip(
                own.effects[:, :, 1].transpose(2, 0, 1)[:5],
                other.effects[:, :, 1].transpose(2, 0, 1)[:5],
                strict=True,
            ),
        ]
        for a, b in pairs:
            error = np.hypot(*(c.std() / np.sqrt(effective_size(c)) for c in (a, b)))
            assert abs(a.mean() - b.mean()) < 4 * error


def effective_size(draws):
    return float(array_stats.ess(draws, chain_axis=0, draw_axis=1, method="mean"))


@pytest.mark.parametrize(("name", "singular"), [("labs_lmm3", True), ("dapr3_slopes", False)])
def test_effects_of_a_singular_covariance_take_smaller_steps(name, singular):
    """By REML the correlation of one is -1; both have a basis, so that the rule itself decides."""
    course = course_models()[name]
    design = build_design(course.formula, course_data(course).frame, resolve_family("gaussian"))
    priors = choose_priors(design)
    plan = make_plan(design)
    own = gaussian_model(design, priors, plan).data.priors.bases
    assert np.diag(own).all()
    assert bases.is_nearly_singular(design, plan, own) == singular
    draws = prepare(design, priors).sample(SamplerSettings(tune=50, draws=20, chains=1, seed=1))
    assert draws.facts.get(TARGET_TAKEN) == (0.85 if singular else None)
