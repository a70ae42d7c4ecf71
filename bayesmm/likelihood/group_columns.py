"""The columns of all group effects, with one factor set apart: its effects never meet.

Effects are one vector: those of the leading factor (the one with most effects) level by level,
then those of the other blocks, block by block and level by level.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bayesmm.model.design import Block

__all__ = ["Arrangement", "GroupColumns", "arrange", "group_columns"]

type Array = NDArray[np.float64]


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
    n_leading : int
        Number of effects of the leading factor.
    """

    blocks: tuple[Block, ...]
    leading: tuple[int, ...]
    others: tuple[int, ...]
    positions: tuple[NDArray[np.int64], ...]
    n_leading: int


@dataclass(frozen=True, slots=True, eq=False)
class GroupColumns:
    """The columns Z Lambda of the spherical effects v, where u = Lambda v and v ~ N(0, I).

    Attributes
    ----------
    arrangement : Arrangement
        Order of the effects.
    factors : tuple of ndarray, each of shape (q, q)
        Lambda of one level of each block; u has covariance sigma^2 Lambda Lambda'.
    codes : ndarray of int, shape (n_obs,)
        Level of the leading factor.
    dense : ndarray, shape (n_obs, q)
        The columns of the leading factor at the level of each row.
    leading, others : sparse array, shapes (n_obs, J q) and (n_obs, m)
        All columns of the leading factor, and of the other blocks.
    """

    arrangement: Arrangement
    factors: tuple[Array, ...]
    codes: NDArray[np.int64]
    dense: Array
    leading: sparse.csr_array
    others: sparse.csr_array

    @property
    def n_effects(self) -> int:
        """Number of group effects, J q + m."""
        return self.leading.shape[1] + self.others.shape[1]

    def predictor(self, v: Array) -> Array:
        """Return Z Lambda v, shape (n_obs,)."""
        n_leading = self.leading.shape[1]
        return self.leading @ v[:n_leading] + self.others @ v[n_leading:]

    def transposed(self, rows: Array) -> Array:
        """Return Lambda' Z' rows, shape (n_effects,)."""
        return np.concatenate([self.leading.T @ rows, self.others.T @ rows])

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
    return Arrangement(
        tuple(blocks),
        tuple(leading),
        tuple(others),
        tuple(positions[k] for k in range(len(blocks))),
        n_leading,
    )


def group_columns(arrangement: Arrangement, factors: Sequence[Array]) -> GroupColumns:
    """Return the columns Z Lambda for Lambda given per level of each block, shape (q, q)."""
    blocks, n_leading = arrangement.blocks, arrangement.n_leading
    columns = [block.Z @ factor for block, factor in zip(blocks, factors, strict=True)]

    def assembled(members: tuple[int, ...], start: int, n_columns: int) -> sparse.csr_array:
        # Every row meets one level of each block: a fixed number of entries per row.
        n_obs = len(blocks[0].codes)
        data = np.hstack([np.empty((n_obs, 0)), *(columns[k] for k in members)])
        where = [arrangement.positions[k][blocks[k].codes] - start for k in members]
        indices = np.hstack([np.empty((n_obs, 0), dtype=np.int64), *where])
        pointers = np.arange(n_obs + 1) * data.shape[1]
        return sparse.csr_array((data.ravel(), indices.ravel(), pointers), (n_obs, n_columns))

    n_others = sum(at.size for at in arrangement.positions) - n_leading
    return GroupColumns(
        arrangement,
        tuple(factors),
        blocks[arrangement.leading[0]].codes,
        np.hstack([columns[k] for k in arrangement.leading]),
        assembled(arrangement.leading, 0, n_leading),
        assembled(arrangement.others, n_leading, n_others),
    )
