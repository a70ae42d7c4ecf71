"""The rows of a Gaussian model: without offset, scaled to unit weight, coefficients centred."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.predictor_scale import constant_weights
from bayesmm.sampling.compiled.collapsed.plan import Plan

__all__ = ["Rows", "common_columns", "response_rows", "response_shift", "row_parts"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

_PART = 16_384  # rows; their columns stay in the cache until they are added up


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a Gaussian model, scaled to unit weight and without offset.

    Attributes
    ----------
    common : ndarray, shape (n, p + 1)
        Columns of the coefficients and, last, the response.
    dense_codes : ndarray of int64, shape (K, n)
        Level of each row in the K factors whose effects are columns of W.
    dense_Z : ndarray, shape (n, sum of widths)
        Their effect columns side by side.
    dense_widths, dense_levels : ndarray of int64, shape (K,)
        Number of effects and of levels of each.
    codes : ndarray of int64, shape (n,)
        Level in the eliminated factor.
    Z : ndarray, shape (n, q)
        Effect columns of the eliminated factor; q = 0 when there is none.
    n_groups : int
        Number of levels of the eliminated factor.
    """

    common: Floats
    dense_codes: Integers
    dense_Z: Floats
    dense_widths: Integers
    dense_levels: Integers
    codes: Integers
    Z: Floats
    n_groups: int


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
    y = design.y if design.mu.offset is None else design.y - design.mu.offset
    return float(np.average(y, weights=design.weights))


def common_columns(design: Design) -> Floats:
    """Return the columns of ``design.terms`` as the priors see them: centred, with intercept."""
    X = design.mu.X - design.mu.centre
    return np.column_stack([np.ones(design.n_obs), X]) if design.mu.intercept else X


def response_rows(design: Design, plan: Plan, columns: Floats) -> Rows:
    """Return the rows of the model, each multiplied by the root of its weight.

    Parameters
    ----------
    design : Design
        The design.
    plan : Plan
        Which factor is eliminated and which are dense.
    columns : ndarray, shape (n, p)
        Columns of the coefficients.
    """
    center = np.zeros(columns.shape[1])
    return _rows(design, plan, (columns, center), _level_shift(design), slice(None))


def row_parts(design: Design, plan: Plan, *, shifted: bool = True) -> Iterator[Rows]:
    """Yield the rows with `common_columns` part by part: a copy of all of them is never made.

    Parameters
    ----------
    design, plan
        As for `response_rows`.
    shifted : bool
        Whether `response_shift` is subtracted from the response.
    """
    centred = design.mu.X, design.mu.centre
    shift = _level_shift(design) if shifted else 0.0
    for start in range(0, design.n_obs, _PART):
        part = slice(start, start + _PART)
        yield _rows(design, plan, centred, shift, part, ones=int(design.mu.intercept))


def _rows(
    design: Design,
    plan: Plan,
    centred: tuple[Floats, Floats],
    shift: float,
    part: slice,
    ones: int = 0,
) -> Rows:
    """Return a part of the rows; `centred` holds columns and their centers, after `ones` ones."""
    X, center = centred[0][part], centred[1]
    n, p = X.shape
    common = np.empty((n, ones + p + 1))
    common[:, :ones] = 1.0
    for j in range(p):  # a broadcast over rows of few columns takes ten times as long
        np.subtract(X[:, j], center[j], out=common[:, ones + j])
    y = design.y[part] if design.mu.offset is None else design.y[part] - design.mu.offset[part]
    common[:, -1] = y - shift
    dense = plan.dense
    dense_Z = np.hstack([f.Z[part] for f in dense]) if dense else np.zeros((n, 0))
    eliminated = plan.eliminated
    Z = eliminated.Z[part] if eliminated else np.zeros((n, 0))
    if design.weights is not None:
        root = np.sqrt(design.weights[part])[:, None]
        common, dense_Z, Z = common * root, dense_Z * root, Z * root
    codes = [f.codes[part] for f in dense]
    return Rows(
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
