"""Sds and correlations on coordinates without an edge: signed sds, normal scores.

The likelihood is even in an sd, so s runs over the whole line with density p(|s|), and 0 is no
boundary. A partial correlation is r = 2 Phi(t) - 1 = erf(t / sqrt 2); with the LKJ density its
coordinate has log p(t) = -t^2 / 2 + (power - 1) log(1 - r^2), a standard normal at power 1.
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
    "LINEAR",
    "POSITIVE",
    "SINH",
    "cholesky_backward",
    "cholesky_of_scores",
    "sd_of",
]

# Codes of priors whose density of |s| is finite and positive at 0.
EVEN_PRIORS = frozenset(
    PRIOR_CODES[name]
    for name in (
        *("Flat", "Normal", "StudentT", "Cauchy", "Laplace"),
        *("HalfFlat", "HalfNormal", "HalfStudentT", "HalfCauchy", "Exponential"),
    )
)
# Coordinates x of an sd: that of its prior (`priors`), s = scale x, or s = scale sinh x, which
# has light tails where the prior has none.
POSITIVE, LINEAR, SINH = 0, 1, 2

_HALF_ROOT = math.sqrt(0.5)
_SLOPE = math.sqrt(2.0 / math.pi)


@bare
def sd_of(row, kind, scale, x):
    """Return an sd, which may be negative, and its prior; as `priors.prior_of_parameter`.

    Parameters
    ----------
    row : array, shape (6,)
        Prior row.
    kind, scale : float
        Of its coordinate, see above.
    x : float
        Coordinate.
    """
    if kind == POSITIVE:
        return prior_of_parameter(row, x)
    value, slope, log_slope, bend = scale * x, scale, 0.0, 0.0
    if kind == SINH:
        value, slope = scale * math.sinh(x), scale * math.cosh(x)
        log_slope = abs(x) + math.log1p(math.exp(-2.0 * abs(x)))
        bend = math.tanh(x)
    log_density, derivative = prior_density_and_slope(
        int(row[0]), row[1], row[2], row[3], abs(value)
    )
    if value < 0.0:
        derivative = -derivative
    return value, slope, log_density + log_slope, derivative * slope + bend


@bare
def cholesky_of_scores(z, q, L):
    """Write the Cholesky factor of a correlation matrix, as `correlation.partials_to_cholesky`.

    Parameters
    ----------
    z : array, shape (q (q - 1) / 2,)
        Normal scores of the partial correlations, row by row.
    q : int
        Number of effects.
    L : array, shape (q, q)
        Overwritten: the factor; the partial correlation t_ab is left in ``L[b, a]``.
    """
    k = 0
    for a in range(q):
        remaining = 1.0
        for b in range(a):
            t = _HALF_ROOT * z[k]
            L[b, a] = math.erf(t)
            L[a, b] = L[b, a] * remaining
            remaining *= math.sqrt(math.erfc(t) * math.erfc(-t))
            k += 1
        L[a, a] = remaining


@bare
def cholesky_backward(z, q, L, dL, eta, out):
    """Return the log LKJ density of the scores; write the gradient, see `correlation_backward`."""
    log_density = 0.0
    k = 0
    for a in range(1, q):
        remaining = 1.0
        for b in range(a):
            t = _HALF_ROOT * z[k + b]
            rest = math.erfc(t) * math.erfc(-t)
            slope = _SLOPE * math.exp(-t * t)
            power = eta + 0.5 * (q - 2 - b) - 1.0
            log_density += power * math.log(rest) - t * t
            turn = L[b, a] * slope / rest
            out[k + b] = dL[a, b] * remaining * slope - 2.0 * power * turn - z[k + b]
            remaining *= math.sqrt(rest)
        # the partial also scales every later entry of its row
        later = dL[a, a] * L[a, a]
        for b in range(a - 1, -1, -1):
            t = _HALF_ROOT * z[k + b]
            rest = math.erfc(t) * math.erfc(-t)
            out[k + b] -= L[b, a] * _SLOPE * math.exp(-t * t) / rest * later
            later += dL[a, b] * L[a, b]
        k += a
    return log_density
