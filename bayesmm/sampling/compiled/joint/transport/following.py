"""How effects follow their own sd beyond what frozen weights say: by quadrature, level by level.

Given its sd and all that is coarser the effect of a level has a density of one dimension, whose
scores the compiled rows tell: its mean and sd there, beside those of the frozen weights, at a low
and a high value of the sd. Regression among the draws of a short run would tell the same of few
levels, but of 100 levels the noise of as many slopes is what it should remove.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.plan import TransportPlan
from bayesmm.sampling.compiled.joint.transport.rows import (
    CompiledScores,
    ScoresOfRows,
    predictors,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation

__all__ = ["NOT_FOLLOWING", "following_of"]

type Floats = NDArray[np.float64]

NOT_FOLLOWING: Floats = np.zeros((0, 0))
# The values of the sd, as quantiles of its draws: a normal one's mean less and plus an sd.
_LOW, _HIGH = 0.16, 0.84
# Where the density of an effect is summed, in sds of the frozen weights from their mean.
_GRID = np.linspace(-10.0, 10.0, 81)
# Information that the levels have of their sd because they follow it, beside 1 of the sd itself,
# from which on they are told to.
_WORTH = 0.1


def following_of(
    joint: JointModel, plan: TransportPlan, scores: ScoresOfRows, rows: Approximation, found: Floats
) -> Floats:
    """Return ``TransportData.following``, of no rows where effects hardly follow their sd.

    Parameters
    ----------
    joint : JointModel
        The model.
    plan : TransportPlan
        What is eliminated.
    scores : ScoresOfRows
        Its rows.
    rows : Approximation
        The frozen weights.
    found : ndarray, shape (draws, d)
        Parameters of draws.
    """
    if not (isinstance(scores, CompiledScores) and _may_follow(joint, plan)):
        return NOT_FOLLOWING
    place = joint.layout.blocks[plan.chain[0]]
    sds = found[:, place.sds.start]
    ends = np.quantile(sds, [_LOW, _HIGH])
    middle = float(sds.mean())
    if not ends[0] < ends[1]:
        return NOT_FOLLOWING
    logs = np.log(0.5 + 0.5 * sds / middle)
    shifts, powers = _changes(joint, plan, scores, rows, found, ends)
    between = np.log((middle + ends[1]) / (middle + ends[0]))
    shifts, powers = shifts / between, powers / between
    information = logs.var() * (shifts**2 + 2.0 * powers**2).sum()
    if not information > _WORTH:  # of impossible rows it is no number
        return NOT_FOLLOWING
    return np.concatenate([[middle], powers, shifts])[None]


def _may_follow(joint: JointModel, plan: TransportPlan) -> bool:
    """Return whether the finest levels have one effect, on the one linear predictor there is."""
    if len(joint.design.linear_predictors) > 1 or not plan.chain:
        return False
    return joint.layout.blocks[plan.chain[0]].n_effects == 1


def _changes(
    joint: JointModel,
    plan: TransportPlan,
    scores: CompiledScores,
    rows: Approximation,
    found: Floats,
    ends: Floats,
) -> tuple[Floats, Floats]:
    """Return by how much mean and log sd of the coordinates change between two sds, each (J,)."""
    place = joint.layout.blocks[plan.chain[0]]
    sds, middle = found[:, place.sds.start], found.mean(axis=0)
    apart = sds - sds.mean()
    slopes = apart @ (found - middle) / (apart @ apart)
    low, high = (
        _moments(joint, plan, scores, rows, middle + (sd - sds.mean()) * slopes, sd) for sd in ends
    )
    return high[0] - low[0], high[1] - low[1]


def _moments(
    joint: JointModel,
    plan: TransportPlan,
    scores: CompiledScores,
    rows: Approximation,
    found: Floats,
    sd: float,
) -> tuple[Floats, Floats]:
    """Return mean and log sd that the coordinates of the levels have at parameters and an sd."""
    k = plan.chain[0]
    layout, data = joint.layout, joint.data
    J, codes = layout.blocks[k].n_groups, data.codes[k]
    [c] = data.terms[data.terms[:, 0] == k, 2]
    column = data.columns[c] if c >= 0 else np.ones(codes.size)
    values = np.concatenate(
        [found[p.effects] if i != k else np.zeros(J) for i, p in enumerate(layout.blocks)]
    )
    rest = predictors(joint, found[layout.coefficients], values)[0]
    offset = predictors(joint, np.zeros(layout.coefficients.stop), 0.0 * values)[0]
    weights = rows.weights[0, 0]
    precision = sd**-2.0 + np.bincount(codes, weights * column**2, J)
    pull = np.bincount(codes, column * (rows.pulls[0] - weights * (rest - offset)), J)
    effects = pull / precision + _GRID[:, None] / np.sqrt(precision)
    slopes = np.empty_like(effects)
    for slope, own in zip(slopes, effects, strict=True):
        eta = rest + column * own[codes]
        _, [score] = scores.scores(eta[None], found[layout.auxiliary])
        slope[:] = np.bincount(codes, column * score, J) - own / sd**2
    z = _GRID[:, None]
    steps = 0.5 * (_GRID[1] - _GRID[0]) / np.sqrt(precision)
    log_density = np.vstack([np.zeros(J), np.cumsum(steps * (slopes[1:] + slopes[:-1]), axis=0)])
    density = np.exp(log_density - log_density.max(axis=0))
    density /= density.sum(axis=0)
    mean = (density * z).sum(axis=0)
    return mean, 0.5 * np.log((density * (z - mean) ** 2).sum(axis=0))
