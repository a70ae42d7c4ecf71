"""Functions of numbers written down once, as the instructions that compiled code has for them.

Such a function is called when the code around it is compiled, with a `Float64` for each argument:
its operators write LLVM's instructions. There is nothing to infer types of and nothing to inline,
which takes numba a tenth of a second each time, and what is written has no branches, so that the
loop around it can become vector instructions: `select` computes both sides.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bayesmm.sampling.compiled.deferred import Deferred
from bayesmm.sampling.compiled.kernels.inner import intrinsic, ir, types

__all__ = [
    "Bits",
    "Condition",
    "Float64",
    "absolute",
    "bits_of",
    "number_of",
    "polynomial",
    "select",
    "written",
    "written_out",
    "written_pair",
]


class _Value:
    """A value of compiled code and the builder that writes what is computed from it."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Any, value: Any) -> None:
        self.builder, self.value = builder, value


class Condition(_Value):
    """What is true or not."""

    __slots__ = ()


class Float64(_Value):
    """A float64 of compiled code."""

    __slots__ = ()

    def _of(self, other: "Float64 | float") -> Any:
        return other.value if isinstance(other, Float64) else ir.Constant(ir.DoubleType(), other)

    def _with(self, instruction: str, a: Any, b: Any) -> "Float64":
        return Float64(self.builder, getattr(self.builder, instruction)(a, b))

    def __add__(self, other: "Float64 | float") -> "Float64":
        """Return the sum."""
        return self._with("fadd", self.value, self._of(other))

    def __radd__(self, other: "Float64 | float") -> "Float64":
        """Return the sum."""
        return self._with("fadd", self._of(other), self.value)

    def __sub__(self, other: "Float64 | float") -> "Float64":
        """Return the difference."""
        return self._with("fsub", self.value, self._of(other))

    def __rsub__(self, other: "Float64 | float") -> "Float64":
        """Return the difference."""
        return self._with("fsub", self._of(other), self.value)

    def __mul__(self, other: "Float64 | float") -> "Float64":
        """Return the product."""
        return self._with("fmul", self.value, self._of(other))

    def __rmul__(self, other: "Float64 | float") -> "Float64":
        """Return the product."""
        return self._with("fmul", self._of(other), self.value)

    def __truediv__(self, other: "Float64 | float") -> "Float64":
        """Return the ratio."""
        return self._with("fdiv", self.value, self._of(other))

    def __rtruediv__(self, other: "Float64 | float") -> "Float64":
        """Return the ratio."""
        return self._with("fdiv", self._of(other), self.value)

    def __neg__(self) -> "Float64":
        """Return the opposite."""
        return Float64(self.builder, self.builder.fneg(self.value))

    def is_below(self, other: "Float64 | float") -> Condition:
        """Return whether it is less; false of what is no number."""
        return Condition(self.builder, self.builder.fcmp_ordered("<", self.value, self._of(other)))

    def is_at_most(self, other: "Float64 | float") -> Condition:
        """Return whether it is not more; false of what is no number."""
        return Condition(self.builder, self.builder.fcmp_ordered("<=", self.value, self._of(other)))

    def is_above(self, other: "Float64 | float") -> Condition:
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


def bits_of(x: Float64) -> Bits:
    """Return the 64 bits of a number."""
    return Bits(x.builder, x.builder.bitcast(x.value, ir.IntType(64)))


def number_of(bits: Bits) -> Float64:
    """Return the number with these 64 bits."""
    return Float64(bits.builder, bits.builder.bitcast(bits.value, ir.DoubleType()))


def select(condition: Condition, one: Float64 | float, other: Float64 | float) -> Float64:
    """Return `one` where the condition holds, and else `other`."""
    builder = condition.builder
    sides = [
        side.value if isinstance(side, Float64) else ir.Constant(ir.DoubleType(), side)
        for side in (one, other)
    ]
    return Float64(builder, builder.select(condition.value, *sides))


def absolute(x: Float64) -> Float64:
    """Return |x|."""
    function = x.builder.module.declare_intrinsic("llvm.fabs", [ir.DoubleType()])
    return Float64(x.builder, x.builder.call(function, [x.value]))


def polynomial(x: Float64, coefficients: Sequence[float]) -> Float64:
    """Return sum_k c_k x^k, of two coefficients at least, c_0 first.

    Four by four, (c_0 + c_1 x) + x^2 (c_2 + c_3 x), which do not wait for each other; these one
    after the other in powers of x^4, from the last, so that the large ones are added in the end.
    """
    square = x * x
    groups = [_of_three(x, square, coefficients[k : k + 4]) for k in range(0, len(coefficients), 4)]
    total = groups[-1]
    for group in groups[-2::-1]:
        total = group + square * square * total
    return total


def _of_three(x: Float64, square: Float64, coefficients: Sequence[float]) -> Float64 | float:
    """Return a polynomial of third degree at most."""
    pairs = [
        pair[0] + pair[1] * x if len(pair) == 2 else pair[0]
        for pair in (coefficients[:2], coefficients[2:])
        if pair
    ]
    return pairs[0] + square * pairs[1] if len(pairs) == 2 else pairs[0]


def written_out(builder: Any, function: Callable, values: Sequence[Any]) -> tuple[Any, ...]:
    """Write the instructions of a function in place; return the values of what it gives.

    It takes a `Float64` for each of LLVM's `values`, and returns one, or a tuple of them.
    """
    found = function(*(Float64(builder, value) for value in values))
    return tuple(own.value for own in (found if isinstance(found, tuple) else (found,)))


def written(function: Callable[[Float64], Float64]) -> Deferred:
    """Return a function of one number as one that compiled functions can call."""

    @intrinsic
    def of(_typing, x):
        def generate(_context, builder, _signature, arguments):
            return written_out(builder, function, arguments)[0]

        return types.float64(types.float64), generate

    return of


def written_pair(function: Callable[..., tuple[Float64, Float64]]) -> Deferred:
    """Return a function of one or two numbers that gives two, as `written`."""

    def generate(context, builder, signature, arguments):
        values = written_out(builder, function, arguments)
        return context.make_tuple(builder, signature.return_type, values)

    # numba's types are asked for when something is compiled, not when this is imported
    def of_one(_typing, x):
        return types.UniTuple(types.float64, 2)(types.float64), generate

    def of_two(_typing, x, y):
        return types.UniTuple(types.float64, 2)(types.float64, types.float64), generate

    return intrinsic(of_one if function.__code__.co_argcount == 1 else of_two)
