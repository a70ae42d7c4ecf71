"""The rows chunk by chunk: linear predictor, log density, and the way back to the coefficients."""

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare, merged
from bayesmm.sampling.compiled.kernels.pointers import address_of, call_rows
from bayesmm.sampling.compiled.kernels.reductions import halved_sum, run_sum

__all__ = ["CHUNK", "log_density_of_chunks", "predictors_of_chunk", "pull_back"]

# Rows at a time: a few arrays of this length stay in the first-level cache.
CHUNK = 1024

_RUNS = BlockField.RUNS
_LEVELS = BlockField.LEVELS


@merged
def predictors_of_chunk(data, chunk, coefficients, values, eta):
    """Write the linear predictors of the rows of a chunk into `eta`, (D, CHUNK); return how many.

    They are rows ``chunk * CHUNK`` and on; `values` are the level values of every effect of every
    block.
    """
    first = chunk * CHUNK
    n = min(CHUNK, data.sizes[0] - first)
    for d in range(eta.shape[0]):
        own = eta[d]
        for i in range(n):
            own[i] = 0.0
    for r in range(data.row_coefficients.shape[0]):
        at, c = data.row_coefficients[r, 0], data.row_coefficients[r, 1]
        coefficient = coefficients[at] if at >= 0 else 1.0
        own = eta[data.row_coefficients[r, 2]]
        if c < 0:
            for i in range(n):
                own[i] += coefficient
        else:
            column = data.columns[c, first : first + n]
            for i in range(n):
                own[i] += coefficient * column[i]
    for t in range(data.terms.shape[0]):
        k, at = data.terms[t, 0], data.terms[t, 1]
        value = values[at : at + data.blocks[k, _LEVELS]]
        own = eta[data.terms[t, 3]]
        if data.blocks[k, _RUNS]:
            _add_runs(data, chunk, n, k, data.terms[t, 2], value, own)
        else:
            _add_levels(data, chunk, n, k, data.terms[t, 2], value, own)
    return n


@bare
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


@bare
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


@merged
def pull_back(data, chunk, n, scores, work, d_coefficients, d_values):
    """Add what the scores d log p / d eta of a chunk give to coefficients and level values.

    n is the number of its rows, `scores`, (D, CHUNK), are in the linear predictors; `work`,
    (CHUNK,) or more, is overwritten.
    """
    first = chunk * CHUNK
    for r in range(data.row_coefficients.shape[0]):
        at, c = data.row_coefficients[r, 0], data.row_coefficients[r, 1]
        if at < 0:
            continue
        score = scores[data.row_coefficients[r, 2]]
        if c < 0:
            for i in range(n):
                work[i] = score[i]
        else:
            column = data.columns[c, first : first + n]
            for i in range(n):
                work[i] = score[i] * column[i]
        d_coefficients[at] += halved_sum(work, n)
    for t in range(data.terms.shape[0]):
        k = data.terms[t, 0]
        at = data.terms[t, 1]
        derivative = d_values[at : at + data.blocks[k, _LEVELS]]
        c = data.terms[t, 2]
        product = scores[data.terms[t, 3]]
        if c >= 0:
            column = data.columns[c, first : first + n]
            for i in range(n):
                work[i] = product[i] * column[i]
            product = work
        if data.blocks[k, _RUNS]:
            _sum_runs(data, chunk, k, product, derivative)
        else:
            codes = data.codes[k, first : first + n]
            for i in range(n):
                derivative[codes[i]] += product[i]


@bare
def _sum_runs(data, chunk, k, product, derivative):
    """Add the entries of `product` to the level of their run of block `k`."""
    first = chunk * CHUNK
    for u in range(data.run_starts[k, chunk], data.run_starts[k, chunk + 1]):
        derivative[data.runs[u, 2]] += run_sum(
            product, data.runs[u, 0] - first, data.runs[u, 1] - first
        )


@merged
def log_density_of_chunks(data, table, space, values):
    """Return sum_i log p(y_i | eta_i); add its derivatives to those in `space`.

    The address of the rows of the family is ``data.sizes[6]``, `table` the table that the data were
    read from, `values` the level values of every effect of every block. Of `space`, a `Workspace`
    or `TransportSpace`, ``scalars`` is read, ``d_scalars`` and ``d_values`` are added to, ``eta``
    and ``work`` overwritten.
    """
    log_density = 0.0
    first = data.sizes[1]
    # One chunk at least: the first one brings the totals of the family.
    for chunk in range(max(1, (data.sizes[0] + CHUNK - 1) // CHUNK)):
        n = predictors_of_chunk(data, chunk, space.scalars, values, space.eta)
        log_density += call_rows(
            data.sizes[6],
            table,
            chunk * CHUNK,
            n,
            address_of(space.eta),
            address_of(space.work),
            address_of(space.scalars[first:]),
            address_of(space.d_scalars[first:]),
        )
        pull_back(data, chunk, n, space.eta, space.work[0], space.d_scalars, space.d_values)
    return log_density
