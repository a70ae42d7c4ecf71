"""Chunks and blocks of few rows, so that a few thousand rows are many of them."""

import pytest

from bayesmm.model import cell_blocks, pieces, row_sums

__all__ = ["with_small_chunks"]


def with_small_chunks(patch: pytest.MonkeyPatch, rows: int) -> None:
    """Let a chunk have so many rows, in five pieces where that can be, and a block two chunks."""
    patch.setattr(row_sums, "CHUNK", rows)
    patch.setattr(pieces, "PIECE", rows // 5 if rows % 5 == 0 else rows)
    patch.setattr(cell_blocks, "CHUNKS_OF_BLOCK", 2)
