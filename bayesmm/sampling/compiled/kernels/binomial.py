"""Binomial rows: y_i successes of m_i trials; weights and rows alike add to both."""

import numpy as np

from bayesmm.sampling.compiled.kernels.elementary import exp, log1p_unit
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.links import cloglog_probability, probit_probability
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["OF_SINGLE_TRIALS", "ROWS", "responses"]

# By link, the module of faster rows where every row is one trial.
OF_SINGLE_TRIALS = {"logit": "bayesmm.sampling.compiled.kernels.bernoulli"}


@bare
def _rows_logit(columns, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - m log(1 + e^eta)."""
    y = columns[0, first : first + n]
    trials = columns[1, first : first + n]
    for i in range(n):
        e = exp(-abs(eta[i]))
        share = 1.0 / (1.0 + e)
        p = share if eta[i] > 0.0 else e * share
        work[i] = y[i] * eta[i] - trials[i] * (max(eta[i], 0.0) + log1p_unit(e))
        eta[i] = y[i] - trials[i] * p
    return halved_sum(work, n)


def _rows(link):
    """Return the sum of y log p + (m - y) log(1 - p)."""

    @bare
    def rows(columns, first, n, eta, work, _auxiliary, _d_auxiliary):
        y = columns[0, first : first + n]
        trials = columns[1, first : first + n]
        for i in range(n):
            log_p, log_q, d_log_p, d_log_q = link(eta[i])
            failures = trials[i] - y[i]
            # A zero count says nothing about a probability of zero.
            work[i] = (y[i] * log_p if y[i] > 0.0 else 0.0) + (
                failures * log_q if failures > 0.0 else 0.0
            )
            eta[i] = (y[i] * d_log_p if y[i] > 0.0 else 0.0) + (
                failures * d_log_q if failures > 0.0 else 0.0
            )
        return halved_sum(work, n)

    return rows


ROWS = {
    "logit": RowFunctions(_rows_logit),
    "probit": RowFunctions(_rows(probit_probability)),
    "cloglog": RowFunctions(_rows(cloglog_probability)),
}


def responses(y, w, trials):
    """Return what the rows read; weights are folded in."""
    return Responses((y * w, w if trials is None else trials * w), np.empty(0))
