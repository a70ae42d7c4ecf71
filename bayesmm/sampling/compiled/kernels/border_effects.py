"""Effects and coefficients of the border: from the coordinates to the rows, and back."""

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot

__all__ = ["collect", "gather", "scatter", "spread"]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_EFFECTS = BlockField.EFFECTS_AT
_VALUES = BlockField.VALUES_AT


@bare
def gather(data, others, x, solved):
    """Put the coordinates of the border into `solved`, those of effects level by level."""
    for o in range(others.shape[0]):
        block = data.blocks[others[o, 0]]
        q, J, first = block[_Q], block[_J], others[o, 1]
        for a in range(q):
            for j in range(J):
                solved[first + j * q + a] = x[block[_EFFECTS] + a * J + j]
    first = solved.shape[0] - data.sizes[1]
    for c in range(data.sizes[1]):
        solved[first + c] = x[c]


@bare
def spread(data, others, C, solved, natural, values, scalars):
    """Write effects and coefficients of the border where the rows read them; return v'v."""
    width, first = C.shape[1], solved.shape[0] - data.sizes[1]
    for o in range(others.shape[0]):
        block, row = data.blocks[others[o, 0]], others[o, 0] * width
        q, J, at = block[_Q], block[_J], others[o, 1]
        for j in range(J):
            for a in range(q):
                total = 0.0
                for b in range(a + 1):
                    total += C[row + a, b] * solved[at + j * q + b]
                natural[at + j * q + a] = total
                values[block[_VALUES] + a * J + j] = total
    for c in range(data.sizes[1]):
        natural[first + c] = solved[first + c]
        scalars[c] = solved[first + c]
    return dot(solved, 0, solved, 0, first)


@bare
def collect(data, others, C, dC, solved, d_values, d_natural):
    """Turn derivatives in the effects of the border into those in v; add to dC."""
    width = C.shape[1]
    for o in range(others.shape[0]):
        block, row = data.blocks[others[o, 0]], others[o, 0] * width
        q, J, at = block[_Q], block[_J], others[o, 1]
        for j in range(J):
            own = d_natural[at + j * q : at + (j + 1) * q]
            v = solved[at + j * q : at + (j + 1) * q]
            for a in range(q):
                own[a] += d_values[block[_VALUES] + a * J + j]
                for b in range(a + 1):
                    dC[row + a, b] += own[a] * v[b]
            for a in range(q):
                total = -v[a]
                # ascending: entry a needs those from a on
                for b in range(a, q):
                    total += C[row + b, a] * own[b]
                own[a] = total


@bare
def scatter(data, others, scores, out):
    """Write the derivatives in the coordinates of the border, the inverse of `gather`."""
    for o in range(others.shape[0]):
        block = data.blocks[others[o, 0]]
        q, J, at = block[_Q], block[_J], others[o, 1]
        for a in range(q):
            for j in range(J):
                out[block[_EFFECTS] + a * J + j] = scores[at + j * q + a]
    first = scores.shape[0] - data.sizes[1]
    for c in range(data.sizes[1]):
        out[c] = scores[first + c]
