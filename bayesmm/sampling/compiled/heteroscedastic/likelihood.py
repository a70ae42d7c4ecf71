"""The integrated likelihood as the rows of the driver of the transported density.

The driver calls the rows of a family with the linear predictors of a chunk, and what it cannot
give them (that is of all cells at once) is in its scratch: the further parameters it passes are
part of that, so the rest is found from their address. The driver's own rows are none: linear
predictors, and the way back to coefficients and effects, are taken here, for all chunks.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import scale_precision
from bayesmm.sampling.compiled.heteroscedastic.cells import (
    cells_backward,
    cells_forward,
    room_for_groups,
)
from bayesmm.sampling.compiled.heteroscedastic.covariance import (
    effect_covariance,
    effect_covariance_backward,
)
from bayesmm.sampling.compiled.heteroscedastic.data import SharedField, cells_behind
from bayesmm.sampling.compiled.kernels.arena import close_arena, open_arena, take, take_zeros
from bayesmm.sampling.compiled.kernels.chunks import CHUNK, predictors_of_chunk, pull_back
from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare, intrinsic
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.transport_data import (
    TransportSpace,
    space_of,
    transport_of_table,
)

__all__ = ["cell_likelihood", "known_effects", "likelihood_code", "responses"]

_BLOCK = SharedField.BLOCK
_OF_SIGMA = SharedField.OF_SIGMA
_OF_MU = SharedField.OF_MU
_FIRST = SharedField.FIRST
_LEVELS = BlockField.LEVELS
_VALUES = BlockField.VALUES_AT

# Where the place of the scalars begins in the places of `TransportSpace`.
_SCALARS = 3 * TransportSpace._fields.index("scalars")


@intrinsic
def _before(_typing, pointer, count):
    """Return the address so many numbers before another."""

    def generate(context, builder, signature, arguments):
        n = context.cast(builder, arguments[1], signature.args[1], signature.args[1])
        return builder.gep(arguments[0], [builder.neg(n)])

    return pointer(pointer, count), generate


@bare
def known_effects(data, covariance, standard, effects):
    """Write the part of the effects of the eliminated factor that those of sigma tell, (q, J)."""
    shared = data.shared
    for a in range(effects.shape[0]):
        for j in range(effects.shape[1]):
            effects[a, j] = 0.0
    for a in range(shared[_OF_MU]):
        for b in range(shared[_OF_SIGMA]):
            scale = covariance.shift[a, b]
            for j in range(effects.shape[1]):
                effects[shared[_FIRST] + a, j] += scale * standard[b, j]


@bare
def cell_likelihood(arena, data, log_sd, coordinates, standard, score, d_coordinates, d_standard):
    """Return log p(y | sigmas, coordinates) + log prior of the coordinates; write derivatives.

    Parameters
    ----------
    data : CellData
        The cells.
    log_sd : array, shape (K,)
        Log sigma of each cell.
    coordinates : array
        Those of the covariance of mu, see `covariance`.
    standard : array, shape (q_sigma, J)
        Standardised effects of sigma that effects of mu are correlated with.
    score, d_coordinates, d_standard : array
        Overwritten: derivatives in the three.
    """
    q, J, shared = data.R.shape[1], data.levels.size, data.shared
    covariance, log_density = effect_covariance(arena, data, coordinates)
    parts = covariance.parts
    precision = take(arena, data.priors.precision.shape)
    scale_precision(data.priors, parts.values, precision)
    known, d_known = take(arena, (q, J)), take_zeros(arena, (q, J))
    known_effects(data, covariance, standard, known)
    groups = room_for_groups(arena, data)
    own, quad = cells_forward(arena, data, log_sd, known, parts.Lam, precision, groups)
    d_precision, dL = take(arena, precision.shape), take_zeros(arena, parts.L.shape)
    d_log = take_zeros(arena, parts.values.shape)
    d_shift = take_zeros(arena, covariance.shift.shape)
    cells_backward(
        arena,
        data,
        log_sd,
        known,
        parts,
        precision,
        groups,
        quad,
        d_precision,
        dL,
        score,
        d_known,
    )
    for b in range(shared[_OF_SIGMA]):
        for j in range(J):
            d_standard[b, j] = 0.0
        for a in range(shared[_OF_MU]):
            pull = 0.0
            for j in range(J):
                derivative = d_known[shared[_FIRST] + a, j]
                pull += derivative * standard[b, j]
                d_standard[b, j] += derivative * covariance.shift[a, b]
            d_shift[a, b] = pull
    log_density += own
    return log_density + effect_covariance_backward(
        arena, data, covariance, d_precision, dL, d_shift, d_log, d_coordinates
    )


@bare
def _standardised(data, space, C, standard):
    """Write w = C^-1 v of the effects of sigma that are correlated with those of mu."""
    block = data.predictor.blocks[data.shared[_BLOCK]]
    J, at = block[_LEVELS], block[_VALUES]
    for b in range(standard.shape[0]):
        for j in range(J):
            s = space.values[at + b * J + j]
            for k in range(b):
                s -= C[b, k] * standard[k, j]
            standard[b, j] = s / C[b, b]


@bare
def _standardised_backward(data, space, C, dC, standard, d_standard):
    """Take the derivatives in w to those in v and in C."""
    block = data.predictor.blocks[data.shared[_BLOCK]]
    J, at = block[_LEVELS], block[_VALUES]
    for b in range(standard.shape[0] - 1, -1, -1):
        for j in range(J):
            derivative = d_standard[b, j] / C[b, b]
            space.d_values[at + b * J + j] += derivative
            for k in range(b):
                d_standard[k, j] -= C[b, k] * derivative
            for k in range(b + 1):
                dC[b, k] -= derivative * standard[k, j]


def likelihood(table, _first, _n, _eta, _work, scalars, _d_scalars):
    """Return the log likelihood; add its derivatives to those in the driver's scratch."""
    data, frozen = cells_behind(table), transport_of_table(table)
    predictor, shared = data.predictor, data.shared
    first = predictor.sizes[1]
    space = space_of(_before(scalars, frozen.space[_SCALARS] + first), frozen.space)
    arena = open_arena()
    K, of_sigma, width = data.rows.size, shared[_OF_SIGMA], space.C.shape[1]
    chunks = (predictor.sizes[0] + CHUNK - 1) // CHUNK
    by_row, log_sd, score = take(arena, (K,)), take(arena, (K,)), take(arena, (K,))
    for chunk in range(chunks):
        n = predictors_of_chunk(predictor, chunk, space.scalars, space.values, space.eta)
        for i in range(n):
            by_row[chunk * CHUNK + i] = space.eta[0, i]
    for c in range(K):
        log_sd[c] = by_row[data.rows[c]]
    J = data.levels.size if of_sigma > 0 else 0
    standard, d_standard = take(arena, (of_sigma, J)), take(arena, (of_sigma, J))
    at = shared[_BLOCK] * width
    if of_sigma > 0:
        _standardised(data, space, space.C[at : at + width], standard)
    coordinates, d_scalars = space.scalars[first:], space.d_scalars[first:]
    d_coordinates = take(arena, coordinates.shape)
    log_density = cell_likelihood(
        arena, data, log_sd, coordinates, standard, score, d_coordinates, d_standard
    )
    if not math.isfinite(log_density):
        close_arena(arena)
        return math.nan
    for k in range(d_coordinates.size):
        d_scalars[k] += d_coordinates[k]
    if of_sigma > 0:
        _standardised_backward(
            data,
            space,
            space.C[at : at + width],
            space.dC[at : at + width],
            standard,
            d_standard,
        )
    for c in range(K):
        by_row[data.rows[c]] = score[c]
    for chunk in range(chunks):
        n = min(CHUNK, predictor.sizes[0] - chunk * CHUNK)
        for i in range(n):
            space.eta[0, i] = by_row[chunk * CHUNK + i]
        pull_back(predictor, chunk, n, space.eta, space.work[0], space.d_scalars, space.d_values)
    close_arena(arena)
    return log_density


def responses(y, _w, _trials):
    """Return what tells the rows of the driver's model apart: which cell each is."""
    return Responses((y,), np.empty(0), "same")


def likelihood_code() -> int:
    """Return the C address of `likelihood`: compiled, or loaded, when it is first asked for."""
    return c_address("heteroscedastic_likelihood", ROWS_SIGNATURE, lambda: likelihood)
