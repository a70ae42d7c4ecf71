"""Numbers with three derivatives along one variable, which maximum likelihood needs."""

from dataclasses import dataclass

from bayesmm.arrays import Array

__all__ = ["Jet", "Number"]

type Number = Array | float | Jet


@dataclass(frozen=True, slots=True, eq=False)
class Jet:
    """A function of one variable at many points: its value and first three derivatives.

    A derivative that is the same at all points may be one number.
    """

    value: Array
    first: Array | float
    second: Array | float
    third: Array | float

    # numpy leaves ``array * jet`` to the jet
    __array_ufunc__ = None

    @classmethod
    def variable(cls, x: Array) -> "Jet":
        """Return the variable itself."""
        return cls(x, 1.0, 0.0, 0.0)

    def chain(self, f: Array, f1: Array, f2: Array, f3: Array) -> "Jet":
        """Return f(self), from f and its derivatives at the value (Faa di Bruno)."""
        u, v, w = self.first, self.second, self.third
        f2u = f2 * u
        return Jet(f, f1 * u, f2u * u + f1 * v, f3 * u * u * u + 3.0 * f2u * v + f1 * w)

    def __neg__(self) -> "Jet":
        """Return minus the function."""
        return Jet(-self.value, -self.first, -self.second, -self.third)

    def __add__(self, other: Number) -> "Jet":
        """Return the sum."""
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.first, self.second, self.third)
        return Jet(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

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
        if not isinstance(other, Jet):
            return self + (-other)
        return Jet(*(a - b for a, b in zip(self.parts, other.parts, strict=True)))

    def __rsub__(self, other: Array | float) -> "Jet":
        """Return a number less the function."""
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def parts(self) -> tuple[Array, Array, Array, Array]:
        """The value and its derivatives."""
        return self.value, self.first, self.second, self.third
