"""The words in which the log density of a family is written, once for all who need it.

With the operators + - * / these functions have three meanings: of numbers and arrays, the numbers
themselves; of a `Jet`, the numbers with three derivatives, which maximum likelihood needs; in
compiled code, the numbers with the first derivatives that a sampler needs
(``sampling/compiled/kernels/jets.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "WORDS",
    "Jet",
    "erfc",
    "exp",
    "expit",
    "expm1",
    "lgamma",
    "log",
    "log1mexp",
    "log1p",
    "softplus",
    "where",
]

type Array = NDArray[np.float64]
type Number = "Array | float | Jet"


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A function of one variable at many points: its value and first three derivatives."""

    value: Array
    first: Array
    second: Array
    third: Array

    # numpy leaves ``array * jet`` to the jet
    __array_ufunc__ = None

    @classmethod
    def variable(cls, x: Array) -> "Jet":
        """Return the variable itself."""
        return cls(x, np.ones_like(x), np.zeros_like(x), np.zeros_like(x))

    def chain(self, f: Array, f1: Array, f2: Array, f3: Array) -> "Jet":
        """Return f(self), from f and its derivatives at the value (Faa di Bruno)."""
        u, v, w = self.first, self.second, self.third
        return Jet(f, f1 * u, f2 * u**2 + f1 * v, f3 * u**3 + 3 * f2 * u * v + f1 * w)

    def __neg__(self) -> "Jet":
        """Return minus the function."""
        return Jet(-self.value, -self.first, -self.second, -self.third)

    def __add__(self, other: Number) -> "Jet":
        """Return the sum."""
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.first, self.second, self.third)
        return Jet(
            self.value + other.value,
            self.first + other.first,
            self.second + other.second,
            self.third + other.third,
        )

    def __mul__(self, other: Number) -> "Jet":
        """Return the product."""
        if not isinstance(other, Jet):
            return Jet(
                self.value * other, self.first * other, self.second * other, self.third * other
            )
        (a, a1, a2, a3), (b, b1, b2, b3) = self.parts, other.parts
        return Jet(
            a * b,
            a1 * b + a * b1,
            a2 * b + 2 * a1 * b1 + a * b2,
            a3 * b + 3 * (a2 * b1 + a1 * b2) + a * b3,
        )

    def __truediv__(self, other: Number) -> "Jet":
        """Return the ratio."""
        return self * (1.0 / other)

    def __rtruediv__(self, other: Array | float) -> "Jet":
        """Return a number over the function."""
        r = 1.0 / self.value
        return self.chain(r, -(r**2), 2 * r**3, -6 * r**4) * other

    def __sub__(self, other: Number) -> "Jet":
        """Return the difference."""
        return self + (-other)

    def __rsub__(self, other: Array | float) -> "Jet":
        """Return a number less the function."""
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def parts(self) -> tuple[Array, Array, Array, Array]:
        """The value and its derivatives."""
        return self.value, self.first, self.second, self.third


def _word(derivatives: Callable[[Array], tuple[Array, Array, Array, Array]], doc: str) -> Callable:
    """Return a function of numbers and jets, from it and its three derivatives."""

    def word(x: Number) -> Number:
        if isinstance(x, Jet):
            return x.chain(*derivatives(x.value))
        return derivatives(x)[0]

    word.__name__ = word.__qualname__ = derivatives.__name__.removeprefix("_")
    word.__doc__ = doc
    return word


def _exp(x: Array) -> tuple:
    e = np.exp(x)
    return e, e, e, e


def _expm1(x: Array) -> tuple:
    e = np.exp(x)
    return np.expm1(x), e, e, e


def _log(x: Array) -> tuple:
    return np.log(x), 1 / x, -1 / x**2, 2 / x**3


def _log1p(x: Array) -> tuple:
    r = 1 / (1 + x)
    return np.log1p(x), r, -(r**2), 2 * r**3


def _softplus(x: Array) -> tuple:
    p, q = special.expit(x), special.expit(-x)
    return np.logaddexp(0.0, x), p, p * q, p * q * (q - p)


def _expit(x: Array) -> tuple:
    p, q = special.expit(x), special.expit(-x)
    return p, p * q, p * q * (q - p), p * q * (1 - 6 * p * q)


def _log1mexp(x: Array) -> tuple:
    g = 1 / np.expm1(x)  # x > 0
    return np.log(-np.expm1(-x)), g, -g * (1 + g), g * (1 + g) * (1 + 2 * g)


def _lgamma(x: Array) -> tuple:
    return special.gammaln(x), special.digamma(x), special.polygamma(1, x), special.polygamma(2, x)


def _erfc(x: Array) -> tuple:
    slope = -2 / np.sqrt(np.pi) * np.exp(-(x**2))
    return special.erfc(x), slope, -2 * x * slope, (4 * x**2 - 2) * slope


exp = _word(_exp, "Return e^x.")
expm1 = _word(_expm1, "Return e^x - 1.")
log = _word(_log, "Return log x.")
log1p = _word(_log1p, "Return log(1 + x).")
softplus = _word(_softplus, "Return log(1 + e^x).")
expit = _word(_expit, "Return 1 / (1 + e^-x).")
log1mexp = _word(_log1mexp, "Return log(1 - e^-x) for x > 0.")
lgamma = _word(_lgamma, "Return log Gamma(x).")
erfc = _word(_erfc, "Return 1 - erf(x).")


def where(condition: NDArray[np.bool_] | bool, one: Number, other: Number) -> Number:
    """Return `one` where the condition holds, and `other` elsewhere."""
    if not (isinstance(one, Jet) or isinstance(other, Jet)):
        return np.where(condition, one, other)
    pairs = zip(_lifted(one).parts, _lifted(other).parts, strict=True)
    return Jet(*(np.where(condition, a, b) for a, b in pairs))


def _lifted(x: Number) -> Jet:
    """Return a constant as a jet."""
    return x if isinstance(x, Jet) else Jet(x, 0.0, 0.0, 0.0)


# What a log density may call.
WORDS = frozenset({erfc, exp, expit, expm1, lgamma, log, log1mexp, log1p, softplus, where})
