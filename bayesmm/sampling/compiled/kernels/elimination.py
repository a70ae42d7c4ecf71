"""Elimination of a chain of nested factors from a symmetric system, all levels at once.

The system has for each level of each factor of the chain (finest first) q rows, and then the rows
of the border; only what stands right of the diagonal is kept, with the right side as the last
column. A level is tied to the coarser levels it is in and to the border alone, so its q rows have
few columns, V in all: [own | coarser levels | border | right side]. Arrays of a link have shape
(q, V, J): operations go along the levels.

With F the rows of a level less what finer levels took, of effects u = C v with v ~ N(0, I):
K K' = I + C'F_own C, E = K^-1 C'F_rest, and coarser levels and the border lose E'E. Kept is
[K' | E] with 1 / K_aa on the diagonal.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot, four_dots
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import (
    add,
    multiply,
    scaled_vector,
    subtract_product,
)

__all__ = ["eliminate_link", "solve", "solve_backward"]

_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_V = LinkField.WIDTH
_LEFT = LinkField.LEFT
_FACTORS = LinkField.FACTORS
_OUTER = LinkField.OUTER
_VALUES = LinkField.VALUES_AT

# Pivots are multiplied up to here before a logarithm is taken.
_LARGE = 1e150


@bare
def eliminate_link(chain, i, outer, C, source, at, left, rest, factors):
    """Factor the levels of link `i` and take them from the coarser ones; return sum log K_aa.

    Parameters
    ----------
    chain, outer
        See `TransportData`.
    i : int
        Link of the chain.
    C : array, shape (q, q)
        Lower triangular.
    source, at
        F is ``source[at:]``.
    left, rest, factors : array
        See `TransportSpace`; those of the link are overwritten, what is after it is reduced.

    Returns
    -------
    float
        NaN where a matrix is not positive definite.
    """
    link = chain[i]
    q, J, V = link[_Q], link[_J], link[_V]
    first = link[_FACTORS]
    for a in range(q):
        scaled_vector(factors, first + a * V * J, C[a, a], source, at + a * V * J, V * J)
        for b in range(a + 1, q):
            add(factors, first + a * V * J, C[b, a], source, at + b * V * J, V * J)
        _times_factor(factors, first + a * V * J, J, C, q, a)
    log_det = 0.0
    for a in range(q):
        row = first + a * V * J
        log_det += _invert_roots(factors[row + a * J : row + (a + 1) * J])
        for t in range(a + 1, V):
            multiply(factors, row + t * J, factors, row + a * J, J)
        for b in range(a + 1, q):
            for t in range(b, V):
                place = first + (b * V + t) * J
                subtract_product(factors, place, factors, row + b * J, factors, row + t * J, J)
    for a in range(q):
        _take(chain, i, a, outer, factors, left, rest)
    return log_det


@bare
def _times_factor(factors, row, J, C, q, a):
    """Turn row `a` of C'F_own into that of I + C'F_own C, C the first q rows of an array."""
    for b in range(q):
        own = factors[row + b * J : row + (b + 1) * J]
        scaled_vector(own, 0, C[b, b], own, 0, J)
        for c in range(b + 1, q):
            add(own, 0, C[c, b], factors, row + c * J, J)
    for j in range(J):
        factors[row + a * J + j] += 1.0


@bare
def _invert_roots(pivots):
    """Replace pivots by 1 / sqrt; return half the sum of their logarithms."""
    log_det, product = 0.0, 1.0
    for j in range(pivots.shape[0]):
        pivot = pivots[j]
        if not pivot > 0.0:
            return math.nan
        product *= pivot
        if product > _LARGE:
            log_det += math.log(product)
            product = 1.0
    for j in range(pivots.shape[0]):
        pivots[j] = 1.0 / math.sqrt(pivots[j])
    return 0.5 * (log_det + math.log(product))


@bare
def _take(chain, i, a, outer, factors, left, rest):
    """Subtract what row `a` of E adds to E'E from the coarser levels and the border."""
    q, J, V = chain[i, _Q], chain[i, _J], chain[i, _V]
    row = chain[i, _FACTORS] + a * V * J
    first = q
    for m in range(i + 1, chain.shape[0]):
        levels = outer[chain[i, _OUTER] + (m - i - 1) * J : chain[i, _OUTER] + (m - i) * J]
        columns, many = chain[m, _V], chain[m, _J]
        for r in range(chain[m, _Q]):
            one = factors[row + (first + r) * J : row + (first + r + 1) * J]
            for t in range(columns):
                two = factors[row + (first + t) * J : row + (first + t + 1) * J]
                place = chain[m, _LEFT] + (r * columns + t) * many
                target = left[place : place + many]
                for j in range(J):
                    target[levels[j]] -= one[j] * two[j]
        first += chain[m, _Q]
    _take_from_border(factors, row + first * J, J, rest)


@bare
def _take_from_border(factors, at, J, rest):
    """Subtract the products of B + 1 stretches of length J from the upper triangle of `rest`."""
    B = rest.shape[0]
    for r in range(B):
        own, t = rest[r], r
        while t + 4 <= B + 1:
            first, second, third, fourth = four_dots(factors, at + r * J, factors, at + t * J, J)
            own[t] -= first
            own[t + 1] -= second
            own[t + 2] -= third
            own[t + 3] -= fourth
            t += 4
        while t <= B:
            own[t] -= dot(factors, at + r * J, factors, at + t * J, J)
            t += 1


@bare
def solve(chain, i, outer, C, factors, z, natural, values, standard):
    """Write v = K^-T (c + z - E x) and u = C v of the levels of link `i`; return sum v'v.

    Parameters
    ----------
    chain, i, outer, C, factors
        As in `eliminate_link`.
    z : array, shape (q J,)
        Coordinates.
    natural : array, shape (B,)
        x of the border; that of the coarser levels is in `values`.
    values, standard : array
        Overwritten: u and v, those of the link.
    """
    link = chain[i]
    q, J, V, first = link[_Q], link[_J], link[_V], link[_VALUES]
    B = natural.shape[0]
    squares = 0.0
    for a in range(q - 1, -1, -1):
        row = link[_FACTORS] + a * V * J
        v = standard[first + a * J : first + (a + 1) * J]
        scaled_vector(v, 0, 1.0, z, a * J, J)
        add(v, 0, 1.0, factors, row + (V - 1) * J, J)
        for t in range(B):
            add(v, 0, -natural[t], factors, row + (V - 1 - B + t) * J, J)
        column = q
        for m in range(i + 1, chain.shape[0]):
            levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
            for b in range(chain[m, _Q]):
                place = chain[m, _VALUES] + b * chain[m, _J]
                e = factors[row + column * J : row + (column + 1) * J]
                for j in range(J):
                    v[j] -= e[j] * values[place + levels[j]]
                column += 1
        for b in range(a + 1, q):
            subtract_product(v, 0, factors, row + b * J, standard, first + b * J, J)
        multiply(v, 0, factors, row + a * J, J)
        squares += dot(v, 0, v, 0, J)
    for a in range(q):
        scaled_vector(values, first + a * J, C[a, a], standard, first + a * J, J)
        for b in range(a):
            add(values, first + a * J, C[a, b], standard, first + b * J, J)
    return squares


@bare
def solve_backward(chain, i, outer, C, factors, standard, d_natural, d_values, scores, dC):
    """Write the scores K^-1 vbar of link `i`; add to the derivatives of coarser levels and C.

    Parameters
    ----------
    chain, i, outer, C, factors, standard
        As left by `solve`.
    d_natural, d_values : array
        Derivatives in x and u; those of the border and of coarser levels are added to.
    scores : array
        Overwritten, those of the link: the derivatives in z.
    dC : array, shape (q, q)
        Added to.
    """
    link = chain[i]
    q, J, V, first = link[_Q], link[_J], link[_V], link[_VALUES]
    B = d_natural.shape[0]
    for a in range(q):
        row = link[_FACTORS] + a * V * J
        score = scores[first + a * J : first + (a + 1) * J]
        scaled_vector(score, 0, -1.0, standard, first + a * J, J)
        for b in range(a, q):
            add(score, 0, C[b, a], d_values, first + b * J, J)
        for b in range(a + 1):
            dC[a, b] += dot(d_values, first + a * J, standard, first + b * J, J)
        for b in range(a):
            place = link[_FACTORS] + (b * V + a) * J
            subtract_product(score, 0, factors, place, scores, first + b * J, J)
        multiply(score, 0, factors, row + a * J, J)
        column = q
        for m in range(i + 1, chain.shape[0]):
            levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
            for b in range(chain[m, _Q]):
                place = chain[m, _VALUES] + b * chain[m, _J]
                e = factors[row + column * J : row + (column + 1) * J]
                for j in range(J):
                    d_values[place + levels[j]] -= e[j] * score[j]
                column += 1
        for t in range(B):
            d_natural[t] -= dot(factors, row + (V - 1 - B + t) * J, score, 0, J)
