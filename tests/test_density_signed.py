"""Signed sds: the same density and the same posterior as with log sds."""

from dataclasses import replace

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.collapsed import integrated
from bayesmm.sampling.compiled.collapsed.covariance import covariance_draws
from bayesmm.sampling.compiled.collapsed.model import collapsed_model, compiled_density
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.collapsed.signed import (
    can_be_signed,
    find_mode,
    reaching_zero,
    with_signs,
)
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.draws import SamplerSettings
from tests.handmade import handmade_design
from tests.test_density_collapsed import CASES, block, make, make_priors

WITH_FACTORS = [name for name, (blocks, _, _) in CASES.items() if blocks]


def model_of(design, priors):
    return collapsed_model(design, priors, make_plan(design))


def signed_model(model):
    """The model with every sd signed."""
    tables = with_signs(model.tables, can_be_signed(model.tables))
    return replace(model, tables=tables)


@pytest.mark.parametrize("name", WITH_FACTORS)
def test_gradient_on_both_sides_of_zero(name):
    model = signed_model(model_of(*make(name)))
    density = compiled_density(model)
    rng = np.random.default_rng(3)
    Q = model.tables.n_effects
    for _ in range(3):
        x = model.tables.start + 0.4 * rng.normal(size=model.dimension)
        x[1 : 1 + Q] = rng.choice([-1.0, 1.0], Q) * rng.uniform(0.02, 1.5, Q)
        _, gradient = evaluate(density, x)
        h = 1e-5
        numeric = [
            (evaluate(density, x + e)[0] - evaluate(density, x - e)[0]) / (2 * h)
            for e in h * np.eye(model.dimension)
        ]
        # Differences of a density near 300 at h = 1e-5 are good to about 1e-8.
        assert np.allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("name", WITH_FACTORS)
def test_density_and_parameters_are_those_of_the_log_sds(name):
    plain = model_of(*make(name))
    model = signed_model(plain)
    rng = np.random.default_rng(4)
    t = model.tables
    for _ in range(3):
        x = t.start + 0.4 * rng.normal(size=model.dimension)
        x[1 : 1 + t.n_effects] = rng.uniform(0.01, 1.5, t.n_effects)
        signs = rng.choice([-1.0, 1.0], t.n_effects)
        flipped = x.copy()
        flipped[1 : 1 + t.n_effects] *= signs
        for first, width, z in t.corr:
            # a partial correlation t_ab of effects a > b changes sign with either of them
            pairs = [signs[first + a] * signs[first + b] for a in range(width) for b in range(a)]
            flipped[z : z + len(pairs)] *= pairs
        logs = x.copy()
        logs[1 : 1 + t.n_effects] = np.log(x[1 : 1 + t.n_effects])
        value = evaluate(compiled_density(model), x)[0]
        assert evaluate(compiled_density(model), flipped)[0] == pytest.approx(value, rel=1e-11)
        # The Jacobian of the logarithms is the sum of the logarithms.
        jacobian = logs[1 : 1 + t.n_effects].sum()
        assert evaluate(compiled_density(plain), logs)[0] - jacobian == pytest.approx(
            value, rel=1e-11
        )
        expected = covariance_draws(logs[None], plain.tables.positive, t.corr, t.n_effects)
        for at in (x, flipped):
            got = covariance_draws(at[None], t.positive, t.corr, t.n_effects)
            assert np.allclose(got[0], expected[0], rtol=1e-13)
            assert np.allclose(got[1], expected[1], atol=1e-13)


def test_only_priors_that_continue_evenly_are_signed():
    design, priors = make("q = 3, weights, offset")
    first, second, third = [n for n in priors.of if n.endswith("|g_sigma")]
    priors = Priors(
        {
            **priors.of,
            first: Prior("Exponential", (1.0,)),
            second: Prior("Gamma", (2.0, 1.0)),
            third: Prior("HalfCauchy", (1.0,)),
        }
    )
    assert can_be_signed(model_of(design, priors).tables).tolist() == [2]


def simulated(sd_slope):
    """40 groups of 8; a slope that varies little, so that its sd reaches zero."""
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(40), 8)
    x = rng.normal(size=g.size)
    u, v = rng.normal(size=(2, 40))
    y = 1.0 + 0.5 * x + u[g] + sd_slope * (0.6 * u + 0.8 * v)[g] * x + rng.normal(size=g.size)
    design = handmade_design(y, {"x": x}, [block("g", g, x=x)])
    return design, make_priors(design)


def zero_variance():
    """Groups whose means differ as much as by chance, as those of the data Dyestuff2."""
    rng = np.random.default_rng(6)
    g = np.repeat(np.arange(24), 5)
    y = 5 + 3 * rng.normal(size=g.size)
    design = handmade_design(y, {}, [block("g", g)])
    return design, make_priors(design)


def sample(design, priors, **settings):
    return integrated.sample_integrated(
        design, priors, make_plan(design), SamplerSettings(tune=500, cores=2, **settings)
    )


def without_signs(monkeypatch):
    none = np.zeros(0, dtype=np.int64)
    monkeypatch.setattr(integrated, "reaching_zero", lambda density, tables: none)


def ess_of(x):
    return float(array_stats.ess(x, chain_axis=0, draw_axis=1, method="bulk"))


def test_posterior_is_that_of_the_log_sds(monkeypatch):
    design, priors = simulated(0.15)
    signed = sample(design, priors, draws=3000, seed=1)
    assert signed.facts["signed"] == ("x|g_sigma",)
    without_signs(monkeypatch)
    plain = sample(design, priors, draws=3000, seed=2)
    assert plain.facts["signed"] == ()
    effects = signed.blocks[0].effects
    pairs = {
        "sigma": (signed.auxiliary["sigma"], plain.auxiliary["sigma"]),
        "corr": tuple(d.blocks[0].corr[..., 1, 0] for d in (signed, plain)),
        "x": (signed.beta[..., 0], plain.beta[..., 0]),
    }
    for k in range(2):
        pairs[f"sd {k}"] = (signed.blocks[0].sd[..., k], plain.blocks[0].sd[..., k])
        for j in range(effects.shape[-1]):
            pairs[f"u {k} {j}"] = (effects[:, :, k, j], plain.blocks[0].effects[:, :, k, j])
    for name, (ours, theirs) in pairs.items():
        for f in (lambda x: x, np.square):  # means and spreads
            a, b = f(ours), f(theirs)
            error = np.sqrt(a.var() / ess_of(a) + b.var() / ess_of(b))
            assert abs(a.mean() - b.mean()) < 4.5 * error, name  # 168 comparisons
    assert (signed.blocks[0].sd > 0).all()


def test_zero_variance_mixes_better_with_a_sign(monkeypatch):
    design, priors = zero_variance()
    signed = sample(design, priors, draws=2000, seed=1)
    assert signed.facts["signed"] == ("1|g_sigma",)
    assert signed.statistics["diverging"].sum() == 0
    without_signs(monkeypatch)
    plain = sample(design, priors, draws=2000, seed=1)
    ours, theirs = signed.blocks[0].sd[..., 0], plain.blocks[0].sd[..., 0]
    gradients = [drawn.statistics["n_steps"].mean() for drawn in (signed, plain)]
    # 2.3 times where it was measured over several seeds
    assert ess_of(ours) / gradients[0] > 1.4 * ess_of(theirs) / gradients[1]


def test_an_sd_far_from_zero_keeps_its_logarithm():
    model = model_of(*simulated(1.0))
    density = compiled_density(model)
    assert reaching_zero(density, model.tables).tolist() == []
    mode, value = find_mode(density)
    rng = np.random.default_rng(1)
    # No point nearby is higher by more than the accuracy with which the mode is sought.
    nearby = mode + 0.05 * rng.normal(size=(50, len(mode)))
    assert max(evaluate(density, x)[0] for x in nearby) < value + 0.05
