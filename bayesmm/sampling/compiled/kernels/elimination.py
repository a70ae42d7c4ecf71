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

from bayesmm.sampling.compiled.kernels.inner import bare, flat
from bayesmm.sampling.compiled.kernels.levels import add_products, factor_levels
from bayesmm.sampling.compiled.kernels.reductions import add_dots, dot
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import (
    add,
    multiply,
    scaled_vector,
    subtract_product,
)

__all__ = [
    "eliminate_link",
    "solve",
    "solve_backward",
    "subtract_coarser",
    "subtract_from_coarser",
]

_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_V = LinkField.WIDTH
_LEFT = LinkField.LEFT
_FACTORS = LinkField.FACTORS
_OUTER = LinkField.OUTER
_VALUES = LinkField.VALUES_AT


@bare
def eliminate_link(chain, i, outer, C, source, at, left, rest, factors):
    """Factor the levels of link `i` and take them from the coarser ones; return sum log K_aa.

    NaN where a matrix is not positive definite. C, (q, q), is lower triangular, F is
    ``source[at:]``. For `chain` and `outer` see `TransportData`, for `left`, `rest` and `factors`
    `TransportSpace`: those of the link are overwritten, what is after it is reduced.
    """
    link = chain[i]
    q, J, V = link[_Q], link[_J], link[_V]
    first = link[_FACTORS]
    for a in range(q):
        scaled_vector(factors, first + a * V * J, C[a, a], source, at + a * V * J, V * J)
        for b in range(a + 1, q):
            add(factors, first + a * V * J, C[b, a], source, at + b * V * J, V * J)
        _times_factor(factors, first + a * V * J, J, C, q, a)
    log_det = factor_levels(factors, first, q, V, J)
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
    add_products(factors, row + first * J, J, -1.0, rest)


@bare
def solve(chain, i, outer, C, factors, z, natural, values, standard):
    """Write v = K^-T (c + z - E x) and u = C v of the levels of link `i`; return sum v'v.

    z, (q J,), are coordinates; `natural`, (B,), is x of the border, that of the coarser levels is
    in `values`. u and v, those of the link, are written into `values` and `standard`.
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
        subtract_coarser(chain, i, outer, factors, row, values, v)
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

    What `solve` had is as it left it. `d_natural` and `d_values` are derivatives in x and u, of
    which those of the border and of coarser levels are added to; `scores`, those of the link,
    become the derivatives in z. dC, (q, q), is added to.
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
        subtract_from_coarser(chain, i, outer, factors, row, score, d_values)
        add_dots(d_natural, -1.0, score, 0, factors, row + (V - 1 - B) * J, J)


@flat
def subtract_coarser(chain, i, outer, columns, row, values, out):
    """Subtract from `out`, (J,), the columns of coarser levels times their values.

    Those of a row of link `i` begin at ``columns[row:]``; `values` are all level values.
    """
    link = chain[i]
    J, at = link[_J], row + link[_Q] * link[_J]
    for m in range(i + 1, chain.shape[0]):
        levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
        for b in range(chain[m, _Q]):
            place = chain[m, _VALUES] + b * chain[m, _J]
            own, column = values[place : place + chain[m, _J]], columns[at : at + J]
            for j in range(J):
                out[j] -= column[j] * own[levels[j]]
            at += J


@flat
def subtract_from_coarser(chain, i, outer, columns, row, score, d_values):
    """Subtract from the derivatives in coarser values what `subtract_coarser` has them give."""
    link = chain[i]
    J, at = link[_J], row + link[_Q] * link[_J]
    for m in range(i + 1, chain.shape[0]):
        levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
        for b in range(chain[m, _Q]):
            place = chain[m, _VALUES] + b * chain[m, _J]
            slopes, column = d_values[place : place + chain[m, _J]], columns[at : at + J]
            for j in range(J):
                slopes[levels[j]] -= column[j] * score[j]
            at += J
