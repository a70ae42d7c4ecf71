"""How group effects enter the rows: the columns of a block."""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array

__all__ = ["Columns", "Indicator"]

type Codes = NDArray[np.int64]


class Columns(Protocol):
    """The part of the design matrix that a block of group effects has.

    Today's blocks have indicators of their levels times Z. A dense block is one whose rows are
    all of one level. Other kinds, in which a row meets several levels, need the same words.
    """

    @property
    def codes(self) -> Codes:
        """Index into the levels of each row, shape (n_obs,)."""
        ...

    @property
    def Z(self) -> Array:
        """Values of the m columns in each row, shape (n_obs, m), C order, uncentred."""
        ...

    def take(self, rows: Codes | slice) -> Self:
        """Return the columns in some of the rows."""
        ...

    def with_values(self, Z: Array) -> Self:
        """Return columns of the same levels with other values."""
        ...

    def with_codes(self, codes: Codes) -> Self:
        """Return columns with the same values at levels that are numbered otherwise."""
        ...

    def column(self, index: int) -> Array:
        """Return the values of one column in each row, shape (n_obs,)."""
        ...

    def times(self, effects: Array, index: int) -> Array:
        """Return z_i u_g(i) of one column: effects of shape (..., J) give shape (..., n_obs)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Indicator:
    """Indicators of the levels times Z: row i meets one level, g(i)."""

    codes: Codes  # (n_obs,): index into the levels of each row
    Z: Array  # (n_obs, m): values of the columns, uncentred

    def take(self, rows: Codes | slice) -> "Indicator":
        """Return the columns in some of the rows."""
        return Indicator(self.codes[rows], np.ascontiguousarray(self.Z[rows]))

    def with_values(self, Z: Array) -> "Indicator":
        """Return columns of the same levels with other values."""
        return replace(self, Z=Z)

    def with_codes(self, codes: Codes) -> "Indicator":
        """Return columns with the same values at levels that are numbered otherwise."""
        return replace(self, codes=codes)

    def column(self, index: int) -> Array:
        """Return the values of one column in each row, shape (n_obs,)."""
        return self.Z[:, index]

    def times(self, effects: Array, index: int) -> Array:
        """Return z_i u_g(i) of one column: effects of shape (..., J) give shape (..., n_obs)."""
        return np.take(effects, self.codes, axis=-1) * self.Z[:, index]
