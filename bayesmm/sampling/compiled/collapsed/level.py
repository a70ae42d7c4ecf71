"""One level of the eliminated factor, of q effects u = Lam v with v ~ N(0, I).

With R of its rows, E = R Lam: the responses have the covariance N = sigma^2 I + E E', and the
effects given them, in units of sigma^2, the precision M = sigma^2 I + E'E. Both are factorised as
sums of squares: nothing is subtracted.

Many levels are factored side by side (`kernels.levels`). What is here is for levels that come one
by one: in draws, and the classes of equal levels, of which there are few; side by side the
gradient of a single class takes 1 % longer with q = 2, and 5 % with q = 3.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.triangles import cholesky_lower

__all__ = [
    "add_quadratic",
    "effect_factor",
    "group_factor",
    "inverse_from_factor",
]


@bare
def group_factor(R, Lam, q, variance, E, chol):
    """Set E to R Lam and factorise N = variance I + E E' = chol chol'; return log|N/variance|."""
    _scaled(R, Lam, q, E)
    _factorise(E, q, variance, chol)
    ratio = 1.0
    for a in range(q):
        ratio *= chol[a, a] * chol[a, a] / variance
    return math.log(ratio)


@bare
def effect_factor(R, Lam, q, variance, E, chol):
    """Set E to (R Lam)' and factorise M = variance I + E E' = chol chol'."""
    _scaled(R, Lam, q, E)
    for a in range(q):
        for b in range(a):
            E[a, b], E[b, a] = E[b, a], E[a, b]
    _factorise(E, q, variance, chol)


@bare
def _scaled(R, Lam, q, E):
    """Set E to R Lam; R is upper triangular, Lam lower."""
    for a in range(q):
        for c in range(q):
            s = 0.0
            for d in range(max(a, c), q):
                s += R[a, d] * Lam[d, c]
            E[a, c] = s


@bare
def _factorise(E, q, variance, chol):
    """Factorise variance I + E E'."""
    for a in range(q):
        for c in range(a + 1):
            s = variance if a == c else 0.0
            for d in range(q):
                s += E[a, d] * E[c, d]
            chol[a, c] = s
    cholesky_lower(chol, q)


@bare
def inverse_from_factor(chol, q, inverse):
    """Set `inverse` to (chol chol')^-1."""
    for c in range(q):
        for a in range(c, q):  # column c of chol^-1, in row c of the upper triangle
            s = 1.0 if a == c else 0.0
            for d in range(c, a):
                s -= chol[a, d] * inverse[c, d]
            inverse[c, a] = s / chol[a, a]
    for a in range(q):
        for c in range(a, q):
            s = 0.0
            for d in range(c, q):
                s += inverse[a, d] * inverse[c, d]
            inverse[a, c] = s
    for a in range(q):
        for c in range(a):
            inverse[a, c] = inverse[c, a]


@bare
def add_quadratic(R, K, q, total):
    """Add R'K R to `total`; R is upper triangular."""
    for a in range(q):
        for b in range(q):
            s = 0.0
            for c in range(a + 1):
                for d in range(b + 1):
                    s += R[c, a] * K[c, d] * R[d, b]
            total[a, b] += s
