"""Adding rows to the table of `bayesmm.model.cell_sums`, in compiled code."""

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.kernels.inner import cgutils, intrinsic, ir, types

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
        at = builder.bitcast(builder.gep(own.data, [builder.mul(arguments[1], width)]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [at, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(table, row), generate


@array_function
def add_to_cells(cells, columns, origin, table, extremes):  # noqa: PLR0912 - loops
    """Add rows: n, first values, whether a column varies, sums, products of each cell.

    `cells`, uint64 of shape (n,), are rows of `table`; `columns`, shape (D, n), end with y, and
    `origin` is subtracted of them; `extremes`, shape (2, D), become theirs too.
    """
    D, n = columns.shape
    M = D - 1
    if D == 2:  # the usual case is a cache line per row
        first, last = origin[0], origin[1]
        least_u, most_u = extremes[0, 0], extremes[1, 0]
        least_v, most_v = extremes[0, 1], extremes[1, 1]
        for i in range(n):
            if i + _AHEAD < n:
                _call_in(table, cells[i + _AHEAD])
            c = cells[i]
            u = columns[0, i]
            v = columns[1, i]
            least_u, most_u = min(least_u, u), max(most_u, u)
            least_v, most_v = min(least_v, v), max(most_v, v)
            u -= first
            v -= last
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
        return
    for a in range(D):
        for i in range(n):
            extremes[0, a] = min(extremes[0, a], columns[a, i])
            extremes[1, a] = max(extremes[1, a], columns[a, i])
            columns[a, i] -= origin[a]
    for i in range(n):
        if i + _AHEAD < n:
            _call_in(table, cells[i + _AHEAD])
        c = cells[i]
        if table[c, 0] == 0.0:
            for a in range(M):
                table[c, 1 + a] = columns[a, i]
        table[c, 0] += 1.0
        for a in range(M):
            if columns[a, i] != table[c, 1 + a]:
                table[c, 1 + M + a] = 1.0
        k = 1 + 2 * M
        for a in range(D):
            table[c, k] += columns[a, i]
            k += 1
        for a in range(D):
            u = columns[a, i]
            for b in range(a, D):
                table[c, k] += u * columns[b, i]
                k += 1
