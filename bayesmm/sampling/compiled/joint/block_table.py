"""The tables that tell the kernel how the blocks of a model are laid out and hang together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.sampling.compiled.joint.geometry import Geometry
from bayesmm.sampling.compiled.joint.layout import JointLayout
from bayesmm.sampling.compiled.joint.nesting import outer_levels, ranks_in_groups
from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.nested import nested_scratch

__all__ = ["BlockTables", "Stack", "block_tables", "first_level_value", "shift_weights"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class Stack:
    """Vectors put one after the other."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._parts: list[NDArray] = []
        self._size = 0

    def add(self, part: NDArray) -> int:
        """Append a vector; return where it starts."""
        start = self._size
        self._parts.append(np.asarray(part, dtype=self._kind))
        self._size += part.size
        return start

    def all(self) -> NDArray:
        """Return all of them."""
        return np.concatenate([*self._parts, np.empty(0, dtype=self._kind)])


@dataclass(frozen=True, slots=True, eq=False)
class BlockTables:
    """``JointData.blocks``, ``links`` and ``maps``, and the scratch for nested factors."""

    blocks: Integers
    links: Integers
    maps: Integers
    scratch: int


def block_tables(
    design: Design, layout: JointLayout, geometry: Geometry, weights: Stack
) -> BlockTables:
    """Return the tables of all blocks; the weights of shifts are added to ``JointData.weights``.

    The design has its centred levels first.
    """
    blocks, nesting = design.blocks, geometry.nesting
    table = np.zeros((len(blocks), BlockField.COUNT), dtype=np.int64)
    maps = Stack(np.int64)
    links = []
    scratch = 0
    for k, block in enumerate(blocks):
        table[k] = _block_row(design, layout, geometry, k, weights)
        table[k, BlockField.TURN] = nesting.order[k]
        outer = nesting.outer[k]
        if outer is not None:
            groups = outer_levels(block, blocks[outer])
            ranks = ranks_in_groups(groups)
            sizes = np.array([blocks[outer].n_groups, ranks.max() + 1])
            scratch = max(scratch, nested_scratch(most=int(sizes[1]), groups=int(sizes[0])))
            table[k, BlockField.OUTER] = outer
            table[k, BlockField.OUTER_AT] = maps.add(np.concatenate([sizes, groups, ranks]))
        links += [
            (k, first_level_value(layout, m, 0), maps.add(outer_levels(block, blocks[m])))
            for m in nesting.rests_on[k]
        ]
    return BlockTables(table, np.array(links, dtype=np.int64).reshape(-1, 3), maps.all(), scratch)


def first_level_value(layout: JointLayout, block: int, effect: int) -> int:
    """Return the first level value of an effect."""
    before = sum(b.n_effects * b.n_groups for b in layout.blocks[:block])
    return before + effect * layout.blocks[block].n_groups


def shift_weights(design: Design, geometry: Geometry, block: int) -> Floats:
    """Return the share of the rows that each centred level of a block has, 0 for the others."""
    codes, J = design.blocks[block].columns.codes, design.blocks[block].n_groups
    weights = np.bincount(codes, design.repeats, minlength=J) / design.every_row.n_obs
    weights[geometry.centred[block] :] = 0.0
    return weights


def _block_row(
    design: Design, layout: JointLayout, geometry: Geometry, k: int, weights: Stack
) -> list[int]:
    """Return one row of ``JointData.blocks``."""
    place = layout.blocks[k]
    row = [0] * BlockField.COUNT
    row[BlockField.EFFECTS] = place.n_effects
    row[BlockField.LEVELS] = place.n_groups
    row[BlockField.CORRELATED] = int(place.correlated)
    row[BlockField.CENTRED] = min(geometry.centred[k], place.n_groups)
    row[BlockField.SDS] = place.sds.start
    row[BlockField.PARTIALS] = place.partials.start
    row[BlockField.EFFECTS_AT] = place.effects.start
    row[BlockField.VALUES_AT] = first_level_value(layout, k, 0)
    row[BlockField.PRIOR] = place.prior
    row[BlockField.SHIFTED] = -1
    row[BlockField.SHIFTS] = -1
    row[BlockField.OUTER] = -1
    if geometry.shifted is not None and geometry.shifted[0] == k and geometry.shifting:
        row[BlockField.SHIFTED] = geometry.shifted[1]
    for block, effect in geometry.shifting:
        if block == k:
            row[BlockField.SHIFTS] = effect
            row[BlockField.SHIFT_WEIGHTS] = weights.add(shift_weights(design, geometry, k))
    return row
