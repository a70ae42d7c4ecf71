"""From coordinates to group effects, as `kernels.blocks` and `kernels.nested` do it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.block_table import shift_weights
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.nesting import outer_levels, ranks_in_groups

__all__ = ["level_effects"]

type Floats = NDArray[np.float64]

# Per block an array (..., q, J) of effects or coordinates, (..., q) of sds, and the Cholesky
# factor (..., q, q) of the correlation matrix of a correlated block.
type Arrays = Sequence[Floats]
type Factors = Sequence[Floats | None]


def level_effects(
    model: JointModel, coefficients: Floats, coordinates: Arrays, sds: Arrays, factors: Factors
) -> list[Floats]:
    """Return the effects of all blocks, levels in the order of the coordinates.

    `coefficients`, (..., coefficients), are of the centred design; the rest is per block, see
    above.
    """
    geometry = model.geometry
    shift = _shift(model, coordinates)
    effects: list[Floats] = [np.empty(0)] * len(coordinates)
    values: list[Floats | None] = [None] * len(coordinates)
    for k in geometry.nesting.order:
        v, n = coordinates[k], geometry.centred[k]
        mean = _mean(model, coefficients, k, v, values)
        own = v.copy() if factors[k] is None else factors[k] @ v
        own *= sds[k][..., None]
        if n > 0 and v.shape[-1] > 0:
            own[..., :n] = v[..., :n]
            if mean is not None:
                own[..., :n] -= mean[..., :n]
            if geometry.shifted is not None and geometry.shifted[0] == k:
                own[..., geometry.shifted[1], :n] -= shift
        outer = geometry.nesting.outer[k]
        if outer is not None:
            _fill_nested(model, k, v, sds[k], sds[outer], own)
        effects[k] = own
        if any(k in on for on in geometry.nesting.rests_on):
            values[k] = own if mean is None else own + mean
    return effects


def _mean(
    model: JointModel, coefficients: Floats, k: int, like: Floats, values: list[Floats | None]
) -> Floats | None:
    """Return the part of the level values that is not effects, or None where it is not needed."""
    design, geometry = model.inside, model.geometry
    needed = geometry.centred[k] > 0 or any(k in on for on in geometry.nesting.rests_on)
    carried = [c for c in geometry.carried if c.block == k]
    rests_on = geometry.nesting.rests_on[k]
    if not needed or not (carried or rests_on):
        return None
    mean = np.zeros_like(like)
    for c in carried:
        value = coefficients[..., c.coefficient]
        if design.mu.intercept and c.coefficient == 0:
            value = value - sum(
                o.centre * coefficients[..., o.coefficient] for o in geometry.carried
            )
        mean[..., c.effect, :] += np.asarray(value)[..., None] * c.weights
    for m in rests_on:
        mean += values[m][..., outer_levels(design.blocks[k], design.blocks[m])]
    return mean


def _shift(model: JointModel, coordinates: Arrays) -> Floats:
    """Return what the centred levels of the shifted effect are less, shape (..., 1)."""
    geometry = model.geometry
    parts = [
        coordinates[k][..., a, :] @ shift_weights(model.inside, geometry, k)
        for k, a in geometry.shifting
    ]
    return np.asarray(sum(parts, np.zeros(())))[..., None]


def _fill_nested(
    model: JointModel, k: int, v: Floats, inner: Floats, outer: Floats, own: Floats
) -> None:
    """Overwrite the sums of effects of the levels of block `k` that are not centred."""
    first, J = model.geometry.centred[k], own.shape[-1]
    if first == J:
        return
    blocks = model.inside.blocks
    groups = outer_levels(blocks[k], blocks[model.geometry.nesting.outer[k]])
    # per level b_k and c_k of `kernels.nested`
    slope = outer**2 / (inner**2 + ranks_in_groups(groups) * outer**2)
    scale = inner * np.sqrt(1.0 + slope)
    sums = np.zeros((*own.shape[:-2], groups.max() + 1))
    for j in range(J):
        g = groups[j]
        if j >= first:
            own[..., 0, j] = slope[..., j] * sums[..., g] + scale[..., j] * v[..., 0, j]
        sums[..., g] += own[..., 0, j]
