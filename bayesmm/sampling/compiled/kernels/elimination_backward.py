"""Derivatives of the elimination of `elimination` in the factors C, from the last link back.

References
----------
Giles (2008), doi:10.1007/978-3-540-68942-3_4, of derivatives of matrix factorisations.
"""

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import (
    add,
    add_four,
    multiply,
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
    """Add to dC what the factors of link `i` depend on it; write the derivatives in `left`.

    Parameters
    ----------
    chain, i, outer, C, source, at, factors
        As in `elimination.eliminate`, and left by it.
    d_left : array
        Derivatives in `left`: those of coarser links are read, those of the link written.
    twice : array, shape (B + 1, B + 1)
        Derivatives in what is left of the border as the symmetric matrix that E is multiplied by,
        with the opposite sign.
    natural : array, shape (B,)
        x of the border.
    space : tuple
        ``values, standard, scores, tail, small`` of `TransportSpace`.
    dC : array, shape (q, q)
        Added to.
    """
    values, standard, scores, tail, small = space
    link = chain[i]
    q, J, V, first = link[_Q], link[_J], link[_V], link[_VALUES]
    rest = (V - q) * J
    for a in range(q):
        _seed(chain, i, a, outer, values, scores, natural, tail)
        _give(chain, i, a, outer, factors, d_left, twice, tail)
    own = link[_FACTORS]
    for a in range(q - 1, -1, -1):
        row = own + a * V * J
        for t in range(q, V):
            place = (a * V + t) * J
            for b in range(a + 1, q):
                subtract_product(tail, place, factors, row + b * J, tail, (b * V + t) * J, J)
            multiply(tail, place, factors, row + a * J, J)
    for a in range(q):
        for b in range(a + 1):
            slope = small[(b * q + a) * J : (b * q + a + 1) * J]
            scaled_vector(slope, 0, -1.0 if a == b else 0.0, factors, own + (a * V + a) * J, J)
            subtract_product(slope, 0, standard, first + a * J, scores, first + b * J, J)
            for t in range(q, V):
                place = own + (b * V + t) * J
                subtract_product(slope, 0, tail, (a * V + t) * J, factors, place, J)
            dC[a, b] += dot(source, at + (a * V + q) * J, tail, (b * V + q) * J, rest)
    _factors_backward(factors, own, V, q, J, small)
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
    width = twice.shape[0]
    for t in range(width):
        place = (first + t) * J
        r = 0
        while r + 4 <= width:
            add_four(target, place, twice[t, r : r + 4], e, (first + r) * J, J)
            r += 4
        while r < width:
            add(target, place, twice[t, r], e, (first + r) * J, J)
            r += 1


@bare
def _factors_backward(factors, own, V, q, J, small):
    """Turn derivatives in K' (upper, in `small`) into those in K K', symmetric."""
    for k in range(q - 1, -1, -1):
        for r in range(k + 1, q):
            for t in range(r, q):
                product, upper = (r * q + t) * J, own + k * V * J
                subtract_product(small, (k * q + r) * J, small, product, factors, upper + t * J, J)
                subtract_product(small, (k * q + t) * J, factors, upper + r * J, small, product, J)
        inverse = own + (k * V + k) * J
        pivot = small[(k * q + k) * J : (k * q + k + 1) * J]
        for t in range(k + 1, q):
            place = (k * q + t) * J
            multiply(small, place, factors, inverse, J)
            subtract_product(pivot, 0, small, place, factors, own + (k * V + t) * J, J)
        multiply(pivot, 0, factors, inverse, J)
        scaled_vector(pivot, 0, 0.5, pivot, 0, J)
    for k in range(q):
        for t in range(k + 1, q):
            scaled_vector(small, (k * q + t) * J, 0.5, small, (k * q + t) * J, J)
            scaled_vector(small, (t * q + k) * J, 1.0, small, (k * q + t) * J, J)


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
