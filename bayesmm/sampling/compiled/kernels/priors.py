"""Prior densities of one scalar parameter, on its own scale and on the sampler's.

The sampler moves on the bare line. A parameter is mapped there by the support of its prior:
the identity for real ones, the logarithm for positive ones, the logit for an interval (as PyMC
does), the normal score for a Beta prior: logits of a share that may be 0 or 1 have tails as long
as the prior allows, normal scores those of a normal. Constants are dropped throughout.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = [
    "DECOV",
    "PRIOR_CODES",
    "prior_density_and_slope",
    "prior_of_parameter",
    "prior_parameters_at",
]

# One number per distribution, as the kernels know them.
PRIOR_CODES: Mapping[str, int] = {
    "Flat": 0,
    "Normal": 1,
    "StudentT": 2,
    "Cauchy": 3,
    "Laplace": 4,
    "Logistic": 5,
    "Uniform": 6,
    "HalfFlat": 7,
    "HalfNormal": 8,
    "HalfStudentT": 9,
    "HalfCauchy": 10,
    "Exponential": 11,
    "Gamma": 12,
    "InverseGamma": 13,
    "Decov": 14,
    "Beta": 15,
    # of thresholds only, which are no coordinates
    "MinGumbel": 16,
}
DECOV = PRIOR_CODES["Decov"]
_HALF_ROOT, _ROOT_PI = math.sqrt(0.5), math.sqrt(math.pi)


@bare
def prior_density_and_slope(code, a, b, c, x):  # noqa: PLR0911 - one return per distribution
    """Return the log density of a prior at `x`, on the scale of the parameter, and its slope."""
    if code == 1:  # Normal(mu, sigma)
        z = (x - a) / b
        return -0.5 * z * z, -z / b
    if code in (2, 9):  # StudentT(nu, mu, sigma), HalfStudentT(nu, sigma)
        scale = c if code == 2 else b
        z = (x - b if code == 2 else x) / scale
        return -0.5 * (a + 1.0) * math.log1p(z * z / a), -(a + 1.0) * z / (a + z * z) / scale
    if code in (3, 10):  # Cauchy(alpha, beta), HalfCauchy(beta)
        scale = b if code == 3 else a
        z = (x - a if code == 3 else x) / scale
        return -math.log1p(z * z), -2.0 * z / (1.0 + z * z) / scale
    if code == 4:  # Laplace(mu, b)
        z = (x - a) / b
        return -abs(z), -math.copysign(1.0, z) / b if z != 0.0 else 0.0
    if code == 5:  # Logistic(mu, s)
        z = (x - a) / b
        e = math.exp(-abs(z))
        slope = math.copysign((1.0 - e) / (1.0 + e), z)
        return -abs(z) - 2.0 * math.log1p(e), -slope / b
    if code == 6:  # Uniform(lower, upper)
        return (0.0 if a <= x <= b else -math.inf), 0.0
    if code == 8:  # HalfNormal(sigma)
        z = x / a
        return -0.5 * z * z, -z / a
    if code == 11:  # Exponential(lam)
        return -a * x, -a
    if code == 12:  # Gamma(alpha, beta)
        return (a - 1.0) * math.log(x) - b * x, (a - 1.0) / x - b
    if code == 13:  # InverseGamma(alpha, beta)
        return -(a + 1.0) * math.log(x) - b / x, (b / x - a - 1.0) / x
    if code == 16:  # MinGumbel(mu, beta)
        z = (x - a) / b
        e = math.exp(z)
        return z - e, (1.0 - e) / b
    return 0.0, 0.0  # Flat, HalfFlat


@bare
def prior_of_parameter(row, x):
    """Return v(x) and dv/dx, log p(v) + log |dv/dx| and its derivative at the coordinate x.

    `row` is ``(code, a, b, c, positive, width)``, see `prior_rows`. Of a Decov prior, which is of
    all sds of a block, nothing is counted here: `decov.add_decov` has its density in log sds. By
    dv/dx a derivative with respect to v becomes one with respect to x.
    """
    code = int(row[0])
    if code == 6:
        lower = max(row[1], 0.0) if row[4] > 0.0 else row[1]
        share = 1.0 / (1.0 + math.exp(-x))
        slope = (row[2] - lower) * share * (1.0 - share)
        # log(share (1 - share)), exact in both tails
        log_slope = -abs(x) - 2.0 * math.log1p(math.exp(-abs(x)))
        return lower + (row[2] - lower) * share, slope, log_slope, 1.0 - 2.0 * share
    if code == 15:
        share, rest = 0.5 * math.erfc(-_HALF_ROOT * x), 0.5 * math.erfc(_HALF_ROOT * x)
        slope = _HALF_ROOT / _ROOT_PI * math.exp(-0.5 * x * x)
        a, b = row[1] - 1.0, row[2] - 1.0
        log_density = a * math.log(share) + b * math.log(rest) - 0.5 * x * x
        return share, slope, log_density, (a / share - b / rest) * slope - x
    if code == 14:
        value = math.exp(x)
        return value, value, 0.0, 0.0
    if row[4] > 0.0 or code >= 7:
        value = math.exp(x)
        log_density, derivative = prior_density_and_slope(code, row[1], row[2], row[3], value)
        return value, value, log_density + x, derivative * value + 1.0
    log_density, derivative = prior_density_and_slope(code, row[1], row[2], row[3], x)
    return x, 1.0, log_density, derivative


def prior_parameters_at(
    rows: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return parameters and their slopes dv/dx at coordinates, (k,), as the densities have them."""
    values, slopes = np.empty((2, len(x)))
    _parameters(rows, x, values, slopes)
    return values, slopes


@array_function
def _parameters(rows, x, values, slopes):
    for k in range(x.size):
        values[k], slopes[k], _, _ = prior_of_parameter(rows[k], x[k])
