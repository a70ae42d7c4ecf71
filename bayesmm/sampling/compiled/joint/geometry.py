"""How the joint density is parameterised: centred or not, and who carries which coefficient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.compiled.joint.nesting import Nesting, nesting_of

__all__ = ["Carried", "Geometry", "geometry_of", "plain_geometry"]

# Columns within this of a multiple of a column of Z, relative to their largest value, are equal.
_SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A coefficient that acts on the level values of an effect instead of on the rows.

    Its column of X is, in the rows of level j, ``weights[j]`` times the effect's column of Z.
    """

    coefficient: int  # those of mu come first: only these are carried
    block: int  # who carries it
    effect: int  # which of its effects does
    weights: NDArray[np.float64]  # its weight in each level value
    centre: float  # mean of the column when carried uncentred; the intercept takes the difference


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Parameterisation of the joint density; effects are told by block and place in it."""

    centred: tuple[int, ...]  # per block, the number of centred levels; they come first
    nesting: Nesting  # which blocks rest on others, and whose effects are integrated out
    carried: tuple[Carried, ...]  # coefficients in level values
    in_rows: tuple[int, ...]  # coefficients that act on the rows
    shifted: tuple[int, int] | None  # absorbs the means of intercepts of the other centred blocks
    shifting: tuple[tuple[int, int], ...]  # those intercepts


def geometry_of(design: Design, centred: tuple[int, ...]) -> Geometry:
    """Return the parameterisation with so many levels of each block, the first, centred.

    A coefficient whose column is, within each level, a multiple of a column of Z is carried by that
    effect: by a block with most levels centred if one can, and by the one with the fewest levels,
    because the mean of few well-known levels is what moves with the coefficient. The other such
    blocks trade their mean level with the intercept's carrier, so it absorbs those means
    (a shear, with unit Jacobian), unless their level values hold the intercept already.
    """
    blocks = design.blocks
    mostly = [2 * n > block.n_groups for n, block in zip(centred, blocks, strict=True)]
    nesting = nesting_of(blocks, mostly)
    order = sorted(
        (k for k in range(len(blocks)) if k not in nesting.integrated),
        key=lambda k: (not mostly[k], blocks[k].n_groups),
    )
    first = int(design.mu.intercept)
    centres = design.mu.centre
    carried: list[Carried] = []
    in_rows: list[int] = []
    for c in range(first + len(design.mu.names)):
        column = np.ones(design.n_obs) if c < first else design.mu.X[:, c - first]
        centre = 0.0 if c < first else float(centres[c - first])
        found = next(
            (
                _carry(c, weights, centre, k, a, blocks[k])
                for k in order
                for a in _effects(blocks[k])
                if (weights := level_weights(column, blocks[k], a)) is not None
            ),
            None,
        )
        if found is None:
            in_rows.append(c)
        else:
            carried.append(found)
    further = sum(len(p.terms) for p in design.linear_predictors[1:])
    in_rows += range(len(design.mu.terms), len(design.mu.terms) + further)
    shifted = next(
        ((m.block, m.effect) for m in carried if first and m.coefficient == 0 and mostly[m.block]),
        None,
    )
    shifting = tuple(
        (k, a)
        for k, block in enumerate(design.blocks)
        if shifted is not None and k in order and mostly[k] and k != shifted[0]
        if not nesting.rests_on[k]
        for a in _unit_effects(block)[:1]
    )
    return Geometry(centred, nesting, tuple(carried), tuple(in_rows), shifted, shifting)


def plain_geometry(design: Design, centred: tuple[int, ...]) -> Geometry:
    """Return the parameterisation in which all coefficients and effects act on the rows."""
    K = len(design.blocks)
    nesting = Nesting(outer=(None,) * K, rests_on=((),) * K)
    coefficients = sum(len(p.terms) for p in design.linear_predictors)
    return Geometry(centred, nesting, (), tuple(range(coefficients)), None, ())


def level_weights(
    column: NDArray[np.float64], block: Block, effect: int
) -> NDArray[np.float64] | None:
    """Return w with ``column = w[level] * Z[:, effect]`` in every row, or None."""
    z = block.columns.column(block.effects[effect].column)
    weights = np.zeros(block.n_groups)
    known = z != 0.0
    # Any row with z != 0 gives the weight of its level; the test below is over all rows.
    weights[block.columns.codes[known]] = column[known] / z[known]
    gap = np.abs(column - weights[block.columns.codes] * z).max(initial=0.0)
    return weights if gap <= _SAME * np.abs(column).max(initial=0.0) else None


def _unit_effects(block: Block) -> list[int]:
    """Return the effects on mu whose column of Z is ones."""
    return [
        a
        for a, (effect, z) in enumerate(block.effect_columns())
        if effect.predictor == MEAN and np.all(z == 1.0)
    ]


def _effects(block: Block) -> list[int]:
    """Return the effects of a block on mu, those with a column of ones first."""
    units = _unit_effects(block)
    others = [a for a, e in enumerate(block.effects) if e.predictor == MEAN and a not in units]
    return units + others


def _carry(
    c: int, weights: NDArray[np.float64], centre: float, k: int, a: int, block: Block
) -> Carried:
    """Return the record of coefficient `c` carried by effect `a` of block `k`."""
    if a in _unit_effects(block):
        return Carried(c, k, a, weights - centre, 0.0)
    return Carried(c, k, a, weights, centre)
