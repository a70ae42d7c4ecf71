"""Cross-products of a Gaussian model with a sampled factor: its rows are a sparse matrix.

Beside the columns W and the eliminated factor of `statistics` there is a factor with level totals
a, so that the response is r = y - Z_c a. Per group j of the eliminated factor H_j = R_j^-T Z_j'Z_c
has one column for each level of the sampled factor that meets the group, and

    T_j,r = T_j,y - H_j a,   W'r = W'y - (W'Z_c) a,   r'r = y'y - 2 (Z_c'y)'a + a'(Z_c'Z_c) a.

So the rows are not read again, and each evaluation makes two passes over the cells (j, level).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.collapsed.lanes import to_lanes
from bayesmm.sampling.compiled.collapsed.rows import Rows
from bayesmm.sampling.compiled.collapsed.statistics import factorized_groups
from bayesmm.sampling.compiled.kernels.inner import inner

__all__ = ["CentredStatistics", "centred_statistics", "responses_by_group", "sparse_dot"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CentredStatistics:
    """Statistics of the rows; m columns of W, the response last; J groups, K sampled levels.

    Attributes
    ----------
    n_obs : int
        Number of rows.
    within : ndarray, shape (m, m)
        Gram matrix of W within groups.
    total_response : ndarray, shape (m,)
        W'y, not within groups.
    T : ndarray, shape (J, q, m)
        Columns of W in the coordinates of R_j.
    R : ndarray, shape (J, q, q)
        Factors of Z_j'Z_j.
    lane_R, lane_T : ndarray
        The same, 16 groups at a time.
    group_start, group_level, group_H
        H by group: cells group_start[j] to group_start[j + 1] have the levels `group_level` and
        values `group_H`, shape (q, cells).
    level_start, level_group, level_H
        The same cells by level.
    columns : ndarray, shape (K, m)
        Z_c'W.
    squares : ndarray, shape (K,)
        Diagonal of Z_c'Z_c.
    """

    n_obs: int
    within: Floats
    total_response: Floats
    T: Floats
    R: Floats
    lane_R: Floats
    lane_T: Floats
    group_start: Integers
    group_level: Integers
    group_H: Floats
    level_start: Integers
    level_group: Integers
    level_H: Floats
    columns: Floats
    squares: Floats


def centred_statistics(
    rows: Rows, levels: Integers, n_levels: int, root: Floats
) -> CentredStatistics:
    """Return the statistics.

    Parameters
    ----------
    rows : Rows
        The rows, scaled to unit weight.
    levels : ndarray of int64, shape (n,)
        Level of each row in the sampled factor.
    n_levels : int
        Number of its levels, K.
    root : ndarray, shape (n,)
        Its column of Z: the root of the weight.
    """
    n = len(levels)
    R, T, within = factorized_groups([rows])
    q, m = T.shape[1:]
    J = rows.n_groups
    total = within[:, -1] + np.einsum("jac,ja->c", T, T[:, :, -1])
    cells, cell_of = np.unique(rows.codes * n_levels + levels, return_inverse=True)
    group, level = np.divmod(cells, n_levels)
    H = np.stack([np.bincount(cell_of, rows.Z[:, a] * root, len(cells)) for a in range(q)], axis=1)
    _solve_cells(R, group, H)
    by_level = np.argsort(level, kind="stable")
    columns = np.zeros((n_levels, m))
    _add_columns(rows.common, levels, root, columns)
    at = rows.common.shape[1] - 1
    offset = 0
    for f, (width, count) in enumerate(zip(rows.dense_widths, rows.dense_levels, strict=True)):
        for a in range(width):
            np.add.at(
                columns,
                (levels, at + rows.dense_codes[f] * width + a),
                rows.dense_Z[:, offset + a] * root,
            )
        at += width * count
        offset += width
    return CentredStatistics(
        n_obs=n,
        within=within,
        total_response=total,
        T=T,
        R=R,
        lane_R=to_lanes(R),
        lane_T=to_lanes(T),
        group_start=np.searchsorted(group, np.arange(J + 1)).astype(np.int64),
        group_level=level,
        group_H=np.ascontiguousarray(H.T),
        level_start=np.searchsorted(level[by_level], np.arange(n_levels + 1)).astype(np.int64),
        level_group=np.ascontiguousarray(group[by_level]),
        level_H=np.ascontiguousarray(H[by_level].T),
        columns=columns,
        squares=np.bincount(levels, root * root, n_levels),
    )


@array_function
def _solve_cells(R, group, H):
    """Overwrite each row h of H with R_j^-T h; a zero pivot gives zero."""
    q = R.shape[1]
    for k in range(group.size):
        j = group[k]
        for a in range(q):
            s = H[k, a]
            for b in range(a):
                s -= R[j, b, a] * H[k, b]
            H[k, a] = s / R[j, a, a] if R[j, a, a] > 0.0 else 0.0


@array_function
def _add_columns(common, levels, root, columns):
    """Add the sums of the common columns and of the response over the rows of each level."""
    n, wide = common.shape
    m = columns.shape[1]
    for i in range(n):
        for c in range(wide - 1):
            columns[levels[i], c] += root[i] * common[i, c]
        columns[levels[i], m - 1] += root[i] * common[i, wide - 1]


@inner
def sparse_dot(values, positions, first, last, x):
    """Return sum_k values[k] x[positions[k]], first <= k < last, by four running sums."""
    s0 = s1 = s2 = s3 = 0.0
    # Unsigned: a signed index could count from the end and would be tested for it.
    k = np.uint64(first)
    end = np.uint64(last)
    while k + np.uint64(3) < end:
        s0 += values[k] * x[np.uint64(positions[k])]
        s1 += values[k + np.uint64(1)] * x[np.uint64(positions[k + np.uint64(1)])]
        s2 += values[k + np.uint64(2)] * x[np.uint64(positions[k + np.uint64(2)])]
        s3 += values[k + np.uint64(3)] * x[np.uint64(positions[k + np.uint64(3)])]
        k += np.uint64(4)
    while k < end:
        s0 += values[k] * x[np.uint64(positions[k])]
        k += np.uint64(1)
    return (s0 + s1) + (s2 + s3)


@inner
def responses_by_group(a, group_start, group_level, group_H, T, out):
    """Set out[e, j] to T_j,r = T_j,y - H_j a, shape (q, J)."""
    J, q, m = T.shape
    for e in range(q):
        H = group_H[e]
        for j in range(J):
            out[e, j] = T[j, e, m - 1] - sparse_dot(
                H, group_level, group_start[j], group_start[j + 1], a
            )
