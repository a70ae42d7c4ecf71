"""Elementary functions without branches, so that loops over rows become vector instructions.

`math.exp` and `math.log` are calls into the C library, of which no PyPI build of llvmlite makes
vector instructions; these are polynomials of ordinary operations. They need strict arithmetic:
under ``fastmath`` the rounding step of `exp` is simplified away and the result is wrong without a
warning.

Compiled functions call `exp`, `log` and so on; the words of a density and other functions of
`instructions` call `exp_of`, `log_of`, which take a `Float64`.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.instructions import (
    Float64,
    bits_of,
    number_of,
    polynomial,
    select,
    written,
)

__all__ = [
    "EXP_MAX",
    "digamma",
    "exp",
    "exp_of",
    "expm1",
    "expm1_of",
    "log",
    "log1p",
    "log1p_of",
    "log1p_unit",
    "log1p_unit_of",
    "log_of",
]

# `exp` is clamped to this range of the argument, in which results are normal numbers.
EXP_MIN = -708.0
EXP_MAX = 709.0

# Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum.
_ROUND = 6755399441055744.0
_LOG2_E = 1.4426950408889634
# ln 2 = high + low; k * high is exact for |k| < 2^20.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
# Taylor coefficients of e^r from the square on, those of atanh(s) / s in powers of s^2.
_OF_EXP = tuple(1.0 / math.factorial(k) for k in range(2, 14))
_OF_ATANH = tuple(1.0 / k for k in range(3, 34, 2))
# Of sqrt(1 / 2), where `log_of` cuts the binades, and of what `_ROUND` adds to an integer; int64.
_ROOT_HALF, _ROUND_BITS = 0x3FE6A09E667F3BCD, 0x4338000000000000
_SMALLEST_NORMAL, _TWO_54 = 2.2250738585072014e-308, 18014398509481984.0


def _reduced(x: Float64) -> tuple[Float64, Float64]:
    """Return r and 2^k of x = k ln 2 + r, |r| <= ln 2 / 2."""
    x = select(x.is_below(EXP_MIN), EXP_MIN, x)
    x = select(x.is_above(EXP_MAX), EXP_MAX, x)
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    return (x - k * _LN2_HIGH) - k * _LN2_LOW, number_of((bits_of(shifted) + 1023) << 52)


def exp_of(x: Float64) -> Float64:
    """Return e^x, relative error below 2.5e-16, with x clamped to [-708, 709]; NaN stays NaN.

    x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor series to degree 13.
    """
    r, power = _reduced(x)
    return polynomial(r, (1.0, 1.0, *_OF_EXP)) * power


def expm1_of(x: Float64) -> Float64:
    """Return e^x - 1, relative error below 1e-15, with x clamped as in `exp_of`; NaN stays NaN.

    2^k (e^r - 1) + (2^k - 1), with the series of `exp_of` less its first term.
    """
    r, power = _reduced(x)
    return polynomial(r, (0.0, 1.0, *_OF_EXP)) * power + (power - 1.0)


def log_of(x: Float64) -> Float64:
    """Return log x, relative error below 2e-16 next to 1 too; -inf of 0, NaN below.

    x = 2^k m with m from sqrt(1 / 2) to sqrt(2). With f = m - 1 and s = f / (2 + f), log m is
    2 atanh(s) = f - (h - s (h + R)), h = f^2 / 2, where only the small R is a series.
    """
    small = x.is_below(_SMALLEST_NORMAL)
    bits = bits_of(select(small, x * _TWO_54, x))
    k = (bits - _ROOT_HALF) >> 52
    power = number_of(k + _ROUND_BITS) - _ROUND  # without the conversion, which AVX2 has not
    power = select(small, power - 54.0, power)
    f = number_of(bits - (k << 52)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    rest = 2.0 * z * polynomial(z, _OF_ATANH[:10])
    h = 0.5 * f * f
    value = power * _LN2_HIGH - ((h - (s * (h + rest) + power * _LN2_LOW)) - f)
    value = select(x.is_below(math.inf), value, x)  # of infinity and NaN
    at_most_zero = select(x.is_below(0.0), math.nan, -math.inf)
    return select(x.is_at_most(0.0), at_most_zero, value)


def log1p_of(x: Float64) -> Float64:
    """Return log(1 + x), relative error below 4e-16: what 1 + x loses is added in the end."""
    u = 1.0 + x
    value = log_of(u)
    corrected = value + (x - (u - 1.0)) / u
    corrected = select(u.is_below(math.inf), corrected, value)
    return select(u.is_above(0.0), corrected, value)


def log1p_unit_of(e: Float64) -> Float64:
    """Return log(1 + e) for 0 <= e <= 1 as 2 atanh(e / (2 + e)), by its series to degree 33."""
    s = e / (2.0 + e)
    z = s * s
    return 2.0 * s * (z * polynomial(z, _OF_ATANH) + 1.0)


exp = written(exp_of)
expm1 = written(expm1_of)
log = written(log_of)
log1p = written(log1p_of)
log1p_unit = written(log1p_unit_of)


@bare
def digamma(x):
    """Return d log Gamma(x) / dx for x > 0: recurrence to x >= 8, then the asymptotic series."""
    value = 0.0
    while x < 8.0:
        value -= 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    series = z * (
        1.0 / 12.0
        - z
        * (
            1.0 / 120.0
            - z
            * (
                1.0 / 252.0
                - z * (1.0 / 240.0 - z * (1.0 / 132.0 - z * (691.0 / 32760.0 - z / 12.0)))
            )
        )
    )
    return value + math.log(x) - 0.5 / x - series
