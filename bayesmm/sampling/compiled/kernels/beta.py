"""Beta rows: proportions with mean mu_i and variance mu_i (1 - mu_i) / (1 + kappa).

Rows alike and weights add log y_i, log(1 - y_i) and units m_i, which are the three columns.
Statistics: total weight.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import digamma
from bayesmm.sampling.compiled.kernels.gamma_functions import log_gamma
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.links import cloglog_mean, logit_mean, probit_mean
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


def _rows(link):
    """Return the sum of (a - 1) log y + (b - 1) log(1 - y) - m log(Gamma(a) Gamma(b)).

    a = mu kappa, b = (1 - mu) kappa.
    """

    @bare
    def rows(columns, first, n, eta, work, auxiliary, d_auxiliary):
        log_y = columns[0, first : first + n]
        units = columns[1, first : first + n]
        log_rest = columns[2, first : first + n]
        kappa = auxiliary[0]
        in_kappa = work[CHUNK:]
        for i in range(n):
            mu, slope = link(eta[i])
            a, b = mu * kappa, (1.0 - mu) * kappa
            of_a, digamma_a = log_gamma(a)
            of_b, digamma_b = log_gamma(b)
            d_a = log_y[i] - units[i] * digamma_a
            d_b = log_rest[i] - units[i] * digamma_b
            work[i] = (a - 1.0) * log_y[i] + (b - 1.0) * log_rest[i] - units[i] * (of_a + of_b)
            in_kappa[i] = mu * d_a + (1.0 - mu) * d_b
            eta[i] = kappa * (d_a - d_b) * slope
        d_auxiliary[0] += halved_sum(in_kappa, n)
        return halved_sum(work, n)

    return rows


@bare
def _totals(statistics, auxiliary, d_auxiliary):
    """Return n log Gamma(kappa)."""
    n, kappa = statistics[0], auxiliary[0]
    d_auxiliary[0] += n * digamma(kappa)
    return n * math.lgamma(kappa)


ROWS = {
    "logit": RowFunctions(_rows(logit_mean), _totals),
    "probit": RowFunctions(_rows(probit_mean), _totals),
    "cloglog": RowFunctions(_rows(cloglog_mean), _totals),
}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    return Responses((w * np.log(y), w, w * np.log1p(-y)), np.array([w.sum()]))
