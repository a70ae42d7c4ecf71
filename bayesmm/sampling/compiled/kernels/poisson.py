"""Poisson rows: y_i counts over m_i units; weights and rows alike add to both."""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.elementary import exp, log
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


@bare
def _rows_log(columns, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - m e^eta."""
    y = columns[0, first : first + n]
    units = columns[1, first : first + n]
    for i in range(n):
        mean = units[i] * exp(eta[i])
        work[i] = y[i] * eta[i] - mean
        eta[i] = y[i] - mean
    return halved_sum(work, n)


@bare
def _rows_identity(columns, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y log eta - m eta; a mean that is not positive is impossible."""
    y = columns[0, first : first + n]
    units = columns[1, first : first + n]
    for i in range(n):
        mean = eta[i] if eta[i] > 0.0 else math.nan
        work[i] = y[i] * log(mean) - units[i] * mean
        eta[i] = y[i] / mean - units[i]
    return halved_sum(work, n)


ROWS = {"log": RowFunctions(_rows_log), "identity": RowFunctions(_rows_identity)}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    return Responses((y * w, w), np.empty(0))
