"""How effects follow their own sd beyond what frozen weights say: by quadrature, level by level.

Given its sd and all that is coarser the one effect of a level has a density of one dimension, whose
scores the compiled rows tell: its mean and sd, beside those of the frozen weights, are found at a
low and a high value of the sd. Regression among the draws of a short run would tell the same of few
levels, but of 100 the noise of as many slopes is no less than what it should remove.

Tried with several effects per level, each given the others: of 120 x 7 binary responses with two
large sds, five data sets, the smallest effective sample size of 4,000 draws was 546, 649, 1,438,
1,936 before and 1,562, 920, 2,266, 2,199 after, but 1,476 and 1,151 in the fifth: perhaps the
correlation would have to be followed too.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.rows import (
    CompiledScores,
    ScoresOfRows,
    predictors,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation

__all__ = ["following_of"]

type Floats = NDArray[np.float64]

# The two values of the sd, as quantiles of its draws: of normal ones the mean less and plus an sd.
_LOW, _HIGH = 0.16, 0.84
# Where the density of an effect is summed, in sds from its mean: first those of the frozen weights,
# which of levels whose responses are all alike are too short, then those found.
_GRID = np.linspace(-10.0, 10.0, 41)
_ROUNDS = 2
# Information about the sd that its levels hold because they follow it, beside 1 that its draws
# have, from which on they are told to. Of large sds on the logit scale it is 0.1 to 10, of 100
# groups of 2 binary responses up to 1.5, of one count per level and of 4 trials up to 0.16, of
# cbpp, grouseticks and verbagg 0.01 to 0.06.
_WORTH = 0.1


def following_of(
    joint: JointModel, block: int, scores: ScoresOfRows, rows: Approximation, found: Floats
) -> Floats:
    """Return ``TransportData.following``, of no numbers where effects hardly follow their sd.

    `block` has the finest levels, `rows` are the frozen weights, `found`, (draws, d), parameters of
    draws.
    """
    one = len(joint.design.linear_predictors) == joint.layout.blocks[block].n_effects == 1
    sds = found[:, joint.layout.blocks[block].sds.start]
    middle, ends = float(sds.mean()), np.quantile(sds, [_LOW, _HIGH])
    if not (one and isinstance(scores, CompiledScores) and ends[0] < ends[1]):
        return np.empty(0)
    # where all else is expected given the sd, by regression among the draws
    apart = sds - middle
    slopes = apart @ (found - found.mean(axis=0)) / (apart @ apart)
    with np.errstate(invalid="ignore", over="ignore"):  # of impossible rows; it is no number then
        low, high = (
            _moments(joint, block, scores, rows, found.mean(axis=0) + (end - middle) * slopes, end)
            for end in ends
        )
    shifts, powers = (high - low) / np.log((middle + ends[1]) / (middle + ends[0]))
    information = np.log(0.5 + 0.5 * sds / middle).var() * (shifts**2 + 2.0 * powers**2).sum()
    return np.concatenate([[middle], powers, shifts]) if information > _WORTH else np.empty(0)


def _moments(
    joint: JointModel,
    block: int,
    scores: CompiledScores,
    rows: Approximation,
    found: Floats,
    sd: float,
) -> Floats:
    """Return mean and log sd that the coordinates have at parameters and an sd, shape (2, J).

    NaN where the grid does not tell.
    """
    from scipy.integrate import cumulative_simpson  # noqa: PLC0415  (slow to import)

    layout, data = joint.layout, joint.data
    J, codes = layout.blocks[block].n_groups, data.codes[block]
    [c] = data.terms[data.terms[:, 0] == block, 2]
    column = data.columns[c] if c >= 0 else np.ones(codes.size)

    def sums(values: Floats) -> Floats:
        return np.bincount(codes, values, J)

    values = [np.zeros(J) if k == block else found[p.effects] for k, p in enumerate(layout.blocks)]
    nothing = np.zeros(sum(own.size for own in values))
    rest = predictors(joint, found[layout.coefficients], np.concatenate(values))[0]
    offset = predictors(joint, np.zeros(layout.coefficients.stop), nothing)[0]
    weights = rows.weights[0, 0]
    precision = sd**-2 + sums(weights * column**2)
    frozen = sums(column * (rows.pulls[0] - weights * (rest - offset))) / precision
    mean, spread = frozen, 1.0 / np.sqrt(precision)
    slopes = np.empty((_GRID.size, J))
    for _ in range(_ROUNDS):
        for slope, t in zip(slopes, _GRID, strict=True):
            effects = mean + t * spread
            eta = rest + column * effects[codes]
            _, [score] = scores.scores(eta[None], found[layout.auxiliary])
            slope[:] = spread * (sums(column * score) - effects / sd**2)
        if not np.isfinite(slopes).all():  # beyond an end of what eta may be
            return np.full((2, J), np.nan)
        log_density = cumulative_simpson(slopes, x=_GRID, axis=0, initial=0.0)
        density = np.exp(log_density - log_density.max(axis=0))
        density /= density.sum(axis=0)
        apart = _GRID @ density
        mean = mean + apart * spread
        spread = spread * np.sqrt(((_GRID[:, None] - apart) ** 2 * density).sum(axis=0))
        if not (spread > 0.0).all():  # narrower than a step
            return np.full((2, J), np.nan)
    root = np.sqrt(precision)
    return np.array([root * (mean - frozen), np.log(root * spread)])
