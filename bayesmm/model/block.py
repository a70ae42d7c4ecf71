"""Blocks of group effects: which effects, of which predictors, with which covariance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.block_columns import Columns, Indicator
from bayesmm.model.covariance import Covariance, unstructured_or_diagonal
from bayesmm.model.predictor import MEAN
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = ["Block", "Effect", "group_block"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect of the levels of a factor.

    Attributes
    ----------
    predictor : str
        Parameter whose linear predictor it is added to: ``"mu"``.
    name : str
        Its name in the formula: ``"Intercept"``, ``"Days"``.
    column : int
        Which of the columns of its block it multiplies. Effects on two predictors may share one.
    """

    predictor: str
    name: str
    column: int

    @property
    def is_intercept(self) -> bool:
        """Whether it is that of the constant."""
        return self.name == "Intercept"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of group effects, ``(effects | factor)``: u_g ~ N(0, Sigma) for each level g.

    Attributes
    ----------
    factor : str
        Name of the grouping factor; an interaction of columns is ``"batch:sample"``.
    levels : tuple of str
        Labels of the observed levels, in order; for an interaction ``"A:a"``.
    effects : tuple of Effect
        The q effects of a level.
    columns : Columns
        What the effects multiply in each row.
    covariance : Covariance
        Of the q effects of a level; `Diagonal` for ``(x || g)`` and when q = 1.
    """

    factor: str
    levels: tuple[str, ...]
    effects: tuple[Effect, ...]
    columns: Columns
    covariance: Covariance

    @property
    def n_groups(self) -> int:
        """Number of levels, J."""
        return len(self.levels)

    @property
    def n_effects(self) -> int:
        """Number of effects per level, q."""
        return len(self.effects)

    @property
    def level_counts(self) -> NDArray[np.int64]:
        """Number of rows of each level, shape (J,)."""
        codes = self.columns.codes
        if isinstance(codes, RowsInFiles):
            return codes.counts
        return np.bincount(codes, minlength=self.n_groups)

    def effect_columns(self) -> Iterator[tuple[Effect, Array]]:
        """Yield each effect with its column, shape (n_obs,)."""
        return ((effect, self.columns.column(effect.column)) for effect in self.effects)


def group_block(
    factor: str,
    names: Sequence[str | tuple[str, str]],
    codes: NDArray[np.int64],
    levels: Sequence[str],
    Z: Array,
    *,
    correlated: bool,
) -> Block:
    """Return the block of ``(names | factor)``, each effect with a column of its own.

    `names` are those of the q effects of mu; or of any predictors, as pairs of parameter and name.
    `codes` has the level of each row, shape (n_obs,), `Z` the columns of the effects, (n_obs, q).
    """
    named = [(MEAN, name) if isinstance(name, str) else name for name in names]
    return Block(
        factor,
        tuple(levels),
        tuple(Effect(predictor, name, k) for k, (predictor, name) in enumerate(named)),
        Indicator(codes, Z),
        unstructured_or_diagonal(correlated, len(names)),
    )
