"""Random intercepts of factors nested in one another: who rests on whom, what is integrated out.

Where a factor is nested in a coarser one, its level values hold those of the coarser one: the
effects of both are sampled as totals. Where the data tell the totals of a factor well, the
effects of the coarser factor are integrated out of their prior, exactly, and drawn afterwards:
many groups of one or two levels tell the two effects apart by the prior only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.nested_levels import is_constant_within, values_of_levels

__all__ = [
    "Nesting",
    "are_nested_intercepts",
    "enclosing",
    "is_intercept",
    "nesting_of",
    "outer_levels",
    "ranks_in_groups",
]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Nesting:
    """How the blocks of a model hang together."""

    outer: tuple[int | None, ...]  # per block, whose effects are integrated out of its prior
    rests_on: tuple[tuple[int, ...], ...]  # per block, those whose level values are part of its own

    @property
    def integrated(self) -> frozenset[int]:
        """Blocks whose effects are integrated out."""
        return frozenset(k for k in self.outer if k is not None)

    @property
    def in_rows(self) -> tuple[int, ...]:
        """Blocks whose level values are in the rows, not in those of another block."""
        inside = self.integrated.union(*self.rests_on)
        return tuple(k for k in range(len(self.outer)) if k not in inside)

    @property
    def order(self) -> tuple[int, ...]:
        """All blocks, coarser before finer ones."""
        order: list[int] = []
        while len(order) < len(self.outer):
            ready = [k for k, on in enumerate(self.rests_on) if set(on) <= set(order)]
            order += [k for k in ready if k not in order]
        return tuple(order)


def nesting_of(blocks: Sequence[Block], informed: Sequence[bool]) -> Nesting:
    """Return what rests on what, and what is integrated out.

    A block is informed where the data tell most of its levels more than their distribution does.
    """
    K = len(blocks)
    coarse_first = sorted(range(K), key=lambda k: blocks[k].n_groups)
    outer: list[int | None] = [None] * K
    for k in coarse_first:
        around = {m for m in range(K) if are_nested_intercepts(blocks[k], blocks[m])}
        if informed[k] and not around & {*outer}:
            outer[k] = enclosing(blocks, k)
    rests_on: list[tuple[int, ...]] = [()] * K
    for m in coarse_first:
        inside = [
            k
            for k in coarse_first
            if m not in outer and are_nested_intercepts(blocks[k], blocks[m])
        ]
        inside = [k for k in inside if k not in outer]
        if inside:
            rests_on[inside[0]] += (m,)
    return Nesting(tuple(outer), tuple(rests_on))


def enclosing(blocks: Sequence[Block], inner: int) -> int | None:
    """Return the finest of the blocks that a block is nested in, or None."""
    around = [m for m in range(len(blocks)) if are_nested_intercepts(blocks[inner], blocks[m])]
    return max(around, key=lambda m: blocks[m].n_groups, default=None)


def is_intercept(block: Block) -> bool:
    """Return whether the only effect of a block is an intercept."""
    return block.n_effects == 1 and all(np.all(z == 1.0) for _, z in block.effect_columns())


def are_nested_intercepts(inner: Block, outer: Block) -> bool:
    """Return whether both are intercepts and each level of `inner` lies in one of fewer levels.

    Intercepts of the same linear predictor, that is.
    """
    if inner.n_groups <= outer.n_groups or not (is_intercept(inner) and is_intercept(outer)):
        return False
    if inner.effects[0].predictor != outer.effects[0].predictor:
        return False
    return is_constant_within(inner.columns.codes, outer.columns.codes)


def outer_levels(inner: Block, outer: Block) -> Integers:
    """Return the level of `outer` in which each level of `inner` lies."""
    return values_of_levels(inner.columns.codes, outer.columns.codes, inner.n_groups)


def ranks_in_groups(groups: Integers) -> Integers:
    """Return how many earlier entries have the same group as each."""
    order = np.argsort(groups, kind="stable")
    grouped = groups[order]
    ranks = np.empty(groups.size, dtype=np.int64)
    ranks[order] = np.arange(groups.size) - np.searchsorted(grouped, grouped)
    return ranks
