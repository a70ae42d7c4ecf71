"""Which sds are sampled with a sign, as `covariance` explains.

The logarithm suits an sd that is well above zero, with its long right tail; the sign suits one
whose posterior reaches zero. Which it is shows at the mode, for a few milliseconds.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.collapsed.covariance import SIGNED
from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES

__all__ = ["can_be_signed", "find_mode", "reaching_zero", "with_signs"]

# Priors that continue evenly through zero.
_EVEN = frozenset(
    PRIOR_CODES[name] for name in ("HalfFlat", "HalfNormal", "HalfStudentT", "HalfCauchy")
)

# Where an sd counts as zero: e^-7 of its mode.
_NEXT_TO_ZERO = 7.0
# A normal posterior of the sd with mean 4 sd has this drop to zero. Measured: 4.4 and 4.2 (sds of
# slopes by subjects and items), where signs gain 30 % of the smallest ESS; 14 and 30 (sleepstudy)
# and 130 (penicillin), where they lose 20 % and 55 %.
_REACHED = 8.0
_MAX_EVALUATIONS = 60
# Rise of the log density that a further step promises when the mode counts as found.
_ACCURATE = 0.02
_LONGEST_STEP = 1.0


def can_be_signed(tables: PriorTables) -> NDArray[np.int64]:
    """Return the effects whose sd has a prior that continues evenly through zero."""
    rows = tables.positive[1 : 1 + tables.n_effects]
    return np.flatnonzero([int(row[0]) in _EVEN for row in rows])


def with_signs(tables: PriorTables, effects: Collection[int]) -> PriorTables:
    """Return the tables with the sds of `effects` signed, their starting values kept."""
    positive, start = tables.positive.copy(), tables.start.copy()
    for effect in effects:
        positive[1 + effect, 4] = SIGNED
        start[1 + effect] = np.exp(start[1 + effect])
    return replace(tables, positive=positive, start=start)


def reaching_zero(density: CompiledDensity, tables: PriorTables) -> NDArray[np.int64]:
    """Return the effects whose sd has a posterior that reaches zero.

    Those whose log density, on the scale of the sd, is less than `_REACHED` lower next to zero
    than at the mode, the other coordinates as there.

    Parameters
    ----------
    density : CompiledDensity
        With no sd signed.
    tables : PriorTables
        Its priors.
    """
    effects = can_be_signed(tables)
    if not effects.size:
        return effects
    mode, highest = find_mode(density)
    drops = []
    for effect in effects:
        near = mode.copy()
        near[1 + effect] -= _NEXT_TO_ZERO
        # log p(sd) = log p(log sd) - log sd
        drops.append(highest - evaluate(density, near)[0] - _NEXT_TO_ZERO)
    return effects[np.array(drops) < _REACHED]


def find_mode(density: CompiledDensity) -> tuple[NDArray[np.float64], float]:
    """Return the mode by BFGS, to the accuracy of `_ACCURATE`, and its log density.

    Parameters
    ----------
    density : CompiledDensity
        Of few coordinates; at most `_MAX_EVALUATIONS` gradients are used.
    """
    x = density.start
    value, gradient = evaluate(density, x)
    if not np.isfinite(value):
        return x, value
    inverse = np.eye(len(x)) / max(1.0, float(np.linalg.norm(gradient)))
    scale = 1.0
    for k in range(_MAX_EVALUATIONS):
        step = scale * (inverse @ gradient)
        step *= min(1.0, _LONGEST_STEP / float(np.abs(step).max(initial=1e-300)))
        rise = float(gradient @ step)
        if rise < _ACCURATE:
            break
        new_value, new_gradient = evaluate(density, x + step)
        if not new_value > value + 1e-4 * rise:
            scale *= 0.3
            continue
        change = gradient - new_gradient
        curvature = float(change @ step)
        if curvature > 0.0:
            if k == 0:
                inverse = np.eye(len(x)) * (curvature / float(change @ change))
            project = np.eye(len(x)) - np.outer(step, change) / curvature
            inverse = project @ inverse @ project.T + np.outer(step, step) / curvature
        x, value, gradient, scale = x + step, new_value, new_gradient, 1.0
    return x, value
