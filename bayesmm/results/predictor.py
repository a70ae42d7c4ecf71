"""The linear predictor of any rows, draw by draw: common part, group effects, their variance."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.model.encoding import EncodedRows
from bayesmm.results.new_groups import covariance_root, new_effects
from bayesmm.results.parameters import Parameters
from bayesmm.results.prediction_rows import GroupRows
from bayesmm.sampling.posterior import effect_draws, level_chunks

__all__ = ["GroupEffects", "common_part", "group_variance", "row_chunks"]

type Array = NDArray[np.float64]


def row_chunks(n_rows: int, parameters: Parameters) -> Iterator[slice]:
    """Cut the rows so that all draws of one chunk stay within 16 MB."""
    chains, draws = parameters.shape
    return level_chunks(n_rows, chains * draws)


def common_part(parameters: Parameters, intercept: bool, rows: EncodedRows, part: slice) -> Array:
    """Return b0 + X beta + offset, shape (chain, draw, rows of the part)."""
    slopes = parameters.common[..., 1:] if intercept else parameters.common
    eta = slopes @ rows.X[part].T
    if intercept:
        eta += parameters.common[..., :1]
    if rows.offset is not None:
        eta += rows.offset[part]
    return eta


def group_variance(
    parameters: Parameters, columns: Sequence[Array], part: slice = slice(None)
) -> Array:
    """Return the variance of the group effects of each row, sum over blocks of z' Sigma z.

    Parameters
    ----------
    parameters : Parameters
        Draws.
    columns : sequence of ndarray, shape (n, q)
        Columns Z of each block.
    part : slice
        Rows.

    Returns
    -------
    ndarray, shape (chain, draw, rows of the part)
    """
    n_rows = len(range(*part.indices(len(columns[0])))) if columns else 1
    variance = np.zeros((*parameters.shape, n_rows))
    for covariance, Z in zip(parameters.covariances, columns, strict=True):
        root = covariance_root(covariance)
        for k in range(root.shape[-1]):
            variance += (root[..., k] @ Z[part].T) ** 2
    return variance


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
        self._draws = draws
        self._chosen = chosen
        self._groups = groups
        self._seed = seed
        self._roots = [
            covariance_root(covariance) if group.new_levels else None
            for group, covariance in zip(groups, parameters.covariances, strict=True)
        ]

    def add(self, eta: Array, part: slice) -> None:
        """Add z' u to the linear predictor of the rows of a part, in place."""
        for index, group in enumerate(self._groups):
            codes = group.codes[part]
            known = codes < group.block.n_groups
            self._add_known(eta, group, part, np.flatnonzero(known))
            for code in np.unique(codes[~known]):
                level = group.new_levels[code - group.block.n_groups]
                effects = new_effects(self._roots[index], index, level, self._seed)
                rows = np.flatnonzero(codes == code)
                eta[..., rows] += effects @ group.Z[part][rows].T

    def _add_known(
        self, eta: Array, group: GroupRows, part: slice, rows: NDArray[np.int64]
    ) -> None:
        codes = group.codes[part][rows]
        every = len(rows) == eta.shape[-1]
        for effects, column in zip(
            effect_draws(self._draws, group.block), group.Z[part][rows].T, strict=True
        ):
            values = effects[:, self._chosen[:, None], codes] * column
            if every:
                eta += values
            else:
                eta[..., rows] += values
