"""The integrated likelihood as the rows of the driver of the transported density.

The driver calls the rows of a family with the linear predictors of a chunk, and what it cannot
give them (that is of all cells at once) is in its scratch: the further parameters it passes are
part of that, so the rest is found from their address. The driver's own rows are none: linear
predictors, and the way back to coefficients and effects, are taken here, for all chunks. What is
between the two is a C function of its own, which tells the scores of the cells elsewhere, too.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.heteroscedastic.conditional import (
    SCORES_WORDS,
    CellScores,
    write_scores,
)
from bayesmm.sampling.compiled.heteroscedastic.data import SharedField, cells_behind
from bayesmm.sampling.compiled.kernels.arena import close_arena, open_arena, take
from bayesmm.sampling.compiled.kernels.chunks import CHUNK, predictors_of_chunk, pull_back
from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare, intrinsic
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE, address_of, call_table
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.transport_data import (
    TransportSpace,
    space_of,
    transport_of_table,
)

__all__ = ["likelihood_code", "responses"]

_BLOCK = SharedField.BLOCK
_OF_SIGMA = SharedField.OF_SIGMA
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
    J = data.starts.size - 1 if of_sigma > 0 else 0
    standard, d_standard = take(arena, (of_sigma, J)), take(arena, (of_sigma, J))
    at = shared[_BLOCK] * width
    if of_sigma > 0:
        _standardised(data, space, space.C[at : at + width], standard)
    coordinates, d_scalars = space.scalars[first:], space.d_scalars[first:]
    value, d_coordinates = take(arena, (1,)), take(arena, coordinates.shape)
    memory = address_of(take(arena, (SCORES_WORDS,)))
    filled = value, score, d_coordinates, d_standard
    write_scores(memory, CellScores(data, log_sd, coordinates, standard, *filled))
    call_table(data.scores, memory)
    log_density = value[0]
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
