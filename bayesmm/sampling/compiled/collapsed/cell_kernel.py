"""Adding rows to the table of `bayesmm.model.cell_sums`, in compiled code."""

from bayesmm.sampling.compiled.arrays import array_function

__all__ = ["add_to_cells"]


@array_function
def add_to_cells(cells, columns, table):
    """Add rows: n, first values, whether a column varies, sums, products of each cell.

    `cells`, uint64 of shape (n,), are rows of `table`; `columns`, shape (D, n), end with y.
    """
    D, n = columns.shape
    M = D - 1
    if D == 2:  # the usual case is a cache line per row
        for i in range(n):
            c = cells[i]
            u = columns[0, i]
            v = columns[1, i]
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
        return
    for i in range(n):
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
