"""Residuals as the numbers of diagnostic pictures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.residual_shape import RESIDUAL_SHAPE
from bayesmm.special import ndtri

__all__ = ["bin_means", "equal_bins", "group_boxes", "normal_scores", "residual_quantiles"]

_ROWS_PER_BIN = 6
_MOST_BINS = 12
_EDGE = 1e-16  # a probability that rounds to 0 or 1 still has a finite normal quantile


def equal_bins(values: Array) -> NDArray[np.int64]:
    """Return a bin of each value, in order, with as many values in each as ties allow."""
    count = int(np.clip(len(values) // _ROWS_PER_BIN, 1, _MOST_BINS))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, count + 1)[1:-1]))
    codes = np.searchsorted(edges, values, side="right")
    return np.unique(codes, return_inverse=True)[1]


def bin_means(x: Array, y: Array, prob: float) -> pd.DataFrame:
    """Return the means of y in bins of x, with mean -+ z sd / sqrt(rows).

    Columns ``x``, ``y``, ``lower``, ``upper``, ``rows``; NaN ends for a bin of one row.
    """
    bins = pd.DataFrame({"x": x, "y": y}).groupby(equal_bins(x))
    rows = bins["y"].size()
    means = bins.mean()
    reach = ndtri((1 + prob) / 2) * bins["y"].std() / np.sqrt(rows)
    return means.assign(lower=means["y"] - reach, upper=means["y"] + reach, rows=rows)


def group_boxes(values: Array, levels: tuple[str, ...], codes: NDArray[np.int64]) -> pd.DataFrame:
    """Return median, quartiles and ends of the values of each level.

    Columns ``label``, ``y`` (median), ``inner_lower``, ``inner_upper`` (quartiles), ``lower``,
    ``upper`` (smallest and largest), ``rows``.
    """
    groups = pd.Series(values).groupby(codes)
    shares = {"y": 0.5, "inner_lower": 0.25, "inner_upper": 0.75, "lower": 0.0, "upper": 1.0}
    table = pd.DataFrame({name: groups.quantile(share) for name, share in shares.items()})
    table.insert(0, "label", [levels[code] for code in table.index])
    return table.assign(rows=groups.size()).reset_index(drop=True)


def normal_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the check ``residuals`` as normal quantiles: x, y, lower, upper."""
    names = {"expected": "x", "observed": "y", "lower": "lower", "upper": "upper"}
    return pd.DataFrame(
        {new: ndtri(np.clip(table[old], _EDGE, 1 - _EDGE)) for old, new in names.items()}
    )


def residual_quantiles(fit: FitRecord, seed: int) -> pd.DataFrame:
    """Return ordered quantile residuals over normal quantiles, with a 95 % envelope.

    Residuals are taken at draws of the posterior and averaged in order; the envelope is of data
    replicated at the same draws, see `bayesmm.results.checks.residual_shape`.

    Columns ``x``, ``y``, ``lower``, ``upper``.
    """
    (finding,) = RESIDUAL_SHAPE.find(CheckContext(fit, seed))
    return normal_scores(finding.table)
