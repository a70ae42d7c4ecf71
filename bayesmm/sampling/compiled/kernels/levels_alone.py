"""The elimination with what finer levels take from coarser ones frozen: each level by itself.

Where that is dear, the sums of the coarser factors and of the border are those that the finer
levels leave at the middle of the sds and correlations, and no longer follow these. Given what is
coarser, x, a level is standardised by its own F and h = its pull less F_rest x: the elimination of
a link of q + 1 columns, [own | h], with nothing beside it (`single_alone` where q is 1). The map
stays triangular, and so exact.
"""

from bayesmm.sampling.compiled.kernels.elimination import (
    eliminate_link,
    solve,
    solve_backward,
    subtract_coarser,
    subtract_from_coarser,
)
from bayesmm.sampling.compiled.kernels.elimination_backward import eliminate_backward
from bayesmm.sampling.compiled.kernels.inner import bare, merged
from bayesmm.sampling.compiled.kernels.reductions import add_dots
from bayesmm.sampling.compiled.kernels.single_alone import solve_single, solve_single_backward
from bayesmm.sampling.compiled.kernels.transport_data import LinkField
from bayesmm.sampling.compiled.kernels.vectors import add, add_many, scaled_vector

__all__ = ["level_by_itself", "level_by_itself_backward"]

_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_V = LinkField.WIDTH
_FROZEN = LinkField.FROZEN
_VALUES = LinkField.VALUES_AT


@merged
def level_by_itself(frozen, i, C, z, space):
    """Write effects and v of link `i`; return sum log K_aa and sum v'v.

    `frozen` is the `TransportData`, C, (q, q), lower triangular, z, (q J,), has the coordinates. Of
    `space`, ``natural`` and ``values`` of what is coarser are read.
    """
    chain, link, alone = frozen.chain, frozen.chain[i], frozen.alone[i : i + 1]
    q, J, first, at = link[_Q], link[_J], link[_VALUES], alone[0, _FROZEN]
    row = link[_FROZEN]
    if q == 1:
        h = space.left[at + J : at + 2 * J]
        _pull(chain, i, 0, frozen.outer, frozen.frozen, space.natural, space.values, h)
        log_det, squares = solve_single(
            C[0, 0],
            frozen.frozen[row : row + J],
            h,
            z,
            space.factors[at : at + J],
            space.standard[first : first + J],
            space.values[first : first + J],
        )
    else:
        for a in range(q):
            to = at + a * (q + 1) * J
            scaled_vector(space.left, to, 1.0, frozen.frozen, row + a * link[_V] * J, q * J)
            h = space.left[to + q * J : to + (q + 1) * J]
            _pull(chain, i, a, frozen.outer, frozen.frozen, space.natural, space.values, h)
        none = space.rest[:0]
        log_det = eliminate_link(
            alone, 0, frozen.outer, C, space.left, at, space.left, none, space.factors
        )
        squares = solve(
            alone,
            0,
            frozen.outer,
            C,
            space.factors,
            z,
            space.natural[:0],
            space.values,
            space.standard,
        )
    return log_det, squares


@merged
def level_by_itself_backward(frozen, i, C, dC, space):
    """Write the scores of link `i`; add to the derivatives in C and in all that is coarser."""
    chain, link, alone = frozen.chain, frozen.chain[i], frozen.alone[i : i + 1]
    q, J, first, at = link[_Q], link[_J], link[_VALUES], alone[0, _FROZEN]
    row, own = link[_FROZEN], space.tail[:J]
    if q == 1:
        dC[0, 0] += solve_single_backward(
            C[0, 0],
            frozen.frozen[row : row + J],
            space.left[at + J : at + 2 * J],
            space.factors[at : at + J],
            space.standard[first : first + J],
            space.d_values[first : first + J],
            space.scores[first : first + J],
            own,
            space.small[:J],
        )
        _give(chain, i, 0, frozen.outer, frozen.frozen, own, space.d_natural, space.d_values)
    else:
        nothing = space.d_natural[:0]
        solve_backward(
            alone,
            0,
            frozen.outer,
            C,
            space.factors,
            space.standard,
            nothing,
            space.d_values,
            space.scores,
            dC,
        )
        eliminate_backward(
            alone,
            0,
            frozen.outer,
            C,
            space.left,
            at,
            space.d_left,
            space.d_factor[:0],
            space.factors,
            nothing,
            (space.values, space.standard, space.scores, space.tail, space.small),
            dC,
        )
        for a in range(q):
            # the derivatives in C'h are in the last columns: the first one is free
            to = a * (q + 1) * J
            d_h = space.tail[to : to + J]
            scaled_vector(d_h, 0, C[a, 0], space.tail, q * J, J)
            for b in range(1, a + 1):
                add(d_h, 0, C[a, b], space.tail, (b * (q + 1) + q) * J, J)
            _give(chain, i, a, frozen.outer, frozen.frozen, d_h, space.d_natural, space.d_values)


@bare
def _pull(chain, i, a, outer, frozen, natural, values, h):
    """Write the pull less F_rest x of row `a` of link `i`."""
    J, V, B = chain[i, _J], chain[i, _V], natural.shape[0]
    row = chain[i, _FROZEN] + a * V * J
    scaled_vector(h, 0, -1.0, frozen, row + (V - 1) * J, J)
    add_many(h, 0, natural, frozen, row + (V - 1 - B) * J, J)
    scaled_vector(h, 0, -1.0, h, 0, J)
    subtract_coarser(chain, i, outer, frozen, row, values, h)


@bare
def _give(chain, i, a, outer, frozen, d_h, d_natural, d_values):
    """Subtract F_rest' d_h of row `a` from the derivatives in x of all that is coarser."""
    J, V, B = chain[i, _J], chain[i, _V], d_natural.shape[0]
    row = chain[i, _FROZEN] + a * V * J
    add_dots(d_natural, -1.0, d_h, 0, frozen, row + (V - 1 - B) * J, J)
    subtract_from_coarser(chain, i, outer, frozen, row, d_h, d_values)
