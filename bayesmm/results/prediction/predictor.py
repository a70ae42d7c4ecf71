"""The linear predictor of any rows, draw by draw: common part, group effects, their variance."""

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.results.prediction.new_groups import covariance_root, new_effects
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.prediction_rows import GroupRows
from bayesmm.sampling.posterior import effect_draws, level_chunks

__all__ = [
    "GroupEffects",
    "common_part",
    "effect_columns_on",
    "group_variance",
    "row_chunks",
]


def row_chunks(n_rows: int, parameters: Parameters, values: int = 1) -> Iterator[slice]:
    """Cut the rows so that all draws of one chunk, of so many values a row, stay within 16 MB."""
    chains, draws = parameters.shape
    return level_chunks(n_rows, chains * draws * values)


def common_part(parameters: Parameters, predictor: Predictor, part: slice) -> Array:
    """Return b0 + X beta + offset of a predictor, shape (chain, draw, rows of the part)."""
    beta = parameters.coefficients(predictor.parameter)
    eta = beta[..., int(predictor.intercept) :] @ predictor.X[part].T
    if predictor.intercept:
        eta += beta[..., :1]
    if predictor.offset is not None:
        eta += predictor.offset[part]
    return eta


def effect_columns_on(
    blocks: Sequence[Block], matrices: Sequence[Array], parameter: str = MEAN
) -> list[Array]:
    """Return the columns of each block, zero for effects on other parameters.

    `matrices` are the columns Z of each block, shape (n, q).
    """
    found = []
    for block, Z in zip(blocks, matrices, strict=True):
        own = np.array([effect.predictor == parameter for effect in block.effects])
        found.append(Z if own.all() else Z * own)
    return found


def group_variance(
    parameters: Parameters, columns: Sequence[Array], part: slice = slice(None)
) -> Array:
    """Return the variance of the group effects of each row, sum over blocks of z' Sigma z.

    Shape (chain, draw, rows of the part), or (chain, draw, 1) without blocks; `columns` are the Z
    of each block, shape (n, q).
    """
    # z' Sigma z is linear in the q (q + 1) / 2 covariances: one matrix product for all blocks
    covariances, products = [], []
    for covariance, Z in zip(parameters.covariances, columns, strict=True):
        rows, q = Z[part], covariance.shape[-1]
        for a, b in combinations_with_replacement(range(q), 2):
            covariances.append(covariance[..., a, b] * (1.0 if a == b else 2.0))
            products.append(rows[:, a] * rows[:, b])
    if not products:
        return np.zeros((*parameters.shape, 1))
    variance = np.stack(covariances, axis=-1) @ np.stack(products)
    return np.maximum(variance, 0.0, out=variance)  # rounding, at correlations of 1


class GroupEffects:
    """The sum of the group effects of each row, for levels of the fit and for new ones."""

    def __init__(
        self,
        draws: xr.DataTree,
        chosen: NDArray[np.int64],
        parameters: Parameters,
        groups: Sequence[GroupRows],
        seed: int,
    ) -> None:
        every = len(chosen) == draws["posterior"].sizes["draw"]
        self._effects = [
            [e if every else e[:, chosen] for e in effect_draws(draws, group.block)]
            for group in groups
        ]
        self._groups = groups
        self._seed = seed
        self._roots = [
            covariance_root(covariance) if group.new_levels else None
            for group, covariance in zip(groups, parameters.covariances, strict=True)
        ]

    def add(self, eta: Array, part: slice, parameter: str = MEAN) -> None:
        """Add z' u to the linear predictor of a parameter in the rows of a part, in place."""
        for index, group in enumerate(self._groups):
            own = [k for k, e in enumerate(group.block.effects) if e.predictor == parameter]
            if not own:
                continue
            codes = group.codes[part]
            known = codes < group.block.n_groups
            self._add_known(eta, index, part, np.flatnonzero(known), own)
            for code in np.unique(codes[~known]):
                level = group.new_levels[code - group.block.n_groups]
                effects = new_effects(self._roots[index], index, level, self._seed)
                rows = np.flatnonzero(codes == code)
                eta[..., rows] += effects[..., own] @ group.Z[part][rows][:, own].T

    def _add_known(
        self, eta: Array, index: int, part: slice, rows: NDArray[np.int64], own: Sequence[int]
    ) -> None:
        group = self._groups[index]
        codes, columns = group.codes[part][rows], group.Z[part][rows].T
        every = len(rows) == eta.shape[-1]
        for k in own:
            effects, column = self._effects[index][k], columns[k]
            values = np.take(effects, codes, axis=-1)
            values *= column
            if every:
                eta += values
            else:
                eta[..., rows] += values
