"""The joint log density in transported coordinates, and its gradient, for any family.

Coefficients and effects are standardised, given sds and correlations, by the posterior of the
linear model that the rows look like (`TransportData`); the density is that of the model itself,

log p = sum_i log p(y_i | eta_i, aux) + log p(coefficients, aux, sds, correlations)
        - sum v'v / 2 - log |K| + log Jacobians,

up to constants. Coordinates are laid out as in `joint`: z of the coefficients, auxiliary
parameters, and per block sds (`folded`), normal scores of the partial correlations (`signed`),
and z of the effects, (q, J). What moves with another parameter (an intercept with the share of
counts, or with an sd) is measured from where it is expected given that one (`shear`).
The way back to the gradient is a C function of its own, `transported_gradient`.

References
----------
Osmundsen, Kleppe and Liesenfeld (2021), doi:10.1080/10618600.2021.1923519.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.border import (
    factor_border,
    solve_border,
)
from bayesmm.sampling.compiled.kernels.border_effects import gather, spread
from bayesmm.sampling.compiled.kernels.border_rotated import rotated_border
from bayesmm.sampling.compiled.kernels.chunks import log_density_of_chunks
from bayesmm.sampling.compiled.kernels.data import BlockField, data_of_table
from bayesmm.sampling.compiled.kernels.elimination import eliminate_link, solve
from bayesmm.sampling.compiled.kernels.following import followed
from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.levels_alone import level_by_itself
from bayesmm.sampling.compiled.kernels.pointers import (
    address_of,
    call_gradient,
    finish_density,
    floats,
)
from bayesmm.sampling.compiled.kernels.priors import prior_of_parameter
from bayesmm.sampling.compiled.kernels.reductions import dot
from bayesmm.sampling.compiled.kernels.shear import sheared
from bayesmm.sampling.compiled.kernels.signed_blocks import covariances
from bayesmm.sampling.compiled.kernels.transport_data import (
    CarriedField,
    LinkField,
    space_of,
    transport_of_table,
)
from bayesmm.sampling.compiled.kernels.vectors import add
from bayesmm.sampling.compiled.kernels.workspace import allocate, release

__all__ = ["transported_density"]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_CORRELATED = BlockField.CORRELATED
_SDS = BlockField.SDS
_PARTIALS = BlockField.PARTIALS
_EFFECTS = BlockField.EFFECTS_AT
_VALUES = BlockField.VALUES_AT
_PRIOR = BlockField.PRIOR
_BLOCK = LinkField.BLOCK
_FROZEN = LinkField.FROZEN
_LEFT = LinkField.LEFT
_LINK_EFFECTS = LinkField.EFFECTS_AT
_LINK_VALUES = LinkField.VALUES_AT
_COEFFICIENT = CarriedField.COEFFICIENT
_FIRST = CarriedField.VALUES_AT
_WEIGHTS = CarriedField.WEIGHTS
_LEVELS = CarriedField.LEVELS


@merged
def _standardised(data, frozen, x, space):
    """Fill effects and coefficients; return -v'v / 2 - log |K|, NaN where there is no K."""
    B, width = space.solved.shape[0], space.C.shape[1]
    chain, m = frozen.chain, frozen.chain.shape[0]
    alone = frozen.alone.shape[0] > 0
    if m > 1 and not alone:
        first = chain[1, _FROZEN]
        for t in range(space.left.shape[0]):
            space.left[t] = frozen.frozen[first + t]
    for r in range(B if frozen.rotation.shape[0] == 0 else 0):
        for t in range(r, B + 1):
            space.rest[r, t] = frozen.border[r, t]
    log_det = 0.0
    for i in range(0 if alone else m):
        k = chain[i, _BLOCK]
        C = space.C[k * width : (k + 1) * width]
        source, at = frozen.frozen, chain[i, _FROZEN]
        if i > 0:
            source, at = space.left, chain[i, _LEFT]
        log_det += eliminate_link(
            chain, i, frozen.outer, C, source, at, space.left, space.rest, space.factors
        )
    squares = 0.0
    if frozen.rotation.shape[0] > 0:
        k = frozen.others[0, 0]
        log_det += rotated_border(
            data.blocks[k],
            frozen.rotation,
            frozen.spectrum,
            frozen.given,
            space.C[k * width, 0],
            x,
            space.solved,
            space.natural,
            space.values,
            space.scalars,
        )
    else:
        log_det += factor_border(
            frozen.others,
            data.blocks,
            space.C,
            frozen.precisions,
            frozen.pulls,
            space.rest,
            space.factor,
            space.product,
        )
        if not math.isfinite(log_det):
            return math.nan
        gather(data, frozen.others, x, space.solved)
        log_det -= solve_border(space.factor, frozen.bounds, space.solved, space.free)
        squares += spread(
            data,
            frozen.others,
            space.C,
            space.solved,
            space.natural,
            space.values,
            space.scalars,
        )
    for i in range(m - 1, -1, -1):
        k = chain[i, _BLOCK]
        at, n = chain[i, _LINK_EFFECTS], data.blocks[k, _Q] * data.blocks[k, _J]
        C = space.C[k * width : (k + 1) * width]
        if alone:
            own_det, own_squares = level_by_itself(frozen, i, C, x[at : at + n], space)
            log_det += own_det
            squares += own_squares
        else:
            squares += solve(
                chain,
                i,
                frozen.outer,
                C,
                space.factors,
                x[at : at + n],
                space.natural,
                space.values,
                space.standard,
            )
    return -0.5 * squares - log_det


@merged
def _parameters(data, out, space):
    """Write the parameters in the place of their coordinates."""
    for i in range(data.sizes[1] + data.sizes[2]):
        out[i] = space.scalars[i]
    width = space.C.shape[1]
    for k in range(data.blocks.shape[0]):
        block = data.blocks[k]
        q, at = block[_Q], block[_PARTIALS]
        for a in range(q):
            out[block[_SDS] + a] = space.scales[2 * k, a]
            for b in range(a if block[_CORRELATED] else 0):
                out[at] = space.L[k * width + b, a]
                at += 1
        for t in range(q * block[_J]):
            out[block[_EFFECTS] + t] = space.values[block[_VALUES] + t]


@merged
def _forward(data, frozen, table, coordinates, out, space):
    """Return the log density, less what the way back adds, or write the parameters into `out`."""
    sheared(frozen.shear, frozen.leading, coordinates, space.moved)
    x = space.moved
    for i in range(space.d_scalars.size):
        space.d_scalars[i] = 0.0
    for j in range(space.values.size):
        space.d_values[j] = 0.0
    log_density = 0.0
    for i in range(data.sizes[1], data.sizes[1] + data.sizes[2]):
        value, slope, log_p, gradient = prior_of_parameter(data.priors[i], x[i])
        space.scalars[i], space.slopes[i] = value, slope
        log_density += log_p
        out[i] = gradient
    log_density += covariances(
        data,
        frozen.sds,
        x,
        out,
        space.scalars,
        space.d_scalars,
        space.L,
        space.C,
        space.dC,
        space.scales,
    )
    if frozen.following.shape[0] > 0:
        log_density += followed(frozen.chain[0], frozen.following, space.scales, x, space.stretch)
    log_density += _standardised(data, frozen, x, space)
    if not math.isfinite(log_density):
        return math.nan
    if frozen.modes[0] == 1:
        _parameters(data, out, space)
        return log_density
    for j in range(space.values.size):
        space.levels[j] = space.values[j]
    for c in range(frozen.carried.shape[0]):
        own = frozen.carried[c]
        coefficient = space.scalars[own[_COEFFICIENT]]
        add(space.levels, own[_FIRST], coefficient, frozen.weights, own[_WEIGHTS], own[_LEVELS])
    log_density += log_density_of_chunks(data, table, space, space.levels)
    for c in range(frozen.carried.shape[0]):
        own = frozen.carried[c]
        space.d_scalars[own[_COEFFICIENT]] += dot(
            space.d_values, own[_FIRST], frozen.weights, own[_WEIGHTS], own[_LEVELS]
        )
    return log_density


def transported_density(dimension, x_pointer, gradient_pointer, log_pointer, table):
    """Evaluate through the C interface, as `joint.joint_density`.

    Where parameters are asked for, x may be several positions one after the other.
    """
    data, frozen = data_of_table(table), transport_of_table(table)
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    memory = allocate(frozen.space[-1])
    space = space_of(memory, frozen.space)
    d = frozen.modes[1]
    log_density = 0.0
    for i in range(x.size // d):
        own, own_out = x[i * d : (i + 1) * d], out[i * d : (i + 1) * d]
        log_density = _forward(data, frozen, table, own, own_out, space)
        if frozen.modes[0] == 0 and math.isfinite(log_density):
            log_density += call_gradient(
                frozen.modes[2], np.uint64(d), address_of(own), address_of(own_out), memory, table
            )
    release(memory)
    return finish_density(log_density, out, log_pointer)
