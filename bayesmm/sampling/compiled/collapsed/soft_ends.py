"""Coordinates in which sds and correlations of few levels have no steep ends.

With few levels the posterior of an sd reaches to where its prior ends it, and on a coordinate that
is its logarithm a half-normal prior ends it like a wall, exp(-exp(2 x)). So does a likelihood that
excludes 0, on the other side, and one that excludes a correlation of 1. The kinds SOFT, HELD and
TANGENT of `kernels.signed` have ends that are quadratic at most; which of them suits an sd depends
on the data, and the density itself says it, at its mode and at the mode without the effect.
"""

import math

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables
from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate
from bayesmm.sampling.compiled.kernels.prior_rows import constrained
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.sampling.compiled.kernels.signed import FOLDED, HELD, SINH, SOFT, TANGENT

__all__ = ["softened", "with_folded_sds"]

type Floats = NDArray[np.float64]

# By so much the log density of an sd is lower at 0, from which on no draw of 4,000 comes there.
_EXCLUDED = 10.0
# An sd is clear of the error of the levels' own estimates from so many times this error on; a
# correlation of sds that are has a wall at 1.
_CLEAR = 5.0
_FAR = 5.0  # in logarithms
_STEPS, _SHRINKINGS, _LONGEST, _NEAR = 40, 12, 2.0, 1e-3
# Levels from which on sds are folded. Of 40 and 48 (`subjects_by_items`) on the signed line a seed
# of 16 had divergences; folded, none of 8, and as many effective draws. Of 12 to 21 the smallest
# bulk ESS per gradient was 1.04 to 1.5 times as large, that of the tails .8 times.
_MANY = 31
# Root mean square of x at J = 1: sqrt(2 Gamma(3/4) / Gamma(1/4)).
_FOLD = math.sqrt(2.0 * math.gamma(0.75) / math.gamma(0.25))
# Where priors that end like a normal, or as exponentials, begin to end an sd.
_REACH = {
    PRIOR_CODES["HalfNormal"]: lambda sigma, _: sigma,
    PRIOR_CODES["Exponential"]: lambda rate, _: 1.0 / rate,
    PRIOR_CODES["Normal"]: lambda mu, sigma: abs(mu) + sigma,
    PRIOR_CODES["Laplace"]: lambda mu, b: abs(mu) + b,
}


def softened(density: CompiledDensity, tables: PriorTables) -> PriorTables:
    """Return the tables, of a density that has their coordinates, on some without steep ends."""
    coordinates, scores = tables.coordinates.copy(), tables.scores.copy()
    x = _mode(density, density.start, np.ones(density.dimension, dtype=bool))
    top = evaluate(density, x)[0]
    # the scales were made with a guess of sigma that counts the effects, too
    sigma, guess = (constrained(tables.positive[0], at[0]) for at in (x, density.start))
    errors = tables.coordinates[:, 1] * float(sigma / guess)
    for k in np.flatnonzero(tables.coordinates[:, 0] == SINH):
        # of the density of the sd itself, not of its coordinate
        worth = top - np.log(np.cosh(x[k])) - _best_at(density, x, k, 0.0)
        size = tables.coordinates[k, 1] * np.sinh(abs(x[k]))
        code, first, second = tables.positive[k, :3]
        reach = _REACH[int(code)](first, second) if int(code) in _REACH else 0.0
        if worth > _EXCLUDED:
            coordinates[k] = HELD, size, max(reach, size) if reach else 0.0
        elif reach:
            coordinates[k] = SOFT, min(errors[k], reach), reach
        else:
            coordinates[k] = SINH, errors[k], 0.0
    for k, (first, width, _) in enumerate(tables.corr):
        own = np.arange(1 + first, 1 + first + width)
        if tables.bases[first, first] > 0.0:
            # logarithms, of effects of which one may be 0 although those of the formula are not
            lower = (top - _FAR - _best_at(density, x, k, x[k] - _FAR) for k in own)
            known = all(worth > _EXCLUDED for worth in lower)
        else:
            clear = coordinates[own, 1] > _CLEAR * errors[own]
            known = bool((clear & (coordinates[own, 0] == HELD)).all())
        if known:
            scores[k] = TANGENT
    return tables._replace(coordinates=coordinates, scores=scores)


def with_folded_sds(plan: Plan, tables: PriorTables, fewest: int = _MANY) -> PriorTables:
    """Return the tables with sds of many levels folded onto the line, see `kernels.folded`.

    On s = s0 sinh x, s0 the error of the levels' own estimates, J of them tell of an sd of 0 as
    exp(-J x^4 / 4), whose root mean square is the scale. An sd that many levels keep just off 0 has
    two hills on the signed line, one for each sign, and sides that are steep beside their distance;
    folded it has one. An sd far from 0 keeps its coordinate but for a scale. With fewer levels than
    `fewest` the hills are one, and signed coordinates have more effective draws of the ends; not
    where s0 is of rows whose sigmas are far apart.
    """
    coordinates = tables.coordinates.copy()
    levels = np.concatenate([np.full(f.Z.shape[1], f.n_groups) for f in plan.factors] or [[]])
    for k, J in enumerate(levels, 1):
        if fewest <= J and coordinates[k, 0] == SINH:
            coordinates[k] = FOLDED, coordinates[k, 1], _FOLD * J**-0.25
    return tables._replace(coordinates=coordinates)


def _best_at(density: CompiledDensity, x: Floats, k: int, value: float) -> float:
    """Return the largest log density with one coordinate at a value; `x` is near the others."""
    start = x.copy()
    start[k] = value
    return evaluate(density, _mode(density, start, np.arange(len(x)) != k))[0]


def _mode(density: CompiledDensity, x: Floats, free: NDArray[np.bool_]) -> Floats:
    """Return about where the density is largest, by BFGS steps in the free coordinates.

    SciPy's search wakes the threads of LAPACK at each step: .3 s on a busy machine, for the 3 ms
    of its 40 evaluations.
    """

    def at(point: Floats) -> tuple[float, Floats]:
        value, gradient = evaluate(density, point)
        return value, np.where(free, gradient, 0.0)

    value, gradient = at(x)
    inverse = np.eye(len(x))
    for _ in range(_STEPS):
        step = inverse @ gradient
        gain = float(step @ gradient)
        if not gain > _NEAR:
            break
        step *= min(1.0, _LONGEST / np.abs(step).max())
        for _ in range(_SHRINKINGS):
            new_value, new_gradient = at(x + step)
            if new_value > value:
                break
            step *= 0.4
        else:
            break
        change = gradient - new_gradient
        x, value, gradient = x + step, new_value, new_gradient
        bend = float(step @ change)
        if bend > 0.0:
            side = np.eye(len(x)) - np.outer(step, change) / bend
            inverse = side @ inverse @ side.T + np.outer(step, step) / bend
    return x
