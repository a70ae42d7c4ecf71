"""The words in which the log density of a family is written, once for all who need it.

With the operators + - * / these functions have three meanings: of numbers and arrays, the numbers
themselves; of a `Jet`, the numbers with three derivatives, which maximum likelihood needs; in
compiled code, the numbers with the first derivatives that a sampler needs
(``sampling/compiled/kernels/jets.py``).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.family.jet import Jet, Number
from bayesmm.family.tweedie_series import log_tweedie

__all__ = [
    "WORDS",
    "Jet",
    "absolute",
    "arctan",
    "cos",
    "erfc",
    "exp",
    "expit",
    "expm1",
    "is_positive",
    "lgamma",
    "log",
    "log1mexp",
    "log1p",
    "log_bessel",
    "log_ndtr",
    "log_rising",
    "log_tweedie",
    "softplus",
    "where",
]


def _word(
    derivatives: Callable[[Array], tuple[Array, Array, Array, Array]],
    doc: str,
    of_numbers: Callable[[Array], Array] | None = None,
) -> Callable:
    """Return a function of numbers and jets, from it and its three derivatives.

    Of plain numbers the derivatives are not asked for, where it is there without them.
    """

    def word(x: Number) -> Number:
        if isinstance(x, Jet):
            return x.chain(*derivatives(x.value))
        return derivatives(x)[0] if of_numbers is None else of_numbers(x)

    word.__name__ = word.__qualname__ = derivatives.__name__.removeprefix("_")
    word.__doc__ = doc
    return word


def _exp(x: Array) -> tuple:
    e = np.exp(x)
    return e, e, e, e


def _expm1(x: Array) -> tuple:
    e = np.exp(x)
    return np.expm1(x), e, e, e


def _log1p(x: Array) -> tuple:
    r = 1 / (1 + x)
    return np.log1p(x), r, -(r**2), 2 * r**3


def _softplus(x: Array) -> tuple:
    p, q = _shares(x)
    slope = p * q
    return _softplus_of_numbers(x), p, slope, slope * (q - p)


def _softplus_of_numbers(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _expit(x: Array) -> tuple:
    p, q = _shares(x)
    slope = p * q
    return p, slope, slope * (q - p), slope * (1.0 - 6.0 * slope)


def _shares(x: Array) -> tuple[Array, Array]:
    """Return 1 / (1 + e^-x) and 1 / (1 + e^x)."""
    small = np.exp(-np.abs(x))
    large = 1.0 / (1.0 + small)
    less = small * large
    return np.where(x > 0, large, less), np.where(x > 0, less, large)


def _log1mexp(x: Array) -> tuple:
    g = np.exp(-x) / -np.expm1(-x)  # 1 / (e^x - 1), x > 0
    slope = g * (1 + g)
    return _log1mexp_of_numbers(x), g, -slope, slope * (1 + 2 * g)


def _log1mexp_of_numbers(x: Array) -> Array:
    # the second form keeps the digits of what is nearly 0, the first those of what is nearly -inf
    return np.where(x > 1.0, np.log1p(-np.minimum(np.exp(-x), 0.5)), np.log(-np.expm1(-x)))


def _lgamma(x: Array) -> tuple:
    return special.gammaln(x), special.digamma(x), special.polygamma(1, x), special.polygamma(2, x)


def _log_ndtr(x: Array) -> tuple:
    value = special.log_ndtr(x)
    hazard = np.exp(-0.5 * x**2 - 0.5 * np.log(2 * np.pi) - value)
    slope = -hazard * (x + hazard)
    return value, hazard, slope, -slope * (x + hazard) - hazard * (1.0 + slope)


def _erfc(x: Array) -> tuple:
    slope = -2 / np.sqrt(np.pi) * np.exp(-(x**2))
    return special.erfc(x), slope, -2 * x * slope, (4 * x**2 - 2) * slope


def _absolute(x: Array) -> tuple:
    return np.abs(x), np.sign(x), 0.0 * x, 0.0 * x


def _cos(x: Array) -> tuple:
    c, s = np.cos(x), np.sin(x)
    return c, -s, -c, s


def _arctan(x: Array) -> tuple:
    r = 1 / (1 + x**2)
    return np.arctan(x), r, -2 * x * r**2, (6 * x**2 - 2) * r**3


def _log_bessel(x: Array) -> tuple:
    ratio = special.i1e(x) / special.i0e(x)
    slope = 1 - ratio / x - ratio**2
    return x + np.log(special.i0e(x)), ratio, slope, ratio / x**2 - slope * (1 / x + 2 * ratio)


exp = _word(_exp, "Return e^x.", np.exp)
expm1 = _word(_expm1, "Return e^x - 1.", np.expm1)
log1p = _word(_log1p, "Return log(1 + x).", np.log1p)
softplus = _word(_softplus, "Return log(1 + e^x).", _softplus_of_numbers)
expit = _word(_expit, "Return 1 / (1 + e^-x).", special.expit)
log1mexp = _word(_log1mexp, "Return log(1 - e^-x) for x > 0.", _log1mexp_of_numbers)
lgamma = _word(_lgamma, "Return log Gamma(x).", special.gammaln)
log_ndtr = _word(_log_ndtr, "Return the log of the normal distribution function.", special.log_ndtr)
erfc = _word(_erfc, "Return 1 - erf(x).", special.erfc)
absolute = _word(_absolute, "Return |x|, with slope 0 at 0.", np.abs)
cos = _word(_cos, "Return the cosine.", np.cos)
arctan = _word(_arctan, "Return the inverse of the tangent.", np.arctan)
log_bessel = _word(_log_bessel, "Return log I0(x), the modified Bessel function, for x > 0.")


def log(x: Number) -> Number:
    """Return log x, with derivatives relative to x: the cube of a small x would be 0."""
    if not isinstance(x, Jet):
        return np.log(x)
    first, second, third = (part / x.value for part in x.parts[1:])
    square = first * first
    return Jet(
        np.log(x.value), first, second - square, third - 3 * first * second + 2 * square * first
    )


# From here on Stirling's series, whose terms after the third are below rounding.
_LARGE = 64.0


def log_rising(y: Array, alpha: Number) -> Number:
    """Return log Gamma(y + alpha) - log Gamma(alpha), the log of a rising factorial.

    The difference of two log gammas loses all its digits as alpha grows, and so do those of their
    derivatives; that of Stirling's series is taken term by term.
    """
    if isinstance(alpha, Jet):
        return alpha.chain(_rising(y, alpha.value), *_slopes_of_rising(y, alpha.value))
    return _rising(y, alpha)


def _rising(y: Array, alpha: Array) -> Array:
    direct = special.gammaln(y + alpha) - special.gammaln(alpha)
    if np.all(alpha < _LARGE):
        return direct
    large = np.maximum(alpha, _LARGE)
    x = y + large
    terms = (x - 0.5) * np.log1p(y / large) + y * (np.log(large) - 1.0)
    terms += _stirling(x) - _stirling(large)
    return np.where(alpha < _LARGE, direct, terms)


def _slopes_of_rising(y: Array, alpha: Array) -> tuple[Array, Array, Array]:
    """Return the first three derivatives in alpha."""
    large = np.maximum(alpha, _LARGE)
    x = y + large
    r, s = 1.0 / x, 1.0 / large
    gap = -y * r * s  # r - s
    first = np.log1p(y * s) - gap / 2 - (r**2 - s**2) / 12 + (r**4 - s**4) / 120
    first -= (r**6 - s**6) / 252
    second = gap * (1 + (r + s) / 2) + (r**3 - s**3) / 6 - (r**5 - s**5) / 30
    second += (r**7 - s**7) / 42
    third = -gap * (r + s) - (r**3 - s**3) - (r**4 - s**4) / 2 + (r**6 - s**6) / 6
    third -= (r**8 - s**8) / 6
    of_series = (first, second, third)
    direct = (special.polygamma(k, y + alpha) - special.polygamma(k, alpha) for k in range(3))
    pairs = zip(direct, of_series, strict=True)
    one, two, three = (np.where(alpha < _LARGE, exact, series) for exact, series in pairs)
    return one, two, three


def _stirling(x: Array) -> Array:
    """Return what Stirling's approximation leaves of log Gamma(x), for large x."""
    r = 1.0 / x**2
    return (1.0 / 12.0 - r * (1.0 / 360.0 - r / 1260.0)) / x


def where(condition: NDArray[np.bool_] | bool, one: Number, other: Number) -> Number:
    """Return `one` where the condition holds, and `other` elsewhere."""
    if not (isinstance(one, Jet) or isinstance(other, Jet)):
        return np.where(condition, one, other)
    pairs = zip(_lifted(one).parts, _lifted(other).parts, strict=True)
    return Jet(*(np.where(condition, a, b) for a, b in pairs))


def is_positive(x: Number) -> NDArray[np.bool_]:
    """Return where a number, or the value of a jet, is above 0: a condition for `where`."""
    return (x.value if isinstance(x, Jet) else x) > 0.0


def _lifted(x: Number) -> Jet:
    """Return a constant as a jet."""
    return x if isinstance(x, Jet) else Jet(x, 0.0, 0.0, 0.0)


# What a log density may call.
WORDS = frozenset(
    {absolute, arctan, cos, erfc, exp, expit, expm1, is_positive, lgamma, log, log1mexp, log1p}
    | {log_bessel, log_ndtr, log_rising, log_tweedie, softplus, where}
)
