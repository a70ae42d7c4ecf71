"""From the sampler's coordinates to the parameters of the covariance, and back.

x = [sigma, sd (Q effects), mixing precisions, partial correlations]: sds signed or folded and
correlations as normal scores (`signed`, `folded`), so that an sd of 0 is no edge, or where the
levels are few as `soft_ends` has them; sigma, the mixing precisions and sds whose prior has an edge
at 0 on the scale of their prior's support. Effects are ordered by factor;
the covariance of the effects of a factor is Lam Lam', Lam = diag(|sd|) L, where L is
block-diagonal with one factor of a correlation matrix per block of the formula, the rows of
negative sds turned round.

Where the effects of a block are known together, not one by one (an intercept at x = 0, outside
the data), the sampler moves in the sds and correlations of c with u = B c and B lower triangular
(`bases`): Lam = B diag(s) M, with M the Cholesky factor of the correlation matrix of c. The
density of (log s, partial correlations of c) is that of (log sd, R) times

    |d(log sd, R) / d(log s, R_c)| = prod s^(q+1) / prod sd^(q+1),

because both have |d Sigma / d(log sd, R)| = 2^q prod sd^(q+1); LKJ's det R^(eta-1) is that of R_c
times (prod s / prod sd)^(2 eta - 2), up to a constant.
"""

import math
from typing import NamedTuple

from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.decov import add_decov
from bayesmm.sampling.compiled.kernels.folded import sd_of
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.priors import DECOV
from bayesmm.sampling.compiled.kernels.records import Matrix, Vector
from bayesmm.sampling.compiled.kernels.signed import (
    cholesky_backward,
    cholesky_of_scores,
)

__all__ = [
    "CovarianceParts",
    "correlations_of",
    "integrated_covariance_backward",
    "integrated_covariance_forward",
    "scale_precision",
]


class CovarianceParts(NamedTuple):
    """Covariance parameters at a position; Q effects, and v of each of 1 + Q + mixtures parameters.

    For the sds of a block with a basis x is log v.
    """

    own: Matrix  # factors of the correlation matrices of the coordinates, see `cholesky_of_scores`
    L: Matrix  # those of the effects, (Q, Q)
    Lam: Matrix  # lower triangular, (Q, Q)
    values: Vector  # v, of an sd without its sign
    slopes: Vector  # d log v / dx
    gradients: Vector  # d log prior / dx


@bare
def integrated_covariance_forward(arena, x, tables):
    """Return the `CovarianceParts` at position x, and its log prior; `tables` as `PriorTables`."""
    priors, corr, bases = tables.positive, tables.corr, tables.bases
    Q = bases.shape[0]
    own, L, Lam = take(arena, (Q, Q)), take(arena, (Q, Q)), take(arena, (Q, Q))
    values = take(arena, (priors.shape[0],))
    slopes, gradients = take(arena, values.shape), take(arena, values.shape)
    for k in range(priors.shape[0]):
        slopes[k] = x[k]  # the coordinate of the prior, until the slope takes its place
    for a in range(Q):
        for b in range(Q):
            own[a, b] = 0.0
            Lam[a, b] = 0.0
        own[a, a] = 1.0
    for k in range(corr.shape[0]):
        first, width, z = corr[k]
        part = slice(first, first + width)
        scores = slice(z, z + width * (width - 1) // 2)
        cholesky_of_scores(tables.scores[k], x[scores], width, own[part, part])
        if bases[first, first] > 0.0:
            _rotate(x, first, width, bases, own, Lam, slopes)
    log_density = 0.0
    for k in range(priors.shape[0]):
        value, slope, log_prior, gradient = sd_of(priors[k], tables.coordinates[k], slopes[k])
        values[k] = value
        slopes[k] = slope / value if value != 0.0 else 1.0
        gradients[k] = gradient
        log_density += log_prior
    for k in range(1, 1 + Q):
        if priors[k, 0] == DECOV and priors[k, 5] > 0.0:
            log_prior, pull = add_decov(priors[k], values[k:], values[0], gradients[k:])
            gradients[0] += pull * slopes[0]
            log_density += log_prior
    _correlation_factor(bases, own, values, L, Lam)
    return CovarianceParts(own, L, Lam, values, slopes, gradients), log_density


@bare
def scale_precision(tables, values, scaled):
    """Set `scaled` to the prior precisions of the coefficients, given sampled factors of some."""
    for c in range(scaled.size):
        scaled[c] = tables.precision[c]
    for k in range(tables.mixtures.size):
        scaled[tables.mixtures[k]] *= values[1 + tables.effects + k]


@bare
def _rotate(x, first, width, bases, own, Lam, log_sd):
    """Write Lam = B diag(s) M of a block, and the logarithms of its sds."""
    for a in range(first, first + width):
        square = 0.0
        for b in range(first, a + 1):
            total = 0.0
            for c in range(b, a + 1):
                total += bases[a, c] * math.exp(x[1 + c]) * own[c, b]
            Lam[a, b] = total
            square += total * total
        log_sd[1 + a] = 0.5 * math.log(square)


@bare
def _correlation_factor(bases, own, values, L, Lam):
    """Fill L from Lam for blocks with a basis, and both for the others; sds lose their signs."""
    for a in range(L.shape[0]):
        for b in range(a + 1):
            if bases[a, a] > 0.0:
                L[a, b] = Lam[a, b] / values[1 + a]
            else:
                L[a, b] = own[a, b] if values[1 + a] >= 0.0 else -own[a, b]
                Lam[a, b] = values[1 + a] * own[a, b]
        values[1 + a] = abs(values[1 + a])
        for b in range(a + 1, L.shape[0]):
            L[a, b] = 0.0


@bare
def integrated_covariance_backward(x, tables, covariance, d_precision, dL, d_log, out):
    """Write the gradient in x into `out`; return the log prior of the correlations.

    `d_precision`, (p,), has the derivatives of the log likelihood in the logarithms of the
    precisions, dL those in the lower triangle of L, (Q, Q), overwritten; the first of `d_log`,
    (1 + Q + mixtures,), that in log sigma. Those in the log sds are filled here: d / d log
    sd_a = sum_b dL_ab L_ab.
    """
    corr, bases, etas = tables.corr, tables.bases, tables.etas
    own, L, Lam, values, slopes, gradients = covariance
    for a in range(L.shape[0]):
        s = 0.0
        for b in range(a + 1):
            s += dL[a, b] * L[a, b]
        d_log[1 + a] = s
    for k in range(tables.mixtures.size):
        d_log[1 + tables.effects + k] = d_precision[tables.mixtures[k]]
    for k in range(values.size):
        out[k] = d_log[k] * slopes[k] + gradients[k]
    log_density = 0.0
    for a in range(L.shape[0]):
        if L[a, a] < 0.0:
            for b in range(a + 1):
                dL[a, b] = -dL[a, b]
    for k in range(corr.shape[0]):
        first, width, z = corr[k]
        part = slice(first, first + width)
        scores = slice(z, z + width * (width - 1) // 2)
        if bases[first, first] > 0.0:
            power = width + 2.0 * etas[k] - 1.0
            for a in range(first, first + width):
                log_density += power * (x[1 + a] - math.log(values[1 + a]))
            _rotate_back(x, first, width, bases, own, Lam, values, gradients, power, dL, out)
        log_density += cholesky_backward(
            tables.scores[k],
            x[scores],
            width,
            own[part, part],
            dL[part, part],
            etas[k],
            out[scores],
        )
    return log_density


@bare
def _rotate_back(x, first, width, bases, own, Lam, values, gradients, power, dL, out):
    """Turn dL of a block into the derivatives in M, and write those in log s."""
    stop = first + width
    for a in range(first, stop):
        sd = values[1 + a]
        pull = (gradients[1 + a] - power) / (sd * sd)  # d log sd_a / dLam_ab = Lam_ab / sd_a^2
        for b in range(first, a + 1):
            dL[a, b] = dL[a, b] / sd + pull * Lam[a, b]
    for c in range(first, stop):
        s = math.exp(x[1 + c])
        slope = power
        for b in range(first, c + 1):
            total = 0.0
            for a in range(c, stop):
                total += bases[a, c] * dL[a, b]
            dL[c, b] = total * s
            slope += dL[c, b] * own[c, b]
        out[1 + c] = slope


@bare
def correlations_of(L, out):
    """Write the correlations of all effects, L L', whose diagonal is 1."""
    for a in range(L.shape[0]):
        for b in range(a):
            s = 0.0
            for c in range(b + 1):
                s += L[a, c] * L[b, c]
            out[a, b] = s
            out[b, a] = s
        out[a, a] = 1.0
