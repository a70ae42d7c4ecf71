"""What a Gaussian likelihood needs of the data: cross-products within groups, from one pass.

W = [X, Z_dense, y] holds the columns of the integrated-out coefficients, of the effects of the
small factors, and the response; Z the effects of the eliminated factor. Per group j

    S_j = Z_j'Z_j = R_j'R_j,   T_j = R_j^-T Z_j'W_j,   within = W'W - sum_j T_j'T_j,

after which no row is read again. Groups with equal S_j share one factorisation, so that for a
balanced design the cost of a density does not depend on the number of groups.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.collapsed.alone import side_by_side
from bayesmm.sampling.compiled.collapsed.equal_groups import (
    class_moments,
    equal_groups,
    worthwhile_classes,
)
from bayesmm.sampling.compiled.collapsed.rows import GaussianRows
from bayesmm.sampling.compiled.collapsed.tiled import NARROW, padded_width
from bayesmm.sampling.compiled.kernels.records import Cube, Matrix, Vector

__all__ = [
    "GroupStatistics",
    "factorised_groups",
    "group_statistics",
    "padded",
    "statistics_of_products",
]

type Floats = NDArray[np.float64]

# Pivots of S_j below this fraction of its diagonal are rounding: the effect is not identified
# within the group, and its row of R_j and T_j is zero.
_RANK_TOLERANCE = 1e-12


class GroupStatistics(NamedTuple):
    """Sufficient statistics of a Gaussian model; m columns of W, the response last.

    Many columns are filled up with zeros, before the response, to a multiple of 8. `class_E`,
    (m, C q (q + 1) / 2, m), has for each class and pair k >= l (row by row) the m x m matrix sum_j
    T_j[k]'T_j[l], plus its transpose if k > l, spread over the first and the last axis.
    """

    n_obs: int
    within: Matrix  # Gram matrix of W within groups, (m, m)
    R: Cube  # upper factors of S_j, (J, q, q)
    T: Cube  # columns of W in the coordinates of R_j, (J, q, m)
    n_alone: int  # number of groups that are alone, or nearly, with their S_j
    in_rows: int  # whether their columns are many, and in T_j one group after the other
    alone_R: Vector  # their R_j, see `alone`
    alone_T: Vector  # their T_j
    class_size: Vector  # number of groups in each of C classes of equal S_j
    class_R: Cube  # their factor, (C, q, q)
    class_E: Cube  # their moments


def group_statistics(
    parts: Iterable[GaussianRows], n_obs: int, *, fixed_response: bool = True
) -> GroupStatistics:
    """Return the statistics of `n_obs` rows that come in parts.

    Without the totals of sampled levels the response is another at every evaluation, not fixed:
    classes then have no moments, and all groups are alone.
    """
    return _statistics(*factorised_groups(parts), n_obs, fixed_response)


def statistics_of_products(S: Floats, B: Floats, gram: Floats, n_obs: int) -> GroupStatistics:
    """Return the statistics of `n_obs` rows with known Z_j'Z_j, Z_j'W_j and W'W: S, B and gram.

    They have shapes (J, q, q), (J, q, m) and (1, m, m), and are overwritten.
    """
    _factorise_groups(S, B, gram, _RANK_TOLERANCE, np.zeros(S.shape[1:]))
    return _statistics(S, B, gram[0], n_obs, fixed_response=True)


def _statistics(
    R: Floats, T: Floats, within: Floats, n_obs: int, fixed_response: bool
) -> GroupStatistics:
    """Return the statistics of factorised groups."""
    if fixed_response:
        T, within = padded(T), padded(np.ascontiguousarray(padded(within).T))
    _, q, m = T.shape
    class_of, sizes, first = equal_groups(R)
    classes = worthwhile_classes(sizes, q, m) if fixed_response else sizes[:0]
    number = np.full(len(sizes), -1, dtype=np.int64)
    number[classes] = np.arange(len(classes))
    class_of = number[class_of]
    E = np.zeros((m, len(classes) * (q * (q + 1) // 2), m))
    class_moments(T, class_of, E)
    alone = class_of < 0
    in_rows = fixed_response and m > NARROW
    T_alone = T if alone.all() else T[alone]
    return GroupStatistics(
        n_obs=n_obs,
        within=within,
        R=R,
        T=T,
        n_alone=len(T_alone),
        in_rows=in_rows,
        alone_R=side_by_side(R[alone]),
        alone_T=T_alone.ravel() if in_rows else side_by_side(T_alone),
        class_size=sizes[classes].astype(float),
        class_R=np.ascontiguousarray(R[first[classes]]),
        class_E=E,
    )


def factorised_groups(
    parts: Iterable[GaussianRows], *, by_group: bool = False
) -> tuple[Floats, Floats, Floats]:
    """Return R_j, T_j and the Gram matrix within groups: (m, m), or (J, m, m) `by_group`.

    The result does not depend on how the rows are cut into parts.
    """
    sums: tuple[Floats, Floats, Floats] | None = None
    for rows in parts:
        if sums is None:
            m = rows.common.shape[1] + int(rows.dense_widths @ rows.dense_levels)
            q, J = rows.Z.shape[1], rows.n_groups
            row = np.empty(rows.common.shape[1] + rows.dense_Z.shape[1])
            sums = (
                np.zeros((J, q, q)),
                np.zeros((J, q, m)),
                np.zeros((J if by_group else 1, m, m)),
            )
        _add_cross_products(
            rows.common,
            rows.dense_codes,
            rows.dense_Z,
            rows.dense_widths,
            rows.dense_levels,
            rows.codes,
            rows.Z,
            np.zeros(len(row), dtype=np.int64),
            row,
            *sums,
        )
    S, B, gram = sums
    _factorise_groups(S, B, gram, _RANK_TOLERANCE, np.zeros(S.shape[1:]))  # S becomes R, B T
    return S, B, gram if by_group else gram[0]


def padded(columns: Floats) -> Floats:
    """Return columns with zeros before the last: a coefficient of such a column changes nothing."""
    *others, m = columns.shape
    zeros = np.zeros((*others, padded_width(m) - m))
    return np.concatenate([columns[..., :-1], zeros, columns[..., -1:]], axis=-1)


@array_function
def _add_cross_products(
    common, dense_codes, dense_Z, dense_widths, dense_levels, codes, Z, columns, values, S, B, gram
):
    """Add Z_j'Z_j, Z_j'W_j and the upper half of W'W; a row of W is mostly zeros.

    `columns` and `values` are scratch for the others.
    """
    n, wide = common.shape
    p = wide - 1
    q = Z.shape[1]
    m = gram.shape[1]
    for i in range(n):
        for c in range(p):
            columns[c] = c
            values[c] = common[i, c]
        k = p
        first = p
        z = 0
        for f in range(dense_widths.size):
            width = dense_widths[f]
            for a in range(width):
                columns[k] = first + dense_codes[f, i] * width + a
                values[k] = dense_Z[i, z]
                k += 1
                z += 1
            first += width * dense_levels[f]
        columns[k] = m - 1
        values[k] = common[i, p]
        k += 1
        part = gram[codes[i] if gram.shape[0] > 1 else 0]
        for c in range(k):
            for d in range(c, k):
                part[columns[c], columns[d]] += values[c] * values[d]
        if q > 0:
            j = codes[i]
            for a in range(q):
                z_a = Z[i, a]
                for b in range(a + 1):
                    S[j, a, b] += z_a * Z[i, b]
                for c in range(k):
                    B[j, a, columns[c]] += z_a * values[c]


@array_function
def _factorise_groups(S, B, gram, tolerance, L):  # noqa: PLR0912 - loops
    """Replace S_j by R_j, B_j by T_j and the half of W'W by the Gram matrix within groups.

    L, shape (q, q), is scratch, zero above its diagonal.
    """
    J, q, m = B.shape
    for part in gram:
        for c in range(m):
            for d in range(c):
                part[c, d] = part[d, c]
    for j in range(J):
        part = gram[j if gram.shape[0] > 1 else 0]
        for a in range(q):
            for b in range(a + 1):
                s = S[j, a, b]
                for c in range(b):
                    s -= L[a, c] * L[b, c]
                if a == b:
                    L[a, a] = math.sqrt(s) if s > tolerance * S[j, a, a] else 0.0
                else:
                    L[a, b] = s / L[b, b] if L[b, b] > 0.0 else 0.0
        for a in range(q):
            scale = 1.0 / L[a, a] if L[a, a] > 0.0 else 0.0
            for b in range(a):
                for c in range(m):
                    B[j, a, c] -= L[a, b] * B[j, b, c]
            for c in range(m):
                B[j, a, c] *= scale
        for a in range(q):
            for b in range(q):
                S[j, a, b] = L[b, a] if b >= a else 0.0
            for c in range(m):
                t = B[j, a, c]
                if t != 0.0:
                    for d in range(m):
                        part[c, d] -= t * B[j, a, d]
