"""Sums of the rows of a design in memory, kept beside them."""

from dataclasses import dataclass
from typing import Any, Self

__all__ = ["SumsOfRows"]


@dataclass(frozen=True, slots=True, eq=False)
class SumsOfRows:
    """Sums of the rows of a design in memory, and of which arrays they are."""

    design: Any  # the same model with `RowsInFiles` for arrays
    arrays: tuple[object, ...]  # what was summed: of other arrays these are not the sums

    @classmethod
    def of(cls, design: Any, summed: Any) -> Self:
        """Return the sums of the rows that a design has."""
        return cls(summed, _arrays(design))

    def of_rows(self, design: Any) -> Any:
        """Return the design of sums if they are those of this design, else the design."""
        own = zip(_arrays(design), self.arrays, strict=True)
        return self.design if all(a is b for a, b in own) else design


def _arrays(design: Any) -> tuple[object, ...]:
    """Return the arrays of a design that sums are of."""
    columns = (own for b in design.blocks for own in (b.columns.codes, b.columns.Z))
    return (design.y, design.weights, design.mu.X, design.mu.offset, *columns)
