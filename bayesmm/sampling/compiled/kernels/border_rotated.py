"""A border of the intercepts of one factor and the coefficients, without a factorisation.

Where what the chain leaves to the border is frozen (`levels_alone`), R of the effects b = s v, less
what the coefficients take, has eigenvectors Q and values lambda that are frozen too. In their
directions the effects are independent: K_j^2 = 1 + s^2 lambda_j, v = Q w, w_j = (z_j + s h_j / K_j)
/ K_j. Coefficients are beta = G b + beta_0 + T z, all frozen.
"""

import math

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot
from bayesmm.sampling.compiled.kernels.vectors import add

__all__ = ["rotated_border", "rotated_border_backward"]

_J = BlockField.LEVELS
_EFFECTS = BlockField.EFFECTS_AT
_VALUES = BlockField.VALUES_AT


@bare
def rotated_border(block, rotation, spectrum, given, s, x, solved, natural, values, scalars):
    """Write effects and coefficients of the border; return w'w / 2 + sum log K_j.

    `block` is its row of ``JointData.blocks``; `rotation`, `spectrum` and `given` are those of
    `TransportData`, s is the sd, x the coordinates. `solved` becomes w, `natural`, `values` and
    `scalars` effects and coefficients, as in `TransportSpace`.
    """
    J, at, first = block[_J], block[_EFFECTS], block[_VALUES]
    total = 0.0
    for j in range(J):
        squared = 1.0 + s * s * spectrum[0, j]
        solved[j] = x[at + j] / math.sqrt(squared) + s * spectrum[1, j] / squared
        total += 0.5 * (solved[j] * solved[j] + math.log(squared))
    for j in range(J):
        natural[j] = s * dot(rotation[j], 0, solved, 0, J)
        values[first + j] = natural[j]
    for c in range(given.shape[0]):
        scalars[c] = given[c, J] + dot(given[c], 0, natural, 0, J)
        scalars[c] += dot(given[c], J + 1, x, 0, given.shape[0])
        natural[J + c] = scalars[c]
    return total


@bare
def rotated_border_backward(
    block, rotation, spectrum, given, s, x, solved, d_natural, d_values, turned, out
):
    """Write the derivatives in the coordinates of the border into `out`; return the one in the sd.

    `d_natural`, (B,), has the derivatives in effects, without those of the rows, and in
    coefficients, and is overwritten; `d_values` those in the effects of the rows. `turned`, (B,),
    is scratch.
    """
    J, at, p = block[_J], block[_EFFECTS], given.shape[0]
    for c in range(p):
        out[c] = 0.0
    for c in range(p):
        add(out, 0, d_natural[J + c], given[c], J + 1, p)
        add(d_natural, 0, d_natural[J + c], given[c], 0, J)
    for j in range(J):
        turned[j] = 0.0
    for j in range(J):
        slope = d_natural[j] + d_values[block[_VALUES] + j]
        add(turned, 0, slope, rotation[j], 0, J)
    d_sd = 0.0
    for j in range(J):
        squared = 1.0 + s * s * spectrum[0, j]
        root = math.sqrt(squared)
        d_w = s * turned[j] - solved[j]
        bend = s * spectrum[0, j] / squared
        d_sd += turned[j] * solved[j] - bend
        pull = spectrum[1, j] / squared
        d_sd += d_w * (pull - bend * (solved[j] + s * pull))
        out[at + j] = d_w / root
    return d_sd
