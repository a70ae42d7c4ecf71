"""Parts of the density with sampled level totals a: Gram matrices of a, and its gradient."""

import numpy as np

from bayesmm.sampling.compiled.collapsed.centred_statistics import sparse_dot
from bayesmm.sampling.compiled.collapsed.groups import start_gram
from bayesmm.sampling.compiled.collapsed.lanes import LANES
from bayesmm.sampling.compiled.kernels.inner import inner

__all__ = ["group_shares", "level_gradient", "outer_gram", "response_gram"]


@inner
def response_gram(a, within, total_response, T, r, columns, squares, gram):
    """Set `gram` to the Gram matrix within groups of [D, y - Z_c a]; r holds T_j,r."""
    J, q, m = T.shape
    last = m - 1
    for i in range(last):
        for j in range(i, last):
            gram[i, j] = within[i, j]
    for c in range(m):
        gram[c, last] = total_response[c]
    for k in range(a.size):
        for c in range(last):
            gram[c, last] -= columns[k, c] * a[k]
        gram[last, last] += a[k] * (squares[k] * a[k] - 2.0 * columns[k, last])
    for e in range(q):
        for j in range(J):
            response = r[e, j]
            for c in range(last):
                gram[c, last] -= T[j, e, c] * response
            gram[last, last] -= response * response


@inner
def outer_gram(a, outer_fixed, outer_codes, small, constant, variance, C):
    """Set C to the Gram matrix of [W, Z_outer, a], given without a in `constant`, / variance."""
    K, p = outer_fixed.shape
    last = constant.shape[0] - 1
    start_gram(constant, variance, C)
    for c in range(last + 1):
        C[c, last] = 0.0
    for k in range(K):
        for c in range(p):
            C[c, last] += outer_fixed[k, c] * a[k]
        for f in range(small.shape[0]):
            C[small[f, 0] + outer_codes[f, k], last] += a[k]
        C[last, last] += a[k] * a[k]
    for c in range(last + 1):
        C[c, last] /= variance


@inner
def level_gradient(
    a, w, variance, group_share, level_start, level_group, level_H, columns, squares, out
):
    """Add d log p / da = Z_c'V^-1 e, e = [D, r] w, with the shares of `group_shares`."""
    m = w.size
    for k in range(a.size):
        s = columns[k, m - 1] - squares[k] * a[k]
        for c in range(m - 1):
            s += columns[k, c] * w[c]
        first, last = level_start[k], level_start[k + 1]
        for e in range(group_share.shape[0]):
            s -= sparse_dot(level_H[e], level_group, first, last, group_share[e])
        out[k] += s / variance


@inner
def group_shares(T, r, w, factors, variance, out):
    """Set out[:, j] to (I - variance N_j^-1) T_j,e; `factors` as from `lanes_forward`."""
    J, q, m = T.shape
    v = np.empty(q)
    for j in range(J):
        block, lane = j // LANES, j % LANES
        for a in range(q):
            s = r[a, j]
            for c in range(m - 1):
                s += T[j, a, c] * w[c]
            out[a, j] = s
            for b in range(a):
                s -= factors[block, a, b, lane] * v[b]
            v[a] = s * factors[block, a, a, lane]
        for a in range(q - 1, -1, -1):
            s = v[a]
            for b in range(a + 1, q):
                s -= factors[block, b, a, lane] * v[b]
            v[a] = s * factors[block, a, a, lane]
        for a in range(q):
            out[a, j] -= variance * v[a]
