"""Covariance of the effects of mu, some of them correlated with effects of log sigma."""

from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.covariance import (
    CovarianceParts,
    integrated_covariance_backward,
    integrated_covariance_forward,
)
from bayesmm.sampling.compiled.heteroscedastic.data import SharedField
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.records import Matrix, Vector
from bayesmm.sampling.compiled.kernels.signed import NORMAL, cholesky_backward, cholesky_of_scores

__all__ = [
    "EffectCovariance",
    "effect_covariance",
    "effect_covariance_backward",
    "write_joint_factor",
]

_OF_SIGMA = SharedField.OF_SIGMA
_OF_MU = SharedField.OF_MU
_FIRST = SharedField.FIRST


class EffectCovariance(NamedTuple):
    """Covariance of the effects of mu at a position."""

    parts: CovarianceParts  # given the effects of log sigma
    x: Vector  # coordinates as `collapsed.covariance` has them: sigma, which is 1, comes first
    scores: Vector  # of all partial correlations of the shared block, 0 among effects of sigma
    joint: Matrix  # factor of its correlations, those of sigma first, see `cholesky_of_scores`
    shift: Matrix  # sd_u L_uv: effects of mu per standardised effect of sigma, (q_mu, q_sigma)


@bare
def effect_covariance(arena, data, coordinates):
    """Return the `EffectCovariance` at coordinates, and its log prior but for correlations."""
    tables, shared = data.priors, data.shared
    q, of_sigma, first = shared[_OF_SIGMA] + shared[_OF_MU], shared[_OF_SIGMA], shared[_FIRST]
    known = of_sigma * (of_sigma - 1) // 2
    scores = take_zeros(arena, (q * (q - 1) // 2,))
    own = coordinates.size - (scores.size - known)
    x = take_zeros(arena, (1 + own,))
    for k in range(own):
        x[1 + k] = coordinates[k]
    for k in range(known, scores.size):
        scores[k] = coordinates[own + k - known]
    parts, log_prior = integrated_covariance_forward(arena, x, tables)
    joint, shift = take_zeros(arena, (q, q)), take(arena, (shared[_OF_MU], of_sigma))
    cholesky_of_scores(NORMAL, scores, q, joint)
    for a in range(shared[_OF_MU]):
        e, row = first + a, of_sigma + a
        sign, sd = parts.L[e, e], parts.values[1 + e]
        for b in range(of_sigma):
            shift[a, b] = sd * sign * joint[row, b]
        for b in range(a + 1):
            parts.L[e, first + b] = sign * joint[row, of_sigma + b]
            parts.Lam[e, first + b] = sd * parts.L[e, first + b]
    return EffectCovariance(parts, x, scores, joint, shift), log_prior


@bare
def effect_covariance_backward(arena, data, covariance, d_precision, dL, d_shift, d_log, out):
    """Write the gradient in the coordinates into `out`; return the log prior of the correlations.

    `d_precision`, dL and `d_log` are as in `integrated_covariance_backward`; `d_shift`,
    (q_mu, q_sigma), has the derivatives in ``shift``.
    """
    shared = data.shared
    of_sigma, first = shared[_OF_SIGMA], shared[_FIRST]
    q = covariance.joint.shape[0]
    parts, shift = covariance.parts, covariance.shift
    d_joint = take_zeros(arena, (q, q))
    d_scores = take_zeros(arena, covariance.scores.shape)
    gradient = take(arena, covariance.x.shape)
    for a in range(shared[_OF_MU]):
        e, row = first + a, of_sigma + a
        sign = -1.0 if parts.L[e, e] < 0.0 else 1.0
        for b in range(of_sigma):
            d_joint[row, b] = sign * parts.values[1 + e] * d_shift[a, b]
        for b in range(a + 1):
            d_joint[row, of_sigma + b] = sign * dL[e, first + b]
    log_density = integrated_covariance_backward(
        covariance.x, data.priors, parts, d_precision, dL, d_log, gradient
    )
    for a in range(shared[_OF_MU]):
        pull = 0.0
        for b in range(of_sigma):
            pull += d_shift[a, b] * shift[a, b]
        gradient[1 + first + a] += pull * parts.slopes[1 + first + a]
    if q > 0:
        log_density += cholesky_backward(
            NORMAL, covariance.scores, q, covariance.joint, d_joint, data.lkj[0], d_scores
        )
    own, known = gradient.size - 1, of_sigma * (of_sigma - 1) // 2
    for k in range(own):
        out[k] = gradient[1 + k]
    for k in range(known, d_scores.size):
        out[own + k - known] = d_scores[k]
    return log_density


@bare
def write_joint_factor(data, covariance, out):
    """Write the factor of the correlation matrix of the shared block, sds without their signs.

    The rows of the effects of sigma are those of the identity: the factor of their own
    correlation matrix belongs there.
    """
    of_sigma, first, parts = data.shared[_OF_SIGMA], data.shared[_FIRST], covariance.parts
    for a in range(out.shape[0]):
        sign = 1.0
        if a >= of_sigma and parts.L[first + a - of_sigma, first + a - of_sigma] < 0.0:
            sign = -1.0
        for b in range(out.shape[0]):
            out[a, b] = sign * covariance.joint[a, b] if b <= a else 0.0
