"""Bent coefficients: the density is the model's, the curve that of quadrature, and chains mix."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from differences import assert_same_density
from joint_reference import default_priors
from scipy import stats
from test_density_joint import build
from test_transport import middle, points, reference, transported

from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.heteroscedastic.model import cell_model
from bayesmm.sampling.compiled.heteroscedastic.plan import CellPlan, cell_plan
from bayesmm.sampling.compiled.joint.transport import sample as refreshing
from bayesmm.sampling.compiled.joint.transport.bending import (
    bends_of,
    scores_on_bend,
    with_bends,
)
from bayesmm.sampling.compiled.joint.transport.model import compiled_transported_density
from bayesmm.sampling.compiled.joint.transport.pilot import Pilot, pilot
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.kernels.bounded import BENT, WHOLE_LINE, BoundField
from bayesmm.sampling.convergence import convergence
from bayesmm.sampling.draws import SamplerSettings

ITEMS, GROUPS = 6, 12
FORMULAS = ["y ~ x + (x | g)", "sigma ~ 0 + h"]


def bent(rate: float, size: float, bend: float) -> np.ndarray:
    """Return a row of `BoundField`."""
    row = np.zeros(BoundField.COUNT)
    row[BoundField.KIND], row[BoundField.END], row[BoundField.SIZE] = BENT, 0.2, size
    row[BoundField.RATE], row[BoundField.SHIFT], row[BoundField.BEND] = rate, -0.3, bend
    return row


@pytest.mark.parametrize(("structure", "alone"), [("crossed", False), ("crossed slopes", True)])
def test_density_with_bent_coefficients(structure, alone):
    """Two of four, to either side; fails without the logarithm of the slope, or its derivative."""
    design = build(structure, "negativebinomial")
    priors = default_priors(design)
    model = transported(design, priors, alone)
    assert model.plan.alone == alone and not model.plan.rotated
    rows = np.zeros((model.joint.layout.coefficients.stop, BoundField.COUNT))
    rows[:, BoundField.KIND] = WHOLE_LINE
    rows[1], rows[-1] = bent(1.5, 0.4, 2.0), bent(0.8, 1.0, -0.6)
    model = replace(model, data=model.data._replace(bounds=rows))
    x = middle(model)
    density = compiled_transported_density(model, x, x)
    assert_same_density(density, points(model, 3, 0.5), lambda x: reference(model, priors, x))


def design_by_item() -> Design:
    """Return a model whose first item has rows that the effects of the mean fit exactly."""
    rng = np.random.default_rng(4)
    g, h = np.repeat(np.arange(GROUPS), ITEMS), np.tile(np.arange(ITEMS), GROUPS)
    x = rng.normal(size=g.size)
    effects = rng.normal(size=(2, GROUPS))
    log_sd = np.array([-3.0, -0.5, 0.0, 0.5, 1.0, 0.2])
    y = effects[0, g] + effects[1, g] * x + np.exp(log_sd[h]) * rng.normal(size=g.size)
    frame = pd.DataFrame({"y": y, "x": x, "g": g.astype(str), "h": [f"h{k}" for k in h]})
    return build_design(FORMULAS, frame, resolve_family("gaussian"))


def pilot_by_item() -> Pilot:
    """Return where its chains start."""
    design = design_by_item()
    priors = choose_priors(design)
    plan = cell_plan(design, priors)
    assert isinstance(plan, CellPlan), plan
    return pilot(cell_model(design, priors, plan).predictor)


def test_cells_of_two_crossed_factors_are_integrated_out():
    """72 cells of 72 rows; fails where their cost alone sends them to the rows.

    There effects are sampled, which a residual sd near 0 leaves no room: of 30 simulated data sets
    29 were not usable, of 30 with effects integrated out none.
    """
    assert pilot_by_item().problem is None


def test_the_curve_is_that_of_the_density():
    """Scores of quantiles of the density along the coefficient are normal quantiles.

    All draws are at one place, where brute force tells what quadrature should: fails for another
    end, or a bulk that falls between the points.
    """
    first = pilot_by_item()
    model, x = first.model, first.start
    bends = bends_of(model, np.tile(x, (40, 1)))
    assert 0 in {bend.coefficient for bend in bends}
    density = compiled_transported_density(model, x, x)
    for bend in bends:
        at = np.tile(x, (2001, 1))
        at[:, bend.coefficient] += np.linspace(-40.0, 20.0, len(at))
        values = transported_parameters(model, at)[:, bend.coefficient]
        log_density = np.array([evaluate(density, own)[0] for own in at])
        weights = np.exp(log_density - log_density[np.isfinite(log_density)].max())
        below = np.cumsum(np.where(np.isfinite(weights), weights, 0.0))
        quantiles = np.interp(stats.norm.cdf([-2, -1, 0, 1, 2]), below / below[-1], values)
        np.testing.assert_allclose(scores_on_bend(bend, quantiles), [-2, -1, 0, 1, 2], atol=0.2)


def test_a_bent_model_has_the_scores_for_coordinates():
    """Items have coordinates of their own; fails for a rate or a shift of another unit."""
    first = pilot_by_item()
    bends = bends_of(first.model, np.tile(first.start, (40, 1)))
    model = with_bends(first.model, bends, first.start)
    x = first.start + 0.7 * np.random.default_rng(2).normal(size=(5, first.start.size))
    found = transported_parameters(model, x)
    for bend in bends:
        k = bend.coefficient
        np.testing.assert_allclose(scores_on_bend(bend, found[:, k]), x[:, k], atol=1e-8)


def test_a_model_of_rows_is_not_bent():
    """Effects are part of its coordinates: the density along a coefficient is not its own."""
    design = build("intercept", "poisson")
    model = transported(design, default_priors(design))
    assert bends_of(model, np.zeros((20, model.joint.layout.dimension))) == ()


@pytest.mark.slow
def test_log_sds_of_few_rows_have_normal_coordinates(monkeypatch):
    """Of the item that may be fitted exactly; straight it has a long end, and fewer draws."""
    settings = SamplerSettings(chains=4, draws=1000, tune=400, seed=3)
    kurtosis, ess = [], []
    for of in (bends_of, lambda _model, _flat: ()):
        monkeypatch.setattr(refreshing, "bends_of", of)
        model, raw, _ = sample_refreshed(pilot_by_item(), settings, 3.0)
        own = raw.positions[..., 0]
        kurtosis.append(stats.kurtosis(own, axis=None))
        found = convergence(transported_parameters(model, raw.positions)[..., :1])
        ess.append(float(found.ess_bulk[0]))
    assert abs(kurtosis[0]) < 1.0 < kurtosis[1]
    assert ess[0] > 1.2 * ess[1]
    assert ess[0] > 400
