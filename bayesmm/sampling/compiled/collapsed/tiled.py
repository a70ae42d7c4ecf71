"""Triangular algebra of wide matrices, tile by tile; `algebra` has that of narrow ones.

A matrix is wide when it has more than 16 columns and a multiple of 8: `padded_width` says how
wide to make it. What is below the diagonal is not looked at, and may be overwritten within the
tiles on the diagonal, unless a docstring says that it must be zero.
"""

from bayesmm.sampling.compiled.collapsed.tile import (
    TILE,
    add_tile,
    add_transposed_tile,
    factorise_tile,
)
from bayesmm.sampling.compiled.kernels.inner import ZERO, bare

__all__ = [
    "NARROW",
    "add_gram",
    "is_tiled",
    "padded_width",
    "tiled_cholesky",
    "tiled_inverse",
    "tiled_product",
    "tiled_square",
]

# A narrower matrix is faster row by row.
NARROW = 16


def padded_width(columns: int) -> int:
    """Return the number of columns that a matrix with so many should have."""
    return columns if columns <= NARROW else -(-columns // TILE) * TILE


@bare
def is_tiled(columns):
    """Return whether matrices of this width are taken tile by tile."""
    return columns > NARROW and columns % TILE == 0


@bare
def add_gram(F, C):
    """Add F'F to the upper triangle of C."""
    m = C.shape[0]
    for i in range(0, m, TILE):
        for j in range(i, m, TILE):
            add_transposed_tile(C, i, j, F, i, F, ZERO, F.shape[0], 1.0)


@bare
def tiled_cholesky(A, V, panel):
    """Overwrite the upper triangle of A with U, A = U'U; NaN when A is not positive.

    The tiles on the diagonal of V become the inverses of those of U: the rows beside a tile are
    solved for by a product with its inverse. `panel`, shape (8, n), is scratch.
    """
    n = A.shape[0]
    for i in range(0, n, TILE):
        for j in range(i, n, TILE):
            add_transposed_tile(A, i, j, A, i, A, ZERO, i, -1.0)
        factorise_tile(A, i, V)
        panel[:] = 0.0
        for j in range(i + TILE, n, TILE):
            add_transposed_tile(panel, ZERO, j, V, i, A, i, i + TILE, 1.0)
        for a in range(TILE):
            for j in range(i + TILE, n):
                A[i + a, j] = panel[a, j]


@bare
def tiled_inverse(U, V, panel):
    """Complete V = U^-1, whose tiles on the diagonal are those of `tiled_cholesky`.

    What is below the diagonal of V must be zero; `panel` as there.
    """
    n = U.shape[0]
    for i in range(n - 2 * TILE, -1, -TILE):
        panel[:] = 0.0
        for j in range(i + TILE, n, TILE):
            add_tile(panel, ZERO, j, V, i, U, i, i + TILE, -1.0)
        for a in range(i, i + TILE):
            for j in range(i + TILE, n):
                V[a, j] = 0.0
        for j in range(i + TILE, n, TILE):
            add_tile(V, i, j, panel, ZERO, V, i + TILE, j + TILE, 1.0)


@bare
def tiled_product(F, Q, bandwidth, Y):
    """Set Y to F Q; column j of Q is zero below row j + bandwidth; F has a multiple of 8 rows."""
    m = Q.shape[0]
    Y[:] = 0.0
    for i in range(0, F.shape[0], TILE):
        for j in range(0, m, TILE):
            add_tile(Y, i, j, F, i, Q, ZERO, min(j + TILE + bandwidth, m), 1.0)


@bare
def tiled_square(Q, transposed, bandwidth, Psi):
    """Set the upper triangle of Psi to that of QQ'; row i of Q is zero before i - bandwidth."""
    m = Q.shape[0]
    Psi[:] = 0.0
    for i in range(0, m, TILE):
        for j in range(i, m, TILE):
            add_tile(Psi, i, j, Q, i, transposed, max(j - bandwidth, 0), m, 1.0)
