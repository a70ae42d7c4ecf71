"""The integrated-out coefficients and small factors: one dense Cholesky factorisation.

W = [D, y]; the columns D have coefficients delta = K v with v ~ N(b, Pi^-1), where K = I for
common coefficients (Pi their prior precisions, 0 when flat) and K = Lam, Pi = I for each level of
a small factor. From C = W'V^-1W,

    M = K'C_DD K + Pi,   h = K'C_Dy + Pi b,   gam = M^-1 h,   quad = C_yy + b'Pi b - h'gam.

The bordered matrix [[M, h], [h', C_yy + b'Pi b]] = U'U gives everything at once: its last pivot
is sqrt(quad), and U^-1 diag(1, .., 1, sqrt(quad)) = [[L_M^-T, -gam], [0, 1]] =: Q.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.collapsed.algebra import (
    add_rows,
    cholesky_upper,
    invert_upper,
)
from bayesmm.sampling.compiled.collapsed.tile import TILE
from bayesmm.sampling.compiled.collapsed.tiled import (
    is_tiled,
    tiled_cholesky,
    tiled_inverse,
    tiled_square,
)
from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot

__all__ = [
    "block_bandwidth",
    "dense_backward",
    "dense_forward",
    "doubled_square",
    "to_columns",
    "to_effects",
]


@bare
def to_effects(small, Lam, C):  # noqa: PLR0912 - loops
    """Overwrite the upper triangle of C, (m, m), whose last column is the response, with K'C K.

    `small`, (factors, 4), has first column, number of levels, number of effects and first effect of
    each small factor; `Lam`, (Q, Q), the covariance factors of all effects.
    """
    m = C.shape[0]
    for f in range(small.shape[0]):
        start, levels, width, effect = small[f]
        stop = start + levels * width
        for first in range(start, stop, width):
            for a in range(width):
                for b in range(a):
                    C[first + a, first + b] = C[first + b, first + a]
        for i in range(stop):  # columns
            row = C[i]
            begin = start if i < start else i - (i - start) % width
            for b in range(width):
                scale = Lam[effect + b, effect + b]
                for j in range(np.uint64(begin + b), np.uint64(stop), np.uint64(width)):
                    row[j] *= scale
                for a in range(b + 1, width):
                    scale = Lam[effect + a, effect + b]
                    ahead = np.uint64(a - b)
                    for j in range(np.uint64(begin + b), np.uint64(stop), np.uint64(width)):
                        row[j] += scale * row[j + ahead]
        for first in range(start, stop, width):  # rows
            for b in range(width):
                scale = Lam[effect + b, effect + b]
                for j in range(first, m):
                    C[first + b, j] *= scale
                for a in range(b + 1, width):
                    scale = Lam[effect + a, effect + b]
                    for j in range(first, m):
                        C[first + b, j] += scale * C[first + a, j]


@bare
def dense_forward(arena, C, small, Lam, precision, centre, Q):
    """Return the log density of the coefficients' and effects' margin, and quad.

    C has W'V^-1W in its upper triangle, and is overwritten with U. `precision` and `centre` are Pi
    and b of the common coefficients, the first p columns. Q, (m, m), becomes [[L_M^-T, -gam],
    [0, 1]], upper triangular.
    """
    m = C.shape[0]
    p = precision.size
    to_effects(small, Lam, C)
    log_density = 0.0
    for a in range(p):
        shift = precision[a] * centre[a]
        C[a, a] += precision[a]
        C[a, m - 1] += shift
        C[m - 1, m - 1] += shift * centre[a]
        if precision[a] > 0.0:
            log_density += 0.5 * math.log(precision[a])
    for a in range(p, m - 1):
        C[a, a] += 1.0
    for a in range(m):
        for b in range(a):
            Q[a, b] = 0.0
    panel = take(arena, (TILE, m if is_tiled(m) else 0))
    if is_tiled(m):
        tiled_cholesky(C, Q, panel)
    else:
        cholesky_upper(C)
    for a in range(m - 1):
        log_density -= math.log(C[a, a])
    root = C[m - 1, m - 1]
    if is_tiled(m):
        tiled_inverse(C, Q, panel)
    else:
        invert_upper(C, Q)
    for a in range(m):
        Q[a, m - 1] *= root
    return log_density - 0.5 * root * root, root * root


@bare
def dense_backward(  # noqa: PLR0912 - loops
    arena, Q, small, L, precision, centre, quad, d_precision, dL
):
    """Set derivatives; return tr(Psi W'V^-1W) with Psi = QQ' = -2 d log p / d(W'V^-1W).

    Q and quad are those of `dense_forward`, L the factors of the correlation matrices, (Q, Q).
    Overwritten are `d_precision`, derivatives in the logarithms of the precisions, and in dL, those
    in L, the blocks of the small factors.
    """
    m = Q.shape[0]
    trace = quad
    for a in range(precision.size):
        deviation = -Q[a, m - 1] - centre[a]
        share = precision[a] * (dot(Q[a], a, Q[a], a, m - 1 - a) + deviation * deviation)
        trace += 1.0 - share
        d_precision[a] = 0.5 * (1.0 - share)
    widest = block_bandwidth(small) + 1
    moment = take(arena, (widest, widest))  # sum over levels of E[v v' | y]
    for f in range(small.shape[0]):
        start, levels, width, effect = small[f]
        for a in range(width):
            for b in range(width):
                moment[a, b] = 0.0
        for first in range(start, start + levels * width, width):
            for a in range(width):
                for b in range(a + 1):
                    moment[a, b] += dot(
                        Q[first + a], first + a, Q[first + b], first + a, m - first - a
                    )
        for a in range(width):
            moment[a, a] -= levels
            trace -= moment[a, a]
            for b in range(a):
                moment[b, a] = moment[a, b]
        for b in range(width):  # d log p / dL = L'^-1 (moment - levels I)
            for a in range(width - 1, -1, -1):
                s = moment[a, b]
                for c in range(a + 1, width):
                    s -= L[effect + c, effect + a] * moment[c, b]
                moment[a, b] = s / L[effect + a, effect + a]
            for a in range(b, width):
                dL[effect + a, effect + b] = moment[a, b]
    return trace


@bare
def block_bandwidth(small):
    """Return how far below its diagonal a row of K Q begins."""
    widest = np.int64(1)
    for f in range(small.shape[0]):
        widest = max(widest, small[f, 2])
    return widest - 1


@bare
def to_columns(small, Lam, Q):
    """Overwrite Q with K Q: from effects in units of Lam to coefficients of the columns."""
    m = Q.shape[0]
    for f in range(small.shape[0]):
        start, levels, width, effect = small[f]
        for first in range(start, start + levels * width, width):
            for a in range(width - 1, -1, -1):
                scale = Lam[effect + a, effect + a]
                for j in range(first, m):
                    Q[first + a, j] *= scale
                for b in range(a):
                    scale = Lam[effect + a, effect + b]
                    for j in range(first, m):
                        Q[first + a, j] += scale * Q[first + b, j]


@bare
def doubled_square(arena, Q, bandwidth, Psi):
    """Set the upper triangle of Psi to that of QQ', entries off the diagonal doubled."""
    m = Q.shape[0]
    transposed = take(arena, (m, m))
    for i in range(m):
        for j in range(m):
            transposed[j, i] = Q[i, j]
    if is_tiled(m):
        tiled_square(Q, transposed, bandwidth, Psi)
    else:
        for i in range(m):
            for j in range(i, m):
                Psi[i, j] = 0.0
            add_rows(Psi[i], i, m, transposed, max(i - bandwidth, 0), m, Q[i], 1.0)
    for i in range(m):
        for j in range(i + 1, m):
            Psi[i, j] *= 2.0
