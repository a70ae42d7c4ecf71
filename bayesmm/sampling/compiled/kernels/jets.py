"""Numbers with their first derivatives in compiled code: the operators of `bayesmm.family.numeric`.

A jet is a number with its derivatives in the linear predictor and in the further parameters of a
family. Operators are written as instructions in place, as words are (`jet_words`), not as functions
of their own, which would each take a twentieth of a second to compile.
"""

import operator
from collections.abc import Callable, Mapping

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, register_model

from bayesmm.sampling.compiled.kernels.chunks import CHUNK

__all__ = [
    "JetType",
    "added",
    "jet_of",
    "parts_of",
    "plus",
    "scaled",
    "size_of",
    "store",
]


class JetType(types.Type):
    """A number with `size` first derivatives."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(name=f"Jet({size})")


@register_model(JetType)
class _JetModel(models.StructModel):
    def __init__(self, manager, kind):
        members = [("value", types.float64)]
        members += [(f"slope{k}", types.float64) for k in range(kind.size)]
        super().__init__(manager, kind, members)


def parts_of(context, builder, kind, number, size: int) -> tuple[object, list]:
    """Return the value and the derivatives of a jet or of a constant."""
    if isinstance(kind, JetType):
        jet = cgutils.create_struct_proxy(kind)(context, builder, value=number)
        return jet.value, [getattr(jet, f"slope{k}") for k in range(size)]
    value = context.cast(builder, number, kind, types.float64)
    return value, [None] * size


def jet_of(context, builder, size: int, value, slopes: list):
    """Return a jet; a derivative None is zero."""
    jet = cgutils.create_struct_proxy(JetType(size))(context, builder)
    jet.value = value
    for k, slope in enumerate(slopes):
        setattr(jet, f"slope{k}", ir.Constant(ir.DoubleType(), 0.0) if slope is None else slope)
    return jet._getvalue()


def size_of(kinds: tuple) -> int:
    """Return the number of derivatives of the jets among some types, 0 for none."""
    return max((kind.size for kind in kinds if isinstance(kind, JetType)), default=0)


def scaled(builder, factor, slope):
    """Return a derivative times a factor; None is zero."""
    return None if slope is None else builder.fmul(factor, slope)


def plus(builder, a, b):
    """Return the sum of two derivatives; None is zero."""
    if a is None or b is None:
        return b if a is None else a
    return builder.fadd(a, b)


def _negative(builder, a):
    return None if a is None else builder.fneg(a)


def _add(builder, a, da, b, db):
    slopes = [plus(builder, s, t) for s, t in zip(da, db, strict=True)]
    return builder.fadd(a, b), slopes


def _subtract(builder, a, da, b, db):
    slopes = [plus(builder, s, _negative(builder, t)) for s, t in zip(da, db, strict=True)]
    return builder.fsub(a, b), slopes


def _multiply(builder, a, da, b, db):
    slopes = [
        plus(builder, scaled(builder, b, s), scaled(builder, a, t))
        for s, t in zip(da, db, strict=True)
    ]
    return builder.fmul(a, b), slopes


def _divide(builder, a, da, b, db):
    ratio, inverse = builder.fdiv(a, b), builder.fdiv(ir.Constant(ir.DoubleType(), 1.0), b)
    slopes = [
        scaled(builder, inverse, plus(builder, s, _negative(builder, scaled(builder, ratio, t))))
        if s is not None or t is not None
        else None
        for s, t in zip(da, db, strict=True)
    ]
    return ratio, slopes


_OPERATORS: Mapping[Callable, Callable] = {
    operator.add: _add,
    operator.sub: _subtract,
    operator.mul: _multiply,
    operator.truediv: _divide,
}


def _define_operator(name: Callable, rule: Callable) -> None:
    @infer_global(name)
    class Typed(AbstractTemplate):
        def generic(self, arguments, _keywords):
            if size := size_of(arguments):
                return JetType(size)(*arguments)
            return None

    def lowered(context, builder, signature, arguments):
        size = size_of(signature.args)
        a, da = parts_of(context, builder, signature.args[0], arguments[0], size)
        b, db = parts_of(context, builder, signature.args[1], arguments[1], size)
        return jet_of(context, builder, size, *rule(builder, a, da, b, db))

    for pair in ((JetType, JetType), (JetType, types.Number), (types.Number, JetType)):
        lower_builtin(name, *pair)(lowered)


for _name, _rule in _OPERATORS.items():
    _define_operator(_name, _rule)


@infer_global(operator.neg)
class _TypedNegative(AbstractTemplate):
    def generic(self, arguments, _keywords):
        return arguments[0](*arguments) if isinstance(arguments[0], JetType) else None


@lower_builtin(operator.neg, JetType)
def _lowered_negative(context, builder, signature, arguments):
    size = size_of(signature.args)
    value, slopes = parts_of(context, builder, signature.args[0], arguments[0], size)
    slopes = [_negative(builder, slope) for slope in slopes]
    return jet_of(context, builder, size, builder.fneg(value), slopes)


def store(predictors: int) -> Callable:
    """Return a compiled function that writes a jet in that many linear predictors to place i.

    The derivatives in them go to `eta`, the value and the other derivatives to `work`, a chunk
    further each.
    """

    @intrinsic
    def of(_typing, jet, eta, work, i):
        def generate(context, builder, signature, arguments):
            size = signature.args[0].size
            value, slopes = parts_of(context, builder, signature.args[0], arguments[0], size)
            _, eta, work, i = arguments
            placed = [(eta, slopes[:predictors]), (work, [value, *slopes[predictors:]])]
            for target, numbers in placed:
                for k, number in enumerate(numbers):
                    at = builder.add(i, ir.Constant(ir.IntType(64), k * CHUNK))
                    builder.store(number, builder.gep(target, [at]))
            return context.get_dummy_value()

        return types.none(jet, eta, work, types.int64), generate

    return of


@intrinsic
def added(_typing, jet, weight, slopes):
    """Add the derivatives of a jet in the further parameters, times a weight; return its value.

    A number, of a family without such parameters, has none.
    """

    def generate(context, builder, signature, arguments):
        size = size_of(signature.args)
        value, own = parts_of(context, builder, signature.args[0], arguments[0], size)
        for k, slope in enumerate(own[1:] if size else ()):
            place = cgutils.gep(builder, arguments[2], k)
            more = builder.fmul(arguments[1], slope)
            builder.store(builder.fadd(builder.load(place), more), place)
        return builder.fmul(arguments[1], value)

    return types.float64(jet, types.float64, slopes), generate
