"""Draws in transported coordinates: a pilot, a short run that tells better weights, the run."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.bridge import RawDraws, sample_density
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
from bayesmm.sampling.compiled.joint.transport.rows import CompiledScores, RowState
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.joint.transport.weights import MeanWeights
from bayesmm.sampling.draws import SamplerSettings

__all__ = ["sample_refreshed"]

type Floats = NDArray[np.float64]

# The run that tells the weights: so many iterations of the warm-up, kept ones among them, and
# so many of its draws are looked at.
_FIRST_TUNE, _FIRST_DRAWS, _LOOKED_AT = 100, 50, 60
# Of several linear predictors each is dear: responses are simulated at every one.
_SIMULATED_AT = 16
# Share of the warm-up that it may take, and the least that makes sense.
_SHARE, _LEAST = 0.5, 20
_JITTER = 0.5


def sample_refreshed(first: Pilot, settings: SamplerSettings) -> tuple[TransportedModel, RawDraws]:
    """Draw from a model by NUTS; return it in its last coordinates, and the draws.

    Parameters
    ----------
    first : Pilot
        From `transport.pilot.pilot`.
    settings : SamplerSettings
        How.
    """
    model, start = first.model, first.start
    jitter = np.full(start.size, _JITTER)
    spent = min(_FIRST_TUNE + _FIRST_DRAWS, int(_SHARE * settings.tune))
    if spent >= 2 * _LEAST:
        draws = spent * _FIRST_DRAWS // (_FIRST_TUNE + _FIRST_DRAWS)
        short = replace(settings, tune=spent - draws, draws=draws, progress=False)
        raw = sample_density(compiled_transported_density(model, start, jitter), short)
        model, start, jitter = _refreshed(model, raw.positions)
        settings = replace(settings, tune=settings.tune - spent)
    return model, sample_density(compiled_transported_density(model, start, jitter), settings)


def _refreshed(
    model: TransportedModel, positions: Floats
) -> tuple[TransportedModel, Floats, Floats]:
    """Return the model with the mean weights of draws, and their middle and spread as a start."""
    joint = model.joint
    flat = positions.reshape(-1, positions.shape[-1])
    D, n = len(joint.design.linear_predictors), joint.data.codes.shape[1]
    step = max(1, len(flat) // (_LOOKED_AT if D == 1 else _SIMULATED_AT))
    rows = CompiledScores(joint)
    eta, score, curvatures = np.zeros((D, n)), np.zeros((D, n)), MeanWeights(D, n)
    seen = 0
    for found in transported_parameters(model, flat[::step]):
        own, further = predictor_at(joint, found)
        state = rows.at(own, further)
        if not (np.isfinite(state.score).all() and np.isfinite(state.curvature).all()):
            continue
        eta += own
        score += state.score
        curvatures.add(state.curvature)
        seen += 1
    start, jitter = np.zeros(flat.shape[1]), np.full(flat.shape[1], _JITTER)
    own = parameters_of(joint)
    start[own] = flat[:, own].mean(axis=0)
    jitter[own] = np.minimum(_JITTER, flat[:, own].std(axis=0))
    if seen:
        state = RowState(0.0, score / seen, curvatures.mean())
        model = with_rows(model, approximation(joint, eta / seen, state))
    return model, start, jitter
