"""Adding rows to the table of `bayesmm.model.cell_sums`, in compiled code."""

import numpy as np

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.kernels.inner import cgutils, flat, intrinsic, ir, types
from bayesmm.sampling.compiled.kernels.pointers import float64_pointer, floats

__all__ = ["add_to_cells"]

# Rows ahead of which the cells are called into the cache: they are met in no order.
_AHEAD = 32


@intrinsic
def _call_in(_typing, table, row):
    """Ask for the first line of a row of a matrix of float64, to write to it; wait for nothing."""

    def generate(context, builder, signature, arguments):
        own = context.make_array(signature.args[0])(context, builder, arguments[0])
        width = builder.extract_value(own.shape, 1)
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = context.cast(builder, arguments[1], signature.args[1], types.intp)
        at = builder.bitcast(builder.gep(own.data, [builder.mul(place, width)]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [at, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(table, row), generate


@flat
def _cell_of(numbers, i, first, known):
    """Return the cell of a row, -1 where its number is none that is known."""
    if known.size == 0:
        return np.int64(numbers[i])
    at = np.uint64(np.int64(numbers[i]) - first)
    return np.int64(known[at]) if at < np.uint64(known.size) else -1


@array_function
def add_to_cells(numbers, first, known, places, origin, work, table, extremes, missed):
    """Add rows: n, first values, whether a column varies, sums, products of each cell.

    `numbers`, int32 or int64 of shape (n,), are rows of `table`, or, less `first`, places of
    `known`, int32, which has these rows. A row whose number has no place, or has -1 there, is left
    out: how many these are is the first number of `missed`, int64 of shape (1 + n,) or more, and
    which they are the next. `places` has the addresses of D columns of n numbers, of which y is the
    last, and `origin` is subtracted of them; `work`, shape (D, some), is written; `extremes`, shape
    (2, D), become those of these rows too.
    """
    missed[0] = 0
    if places.size == 2:
        _add_pairs(numbers, first, known, places, origin, table, extremes, missed)
    else:
        _add_rows(numbers, first, known, places, origin, work, table, extremes, missed)


@flat
def _add_pairs(numbers, first, known, places, origin, table, extremes, missed):
    """Add rows of one column and y, the usual case, in which a cell is a line of the cache."""
    n, n_missed = numbers.size, 0
    firsts, lasts = floats(float64_pointer(places[0]), n), floats(float64_pointer(places[1]), n)
    origin_u, origin_v = origin[0], origin[1]
    least_u, most_u = extremes[0, 0], extremes[1, 0]
    least_v, most_v = extremes[0, 1], extremes[1, 1]
    for i in range(n):
        if i + _AHEAD < n:
            later = _cell_of(numbers, i + _AHEAD, first, known)
            if later >= 0:
                _call_in(table, later)
        u = firsts[i]
        v = lasts[i]
        least_u, most_u = min(least_u, u), max(most_u, u)
        least_v, most_v = min(least_v, v), max(most_v, v)
        cell = _cell_of(numbers, i, first, known)
        if cell < 0:
            n_missed += 1
            missed[n_missed] = i
            continue
        c = np.uint64(cell)
        u -= origin_u
        v -= origin_v
        if table[c, 0] == 0.0:
            table[c, 1] = u
        if u != table[c, 1]:
            table[c, 2] = 1.0
        table[c, 0] += 1.0
        table[c, 3] += u
        table[c, 4] += v
        table[c, 5] += u * u
        table[c, 6] += u * v
        table[c, 7] += v * v
    extremes[0, 0], extremes[1, 0] = least_u, most_u
    extremes[0, 1], extremes[1, 1] = least_v, most_v
    missed[0] = n_missed


@flat
def _add_rows(  # noqa: PLR0912 - loops
    numbers, first, known, places, origin, work, table, extremes, missed
):
    """Add rows of any number of columns."""
    n, n_missed, D, width = numbers.size, 0, places.size, work.shape[1]
    M = D - 1
    for start in range(0, n, width):
        size = min(width, n - start)
        for a in range(D):
            column = floats(float64_pointer(places[a]), n)
            for i in range(size):
                u = column[start + i]
                extremes[0, a] = min(extremes[0, a], u)
                extremes[1, a] = max(extremes[1, a], u)
                work[a, i] = u - origin[a]
        for i in range(size):
            if start + i + _AHEAD < n:
                later = _cell_of(numbers, start + i + _AHEAD, first, known)
                if later >= 0:
                    _call_in(table, later)
            cell = _cell_of(numbers, start + i, first, known)
            if cell < 0:
                n_missed += 1
                missed[n_missed] = start + i
                continue
            c = np.uint64(cell)
            if table[c, 0] == 0.0:
                for a in range(M):
                    table[c, 1 + a] = work[a, i]
            table[c, 0] += 1.0
            for a in range(M):
                if work[a, i] != table[c, 1 + a]:
                    table[c, 1 + M + a] = 1.0
            k = 1 + 2 * M
            for a in range(D):
                table[c, k] += work[a, i]
                k += 1
            for a in range(D):
                u = work[a, i]
                for b in range(a, D):
                    table[c, k] += u * work[b, i]
                    k += 1
    missed[0] = n_missed
