"""The order of the levels in the coordinates: those that are centred come first."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design

__all__ = ["centred_first"]

type Integers = NDArray[np.int64]


def centred_first(
    design: Design, centred: Sequence[bool | NDArray[np.bool_]]
) -> tuple[Design, tuple[Integers | None, ...], tuple[int, ...]]:
    """Return the design with its levels reordered, the orders, and how many are centred.

    `centred` says of each block whether its levels are: all the same, or each, (J,). The orders
    have per block the level of the design at each place, or None when they are where they were.
    """
    flags = [
        np.broadcast_to(np.asarray(c, dtype=bool), (block.n_groups,))
        for c, block in zip(centred, design.blocks, strict=True)
    ]
    orders = tuple(_order(f) for f in flags)
    blocks = tuple(_reordered(b, o) for b, o in zip(design.blocks, orders, strict=True))
    return replace(design, blocks=blocks), orders, tuple(int(f.sum()) for f in flags)


def _order(flags: NDArray[np.bool_]) -> Integers | None:
    """Return the indices of the centred levels, then those of the others; None for no change."""
    if flags.all() or not flags.any():
        return None
    return np.argsort(~flags, kind="stable")


def _reordered(block: Block, order: Integers | None) -> Block:
    """Return a block with its levels in another order."""
    if order is None:
        return block
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    return replace(
        block,
        columns=block.columns.with_codes(place[block.columns.codes]),
        levels=tuple(block.levels[j] for j in order.tolist()),
    )
