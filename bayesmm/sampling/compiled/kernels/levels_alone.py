"""The elimination with what finer levels take from coarser ones frozen: each level by itself.

Where that is dear, the sums of the coarser factors and of the border are those that the finer
levels leave at the middle of the sds and correlations, and no longer follow these. Given what is
coarser, x, a level is standardised by its own F and h = its pull less F_rest x: the elimination of
a link of q + 1 columns, [own | h], with nothing beside it. The map stays triangular, and so exact.
"""

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot, four_dots
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import add, add_four, scaled_vector

__all__ = ["level_by_itself", "level_by_itself_backward"]

_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_V = LinkField.WIDTH
_FROZEN = LinkField.FROZEN
_OUTER = LinkField.OUTER
_VALUES = LinkField.VALUES_AT


@bare
def level_by_itself(chain, i, outer, frozen, natural, values, source, at):
    """Write [F_own | pull - F_rest x] of link `i` into ``source[at:]``, shape (q, q + 1, J).

    Parameters
    ----------
    chain, outer, frozen
        See `TransportData`.
    i : int
        Link of the chain.
    natural : array, shape (B,)
        x of the border; that of the coarser levels is in `values`.
    values, source, at
        See above.
    """
    link = chain[i]
    q, J, V, B = link[_Q], link[_J], link[_V], natural.shape[0]
    for a in range(q):
        row, to = link[_FROZEN] + a * V * J, at + a * (q + 1) * J
        scaled_vector(source, to, 1.0, frozen, row, q * J)
        pull = source[to + q * J : to + (q + 1) * J]
        scaled_vector(pull, 0, -1.0, frozen, row + (V - 1) * J, J)
        border, t = row + (V - 1 - B) * J, 0
        while t + 4 <= B:
            add_four(pull, 0, natural[t : t + 4], frozen, border + t * J, J)
            t += 4
        while t < B:
            add(pull, 0, natural[t], frozen, border + t * J, J)
            t += 1
        column = q
        for m in range(i + 1, chain.shape[0]):
            levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
            for b in range(chain[m, _Q]):
                place = chain[m, _VALUES] + b * chain[m, _J]
                own = values[place : place + chain[m, _J]]
                f = frozen[row + column * J : row + (column + 1) * J]
                for j in range(J):
                    pull[j] += f[j] * own[levels[j]]
                column += 1
        scaled_vector(pull, 0, -1.0, pull, 0, J)


@bare
def level_by_itself_backward(chain, i, outer, frozen, C, tail, d_natural, d_values):
    """Add to the derivatives in x of the border and of coarser levels.

    Parameters
    ----------
    chain, i, outer, frozen
        As of `level_by_itself`.
    C : array, shape (q, q)
        Lower triangular.
    tail : array
        From `eliminate_backward`, shape (q, q + 1, J): its first column is overwritten.
    d_natural, d_values : array
        Added to.
    """
    link = chain[i]
    q, J, V, B = link[_Q], link[_J], link[_V], d_natural.shape[0]
    for a in range(q):
        own = tail[a * (q + 1) * J : (a * (q + 1) + 1) * J]
        scaled_vector(own, 0, C[a, 0], tail, q * J, J)
        for b in range(1, a + 1):
            add(own, 0, C[a, b], tail, (b * (q + 1) + q) * J, J)
        row = link[_FROZEN] + a * V * J
        border, t = row + (V - 1 - B) * J, 0
        while t + 4 <= B:
            first, second, third, fourth = four_dots(own, 0, frozen, border + t * J, J)
            d_natural[t] -= first
            d_natural[t + 1] -= second
            d_natural[t + 2] -= third
            d_natural[t + 3] -= fourth
            t += 4
        while t < B:
            d_natural[t] -= dot(own, 0, frozen, border + t * J, J)
            t += 1
        column = q
        for m in range(i + 1, chain.shape[0]):
            levels = outer[link[_OUTER] + (m - i - 1) * J : link[_OUTER] + (m - i) * J]
            for b in range(chain[m, _Q]):
                place = chain[m, _VALUES] + b * chain[m, _J]
                slopes = d_values[place : place + chain[m, _J]]
                f = frozen[row + column * J : row + (column + 1) * J]
                for j in range(J):
                    slopes[levels[j]] -= f[j] * own[j]
                column += 1
