"""How effects follow their own sds beyond what frozen weights say: by quadrature, level by level.

Given sds, correlations and all that is coarser the effects of a level have a density of their own,
whose scores the compiled rows tell. With u = C v as in `transport`, the mean and sd of each v_a
given the others, beside those of the frozen weights, are found at a low and a high value of the
sd of u_a. Regression among the draws of a short run would tell the same of few levels, but of 100
the noise of as many slopes is no less than what it should remove.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.plan import TransportPlan
from bayesmm.sampling.compiled.joint.transport.reduced import covariance_factor
from bayesmm.sampling.compiled.joint.transport.rows import (
    CompiledScores,
    ScoresOfRows,
    predictors,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation

__all__ = ["NOT_FOLLOWING", "following_of"]

type Floats = NDArray[np.float64]

NOT_FOLLOWING: Floats = np.zeros((0, 0))
# The two values of the sd, as quantiles of its draws: of normal ones the mean less and plus an sd.
_LOW, _HIGH = 0.16, 0.84
# Where the density of an effect is summed, in sds of the frozen weights from their mean.
_GRID = np.linspace(-10.0, 10.0, 41)
# Rounds over several effects, each given the means of the others.
_ROUNDS = 3
# Information about the sds that their levels hold because they follow them, beside 1 that the
# draws have, from which on they are told to follow.
_WORTH = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """The finest levels of a model: what the search reads.

    Attributes
    ----------
    joint : JointModel
        The model.
    block : int
        The block of the levels.
    scores : CompiledScores
        The rows.
    rows : Approximation
        Their frozen weights.
    """

    joint: JointModel
    block: int
    scores: CompiledScores
    rows: Approximation

    @property
    def codes(self) -> NDArray[np.int64]:
        """The level of each row."""
        return self.joint.data.codes[self.block]

    @property
    def columns(self) -> Floats:
        """Z of the rows, shape (q, n)."""
        data = self.joint.data
        own = data.terms[data.terms[:, 0] == self.block, 2]
        return np.array([data.columns[c] if c >= 0 else np.ones(self.codes.size) for c in own])

    def sums(self, values: Floats) -> Floats:
        """Return the sums of values over the rows of each level, shape (J,)."""
        return np.bincount(self.codes, values, self.joint.layout.blocks[self.block].n_groups)

    def rest(self, found: Floats) -> tuple[Floats, Floats]:
        """Return linear predictors less the effects of the levels, and their known part, (n,)."""
        layout = self.joint.layout
        others = [p.effects for k, p in enumerate(layout.blocks) if k != self.block]
        kept = np.zeros_like(found)
        for places in (layout.coefficients, *others):
            kept[places] = found[places]
        return tuple(
            predictors(
                self.joint,
                own[layout.coefficients],
                np.concatenate([own[p.effects] for p in layout.blocks]),
            )[0]
            for own in (kept, np.zeros_like(found))
        )


def following_of(
    joint: JointModel, plan: TransportPlan, scores: ScoresOfRows, rows: Approximation, found: Floats
) -> Floats:
    """Return ``TransportData.following``, of no rows where effects hardly follow their sds.

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
    one = len(joint.design.linear_predictors) == 1 and isinstance(scores, CompiledScores)
    if not (one and plan.chain):
        return NOT_FOLLOWING
    levels = _Levels(joint, plan.chain[0], scores, rows)
    place = joint.layout.blocks[levels.block]
    following, information = [], 0.0
    for a in range(place.n_effects):
        sds = found[:, place.sds.start + a]
        middle, ends = float(sds.mean()), np.quantile(sds, [_LOW, _HIGH])
        if not ends[0] < ends[1]:
            return NOT_FOLLOWING
        between = np.log((middle + ends[1]) / (middle + ends[0]))
        low, high = (_moments(levels, _given(found, sds, end)) for end in ends)
        shifts, powers = ((high[i][a] - low[i][a]) / between for i in range(2))
        logs = np.log(0.5 + 0.5 * sds / middle)
        information += logs.var() * (shifts**2 + 2.0 * powers**2).sum()
        following.append(np.concatenate([[middle], powers, shifts]))
    # of rows that are impossible somewhere it is no number
    return np.array(following) if information > _WORTH else NOT_FOLLOWING


def _given(found: Floats, sds: Floats, sd: float) -> Floats:
    """Return where parameters are expected given an sd, by regression among draws, shape (d,)."""
    middle, apart = found.mean(axis=0), sds - sds.mean()
    expected = middle + (sd - sds.mean()) * (apart @ (found - middle)) / (apart @ apart)
    return np.clip(expected, found.min(axis=0), found.max(axis=0))


def _moments(levels: _Levels, found: Floats) -> tuple[Floats, Floats]:
    """Return mean and log sd that the coordinates of the levels have at parameters, (q, J)."""
    rest, offset = levels.rest(found)
    factor = covariance_factor(levels.joint.layout.blocks[levels.block], found)
    columns = factor.T @ levels.columns
    q, weights = len(columns), levels.rows.weights[0, 0]
    inner = np.array([[levels.sums(weights * a * b) for b in columns] for a in columns])
    inner = np.moveaxis(inner, 2, 0) + np.eye(q)
    left = levels.rows.pulls[0] - weights * (rest - offset)
    pulls = np.array([levels.sums(a * left) for a in columns])
    frozen = np.linalg.solve(inner, pulls.T[..., None])[..., 0].T
    v, log_sds = frozen.copy(), np.zeros_like(frozen)
    spread = 1.0 / np.sqrt(np.einsum("jaa->aj", inner))
    for _ in range(_ROUNDS if q > 1 else 1):
        for a, own in enumerate(columns):
            others = rest + sum(columns[b] * v[b][levels.codes] for b in range(q) if b != a)
            mean, log_sds[a] = _along(levels, found, others, own, v[a], spread[a])
            v[a] += mean * spread[a]
    roots = np.linalg.cholesky(inner)
    return np.einsum("jba,bj->aj", roots, v - frozen), log_sds


def _along(
    levels: _Levels, found: Floats, others: Floats, column: Floats, middle: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Return mean and log sd of one v_a of each level, in spreads from its middle, (J,)."""
    further = found[levels.joint.layout.auxiliary]
    slopes = np.empty((_GRID.size, middle.size))
    for slope, t in zip(slopes, _GRID, strict=True):
        v = middle + t * spread
        _, [score] = levels.scores.scores((others + column * v[levels.codes])[None], further)
        slope[:] = spread * (levels.sums(column * score) - v)
    steps = 0.5 * (_GRID[1] - _GRID[0]) * (slopes[1:] + slopes[:-1])
    log_density = np.vstack([np.zeros(middle.size), np.cumsum(steps, axis=0)])
    density = np.exp(log_density - log_density.max(axis=0))
    density /= density.sum(axis=0)
    mean = _GRID @ density
    return mean, 0.5 * np.log((density * (_GRID[:, None] - mean) ** 2).sum(axis=0))
