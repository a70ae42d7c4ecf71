"""Draws in transported coordinates: a pilot, a short run that tells better weights, the run."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.bridge import RawDraws, sample_density
from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate
from bayesmm.sampling.compiled.joint.transport.bending import bends_of, scores_on_bend, with_bends
from bayesmm.sampling.compiled.joint.transport.bounded import coefficient_bounds
from bayesmm.sampling.compiled.joint.transport.following import following_of
from bayesmm.sampling.compiled.joint.transport.leaning import shear_in_new, shear_of
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
    with_rows,
)
from bayesmm.sampling.compiled.joint.transport.pilot import (
    Pilot,
    approximation,
    parameters_of,
    predictor_at,
)
from bayesmm.sampling.compiled.joint.transport.rows import RowState, scores_of
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.joint.transport.weights import MeanWeights
from bayesmm.sampling.compiled.kernels.bounded import BENT, BoundField
from bayesmm.sampling.compiled.kernels.folded_line import LEAST_SHARE, folded_line, unfolded_line
from bayesmm.sampling.compiled.kernels.signed import POSITIVE
from bayesmm.sampling.draws import SamplerSettings

__all__ = ["STEEP", "sample_refreshed"]

type Floats = NDArray[np.float64]

# The run that tells the weights: so many iterations of the warm-up, kept ones among them, and
# so many of its draws are looked at.
_FIRST_TUNE, _FIRST_DRAWS, _LOOKED_AT = 100, 50, 60
# Of several linear predictors each is dear: responses are simulated at every one.
_SIMULATED_AT = 16
# Share of the warm-up that it may take, and the least that makes sense.
_SHARE, _LEAST = 0.5, 20
_JITTER = 0.5
# Of a zero-inflated negative binomial model of which every second fit had a divergence the pilots
# of eight seeds found 2.3 to 7.7; draws of a hurdle one are at 2.3 to 3.2, of a negative binomial
# and a zero-inflated Poisson one at 1.0 to 1.3.
STEEP, _CAREFUL = 2.0, 0.95
# Root mean square of a coordinate of a coefficient from which on it is far from unit order.
_FAR = 10.0
# Of central differences, in spreads.
_STEP = 1e-4


def sample_refreshed(
    first: Pilot, settings: SamplerSettings, steep: float = STEEP
) -> tuple[TransportedModel, RawDraws, float]:
    """Draw from a model by NUTS; return it in its last coordinates, the draws, and their target.

    The target is that of the settings, or a higher one where the short run finds that the posterior
    is far narrower in some places than on the whole (from `steep` on, see `_steepness`): a step for
    the whole is unstable there.
    """
    model, start = first.model, first.start
    jitter = np.full(start.size, _JITTER)
    spent = min(_FIRST_TUNE + _FIRST_DRAWS, int(_SHARE * settings.tune))
    if spent >= 2 * _LEAST:
        draws = spent * _FIRST_DRAWS // (_FIRST_TUNE + _FIRST_DRAWS)
        # the target of a run must not change the coordinates: the settings of a fit for which a
        # higher one was taken, or asked for by a finding, make the same draws in one run
        usual = min(settings.target_accept, SamplerSettings().target_accept)
        short = replace(
            settings, tune=spent - draws, draws=draws, target_accept=usual, progress=False
        )
        raw = _short_run(model, start, jitter, short)
        if _is_far(model, raw.positions):
            model, start, jitter, _ = _refreshed(model, raw.positions, leaning=False)
            raw = _short_run(model, start, jitter, short)
        model, start, jitter, seen = _refreshed(model, raw.positions)
        target = settings.target_accept
        if _steepness(compiled_transported_density(model, start, jitter), model, seen) > steep:
            target = max(target, _CAREFUL)
        settings = replace(settings, tune=settings.tune - spent, target_accept=target)
    raw = sample_density(compiled_transported_density(model, start, jitter), settings)
    return model, raw, settings.target_accept


def _short_run(
    model: TransportedModel, start: Floats, jitter: Floats, short: SamplerSettings
) -> RawDraws:
    """Return the draws that tell the weights, all of them: a part would tell other ones."""
    return sample_density(compiled_transported_density(model, start, jitter), short, whole=True)


def _is_far(model: TransportedModel, positions: Floats) -> bool:
    """Return whether coordinates of coefficients, which should be of unit order, are far from it.

    So it is with zero inflation that hardly any row tells of: the first weights are those of
    another place, and how draws lean in their coordinates says nothing of that in others.
    """
    own = positions[..., model.joint.layout.coefficients]
    return bool((np.mean(own**2, axis=(0, 1)) > _FAR**2).any())


def _refreshed(
    model: TransportedModel, positions: Floats, leaning: bool = True
) -> tuple[TransportedModel, Floats, Floats, Floats]:
    """Return the model with the mean weights of draws, where to start, how far off, and draws.

    Not `leaning`, the coordinates are those of the weights alone, with the mean of the linear
    predictors in the middle: of draws that come from far, how sds spread says nothing either.
    """
    joint = model.joint
    flat = positions.reshape(-1, positions.shape[-1])
    D, n = len(joint.design.linear_predictors), joint.data.codes.shape[1]
    step = max(1, len(flat) // (_LOOKED_AT if D == 1 else _SIMULATED_AT))
    rows = scores_of(joint)
    eta, score, curvatures = np.zeros((D, n)), np.zeros((D, n)), MeanWeights(D, n)
    seen = 0
    every = transported_parameters(model, flat)
    parameters = every[::step]
    for found in parameters:
        own, further = predictor_at(joint, found)
        state = rows.at(own, further, found)
        if not (np.isfinite(state.score).all() and np.isfinite(state.curvature).all()):
            continue
        eta += own
        score += state.score
        curvatures.add(state.curvature)
        seen += 1
    own = parameters_of(joint)
    data = model.data._replace(shear=np.zeros_like(model.data.shear))
    bends = bends_of(replace(model, data=data), flat) if leaning and seen else ()
    if leaning:
        sds, flat = _refolded(model, flat)
        for bend in bends:
            flat[:, bend.coefficient] = scores_on_bend(bend, every[:, bend.coefficient])
        data = data._replace(sds=sds)
    plain = replace(model, data=data)
    shear, moved = shear_of(model, flat) if leaning else (data.shear, flat)
    if seen:
        state = RowState(0.0, score / seen if leaning else 0.0 * score, curvatures.mean())
        middle = parameters.mean(axis=0)
        weights = approximation(joint, eta / seen, state)
        plain = with_rows(plain, weights, middle)
        plain = replace(plain, data=plain.data._replace(bounds=_bounds(plain, every)))
        plain = with_bends(plain, bends, flat.mean(axis=0))
        if leaning:
            shear, moved = shear_in_new(plain, flat, every, shear, moved)
            if plain.plan.chain:
                following = following_of(joint, plain.plan.chain[0], rows, weights, every)
                plain = replace(plain, data=plain.data._replace(following=following))
    model = replace(plain, data=plain.data._replace(shear=shear))
    start, jitter = np.zeros(flat.shape[1]), np.full(flat.shape[1], _JITTER)
    if leaning:
        start[joint.layout.coefficients] = moved[:, joint.layout.coefficients].mean(axis=0)
    start[own] = moved[:, own].mean(axis=0)
    jitter[own] = np.minimum(_JITTER, moved[:, own].std(axis=0))
    return model, start, jitter, moved[::step]


def _bounds(model: TransportedModel, parameters: Floats) -> Floats:
    """Return the rows of bounded coefficients that their draws ask for."""
    own = parameters[:, model.joint.layout.coefficients]
    spread = own.std(axis=0)
    if not np.isfinite(spread).all() or not (spread > 0.0).all():
        return model.data.bounds
    return coefficient_bounds(model.joint, own.mean(axis=0), spread)


def _steepness(density: CompiledDensity, model: TransportedModel, positions: Floats) -> float:
    """Return how much more the density bends at some draws than a normal of its spread.

    That is the largest over bent coefficients and further parameters of the 95 % quantile over the
    draws of -d^2 log p / dx^2 Var x, which is 1 for a normal distribution.
    """
    spread = positions.std(axis=0)
    steepest = 0.0
    bent = np.flatnonzero(model.data.bounds[:, BoundField.KIND] == BENT)
    auxiliary = model.joint.layout.auxiliary
    for i in (*bent, *range(auxiliary.start, auxiliary.stop)):
        step = np.zeros(spread.size)
        step[i] = _STEP * spread[i]
        bends = [
            (evaluate(density, x - step)[1][i] - evaluate(density, x + step)[1][i])
            * spread[i]
            / (2.0 * _STEP)
            for x in positions
        ]
        known = [bend for bend in bends if np.isfinite(bend)]  # of draws that are possible here
        steepest = max(steepest, float(np.quantile(known, 0.95)) if known else 0.0)
    return steepest


def _refolded(model: TransportedModel, flat: Floats) -> tuple[Floats, Floats]:
    """Return coordinates of sds whose scale is their root mean square, and all draws in them."""
    places = [np.arange(p.sds.start, p.sds.stop) for p in model.joint.layout.blocks]
    if not places:
        return model.data.sds, flat
    sds, moved = model.data.sds.copy(), flat.copy()
    for a, (at, (kind, _, fold)) in enumerate(zip(np.concatenate(places), sds, strict=True)):
        if kind != POSITIVE:
            x = fold * folded_line(flat[:, at])
            sds[a, 2] = max(float(np.sqrt(np.mean(x**2))), LEAST_SHARE)
            moved[:, at] = unfolded_line(x / sds[a, 2])
    return sds, moved
