"""Derivatives of the elimination of `elimination` in the factors C, from the last link back."""

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.levels import levels_backward
from bayesmm.sampling.compiled.kernels.reductions import dot
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import (
    add,
    add_many,
    scaled_vector,
    subtract_product,
)

__all__ = ["eliminate_backward"]

_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_V = LinkField.WIDTH
_LEFT = LinkField.LEFT
_FACTORS = LinkField.FACTORS
_OUTER = LinkField.OUTER
_VALUES = LinkField.VALUES_AT


@bare
def eliminate_backward(chain, i, outer, C, source, at, d_left, twice, factors, natural, space, dC):
    """Add to dC, (q, q), what the factors of link `i` depend on it; write derivatives in `left`.

    What `elimination.eliminate_link` had is as it left it. Of `d_left` those of coarser links are
    read, those of the link written. `twice`, (B + 1, B + 1), has the derivatives in what is left of
    the border as the symmetric matrix that E is multiplied by, with the opposite sign; `natural`,
    (B,), is x of the border, `space` ``values, standard, scores, tail, small`` of `TransportSpace`.
    """
    values, standard, scores, tail, small = space
    link = chain[i]
    q, J, V, first = link[_Q], link[_J], link[_V], link[_VALUES]
    rest = (V - q) * J
    for a in range(q):
        _seed(chain, i, a, outer, values, scores, natural, tail)
        _give(chain, i, a, outer, factors, d_left, twice, tail)
    own = link[_FACTORS]
    for a in range(q):
        for b in range(a + 1):
            slope = small[(b * q + a) * J : (b * q + a + 1) * J]
            scaled_vector(slope, 0, -1.0 if a == b else 0.0, factors, own + (a * V + a) * J, J)
            subtract_product(slope, 0, standard, first + a * J, scores, first + b * J, J)
    levels_backward(factors, own, q, V, J, tail, small)
    for a in range(q):
        for b in range(a + 1):
            dC[a, b] += dot(source, at + (a * V + q) * J, tail, (b * V + q) * J, rest)
    _pivots_backward(source, at, V, q, J, C, small, dC)
    if i > 0:
        _rows_backward(d_left, link[_LEFT], V, q, J, C, small, tail)


@bare
def _seed(chain, i, a, outer, values, scores, natural, tail):
    """Write what row `a` of E gives to the derivatives by v = K^-T (c + z - E x)."""
    q, J, V = chain[i, _Q], chain[i, _J], chain[i, _V]
    score = chain[i, _VALUES] + a * J
    row = a * V * J
    column = q
    for m in range(i + 1, chain.shape[0]):
        levels = outer[chain[i, _OUTER] + (m - i - 1) * J : chain[i, _OUTER] + (m - i) * J]
        for b in range(chain[m, _Q]):
            place = chain[m, _VALUES] + b * chain[m, _J]
            for j in range(J):
                tail[row + column * J + j] = -scores[score + j] * values[place + levels[j]]
            column += 1
    for t in range(natural.shape[0]):
        scaled_vector(tail, row + (column + t) * J, -natural[t], scores, score, J)
    scaled_vector(tail, row + (V - 1) * J, 1.0, scores, score, J)


@bare
def _give(chain, i, a, outer, factors, d_left, twice, tail):
    """Add to row `a` what its E took from coarser levels and the border."""
    q, J, V = chain[i, _Q], chain[i, _J], chain[i, _V]
    e = factors[chain[i, _FACTORS] + a * V * J : chain[i, _FACTORS] + (a + 1) * V * J]
    target = tail[a * V * J : (a + 1) * V * J]
    first = q
    for m in range(i + 1, chain.shape[0]):
        levels = outer[chain[i, _OUTER] + (m - i - 1) * J : chain[i, _OUTER] + (m - i) * J]
        columns, many = chain[m, _V], chain[m, _J]
        for r in range(chain[m, _Q]):
            one, to_one = (first + r) * J, target[(first + r) * J : (first + r + 1) * J]
            for t in range(columns):
                two, to_two = (first + t) * J, target[(first + t) * J : (first + t + 1) * J]
                place = chain[m, _LEFT] + (r * columns + t) * many
                slopes = d_left[place : place + many]
                for j in range(J):
                    to_two[j] -= e[one + j] * slopes[levels[j]]
                for j in range(J):
                    to_one[j] -= e[two + j] * slopes[levels[j]]
        first += chain[m, _Q]
    for t in range(twice.shape[0]):
        add_many(target, (first + t) * J, twice[t], e, first * J, J)


@bare
def _pivots_backward(source, at, V, q, J, C, small, dC):
    """Add 2 F C S to dC and leave C S after S in `small`."""
    for a in range(q):
        for b in range(q):
            place = ((q + a) * q + b) * J
            scaled_vector(small, place, C[a, a], small, (a * q + b) * J, J)
            for c in range(a):
                add(small, place, C[a, c], small, (c * q + b) * J, J)
    for a in range(q):
        for b in range(a + 1):
            for c in range(q):
                product = dot(source, at + (a * V + c) * J, small, ((q + c) * q + b) * J, J)
                dC[a, b] += 2.0 * product


@bare
def _rows_backward(d_left, at, V, q, J, C, small, tail):
    """Write the derivatives in F: C S C', and C times those in C'F_rest."""
    for a in range(q):
        for t in range(q):
            place = at + (a * V + t) * J
            scaled_vector(d_left, place, C[t, t], small, ((q + a) * q + t) * J, J)
            for b in range(t):
                add(d_left, place, C[t, b], small, ((q + a) * q + b) * J, J)
        rest = at + (a * V + q) * J
        scaled_vector(d_left, rest, C[a, a], tail, (a * V + q) * J, (V - q) * J)
        for b in range(a):
            add(d_left, rest, C[a, b], tail, (b * V + q) * J, (V - q) * J)
