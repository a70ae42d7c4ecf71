"""From the sampler's coordinates to the parameters of the covariance, and back.

x = [sigma, sd (Q effects), mixing precisions, partial correlations], the positive ones on the
scale of their prior's support. Effects are ordered by factor; the covariance of the effects of a
factor is Lam Lam', Lam = diag(sd) L, where L is block-diagonal with one correlation matrix per
block of the formula.
"""

import numpy as np
from numba import njit

from bayesmm.sampling.compiled.collapsed.inner import inner
from bayesmm.sampling.compiled.kernels.correlation import (
    correlation_backward,
    partials_to_cholesky,
)
from bayesmm.sampling.compiled.kernels.decov import add_decov
from bayesmm.sampling.compiled.kernels.priors import DECOV, prior_of_parameter

__all__ = [
    "covariance_backward",
    "covariance_draws",
    "covariance_forward",
    "covariance_parameters",
]


@inner
def covariance_forward(x, priors, corr, L, Lam, values, slopes, gradients):
    """Fill the positive parameters and the factors L and Lam; return the log prior.

    Parameters
    ----------
    x : array
        Position.
    priors : array, shape (1 + Q + mixtures, 6)
        Rows of ``prior_rows``.
    corr : array of int64, shape (blocks, 3)
        First effect, number of effects and first coordinate of each correlated block.
    L, Lam : array, shape (Q, Q)
        Overwritten. L holds the factors of the correlation matrices, as
        `partials_to_cholesky` leaves them; Lam is lower triangular.
    values, slopes, gradients : array, shape (1 + Q + mixtures,)
        Overwritten: parameter v, d log v / dx, and d log prior / dx.
    """
    log_density = 0.0
    for k in range(priors.shape[0]):
        value, slope, log_prior, gradient = prior_of_parameter(priors[k], x[k])
        values[k] = value
        slopes[k] = slope / value if value > 0.0 else 1.0
        gradients[k] = gradient
        log_density += log_prior
    Q = L.shape[0]
    for k in range(1, 1 + Q):
        if priors[k, 0] == DECOV and priors[k, 5] > 0.0:
            log_prior, pull = add_decov(priors[k], values[k:], values[0], gradients[k:])
            gradients[0] += pull * slopes[0]
            log_density += log_prior
    for a in range(Q):
        for b in range(Q):
            L[a, b] = 0.0
        L[a, a] = 1.0
    for k in range(corr.shape[0]):
        first, width, z = corr[k]
        partials_to_cholesky(
            x[z : z + width * (width - 1) // 2],
            width,
            L[first : first + width, first : first + width],
        )
    for a in range(Q):
        for b in range(a + 1):
            Lam[a, b] = values[1 + a] * L[a, b]
        for b in range(a + 1, Q):
            Lam[a, b] = 0.0
    return log_density


@inner
def covariance_backward(priors, corr, etas, L, dL, slopes, gradients, d_log, out):
    """Write the gradient; return the log prior of the correlations.

    Parameters
    ----------
    priors, corr, L, slopes, gradients
        As in and from `covariance_forward`.
    etas : array, shape (blocks,)
        Shapes of the LKJ priors.
    dL : array, shape (Q, Q)
        Derivatives of the log likelihood with respect to the lower triangle of L.
    d_log : array, shape (1 + Q + mixtures,)
        Derivatives with respect to the logarithms of sigma and the mixing precisions; those of
        the sds are filled here, because d / d log sd_a = sum_b dL_ab L_ab.
    out : array
        Overwritten with the gradient with respect to x.
    """
    for a in range(L.shape[0]):
        s = 0.0
        for b in range(a + 1):
            s += dL[a, b] * L[a, b]
        d_log[1 + a] = s
    for k in range(priors.shape[0]):
        out[k] = d_log[k] * slopes[k] + gradients[k]
    log_density = 0.0
    for k in range(corr.shape[0]):
        first, width, z = corr[k]
        part = slice(first, first + width)
        log_density += correlation_backward(
            width,
            L[part, part],
            dL[part, part],
            etas[k],
            out[z : z + width * (width - 1) // 2],
        )
    return log_density


@inner
def covariance_parameters(x, priors, corr, Q):
    """Return sigma, Lam and the positive parameters at x, for use outside a density."""
    count = priors.shape[0]
    L = np.empty((Q, Q))
    Lam = np.empty((Q, Q))
    values = np.empty(count)
    covariance_forward(x, priors, corr, L, Lam, values, np.empty(count), np.empty(count))
    return values[0], Lam, values


@njit(cache=True, error_model="numpy")
def covariance_draws(positions, priors, corr, Q):
    """Return the positive parameters, shape (D, k), and correlations of all effects, (D, Q, Q)."""
    D = positions.shape[0]
    count = priors.shape[0]
    values = np.empty((D, count))
    matrices = np.zeros((D, Q, Q))
    L = np.empty((Q, Q))
    scratch = np.empty((Q, Q))
    slopes = np.empty(count)
    gradients = np.empty(count)
    for t in range(D):
        covariance_forward(positions[t], priors, corr, L, scratch, values[t], slopes, gradients)
        for a in range(Q):
            for b in range(a):
                s = 0.0
                for c in range(b + 1):
                    s += L[a, c] * L[b, c]
                matrices[t, a, b] = s
                matrices[t, b, a] = s
            matrices[t, a, a] = 1.0
    return values, matrices
