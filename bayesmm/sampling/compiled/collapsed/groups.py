"""The eliminated factor: W'V^-1W and its derivatives, V = sigma^2 I + Z G Z', group by group.

With E_j = R_j Lam, N_j = sigma^2 I + E_j E_j' = l_j l_j' and F_j = l_j^-1 T_j,

    W'V^-1W = within / sigma^2 + sum_j F_j'F_j,   log|V| = n log sigma^2 + sum_j log|N_j| / sigma^2q

where nothing is subtracted, so nothing cancels when sd >> sigma. A class of groups with the same
R_j contributes through its moments sum_j T_j' N^-1 T_j alone; the other groups are in `alone`.
"""

from bayesmm.sampling.compiled.collapsed.algebra import add_rows
from bayesmm.sampling.compiled.collapsed.level import (
    add_quadratic,
    group_factor,
    inverse_from_factor,
)
from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.inner import ZERO, bare
from bayesmm.sampling.compiled.kernels.reductions import dot

__all__ = [
    "classes_backward",
    "classes_forward",
    "eliminated_gradient",
    "start_gram",
]


@bare
def start_gram(within, variance, C):
    """Set the upper triangle of C to within / variance."""
    scale = 1.0 / variance
    m = within.shape[0]
    for i in range(m):
        for j in range(i, m):
            C[i, j] = scale * within[i, j]


@bare
def classes_forward(arena, R, size, E, Lam, variance, inverses, C):
    """Add the classes' share of W'V^-1W to C, keep each N^-1; return their log|V| / sigma^2n."""
    count, q, _ = R.shape
    m = C.shape[0]
    E_own, chol = take(arena, (q, q)), take(arena, (q, q))
    coefficients = take(arena, (count * (q * (q + 1) // 2),))
    log_det = 0.0
    k = 0
    for c in range(count):
        log_det += size[c] * group_factor(R[c], Lam, q, variance, E_own, chol)
        inverse_from_factor(chol, q, inverses[c])
        for a in range(q):
            for b in range(a + 1):
                coefficients[k] = inverses[c, a, b]
                k += 1
    for i in range(m):
        add_rows(C[i], i, m, E[i], ZERO, k, coefficients, 1.0)
    return log_det


@bare
def classes_backward(arena, R, size, E, inverses, Psi, total):
    """Add sum_j R_j'K_jR_j of the classes to `total`; return their tr K and tr(Psi C).

    K_j = N_j^-1 - N_j^-1 T_j Psi T_j' N_j^-1; Psi is symmetric with its upper triangle filled and
    the entries off the diagonal doubled.
    """
    count, q, _ = R.shape
    m = Psi.shape[0]
    moment, half, K = take(arena, (q, q)), take(arena, (q, q)), take(arena, (q, q))
    trace_K = 0.0
    trace_C = 0.0
    k = 0
    for c in range(count):
        for a in range(q):
            for b in range(a + 1):
                s = 0.0
                for i in range(m):
                    s += dot(E[i, k], i, Psi[i], i, m - i)
                k += 1
                if a != b:
                    s *= 0.5
                moment[a, b] = s
                moment[b, a] = s
        for a in range(q):
            for b in range(q):
                s = 0.0
                for d in range(q):
                    s += inverses[c, a, d] * moment[d, b]
                half[a, b] = s
            trace_C += half[a, a]
        for a in range(q):
            for b in range(q):
                s = size[c] * inverses[c, a, b]
                for d in range(q):
                    s -= half[a, d] * inverses[c, d, b]
                K[a, b] = s
            trace_K += K[a, a]
        add_quadratic(R[c], K, q, total)
    return trace_K, trace_C


@bare
def eliminated_gradient(total, Lam, sd, q, dL):
    """Set the derivatives with respect to L from `total` = sum_j R_j'K_jR_j.

    d log p = -1/2 tr(total dG) with G = Lam Lam', Lam = diag(sd) L.
    """
    for a in range(q):
        for b in range(a + 1):
            s = 0.0
            for c in range(b, q):
                s += total[a, c] * Lam[c, b]
            dL[a, b] = -s * sd[a]
