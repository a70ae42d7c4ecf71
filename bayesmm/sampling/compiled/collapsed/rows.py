"""The rows of a Gaussian model: without offset, scaled to unit weight, coefficients centred."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.sampling.compiled.collapsed.plan import Plan

__all__ = ["Rows", "common_columns", "response_rows", "response_shift"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


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

    Any fixed shift is exact; the mean as intercept keeps the sums of squares small.
    """
    shift = np.zeros(len(design.terms))
    if design.intercept:
        y = design.y if design.offset is None else design.y - design.offset
        shift[0] = np.average(y, weights=design.weights)
    return shift


def common_columns(design: Design) -> Floats:
    """Return the columns of ``design.terms`` as the priors see them: centred, with intercept."""
    X = design.X - design.center
    return np.column_stack([np.ones(design.n_obs), X]) if design.intercept else X


def shifted_response(design: Design) -> Floats:
    """Return the response without offset and shift."""
    y = design.y if design.offset is None else design.y - design.offset
    return y - response_shift(design)[0] if design.intercept else y


def response_rows(
    design: Design, plan: Plan, columns: Floats | None = None, *, shifted: bool = True
) -> Rows:
    """Return the rows of the model, each multiplied by the root of its weight.

    Parameters
    ----------
    design : Design
        The design.
    plan : Plan
        Which factor is eliminated and which are dense.
    columns : ndarray, shape (n, p), optional
        Columns of the coefficients; by default `common_columns`.
    shifted : bool
        Whether `response_shift` is subtracted from the response.
    """
    n = design.n_obs
    columns = common_columns(design) if columns is None else columns
    y = shifted_response(design)
    if design.intercept and not shifted:
        y = y + response_shift(design)[0]
    common = np.column_stack([columns, y])
    dense = plan.dense
    dense_Z = np.hstack([f.Z for f in dense]) if dense else np.zeros((n, 0))
    eliminated = plan.eliminated
    Z = eliminated.Z if eliminated else np.zeros((n, 0))
    if design.weights is not None:
        root = np.sqrt(design.weights)[:, None]
        common, dense_Z, Z = common * root, dense_Z * root, Z * root
    codes = [f.codes for f in dense]
    return Rows(
        common=np.ascontiguousarray(common),
        dense_codes=np.array(codes, dtype=np.int64).reshape(len(dense), n),
        dense_Z=np.ascontiguousarray(dense_Z),
        dense_widths=np.array([f.n_effects for f in dense], dtype=np.int64),
        dense_levels=np.array([f.n_groups for f in dense], dtype=np.int64),
        codes=eliminated.codes if eliminated else np.zeros(n, dtype=np.int64),
        Z=np.ascontiguousarray(Z),
        n_groups=eliminated.n_groups if eliminated else 0,
    )
