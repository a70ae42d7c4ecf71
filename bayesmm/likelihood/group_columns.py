"""The columns of all group effects, with one factor set apart: its effects never meet.

Effects are one vector: those of the leading factor (the one with most effects) level by level,
then those of the other blocks, block by block and level by level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.block import Block

__all__ = ["Arrangement", "GroupColumns", "arrange", "group_columns", "sums"]


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Which blocks lead and where the effects of each block are in the vector of effects.

    Attributes
    ----------
    blocks : tuple of Block
        Blocks of group effects, in the order of the design.
    leading, others : tuple of int
        Indices of the blocks of the leading factor, and of the rest.
    positions : tuple of ndarray of int, shape (J, q)
        Per block, in the order of the design, the positions of its effects.
    n_leading, n_others : int
        Numbers of effects of the leading factor, and of the rest.
    meetings : mapping of (int, int) to ndarray of int, shape (n_obs,)
        For a block k and an other block l, the place of each row in a table of J_k by J_l levels.
    """

    blocks: tuple[Block, ...]
    leading: tuple[int, ...]
    others: tuple[int, ...]
    positions: tuple[NDArray[np.int64], ...]
    n_leading: int
    n_others: int
    meetings: Mapping[tuple[int, int], NDArray[np.int64]]

    def of_leading(self, factors: Sequence[Array]) -> Array:
        """Return Lambda of all effects of one level of the leading factor, from one per block."""
        own = [factors[k] for k in self.leading]
        result = np.zeros((sum(map(len, own)),) * 2)
        first = 0
        for factor in own:
            here = slice(first, first := first + len(factor))
            result[here, here] = factor
        return result

    def by_level(self, k: int, products: Array) -> Array:
        """Return the entries of block k among products with the effects outside the leading factor.

        A view of their last axis, of which J levels by q effects become the last two.
        """
        first, shape = self.positions[k].flat[0] - self.n_leading, self.positions[k].shape
        own = products[..., first : first + self.positions[k].size]
        return own.reshape(*products.shape[:-1], *shape)


@dataclass(frozen=True, slots=True, eq=False)
class GroupColumns:
    """The columns Z Lambda of the spherical effects v, where u = Lambda v and v ~ N(0, I).

    Attributes
    ----------
    arrangement : Arrangement
        Order of the effects.
    factors : tuple of ndarray, each of shape (q, q)
        Lambda of one level of each block; u has covariance sigma^2 Lambda Lambda'.
    columns : tuple of ndarray, each of shape (n_obs, q)
        Per block, the columns of Z Lambda at the level of each row; zero at all other levels.
    """

    arrangement: Arrangement
    factors: tuple[Array, ...]
    columns: tuple[Array, ...]

    @property
    def codes(self) -> NDArray[np.int64]:
        """Level of the leading factor, shape (n_obs,)."""
        return self.arrangement.blocks[self.arrangement.leading[0]].columns.codes

    @property
    def dense(self) -> Array:
        """Columns of the leading factor at the level of each row, shape (n_obs, q)."""
        return np.hstack([self.columns[k] for k in self.arrangement.leading])

    @property
    def n_effects(self) -> int:
        """Number of group effects, J q + m."""
        return self.arrangement.n_leading + self.arrangement.n_others

    def predictor(self, v: Array) -> Array:
        """Return Z Lambda v, shape (n_obs,)."""
        parts = zip(self.arrangement.blocks, self.arrangement.positions, self.columns, strict=True)
        return sum(
            np.einsum("iq,iq->i", own, v[at][block.columns.codes]) for block, at, own in parts
        )

    def transposed(self, rows: Array) -> Array:
        """Return Lambda' Z' rows, shape (n_effects,)."""
        result = np.empty(self.n_effects)
        parts = zip(self.arrangement.blocks, self.arrangement.positions, self.columns, strict=True)
        for block, at, own in parts:
            result[at] = sums(block.columns.codes, own * rows[:, None], block.n_groups)
        return result

    def effects(self, v: Array) -> tuple[Array, ...]:
        """Return u = Lambda v per block in the order of the design, each of shape (J, q)."""
        positions = self.arrangement.positions
        return tuple(v[at] @ f.T for at, f in zip(positions, self.factors, strict=True))


def arrange(blocks: Sequence[Block]) -> Arrangement:
    """Return the arrangement in which the factor with most effects leads."""
    members: dict[str, list[int]] = {}
    for k, block in enumerate(blocks):
        members.setdefault(block.factor, []).append(k)

    def n_effects(group: list[int]) -> int:
        return sum(blocks[k].n_groups * blocks[k].n_effects for k in group)

    leading = max(members.values(), key=n_effects)
    others = [k for k in range(len(blocks)) if k not in leading]
    positions: dict[int, NDArray[np.int64]] = {}
    width = sum(blocks[k].n_effects for k in leading)
    start = 0
    for k in leading:
        rows = width * np.arange(blocks[k].n_groups)[:, None]
        positions[k] = rows + start + np.arange(blocks[k].n_effects)
        start += blocks[k].n_effects
    n_leading = start = n_effects(leading)
    for k in others:
        size = blocks[k].n_groups * blocks[k].n_effects
        positions[k] = start + np.arange(size).reshape(blocks[k].n_groups, -1)
        start += size
    meetings = {
        (k, other): blocks[k].columns.codes * blocks[other].n_groups + blocks[other].columns.codes
        for k in (leading[0], *others)
        for other in others
    }
    return Arrangement(
        tuple(blocks),
        tuple(leading),
        tuple(others),
        tuple(positions[k] for k in range(len(blocks))),
        n_leading,
        start - n_leading,
        meetings,
    )


def group_columns(arrangement: Arrangement, factors: Sequence[Array]) -> GroupColumns:
    """Return the columns Z Lambda for Lambda given per level of each block, shape (q, q)."""
    columns = tuple(
        block.columns.Z @ factor for block, factor in zip(arrangement.blocks, factors, strict=True)
    )
    return GroupColumns(arrangement, tuple(factors), columns)


def sums(codes: NDArray[np.int64], rows: Array, n_levels: int) -> Array:
    """Return the sums of each column of rows, shape (n_obs, k), by level: shape (n_levels, k)."""
    result = np.empty((n_levels, rows.shape[1]))
    for j, column in enumerate(rows.T):
        result[:, j] = np.bincount(codes, column, n_levels)
    return result
