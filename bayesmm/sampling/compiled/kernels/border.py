"""The border of the elimination: a dense symmetric system of the other factors and coefficients.

A = D'RD + P with R what the chain left, D the factors C of the effects (level by level) and ones
of the coefficients, and P the identity and the precisions of the coefficients. U'U = A; the last
column of U is U'^-1 times the right side.
"""

import math

from bayesmm.sampling.compiled.kernels.bounded import WHOLE_LINE, BoundField, within
from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot
from bayesmm.sampling.compiled.kernels.triangles import lower_times, lower_transposed_times
from bayesmm.sampling.compiled.kernels.vectors import add, scaled_vector

__all__ = ["border_backward", "border_scores", "factor_border", "solve_border"]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_KIND = BoundField.KIND


@bare
def _columns_times(others, blocks, C, matrix, rows, by_rows):
    """Multiply the columns of the border by D, or by D' (`by_rows`), in the first rows."""
    width = C.shape[1]
    for o in range(others.shape[0]):
        k, q = others[o, 0], blocks[others[o, 0], _Q]
        own = C[k * width : k * width + q]
        for r in range(rows):
            row = matrix[r]
            for j in range(blocks[k, _J]):
                entries = row[others[o, 1] + j * q : others[o, 1] + (j + 1) * q]
                if by_rows:
                    lower_times(own, entries)
                else:
                    lower_transposed_times(own, entries)


@bare
def _rows_by_transpose(others, blocks, C, matrix, n):
    """Multiply the rows of the border by D' from the left, n columns of them."""
    width = C.shape[1]
    for o in range(others.shape[0]):
        k, q = others[o, 0], blocks[others[o, 0], _Q]
        for j in range(blocks[k, _J]):
            at = others[o, 1] + j * q
            for b in range(q):
                scaled_vector(matrix[at + b], 0, C[k * width + b, b], matrix[at + b], 0, n)
                for a in range(b + 1, q):
                    add(matrix[at + b], 0, C[k * width + a, b], matrix[at + a], 0, n)


@bare
def _rows_times(others, blocks, C, matrix, n):
    """Multiply the rows of the border by D from the left, n columns of them."""
    width = C.shape[1]
    for o in range(others.shape[0]):
        k, q = others[o, 0], blocks[others[o, 0], _Q]
        for j in range(blocks[k, _J]):
            at = others[o, 1] + j * q
            for a in range(q - 1, -1, -1):
                scaled_vector(matrix[at + a], 0, C[k * width + a, a], matrix[at + a], 0, n)
                for b in range(a):
                    add(matrix[at + a], 0, C[k * width + a, b], matrix[at + b], 0, n)


@bare
def factor_border(others, blocks, C, precisions, pulls, rest, factor, product):
    """Factor the border; return sum log U_kk, NaN where it is not positive definite.

    `others`, `precisions` and `pulls` are those of `TransportData`; C, (K q, q), has the factors of
    the blocks, one below the other. `rest`, (B, B + 1), is what the chain left, right of the
    diagonal, and is made symmetric here; `factor` and `product` become U with its last column, and
    R D.
    """
    B = rest.shape[0]
    first = B - precisions.shape[0]
    for r in range(B):
        for t in range(r):
            rest[r, t] = rest[t, r]
        scaled_vector(product[r], 0, 1.0, rest[r], 0, B)
    _columns_times(others, blocks, C, product, B, False)
    for r in range(B):
        scaled_vector(factor[r], 0, 1.0, product[r], 0, B)
        factor[r, B] = rest[r, B]
    _rows_by_transpose(others, blocks, C, factor, B + 1)
    for r in range(B):
        if r < first:
            factor[r, r] += 1.0
        else:
            factor[r, r] += precisions[r - first]
            factor[r, B] += pulls[r - first]
    return _cholesky(factor)


@bare
def _cholesky(factor):
    """Turn [A, right side] into U and its last column; return sum log U_kk, or NaN."""
    B = factor.shape[0]
    log_det = 0.0
    for k in range(B):
        row = factor[k]
        if not row[k] > 0.0:
            return math.nan
        root = math.sqrt(row[k])
        log_det += math.log(root)
        scaled_vector(row, k, 1.0 / root, row, k, B + 1 - k)
        for r in range(k + 1, B):
            if row[r] != 0.0:
                add(factor[r], r, -row[r], row, r, B + 1 - r)
    return log_det


@bare
def solve_border(factor, bounds, z, free):
    """Turn coordinates `z`, (B,), into v and coefficients U^-1 (c + z), in place.

    A coefficient with a `bounded` prior is a function of that, and those before it follow the
    coefficient itself. `free`, (B,), becomes the same before coefficients are kept within their
    bounds. Returned is what the bounds add to the log density.
    """
    B = z.shape[0]
    first = B - bounds.shape[0]
    log_slopes = 0.0
    for k in range(B - 1, -1, -1):
        row = factor[k]
        total = z[k] + row[B] - dot(row, k + 1, z, k + 1, B - 1 - k)
        z[k] = free[k] = total / row[k]
        if k >= first and bounds[k - first, _KIND] != WHOLE_LINE:
            z[k], _, log_slope, _ = within(bounds[k - first], free[k])
            log_slopes += log_slope
    return log_slopes


@bare
def border_scores(factor, bounds, free, d_solved, scores):
    """Write U'^-1 times the derivatives in v and coefficients, which are overwritten."""
    B = scores.shape[0]
    first = B - bounds.shape[0]
    for k in range(B):
        if k >= first and bounds[k - first, _KIND] != WHOLE_LINE:
            _, slope, _, pull = within(bounds[k - first], free[k])
            d_solved[k] = d_solved[k] * slope + pull
        scores[k] = d_solved[k] / factor[k, k]
        add(d_solved, k + 1, -scores[k], factor[k], k + 1, B - 1 - k)


@bare
def border_backward(others, blocks, C, rest, factor, product, solved, free, scores, d_factor, dC):
    """Leave in `d_factor` what the derivatives in `rest` multiply E by; add to dC, (K q, q).

    For `d_factor`, (B + 1, B + 1), see `elimination_backward`; the rest is as left by
    `factor_border`, `solve_border` and `border_scores`.
    """
    B, width = solved.shape[0], C.shape[1]
    _cholesky_backward(factor, solved, free, scores, d_factor)
    # A loses E'E from both sides: twice the symmetric derivatives, and once those of the last
    # column
    for r in range(B):
        d_factor[r, r] *= 2.0
        for t in range(r):
            d_factor[r, t] = d_factor[t, r]
    for o in range(others.shape[0]):
        k, q = others[o, 0], blocks[others[o, 0], _Q]
        for j in range(blocks[k, _J]):
            at = others[o, 1] + j * q
            for a in range(q):
                for b in range(a + 1):
                    total = dot(product[at + a], 0, d_factor[at + b], 0, B)
                    total += rest[at + a, B] * d_factor[at + b, B]
                    dC[k * width + a, b] += total
    _rows_times(others, blocks, C, d_factor, B + 1)
    _columns_times(others, blocks, C, d_factor, B, True)
    for t in range(B):
        d_factor[B, t] = d_factor[t, B]
    d_factor[B, B] = 0.0
    for t in range(B + 1):
        scaled_vector(d_factor[t], 0, -1.0, d_factor[t], 0, B + 1)


@bare
def _cholesky_backward(factor, solved, free, scores, d_factor):
    """Write the derivatives in [A, right side], right of the diagonal."""
    B = solved.shape[0]
    for k in range(B):
        row = d_factor[k]
        scaled_vector(row, k, -scores[k], solved, k, B - k)
        row[k] = -scores[k] * free[k] - 1.0 / factor[k, k]
        row[B] = scores[k]
    for k in range(B - 1, -1, -1):
        row, upper = d_factor[k], factor[k]
        for r in range(k + 1, B):
            if upper[r] != 0.0:
                add(row, r, -upper[r], d_factor[r], r, B + 1 - r)
        for r in range(k + 1, B):
            row[r] -= dot(d_factor[r], r, upper, r, B + 1 - r)
        inverse = 1.0 / upper[k]
        scaled_vector(row, k + 1, inverse, row, k + 1, B - k)
        row[k] = 0.5 * (row[k] - dot(row, k + 1, upper, k + 1, B - k)) * inverse
