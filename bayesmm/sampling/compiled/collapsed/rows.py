"""The rows of a Gaussian model: without offset, scaled to unit weight, coefficients centred."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.predictor_scale import constant_weights
from bayesmm.model.row_sums import less_offset, mean, weighted_mean
from bayesmm.sampling.compiled.collapsed.plan import Plan

__all__ = ["GaussianRows", "response_shift", "row_parts"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

_PART = 16_384  # rows; their columns stay in the cache until they are added up


@dataclass(frozen=True, slots=True, eq=False)
class GaussianRows:
    """The rows of a Gaussian model, scaled to unit weight and without offset.

    Effects of K factors are columns of W; those of one factor are eliminated.
    """

    common: Floats  # columns of the coefficients and, last, the response, (n, p + 1)
    dense_codes: Integers  # level of each row in the K factors, (K, n)
    dense_Z: Floats  # their effect columns side by side, (n, sum of widths)
    dense_widths: Integers  # numbers of effects
    dense_levels: Integers  # numbers of levels
    codes: Integers  # level in the eliminated factor
    Z: Floats  # effect columns of the eliminated factor; q = 0 when there is none, (n, q)
    n_groups: int  # number of its levels


def response_shift(design: Design) -> Floats:
    """Return the coefficients that are subtracted from the response before all else.

    Any fixed shift is exact; the mean keeps the sums of squares small, as intercept or as the
    cell means that hold one.
    """
    if design.mu.intercept:
        constant = np.r_[1.0, np.zeros(len(design.mu.names))]
    else:
        constant = constant_weights(design.mu.X)
    return constant * _mean(design) if constant.any() else constant


def _mean(design: Design) -> float:
    """Return the weighted mean of the response without its offset."""
    y = less_offset(design.y, design.mu.offset)
    return mean(y) if design.weights is None else weighted_mean(y, design.weights)


def row_parts(
    design: Design,
    plan: Plan,
    columns: Integers | None = None,
    *,
    shifted: bool = True,
    part: int = _PART,
) -> Iterator[GaussianRows]:
    """Yield the rows, scaled to unit weight, `part` by part: a copy of all is never made.

    `columns` says which of the coefficients, as positions in ``Design.terms``, all by default;
    their columns are centred. If `shifted`, `response_shift` is subtracted from the response.
    """
    columns = np.arange(len(design.mu.terms)) if columns is None else columns
    shift, centre = _level_shift(design) if shifted else 0.0, design.mu.centre
    for some in design.parts():
        own = plan if some is design else plan.of_rows(some)
        for start in range(0, some.n_obs, part):
            yield _rows(some, own, columns, shift, centre, slice(start, start + part))


def _rows(
    design: Design, plan: Plan, columns: Integers, shift: float, centre: Floats, part: slice
) -> GaussianRows:
    """Return a part of the rows."""
    y = design.y[part] if design.mu.offset is None else design.y[part] - design.mu.offset[part]
    n = len(y)
    common = np.empty((n, len(columns) + 1))
    for k, own in enumerate(columns - int(design.mu.intercept)):
        if own < 0:
            common[:, k] = 1.0
        else:  # a broadcast over rows of few columns takes ten times as long
            np.subtract(design.mu.X[part, own], centre[own], out=common[:, k])
    common[:, -1] = y - shift
    dense = plan.dense
    dense_Z = np.hstack([f.Z[part] for f in dense]) if dense else np.zeros((n, 0))
    eliminated = plan.eliminated
    Z = eliminated.Z[part] if eliminated else np.zeros((n, 0))
    if design.weights is not None:
        root = np.sqrt(design.weights[part])[:, None]
        common, dense_Z, Z = common * root, dense_Z * root, Z * root
    codes = [f.codes[part] for f in dense]
    return GaussianRows(
        common=common,
        dense_codes=np.array(codes, dtype=np.int64).reshape(len(dense), n),
        dense_Z=np.ascontiguousarray(dense_Z),
        dense_widths=np.array([f.n_effects for f in dense], dtype=np.int64),
        dense_levels=np.array([f.n_groups for f in dense], dtype=np.int64),
        codes=eliminated.codes[part] if eliminated else np.zeros(n, dtype=np.int64),
        Z=np.ascontiguousarray(Z),
        n_groups=eliminated.n_groups if eliminated else 0,
    )


def _level_shift(design: Design) -> float:
    """Return what the coefficients of `response_shift` are in every row."""
    holds_constant = design.mu.intercept or constant_weights(design.mu.X).any()
    return _mean(design) if holds_constant else 0.0
