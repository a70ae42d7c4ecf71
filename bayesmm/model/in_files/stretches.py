"""Rows that can be read by themselves, and the blocks of complete rows that are made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bayesmm.model.cell_blocks import rows_of_block

__all__ = ["RowBlock", "RowStretch", "RowsAreLeftOut", "blocks_of"]


class RowsAreLeftOut(Exception):
    """Rows are not complete, in stretches that were taken for complete."""


@dataclass(frozen=True, slots=True)
class RowStretch:
    """Rows that stand one after the other and can be read without those before them."""

    place: object  # where they are, for the source that reads them
    n_rows: int
    n_complete: int | None = None  # how many of them are complete; None where nobody has looked

    @property
    def n_presumed(self) -> int:
        """How many are complete, all where nobody has looked."""
        return self.n_rows if self.n_complete is None else self.n_complete


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Complete rows that are summed by themselves."""

    stretches: tuple[RowStretch, ...]
    first: int  # number of rows before the first stretch, with those left out
    skip: int  # number of complete rows of the first stretch that are of the block before
    n_rows: int  # of the block

    @property
    def is_counted(self) -> bool:
        """Whether the complete rows of all stretches were counted."""
        return all(own.n_complete is not None for own in self.stretches)


def blocks_of(stretches: Sequence[RowStretch]) -> Iterator[RowBlock]:
    """Yield the blocks of the rows of some stretches, `cell_blocks.rows_of_block` rows each."""
    size = rows_of_block()
    read = [0, *accumulate(own.n_rows for own in stretches)]
    complete = [0, *accumulate(own.n_presumed for own in stretches)]
    begin = 0
    for first in range(0, complete[-1], size):
        last = min(first + size, complete[-1])
        while complete[begin + 1] <= first:
            begin += 1
        end = begin
        while complete[end + 1] < last:
            end += 1
        own = tuple(stretches[begin : end + 1])
        yield RowBlock(own, read[begin], first - complete[begin], last - first)
