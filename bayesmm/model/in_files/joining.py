"""Sums of all rows from those of blocks, which are made side by side and joined in their order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Protocol

from bayesmm.model import row_sums
from bayesmm.model.cell_blocks import rows_of_block
from bayesmm.model.in_files.stretches import RowsAreLeftOut, blocks_of
from bayesmm.model.in_files.table_source import Chunk, TableSource

__all__ = ["joined_blocks"]


class Joined[Result](Protocol):
    """What takes the results of blocks."""

    @property
    def fits(self) -> bool:
        """Whether more are wanted."""
        ...

    def take(self, block: Result) -> None:
        """Take the result of the next block."""
        ...


def joined_blocks[Result, Own: Joined](
    source: TableSource,
    names: Sequence[str],
    work: Callable[[Iterator[Chunk]], Result],
    begin: Callable[[], Own],
) -> tuple[Own, int]:
    """Return what has taken the results of all blocks, and how many rows were read.

    Rows are taken for complete, until one is not: then the complete ones are counted first, because
    a block has so many of them.

    A row is complete when it has a value in each of the columns `names`, which are read. `work`
    makes the result of the rows of a block, and `begin` what takes the results.
    """
    stretches = source.stretches(names)
    if not stretches:
        return _streamed(source, names, work, begin())
    n_read = sum(own.n_rows for own in stretches)
    try:
        return _taken(begin(), source.mapped(work, blocks_of(stretches), names)), n_read
    except RowsAreLeftOut:
        stretches = source.counted(stretches, names)
    return _taken(begin(), source.mapped(work, blocks_of(stretches), names)), n_read


def _taken[Result, Own: Joined](joined: Own, results: Iterable[Result]) -> Own:
    for result in results:
        joined.take(result)
        if not joined.fits:
            break
    return joined


def _streamed[Result, Own: Joined](
    source: TableSource,
    names: Sequence[str],
    work: Callable[[Iterator[Chunk]], Result],
    joined: Own,
) -> tuple[Own, int]:
    """Take the blocks of rows that come in one stream."""
    n_read = 0

    def noted() -> Iterator[Chunk]:
        nonlocal n_read
        for chunk in source.chunks(names):
            n_read = chunk.n_read
            yield chunk

    chunks = noted()
    blocks = (chain([first], islice(chunks, _chunks_of_block() - 1)) for first in chunks)
    return _taken(joined, map(work, blocks)), n_read


def _chunks_of_block() -> int:
    return rows_of_block() // row_sums.CHUNK
