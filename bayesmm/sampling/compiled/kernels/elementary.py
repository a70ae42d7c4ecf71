"""Elementary functions without branches, so that loops over rows become vector instructions.

`math.exp` and `math.log` are calls into the C library, of which no PyPI build of llvmlite makes
vector instructions; these are polynomials of ordinary operations. They need strict arithmetic:
under ``fastmath`` the rounding step of `exp` is simplified away and the result is wrong without a
warning.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare, inlined, intrinsic, types

__all__ = ["EXP_MAX", "digamma", "exp", "expm1", "log", "log1p", "log1p_unit"]

# `exp` is clamped to this range of the argument, in which results are normal numbers.
EXP_MIN = -708.0
EXP_MAX = 709.0

# Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum.
_ROUND = 6755399441055744.0
_LOG2_E = 1.4426950408889634
# ln 2 = high + low; k * high is exact for |k| < 2^20.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (
    1.0 / math.factorial(k) for k in range(2, 14)
)
# Of sqrt(1 / 2), where `log` cuts the binades, and of what `_ROUND` adds to an integer, as int64.
_ROOT_HALF, _ROUND_BITS = 0x3FE6A09E667F3BCD, 0x4338000000000000
_SMALLEST_NORMAL, _TWO_54 = 2.2250738585072014e-308, 18014398509481984.0
# Coefficients of atanh(s) / s in powers of s^2.
_A3, _A5, _A7, _A9, _A11, _A13, _A15, _A17 = (1.0 / k for k in range(3, 18, 2))
_A19, _A21, _A23, _A25, _A27, _A29, _A31, _A33 = (1.0 / k for k in range(19, 34, 2))


@intrinsic
def _bits(_typing, value):
    """Return the 64 bits of a float64 as an int64."""

    def generate(context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(value), generate


@intrinsic
def _float(_typing, word):
    """Return the float64 of the 64 bits of an int64."""

    def generate(context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(word), generate


@inlined
def exp(x):
    """Return e^x, relative error below 2.5e-16, with x clamped to [-708, 709]; NaN stays NaN.

    x = k ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor series to degree 13 in Estrin's order,
    which has short chains of dependent operations.
    """
    x = min(max(x, -708.0), 709.0)
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    p0 = (1.0 + r) + r2 * (_C2 + _C3 * r)
    p1 = (_C4 + _C5 * r) + r2 * (_C6 + _C7 * r)
    p2 = (_C8 + _C9 * r) + r2 * (_C10 + _C11 * r)
    p3 = _C12 + _C13 * r
    return (p0 + r4 * (p1 + r4 * (p2 + r4 * p3))) * _float((_bits(shifted) + 1023) << 52)


@inlined
def expm1(x):
    """Return e^x - 1, relative error below 1e-15, with x clamped as in `exp`; NaN stays NaN.

    2^k (e^r - 1) + (2^k - 1), with the series of `exp` less its first term.
    """
    x = min(max(x, -708.0), 709.0)
    shifted = x * _LOG2_E + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    r2 = r * r
    r4 = r2 * r2
    p0 = r + r2 * (_C2 + _C3 * r)
    p1 = (_C4 + _C5 * r) + r2 * (_C6 + _C7 * r)
    p2 = (_C8 + _C9 * r) + r2 * (_C10 + _C11 * r)
    p3 = _C12 + _C13 * r
    power = _float((_bits(shifted) + 1023) << 52)
    return (p0 + r4 * (p1 + r4 * (p2 + r4 * p3))) * power + (power - 1.0)


@inlined
def log(x):
    """Return log x, relative error below 2e-16 next to 1 too; -inf of 0, NaN below.

    x = 2^k m with m from sqrt(1 / 2) to sqrt(2). With f = m - 1 and s = f / (2 + f), log m is
    2 atanh(s) = f - (h - s (h + R)), h = f^2 / 2, where only the small R is a series.
    """
    small = x < _SMALLEST_NORMAL
    normal = x * _TWO_54 if small else x
    bits = _bits(normal)
    k = (bits - _ROOT_HALF) >> 52
    power = _float(k + _ROUND_BITS) - _ROUND  # without the conversion, which AVX2 has not
    power = power - 54.0 if small else power
    f = _float(bits - (k << 52)) - 1.0
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    p0 = (_A3 + _A5 * z) + z2 * (_A7 + _A9 * z)
    p1 = (_A11 + _A13 * z) + z2 * (_A15 + _A17 * z)
    rest = 2.0 * z * (p0 + z4 * (p1 + z4 * (_A19 + _A21 * z)))
    h = 0.5 * f * f
    value = power * _LN2_HIGH - ((h - (s * (h + rest) + power * _LN2_LOW)) - f)
    value = value if x < math.inf else x  # of infinity and NaN
    return value if x > 0.0 else (-math.inf if x == 0.0 else math.nan)


@inlined
def log1p(x):
    """Return log(1 + x), relative error below 4e-16: what 1 + x loses is added in the end."""
    u = 1.0 + x
    value = log(u)
    corrected = value + (x - (u - 1.0)) / u
    return corrected if 0.0 < u < math.inf else value


@inlined
def log1p_unit(e):
    """Return log(1 + e) for 0 <= e <= 1 as 2 atanh(e / (2 + e)), by its series to degree 33.

    Written out in Estrin's order: a loop over coefficients stays a loop, and the rows around it no
    vector instructions.
    """
    s = e / (2.0 + e)
    z = s * s
    z2 = z * z
    z4 = z2 * z2
    p0 = (_A3 + _A5 * z) + z2 * (_A7 + _A9 * z)
    p1 = (_A11 + _A13 * z) + z2 * (_A15 + _A17 * z)
    p2 = (_A19 + _A21 * z) + z2 * (_A23 + _A25 * z)
    p3 = (_A27 + _A29 * z) + z2 * (_A31 + _A33 * z)
    return 2.0 * s * (z * (p0 + z4 * (p1 + z4 * (p2 + z4 * p3))) + 1.0)


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
