"""Tails of the normal distribution without branches, and their derivatives.

Both come from e^(u^2) erfc(u), which is no small number where erfc(u) is. Times 1 + 2u it is nearly
a constant, and smooth in t = (u - 3) / (u + 3), which takes all u >= 0 to [-1, 1): the polynomial
below is its interpolation at 48 Chebyshev nodes, computed with 40 digits and cut where coefficients
of Chebyshev's polynomials are below 5e-18. After M. M. Shepherd and J. G. Laframboise (1981),
Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity, Mathematics of
Computation 36, 249-253, https://doi.org/10.1090/S0025-5718-1981-0595058-X.
"""

from bayesmm.sampling.compiled.kernels.elementary import exp_of, log_of
from bayesmm.sampling.compiled.kernels.instructions import (
    Float64,
    absolute,
    polynomial,
    select,
    written_pair,
)

__all__ = ["erfc", "erfc_of", "log_ndtr", "log_ndtr_of"]

_TIMES_ONE_PLUS_TWO_U = (
    *(1.2530080582697296, -0.1356211061245812, -0.04756229435345109, 0.12964515870276475),
    *(-0.11927366341528023, 0.06830802734384515, -0.023770514919506852),
    *(0.0025293918180474668, 0.0018886903716907627, -0.0007798322884823084),
    *(-0.00010515990108729849, 0.0001250994355712812, 4.949988662264347e-06),
    *(-2.0100843094844725e-05, -7.33143259743597e-07, 3.473024167841533e-06),
    *(3.603910925712771e-07, -6.175617678992323e-07, -1.4683175494120584e-07),
    *(1.0277997488271058e-07, 4.6950946691614734e-08, -1.3906145791730994e-08),
    *(-1.1734464137789657e-08, 1.2019719440135793e-09, 2.0626322959832455e-09),
    *(-3.451497487664328e-11, -1.881936630944858e-10),
)
# Beyond it u and u + 3 are the same, and infinity over infinity is no number.
_LARGE = 1e300
_ROOT_HALF, _TWO_OVER_ROOT_PI = 0.7071067811865476, 1.1283791670955126
_DENSITY_AT_0 = 0.3989422804014327
_SPLIT = 134217729.0  # 2^27 + 1


def _scaled_erfc(u: Float64) -> Float64:
    """Return e^(u^2) erfc(u) of u >= 0."""
    u = select(u.is_above(_LARGE), _LARGE, u)
    return polynomial((u - 3.0) / (u + 3.0), _TIMES_ONE_PLUS_TWO_U) / (1.0 + 2.0 * u)


def _exp_of_minus_square(x: Float64) -> Float64:
    """Return e^(-x^2), with what x^2 loses: 2 h l + l^2 of x = h + l, whose h^2 is exact."""
    x = select(x.is_above(30.0), 30.0, x)
    h = _SPLIT * x - (_SPLIT * x - x)
    rest = x - h
    square = x * x
    lost = ((h * h - square) + 2.0 * h * rest) + rest * rest
    return exp_of(-square) * (1.0 - lost)


def erfc_of(x: Float64) -> tuple[Float64, Float64]:
    """Return 1 - erf(x) and its derivative."""
    size = absolute(x)
    small = _exp_of_minus_square(size)
    tail = small * _scaled_erfc(size)
    return select(x.is_above(0.0), tail, 2.0 - tail), -_TWO_OVER_ROOT_PI * small


def log_ndtr_of(x: Float64) -> tuple[Float64, Float64]:
    """Return the log of the normal distribution function, and its derivative."""
    positive = x.is_above(0.0)
    scaled = 0.5 * _scaled_erfc(_ROOT_HALF * absolute(x))
    half_square = 0.5 * x * x
    above = exp_of(-half_square) * scaled  # P(X > |x|)
    rest = 1.0 - above
    value = log_of(select(positive, rest, scaled))
    lost = (1.0 - rest) - above
    hazard = _DENSITY_AT_0 / scaled
    return (
        select(positive, value + lost / rest, value - half_square),
        select(positive, hazard * above / rest, hazard),
    )


erfc = written_pair(erfc_of)
log_ndtr = written_pair(log_ndtr_of)
