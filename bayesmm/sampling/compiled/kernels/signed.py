"""Sds and correlations on coordinates without an edge: signed sds, normal scores.

The likelihood is even in an sd, so s runs over the whole line with density p(|s|), and 0 is no
boundary. A partial correlation is r = 2 Phi(t) - 1 = erf(t / sqrt 2); with the LKJ density its
coordinate has log p(t) = -t^2 / 2 + (power - 1) log(1 - r^2), a standard normal at power 1. Where
few levels say much of a correlation it is r = t / sqrt(1 + t^2).
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.priors import (
    PRIOR_CODES,
    prior_density_and_slope,
    prior_of_parameter,
)

__all__ = [
    "EVEN_PRIORS",
    "FOLDED",
    "HELD",
    "LINEAR",
    "NORMAL",
    "POSITIVE",
    "SINH",
    "SOFT",
    "TANGENT",
    "cholesky_backward",
    "cholesky_of_scores",
    "sd_at",
]

# Codes of priors whose density of |s| is finite and positive at 0.
EVEN_PRIORS = frozenset(
    PRIOR_CODES[name]
    for name in (
        *("Flat", "Normal", "StudentT", "Cauchy", "Laplace"),
        *("HalfFlat", "HalfNormal", "HalfStudentT", "HalfCauchy", "Exponential"),
    )
)
# Coordinates x of an sd: that of its prior (`priors`), s = scale x, s = scale sinh x, which has
# light tails where the prior has none, or s = reach asinh(scale sinh x / reach), which goes over
# from the second to the first at the reach: a prior that ends like a normal is no wall there.
# HELD and FOLDED are on the positive side alone, see `soft_ends` and `folded`.
POSITIVE, LINEAR, SINH, SOFT, HELD, FOLDED = 0, 1, 2, 3, 4, 5

# Scores of partial correlations: normal ones, exactly normal under LKJ(1), and r / sqrt(1 - r^2),
# in which a likelihood that ends at |r| = 1, in 1 / (1 - r^2), ends like that of a normal.
NORMAL, TANGENT = 0, 1

_HALF_ROOT = math.sqrt(0.5)
_SLOPE = math.sqrt(2.0 / math.pi)


@bare
def sd_at(row, kind, scale, reach, x):
    """Return an sd, which may be negative, and its prior; as `priors.prior_of_parameter`.

    SOFT and HELD alone have a reach.
    """
    if kind == POSITIVE:
        return prior_of_parameter(row, x)
    value, slope, log_slope, bend = scale * x, scale, 0.0, 0.0
    if kind == HELD:
        base = scale * math.exp(-x)
        size = math.hypot(1.0, base)
        turn = base / size / math.asinh(base)
        value = scale / math.asinh(base)
        slope = value * turn
        log_slope = math.log(slope)
        bend = 2.0 * turn - 1.0 / (size * size)
    elif kind >= SINH:
        value, slope = scale * math.sinh(x), scale * math.cosh(x)
        log_slope = abs(x) + math.log1p(math.exp(-2.0 * abs(x)))
        bend = math.tanh(x)
    if kind >= SOFT and reach > 0.0:
        inner, share = value / reach, slope / reach
        size = math.hypot(1.0, inner)
        value = reach * math.asinh(inner)
        slope /= size
        log_slope -= math.log(size)
        bend -= inner / size * (share / size)
    log_density, derivative = prior_density_and_slope(
        int(row[0]), row[1], row[2], row[3], abs(value)
    )
    if value < 0.0:
        derivative = -derivative
    return value, slope, log_density + log_slope, derivative * slope + bend


@bare
def partial_of(kind, z):
    """Return a partial correlation r from its score, and what its density needs.

    r is 2 Phi(z) - 1 of a normal score, z / sqrt(1 + z^2) of a tangent. After it come 1 - r^2,
    exact near 1, the slope dr/dz, log dr/dz up to a constant, and the derivative of that.
    """
    if kind == TANGENT:
        rest = 1.0 / (1.0 + z * z)
        root = math.sqrt(rest)
        return z * root, rest, rest * root, 1.5 * math.log(rest), -3.0 * z * rest
    t = _HALF_ROOT * z
    rest = math.erfc(t) * math.erfc(-t)
    return math.erf(t), rest, _SLOPE * math.exp(-t * t), -t * t, -z


@bare
def cholesky_of_scores(kind, z, q, L):
    """Write the Cholesky factor of a correlation matrix, as `correlation.partials_to_cholesky`.

    The scores of the partial correlations are of one kind, NORMAL or TANGENT, row by row. The
    partial correlation t_ab is left in ``L[b, a]``.
    """
    k = 0
    for a in range(q):
        remaining = 1.0
        for b in range(a):
            partial, rest, _, _, _ = partial_of(kind, z[k])
            L[b, a] = partial
            L[a, b] = partial * remaining
            remaining *= math.sqrt(rest)
            k += 1
        L[a, a] = remaining


@bare
def cholesky_backward(kind, z, q, L, dL, eta, out):
    """Return the log LKJ density of the scores; write the gradient, see `correlation_backward`."""
    log_density = 0.0
    k = 0
    for a in range(1, q):
        remaining = 1.0
        for b in range(a):
            partial, rest, slope, log_slope, bend = partial_of(kind, z[k + b])
            power = eta + 0.5 * (q - 2 - b) - 1.0
            log_density += power * math.log(rest) + log_slope
            turn = partial * slope / rest
            out[k + b] = dL[a, b] * remaining * slope - 2.0 * power * turn + bend
            remaining *= math.sqrt(rest)
        # the partial also scales every later entry of its row
        later = dL[a, a] * L[a, a]
        for b in range(a - 1, -1, -1):
            partial, rest, slope, _, _ = partial_of(kind, z[k + b])
            out[k + b] -= partial * slope / rest * later
            later += dL[a, b] * L[a, b]
        k += a
    return log_density
