"""The cells of each level in units of their sigmas, as one triangle.

A second cell of a level is rotated into its R_j row by row: nothing is subtracted, so nothing
cancels, and what a rotation leaves of the row is residual, whatever the effects are.
"""

import math

from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["stack_cells"]


@bare
def stack_cells(arena, data, log_sd, shift, R, T, C):
    """Fill R_j and T_j, add to the upper half of C what no effect explains; return log |S|."""
    q, m = data.T.shape[1], data.T.shape[2]
    log_det = _add_within(data, log_sd, C)
    row, rest = take(arena, (q,)), take(arena, (m,))
    for j in range(R.shape[0]):
        first = data.starts[j]
        for c in range(first, data.starts[j + 1]):
            scale = math.exp(-log_sd[c])
            for a in range(q):
                known = 0.0
                for b in range(q):
                    row[b] = scale * data.R[c, a, b]
                    known += row[b] * shift[b, j]
                for k in range(m):
                    rest[k] = scale * data.T[c, a, k]
                rest[m - 1] -= known
                if c == first:
                    for b in range(q):
                        R[j, a, b] = row[b]
                    for k in range(m):
                        T[j, a, k] = rest[k]
                elif data.R[c, a, a] > 0.0:
                    _rotate_in(R[j], T[j], row, rest, a)
                    for k in range(m):
                        for h in range(k, m):
                            C[k, h] += rest[k] * rest[h]
    return log_det


@bare
def _add_within(data, log_sd, C):
    """Add the Gram matrices within cells, over sigma^2, to the upper half of C; return log |S|."""
    m, log_det = C.shape[0], 0.0
    for c in range(log_sd.size):
        log_det += 2.0 * data.counts[c] * log_sd[c]
        weight = math.exp(-2.0 * log_sd[c])
        for a in range(m):
            for b in range(a, m):
                C[a, b] += weight * data.within[c, a, b]
    return log_det


@bare
def _rotate_in(R, T, row, rest, first):
    """Rotate a row, zero before `first`, into the triangle; what is left of it is in `rest`."""
    q, m = T.shape
    for k in range(first, q):
        if row[k] == 0.0:
            continue
        size = math.hypot(R[k, k], row[k])
        c, s = R[k, k] / size, row[k] / size
        for b in range(k, q):
            upper, lower = R[k, b], row[b]
            R[k, b] = c * upper + s * lower
            row[b] = c * lower - s * upper
        for i in range(m):
            upper, lower = T[k, i], rest[i]
            T[k, i] = c * upper + s * lower
            rest[i] = c * lower - s * upper
