"""Linear predictor of a chunk of rows, and the way back to level values and coefficients."""

import numba

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.reductions import halved_sum, run_sum

__all__ = ["CHUNK", "linear_predictor", "pull_back"]

# Rows at a time: a few arrays of this length stay in the first-level cache.
CHUNK = 1024

_RUNS = BlockField.RUNS
_LEVELS = BlockField.LEVELS


@numba.njit(cache=True, error_model="numpy")
def linear_predictor(data, chunk, coefficients, values, eta):
    """Write eta of the rows of a chunk into the first entries of `eta`; return their number.

    Parameters
    ----------
    data : JointData
        The rows.
    chunk : int
        Rows ``chunk * CHUNK`` and on.
    coefficients : array
        Common coefficients.
    values : array
        Level values of every effect of every block.
    eta : array, shape (CHUNK,)
        Overwritten.
    """
    first = chunk * CHUNK
    n = min(CHUNK, data.sizes[0] - first)
    if data.sizes[4] >= 0:
        offset = data.columns[data.sizes[4], first : first + n]
        for i in range(n):
            eta[i] = offset[i]
    else:
        for i in range(n):
            eta[i] = 0.0
    for r in range(data.row_coefficients.shape[0]):
        coefficient = coefficients[data.row_coefficients[r, 0]]
        c = data.row_coefficients[r, 1]
        if c < 0:
            for i in range(n):
                eta[i] += coefficient
        else:
            column = data.columns[c, first : first + n]
            for i in range(n):
                eta[i] += coefficient * column[i]
    for t in range(data.terms.shape[0]):
        k, at = data.terms[t, 0], data.terms[t, 1]
        value = values[at : at + data.blocks[k, _LEVELS]]
        if data.blocks[k, _RUNS]:
            _add_runs(data, chunk, n, k, data.terms[t, 2], value, eta)
        else:
            _add_levels(data, chunk, n, k, data.terms[t, 2], value, eta)
    return n


@numba.njit(cache=True, error_model="numpy")
def _add_runs(data, chunk, n, k, c, value, eta):
    """Add an effect of block `k`, times column `c` (ones if -1), run by run."""
    first = chunk * CHUNK
    for u in range(data.run_starts[k, chunk], data.run_starts[k, chunk + 1]):
        a = value[data.runs[u, 2]]
        start, stop = data.runs[u, 0] - first, data.runs[u, 1] - first
        if c < 0:
            for i in range(start, stop):
                eta[i] += a
        else:
            column = data.columns[c, first : first + n]
            for i in range(start, stop):
                eta[i] += a * column[i]


@numba.njit(cache=True, error_model="numpy")
def _add_levels(data, chunk, n, k, c, value, eta):
    """Add an effect of block `k`, times column `c` (ones if -1), row by row."""
    first = chunk * CHUNK
    codes = data.codes[k, first : first + n]
    if c < 0:
        for i in range(n):
            eta[i] += value[codes[i]]
    else:
        column = data.columns[c, first : first + n]
        for i in range(n):
            eta[i] += value[codes[i]] * column[i]


@numba.njit(cache=True, error_model="numpy")
def pull_back(data, chunk, n, score, work, d_coefficients, d_values):
    """Add what the scores d log p / d eta of a chunk give to coefficients and level values.

    Parameters
    ----------
    data, chunk
        As in `linear_predictor`.
    n : int
        Number of rows of the chunk.
    score : array, shape (CHUNK,)
        Derivatives with respect to eta.
    work : array, shape (CHUNK,)
        Overwritten.
    d_coefficients, d_values : array
        Added to.
    """
    first = chunk * CHUNK
    for r in range(data.row_coefficients.shape[0]):
        c = data.row_coefficients[r, 1]
        if c < 0:
            for i in range(n):
                work[i] = score[i]
        else:
            column = data.columns[c, first : first + n]
            for i in range(n):
                work[i] = score[i] * column[i]
        d_coefficients[data.row_coefficients[r, 0]] += halved_sum(work, n)
    for t in range(data.terms.shape[0]):
        k = data.terms[t, 0]
        at = data.terms[t, 1]
        derivative = d_values[at : at + data.blocks[k, _LEVELS]]
        c = data.terms[t, 2]
        product = score
        if c >= 0:
            column = data.columns[c, first : first + n]
            for i in range(n):
                work[i] = score[i] * column[i]
            product = work
        if data.blocks[k, _RUNS]:
            for u in range(data.run_starts[k, chunk], data.run_starts[k, chunk + 1]):
                derivative[data.runs[u, 2]] += run_sum(
                    product, data.runs[u, 0] - first, data.runs[u, 1] - first
                )
        else:
            codes = data.codes[k, first : first + n]
            for i in range(n):
                derivative[codes[i]] += product[i]
