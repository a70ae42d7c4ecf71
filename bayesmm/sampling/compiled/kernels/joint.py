"""The joint log density of a mixed model and its gradient, for any family.

log p = sum_i log p(y_i | eta_i, aux) + sum_k log p(v_k | Sigma_k) + log priors + log Jacobians,
up to constants, as a function of coordinates x on the whole line:

coefficients (the intercept first, of the centred design) | auxiliary parameters |
per block: sds (q), partial correlations (q (q - 1) / 2 when correlated), effects v (q, J)
"""

from bayesmm.sampling.compiled.kernels.blocks import (
    block_forward,
    centred_backward,
    covariance_backward,
    covariance_forward,
    noncentred_backward,
)
from bayesmm.sampling.compiled.kernels.chunks import log_density_of_chunks
from bayesmm.sampling.compiled.kernels.data import BlockField, data_of_table
from bayesmm.sampling.compiled.kernels.decov import add_decov
from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.nested import nested_backward, nested_forward
from bayesmm.sampling.compiled.kernels.pointers import finish_density, floats
from bayesmm.sampling.compiled.kernels.priors import DECOV, prior_of_parameter
from bayesmm.sampling.compiled.kernels.reductions import dot, run_sum
from bayesmm.sampling.compiled.kernels.thresholds import threshold_priors
from bayesmm.sampling.compiled.kernels.workspace import allocate, release, workspace_in

__all__ = ["joint_density"]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_CENTRED = BlockField.CENTRED
_V = BlockField.EFFECTS_AT
_VALUES = BlockField.VALUES_AT
_SDS = BlockField.SDS
_PRIOR = BlockField.PRIOR
_SHIFTED = BlockField.SHIFTED
_SHIFTS = BlockField.SHIFTS
_SHIFT_WEIGHTS = BlockField.SHIFT_WEIGHTS
_OUTER = BlockField.OUTER
_TURN = BlockField.TURN


@merged
def _scalars_forward(data, x, out, scalars, slopes):
    """Fill coefficients and auxiliary parameters; return their log prior, write its gradient."""
    log_density = 0.0
    for i in range(data.sizes[1] + data.sizes[2]):
        value, slope, log_prior, gradient = prior_of_parameter(data.priors[i], x[i])
        scalars[i] = value
        slopes[i] = slope
        log_density += log_prior
        out[i] = gradient
    # Carried slopes act on uncentred columns: the intercept takes the difference.
    if data.sizes[3]:
        for i in range(1, data.sizes[1]):
            scalars[0] -= data.centres[i] * scalars[i]
    return log_density


@merged
def _scalars_backward(data, slopes, d_scalars, out):
    """Add the derivatives with respect to coefficients and auxiliary parameters to `out`."""
    if data.sizes[3]:
        for i in range(1, data.sizes[1]):
            d_scalars[i] -= data.centres[i] * d_scalars[0]
    for i in range(data.sizes[1] + data.sizes[2]):
        out[i] += d_scalars[i] * slopes[i]


@merged
def _thresholds(data, x, out, space):
    """Return the log prior of the thresholds, 0 where there are none; add its gradient."""
    if data.thresholds.shape[0] == 0:
        return 0.0
    first, stop = data.sizes[1], data.sizes[1] + data.sizes[2]
    for i in range(stop):
        space.d_scalars[i] = 0.0
    space.scalars[0] = x[0]  # of the centred design
    log_density = threshold_priors(data.thresholds, first, space.scalars, space.d_scalars)
    out[0] += space.d_scalars[0]
    for i in range(first, stop):
        out[i] += space.d_scalars[i] * space.slopes[i]
    return log_density


@merged
def _decov(data, block, sds, scalars, d_scalars, out):
    """Return the log Decov prior of the sds of a block, 0 when they have another."""
    row = data.priors[block[_PRIOR]]
    if row[0] != DECOV:
        return 0.0
    at = data.sizes[5]
    dispersion = scalars[at] if at >= 0 else 1.0
    log_density, pull = add_decov(row, sds, dispersion, out[block[_SDS] :])
    if at >= 0:
        d_scalars[at] += pull / dispersion
    return log_density


@merged
def _own(rows, k):
    """Return the k-th square matrix of those that stand one below the other."""
    q = rows.shape[1]
    return rows[k * q : (k + 1) * q]


@merged
def _two(rows, k):
    """Return the k-th pair of rows."""
    return rows[2 * k : 2 * k + 2]


@merged
def _clear(matrix):
    """Make a matrix zero."""
    for a in range(matrix.shape[0]):
        for b in range(matrix.shape[1]):
            matrix[a, b] = 0.0


@merged
def _effects_forward(data, x, out, space):
    """Fill the level values of all blocks; return the log prior of the sds."""
    log_density = 0.0
    scalars, scales, mean, values = space.scalars, space.scales, space.mean, space.values
    for c in range(data.carried.shape[0]):
        coefficient, at = scalars[data.carried[c, 0]], data.carried[c, 2]
        weight = data.carried[c, 3]
        for j in range(data.carried[c, 4]):
            mean[at + j] += coefficient * data.weights[weight + j]
    shift = 0.0
    for k in range(data.blocks.shape[0]):
        block = data.blocks[k]
        log_density += covariance_forward(
            block, data.priors, x, out, _own(space.L, k), _own(space.Lam, k), _two(scales, k)
        )
        log_density += _decov(data, block, scales[2 * k], scalars, space.d_scalars, out)
        if block[_SHIFTS] >= 0:
            first = block[_V] + block[_SHIFTS] * block[_J]
            shift += dot(x, first, data.weights, block[_SHIFT_WEIGHTS], block[_J])
    for turn in range(data.blocks.shape[0]):
        k = data.blocks[turn, _TURN]
        block = data.blocks[k]
        n, at = block[_Q] * block[_J], block[_VALUES]
        v, m, value = x[block[_V] : block[_V] + n], mean[at : at + n], values[at : at + n]
        for link in data.links:
            if link[0] == k:
                for j in range(n):
                    m[j] += values[link[1] + data.maps[link[2] + j]]
        block_forward(block, v, _own(space.Lam, k), m, shift, value)
        if block[_OUTER] >= 0:
            sds = scales[2 * k, 0], scales[2 * block[_OUTER], 0]
            nested_forward(block, data.maps, v, sds[0], sds[1], m, value, space.nested)
    return log_density


@merged
def _effects_backward(data, x, out, space):
    """Return the log density of effects and correlations; write the gradient of all blocks."""
    log_density = 0.0
    d_shift = 0.0
    scales, dLam = space.scales, space.dLam
    mean, values, d_mean, d_values = space.mean, space.values, space.d_mean, space.d_values
    for turn in range(data.blocks.shape[0] - 1, -1, -1):
        k = data.blocks[turn, _TURN]
        block = data.blocks[k]
        n, at, v_at = block[_Q] * block[_J], block[_VALUES], block[_V]
        dv, d_value, d_m = out[v_at : v_at + n], d_values[at : at + n], d_mean[at : at + n]
        v, m, value = x[v_at : v_at + n], mean[at : at + n], values[at : at + n]
        L, Lam = _own(space.L, k), _own(space.Lam, k)
        _clear(dLam)
        if block[_OUTER] >= 0:
            outer = data.blocks[block[_OUTER]]
            sds = scales[2 * k, 0], scales[2 * block[_OUTER], 0]
            log_prior, d_inner, d_outer = nested_backward(
                block, data.maps, v, sds[0], sds[1], value, m, d_value, d_m, dv, space.nested
            )
            log_density += log_prior
            dLam[0, 0] = d_inner / sds[0]
            out[outer[_SDS]] += d_outer / sds[1] * scales[2 * block[_OUTER] + 1, 0]
        else:
            log_density += noncentred_backward(block, v, Lam, d_value, d_m, dv, dLam)
            log_density += centred_backward(block, Lam, value, m, d_value, d_m, dv, dLam)
        log_density += covariance_backward(block, data.lkj[k], L, dLam, _two(scales, k), out)
        for link in data.links:
            if link[0] == k:
                for j in range(n):
                    d_values[link[1] + data.maps[link[2] + j]] += d_m[j]
        if block[_SHIFTED] >= 0:
            first = block[_SHIFTED] * block[_J]
            d_shift -= run_sum(dv, first, first + block[_CENTRED])
    for k in range(data.blocks.shape[0]):
        block = data.blocks[k]
        if block[_SHIFTS] >= 0:
            first = block[_V] + block[_SHIFTS] * block[_J]
            for j in range(block[_J]):
                out[first + j] += d_shift * data.weights[block[_SHIFT_WEIGHTS] + j]
    for c in range(data.carried.shape[0]):
        at, n = data.carried[c, 2], data.carried[c, 4]
        space.d_scalars[data.carried[c, 0]] += dot(d_mean, at, data.weights, data.carried[c, 3], n)
    return log_density


@merged
def _evaluate(data, table, x, out, space):
    """Return the log density; write its gradient into `out`."""
    for i in range(space.d_scalars.size):
        space.d_scalars[i] = 0.0
    for j in range(space.values.size):
        space.mean[j] = 0.0
        space.d_values[j] = 0.0
    log_density = _scalars_forward(data, x, out, space.scalars, space.slopes)
    log_density += _effects_forward(data, x, out, space)
    log_density += log_density_of_chunks(data, table, space, space.values)
    log_density += _effects_backward(data, x, out, space)
    _scalars_backward(data, space.slopes, space.d_scalars, out)
    return log_density + _thresholds(data, x, out, space)


def joint_density(dimension, x_pointer, gradient_pointer, log_pointer, table):
    """Evaluate the joint density through the C interface; return 0 or the kind of failure.

    Its arguments are those of `pointers.DENSITY_SIGNATURE`; the likelihood of the rows is behind
    an address in the table, see `rows`.
    """
    data = data_of_table(table)
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    memory = allocate(data.workspace[-1])
    space = workspace_in(memory, data.workspace)
    log_density = _evaluate(data, table, x, out, space)
    release(memory)
    return finish_density(log_density, out, log_pointer)
