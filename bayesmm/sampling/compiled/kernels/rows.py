"""The rows of a family and link as a C function, which the joint density calls chunk by chunk.

``rows(table, first, n, eta, work, scalars, d_scalars) -> log p`` has one interface for all:

table
    What the joint density reads, see `data`.
first, n
    The chunk: its first row, and its number of rows, at most 1024.
eta, shape (D, 1024)
    Linear predictors; replaced by the derivatives of log p with respect to them.
work, shape (max(5, 1 + scalars), 1024)
    Free to use.
scalars, d_scalars
    The further parameters; their derivatives are added to `d_scalars`.

The first chunk also counts what depends on no row, the totals of the family.
"""

from dataclasses import dataclass

from bayesmm.sampling.compiled.code import bound_function, c_address
from bayesmm.sampling.compiled.deferred import Deferred
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE, floats
from bayesmm.sampling.compiled.loops import Loops

__all__ = ["RowFunctions"]


@bare
def _no_totals(_statistics, _auxiliary, _d_auxiliary):
    """Return 0: the rows say everything."""
    return 0.0


@dataclass(frozen=True, slots=True)
class RowFunctions:
    """The rows of one family and link, written by hand.

    The second gives log p of what depends on no eta.
    """

    rows: Deferred  # (columns, first, n, eta, work, scalars, d_scalars) -> log p
    totals: Deferred = _no_totals  # (statistics, scalars, d_scalars) -> log p

    def address(self, name: str) -> int:
        """Return the C address; `name` is that of its machine code."""
        return c_address(
            name,
            ROWS_SIGNATURE,
            lambda: bound_function(_chunk, name, rows=self.rows, totals=self.totals),
            loops=Loops.LONG,
        )


# Free of bounds checks: no family has so many further parameters.
_SCALARS = 64


# Bound by `bound_function`.
rows = totals = None


def _chunk(table, first, n, eta, work, scalars, d_scalars):
    columns, statistics = row_data(table)
    further, slopes = floats(scalars, _SCALARS), floats(d_scalars, _SCALARS)
    log_density = rows(
        columns, first, n, floats(eta, CHUNK), floats(work, 5 * CHUNK), further, slopes
    )
    if first == 0:
        log_density += totals(statistics, further, slopes)
    return log_density
