"""Functions of numbers written down once, as the instructions that compiled code has for them.

Such a function is called when the code around it is compiled, with a `Number` for each argument:
its operators write LLVM's instructions. There is nothing to infer types of and nothing to inline,
which takes numba a tenth of a second each time, and what is written has no branches, so that the
loop around it can become vector instructions: `where` computes both sides.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bayesmm.sampling.compiled.deferred import Deferred
from bayesmm.sampling.compiled.kernels.inner import intrinsic, ir, types

__all__ = [
    "Bits",
    "Condition",
    "Number",
    "absolute",
    "bits_of",
    "number_of",
    "polynomial",
    "where",
    "written",
    "written_out",
]


class _Value:
    """A value of compiled code and the builder that writes what is computed from it."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value


class Condition(_Value):
    """What is true or not."""

    __slots__ = ()


class Number(_Value):
    """A float64 of compiled code."""

    __slots__ = ()

    def _of(self, other: "Number | float") -> Any:
        return other.value if isinstance(other, Number) else ir.Constant(ir.DoubleType(), other)

    def _with(self, instruction: str, a: Any, b: Any) -> "Number":
        return Number(self.builder, getattr(self.builder, instruction)(a, b))

    def __add__(self, other: "Number | float") -> "Number":
        """Return the sum."""
        return self._with("fadd", self.value, self._of(other))

    def __radd__(self, other: "Number | float") -> "Number":
        """Return the sum."""
        return self._with("fadd", self._of(other), self.value)

    def __sub__(self, other: "Number | float") -> "Number":
        """Return the difference."""
        return self._with("fsub", self.value, self._of(other))

    def __rsub__(self, other: "Number | float") -> "Number":
        """Return the difference."""
        return self._with("fsub", self._of(other), self.value)

    def __mul__(self, other: "Number | float") -> "Number":
        """Return the product."""
        return self._with("fmul", self.value, self._of(other))

    def __rmul__(self, other: "Number | float") -> "Number":
        """Return the product."""
        return self._with("fmul", self._of(other), self.value)

    def __truediv__(self, other: "Number | float") -> "Number":
        """Return the ratio."""
        return self._with("fdiv", self.value, self._of(other))

    def __rtruediv__(self, other: "Number | float") -> "Number":
        """Return the ratio."""
        return self._with("fdiv", self._of(other), self.value)

    def __neg__(self) -> "Number":
        """Return the opposite."""
        return Number(self.builder, self.builder.fneg(self.value))

    def is_below(self, other: "Number | float") -> Condition:
        """Return whether it is less; false of what is no number."""
        return Condition(self.builder, self.builder.fcmp_ordered("<", self.value, self._of(other)))

    def is_at_most(self, other: "Number | float") -> Condition:
        """Return whether it is not more; false of what is no number."""
        return Condition(self.builder, self.builder.fcmp_ordered("<=", self.value, self._of(other)))

    def is_above(self, other: "Number | float") -> Condition:
        """Return whether it is more; false of what is no number."""
        return Condition(self.builder, self.builder.fcmp_ordered(">", self.value, self._of(other)))


class Bits(_Value):
    """An int64 of compiled code."""

    __slots__ = ()

    def _with(self, instruction: str, other: "Bits | int") -> "Bits":
        b = other.value if isinstance(other, Bits) else ir.Constant(ir.IntType(64), other)
        return Bits(self.builder, getattr(self.builder, instruction)(self.value, b))

    def __add__(self, other: "Bits | int") -> "Bits":
        """Return the sum."""
        return self._with("add", other)

    def __sub__(self, other: "Bits | int") -> "Bits":
        """Return the difference."""
        return self._with("sub", other)

    def __lshift__(self, other: int) -> "Bits":
        """Return the bits shifted to the left."""
        return self._with("shl", other)

    def __rshift__(self, other: int) -> "Bits":
        """Return the bits shifted to the right, the sign kept."""
        return self._with("ashr", other)


def bits_of(x: Number) -> Bits:
    """Return the 64 bits of a number."""
    return Bits(x.builder, x.builder.bitcast(x.value, ir.IntType(64)))


def number_of(bits: Bits) -> Number:
    """Return the number with these 64 bits."""
    return Number(bits.builder, bits.builder.bitcast(bits.value, ir.DoubleType()))


def where(condition: Condition, one: Number | float, other: Number | float) -> Number:
    """Return `one` where the condition holds, and else `other`."""
    builder = condition.builder
    sides = [
        side.value if isinstance(side, Number) else ir.Constant(ir.DoubleType(), side)
        for side in (one, other)
    ]
    return Number(builder, builder.select(condition.value, *sides))


def absolute(x: Number) -> Number:
    """Return |x|."""
    function = x.builder.module.declare_intrinsic("llvm.fabs", [ir.DoubleType()])
    return Number(x.builder, x.builder.call(function, [x.value]))


def polynomial(x: Number, coefficients: Sequence[float]) -> Number:
    """Return sum_k c_k x^k.

    In Estrin's order, which has short chains of dependent operations: neighbours are joined two
    and two, c_0 + c_1 x, then by x^2, by x^4 and so on.

    Parameters
    ----------
    x : Number
        The number.
    coefficients : sequence of float
        c_0 first; two at least.
    """
    terms, power = list(coefficients), x
    while len(terms) > 1:
        odd = terms[-1:] if len(terms) % 2 else []
        pairs = zip(terms[::2], terms[1::2], strict=False)
        terms = [a + power * b for a, b in pairs] + odd
        power = power * power
    return terms[0]


def written_out(builder: Any, function: Callable, values: Sequence[Any]) -> tuple[Any, ...]:
    """Write the instructions of a function in place; return the values of what it gives.

    Parameters
    ----------
    builder
        LLVM's.
    function : callable
        Takes a `Number` per value; returns one, or a tuple of them.
    values : sequence
        LLVM's values of its arguments.
    """
    found = function(*(Number(builder, value) for value in values))
    return tuple(own.value for own in (found if isinstance(found, tuple) else (found,)))


def written(function: Callable[[Number], Number]) -> Deferred:
    """Return a function of one number as one that compiled functions can call."""

    @intrinsic
    def of(_typing, x):
        def generate(_context, builder, _signature, arguments):
            return written_out(builder, function, arguments)[0]

        return types.float64(types.float64), generate

    return of
