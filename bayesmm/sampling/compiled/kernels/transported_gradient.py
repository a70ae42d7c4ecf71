"""The second half of the density in transported coordinates: from the rows to the gradient."""

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.kernels.border import border_backward, border_scores
from bayesmm.sampling.compiled.kernels.border_effects import collect, scatter
from bayesmm.sampling.compiled.kernels.border_rotated import rotated_border_backward
from bayesmm.sampling.compiled.kernels.data import BlockField, data_of_table
from bayesmm.sampling.compiled.kernels.elimination import solve_backward
from bayesmm.sampling.compiled.kernels.elimination_backward import eliminate_backward
from bayesmm.sampling.compiled.kernels.following import followed_backward
from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.levels_alone import level_by_itself_backward
from bayesmm.sampling.compiled.kernels.pointers import GRADIENT_SIGNATURE, floats
from bayesmm.sampling.compiled.kernels.priors import prior_density_and_slope
from bayesmm.sampling.compiled.kernels.shear import shear_backward
from bayesmm.sampling.compiled.kernels.signed_blocks import covariances_backward
from bayesmm.sampling.compiled.kernels.thresholds import threshold_priors
from bayesmm.sampling.compiled.kernels.transport_data import (
    LinkField,
    space_of,
    transport_of_table,
)

__all__ = ["transported_gradient_address"]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_BLOCK = LinkField.BLOCK
_FROZEN = LinkField.FROZEN
_LEFT = LinkField.LEFT
_LINK_EFFECTS = LinkField.EFFECTS_AT
_LINK_VALUES = LinkField.VALUES_AT


@merged
def _standardised_backward(data, frozen, out, space):
    """Write the gradient of all z and the derivatives in C; return the log priors."""
    width = space.C.shape[1]
    chain, m, n_first = frozen.chain, frozen.chain.shape[0], space.solved.shape[0] - data.sizes[1]
    log_density = 0.0
    for t in range(space.solved.shape[0]):
        space.d_natural[t] = 0.0
    alone = frozen.alone.shape[0] > 0
    for i in range(m):
        k = chain[i, _BLOCK]
        C, dC = space.C[k * width : (k + 1) * width], space.dC[k * width : (k + 1) * width]
        if alone:
            level_by_itself_backward(frozen, i, C, dC, space)
        else:
            solve_backward(
                chain,
                i,
                frozen.outer,
                C,
                space.factors,
                space.standard,
                space.d_natural,
                space.d_values,
                space.scores,
                dC,
            )
        at, n = chain[i, _LINK_EFFECTS], data.blocks[k, _Q] * data.blocks[k, _J]
        first = chain[i, _LINK_VALUES]
        for t in range(n):
            out[at + t] = space.scores[first + t]
    log_density += threshold_priors(data.thresholds, data.sizes[1], space.scalars, space.d_scalars)
    rotated = frozen.rotation.shape[0] > 0
    if not rotated:
        collect(
            data, frozen.others, space.C, space.dC, space.solved, space.d_values, space.d_natural
        )
    for c in range(data.sizes[1]):
        row = data.priors[c]
        log_p, slope = prior_density_and_slope(
            int(row[0]), row[1], row[2], row[3], space.scalars[c]
        )
        log_density += log_p
        space.d_natural[n_first + c] += space.d_scalars[c] + slope
    if rotated:
        k = frozen.others[0, 0]
        space.dC[k * width, 0] += rotated_border_backward(
            data.blocks[k],
            frozen.rotation,
            frozen.spectrum,
            frozen.given,
            space.C[k * width, 0],
            space.moved,
            space.solved,
            space.d_natural,
            space.d_values,
            space.border_scores,
            out,
        )
        return log_density
    border_scores(space.factor, frozen.bounds, space.free, space.d_natural, space.border_scores)
    scatter(data, frozen.others, space.border_scores, out)
    border_backward(
        frozen.others,
        data.blocks,
        space.C,
        space.rest,
        space.factor,
        space.product,
        space.solved,
        space.free,
        space.border_scores,
        space.d_factor,
        space.dC,
    )
    for i in range(-1 if alone else m - 1, -1, -1):
        k = chain[i, _BLOCK]
        source, at = frozen.frozen, chain[i, _FROZEN]
        if i > 0:
            source, at = space.left, chain[i, _LEFT]
        eliminate_backward(
            chain,
            i,
            frozen.outer,
            space.C[k * width : (k + 1) * width],
            source,
            at,
            space.d_left,
            space.d_factor,
            space.factors,
            space.natural,
            (space.values, space.standard, space.scores, space.tail, space.small),
            space.dC[k * width : (k + 1) * width],
        )
    return log_density


def transported_gradient_address() -> int:
    """Return the C address of `transported_gradient`, which the density calls."""
    return c_address("transported_gradient", GRADIENT_SIGNATURE, lambda: transported_gradient)


def transported_gradient(dimension, x_pointer, gradient_pointer, memory, table):
    """Write the gradient through the C interface; return what it adds to the log density.

    `memory` is the `TransportSpace` that the density has filled.
    """
    data, frozen = data_of_table(table), transport_of_table(table)
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    space = space_of(memory, frozen.space)
    log_density = _standardised_backward(data, frozen, out, space)
    log_density += covariances_backward(data, space.moved, out, space.L, space.dC, space.scales)
    for i in range(data.sizes[1], data.sizes[1] + data.sizes[2]):
        out[i] += space.d_scalars[i] * space.slopes[i]
    if frozen.following.shape[0] > 0:
        followed_backward(
            frozen.chain[0], frozen.following, space.scales, data.blocks, x, space.stretch, out
        )
    shear_backward(frozen.shear, frozen.leading, x, out)
    return log_density
