"""Level values of a factor nested in a coarser one whose effects are integrated out.

The value of level j of group g is m_j + e_j with e_j = u_g + w_j, u_g ~ N(0, s^2) integrated out
and w_j ~ N(0, t^2). Within a group the e_j are drawn one after the other: given k earlier ones,

    e_j ~ N(b_k sum of earlier e, c_k^2),   b_k = s^2 / (t^2 + k s^2),   c_k^2 = t^2 (1 + b_k).

The first levels of the block are centred (the coordinate is the value), the others are not (it is
standard normal), as in `blocks`. The two sds s and t trade places along a ridge where most
groups have one level; the effects u_g, which would have to follow, are not sampled.
"""

import math

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["nested_backward", "nested_forward", "nested_scratch"]

_J = BlockField.LEVELS
_CENTRED = BlockField.CENTRED
_OUTER_AT = BlockField.OUTER_AT


def nested_scratch(most: int, groups: int) -> int:
    """Return how many numbers of scratch a block with `most` levels in a group needs."""
    return 4 * most + 2 * groups


@bare
def _conditionals(inner, outer, b, c):
    """Write b_k and c_k."""
    for k in range(b.size):
        b[k] = outer * outer / (inner * inner + k * outer * outer)
        c[k] = inner * math.sqrt(1.0 + b[k])


@bare
def nested_forward(block, maps, v, inner, outer, mean, values, scratch):
    """Complete the level values of a block: write those of levels that are not centred.

    From ``block[OUTER_AT]`` on, `maps` has the number of groups, the largest number of levels in a
    group, then the group of each level and how many levels of its group come before it. v, (J,),
    are coordinates, `inner` and `outer` the sds t and s, `mean` the m_j; in `values` those of the
    centred levels are given. For `scratch` see `nested_scratch`.
    """
    at, J = block[_OUTER_AT], block[_J]
    group, rank = maps[at + 2 : at + 2 + J], maps[at + 2 + J : at + 2 + 2 * J]
    most, groups = maps[at + 1], maps[at]
    b, c, sums = scratch[:most], scratch[most : 2 * most], scratch[2 * most : 2 * most + groups]
    _conditionals(inner, outer, b, c)
    for g in range(groups):
        sums[g] = 0.0
    for j in range(J):
        k = rank[j]
        if j >= block[_CENTRED]:
            values[j] = mean[j] + b[k] * sums[group[j]] + c[k] * v[j]
        sums[group[j]] += values[j] - mean[j]


@bare
def nested_backward(block, maps, v, inner, outer, values, mean, d_values, d_mean, dv, scratch):
    """Return the log density of the coordinates and its derivatives with respect to log t, log s.

    `d_values`, (J,), has the derivatives of all else in the level values; `d_mean` and `dv` become
    those in m_j and v_j. `mean` is overwritten.
    """
    at, J = block[_OUTER_AT], block[_J]
    group, rank = maps[at + 2 : at + 2 + J], maps[at + 2 + J : at + 2 + 2 * J]
    most, groups = maps[at + 1], maps[at]
    b, c = scratch[:most], scratch[most : 2 * most]
    db, dc = scratch[2 * most : 3 * most], scratch[3 * most : 4 * most]
    sums = scratch[4 * most : 4 * most + groups]
    d_sums = scratch[4 * most + groups : 4 * most + 2 * groups]
    _conditionals(inner, outer, b, c)
    for i in range(2 * most, 4 * most + 2 * groups):
        scratch[i] = 0.0
    earlier = mean
    for j in range(J):
        e = values[j] - mean[j]
        d_mean[j] = e
        earlier[j] = sums[group[j]]
        sums[group[j]] += e
    log_density = 0.0
    for j in range(J - 1, -1, -1):
        k, g = rank[j], group[j]
        # of e_j, by way of later levels of its group
        later = d_sums[g]
        if j < block[_CENTRED]:
            z = (d_mean[j] - b[k] * earlier[j]) / c[k]
            log_density -= 0.5 * z * z + math.log(c[k])
            pull = z / c[k]
            dv[j] = d_values[j] + later - pull
            d_mean[j] = pull - later
            dc[k] += (z * z - 1.0) / c[k]
        else:
            log_density -= 0.5 * v[j] * v[j]
            pull = d_values[j] + later
            dv[j] = c[k] * pull - v[j]
            d_mean[j] = d_values[j]
            dc[k] += pull * v[j]
        db[k] += pull * earlier[j]
        d_sums[g] += pull * b[k]
    d_inner, d_outer = 0.0, 0.0
    for k in range(b.size):
        # d log b_k / d log s = 2 t^2 / (t^2 + k s^2) = -d log b_k / d log t
        slope = 2.0 * (1.0 - k * b[k]) * b[k]
        through = (db[k] + dc[k] * 0.5 * inner * inner / c[k]) * slope
        d_outer += through
        d_inner += dc[k] * c[k] - through
    return log_density, d_inner, d_outer
