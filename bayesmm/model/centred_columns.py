"""Changes of columns to those measured from the means of their variables, and back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array

__all__ = ["Centring", "Centrings"]


@dataclass(frozen=True, slots=True, eq=False)
class Centring:
    """The change of some columns to centred ones."""

    # C, (k, k): the centred columns are the raw ones times C; raw coefficients are C times centred
    # ones
    matrix: Array
    # for each coefficient, the variables at whose means its centred counterpart is
    at: tuple[tuple[str, ...], ...]

    def columns(self, raw: Array, first: int = 0) -> Array:
        """Return the centred columns, shape (n, k - first).

        Sums are made in one order, so that equal columns of two matrices stay equal.

        `first` is 1 when a column of ones, which is not among `raw` of shape (n, k - first), stands
        before them.
        """
        centred = np.array(raw, order="C")
        for j in range(first, len(self.matrix)):
            for i in np.flatnonzero(self.matrix[:, j]):
                if i != j:
                    weight = self.matrix[i, j]
                    centred[:, j - first] += weight if i < first else weight * raw[:, i - first]
        return centred

    def keeping(self, places: Iterable[int]) -> "Centring":
        """Return the change after which the coefficients at some places are the raw ones."""
        matrix, at = self.matrix.copy(), list(self.at)
        for i in places:
            matrix[i] = 0.0
            matrix[i, i] = 1.0
            at[i] = ()
        return Centring(matrix, tuple(at))

    @classmethod
    def of_parts(
        cls, parts: Sequence["Centring | None"], sizes: Sequence[int]
    ) -> "Centring | None":
        """Return the change of columns that are those of several formulas; None where none does."""
        if all(part is None for part in parts):
            return None
        every = [
            part or cls(np.eye(size), ((),) * size) for part, size in zip(parts, sizes, strict=True)
        ]
        matrix = np.zeros((sum(sizes), sum(sizes)))
        ends = np.cumsum(sizes)
        for part, size, end in zip(every, sizes, ends, strict=True):
            matrix[end - size : end, end - size : end] = part.matrix
        return cls(matrix, tuple(at for part in every for at in part.at))

    @property
    def changes(self) -> bool:
        """Whether any coefficient is another one."""
        return bool(np.any(self.matrix != np.eye(len(self.matrix))))


@dataclass(frozen=True, slots=True, eq=False)
class Centrings:
    """The changes of all columns of a design, None where nothing changes."""

    # of the common effects of each predictor, its intercept first if there is one
    predictors: tuple[Centring | None, ...]
    blocks: tuple[Centring | None, ...]  # of each block of group effects

    @property
    def common(self) -> Centring | None:
        """Of the common effects of mu."""
        return self.predictors[0]

    @property
    def changes(self) -> bool:
        """Whether any column is another one."""
        return any(own is not None for own in (*self.predictors, *self.blocks))
