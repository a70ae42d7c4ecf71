"""What the log density of a row is a function of, as jets: linear predictors and numbers."""

from collections.abc import Callable

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.jets import JetType, jet_of

__all__ = ["constants", "numbers_at", "variable", "variables"]


def variable(size: int) -> Callable:
    """Return a compiled function of a number: the jet of the variable that has derivative 0."""

    @intrinsic
    def of(_typing, value):
        def generate(context, builder, _signature, arguments):
            slopes = [ir.Constant(ir.DoubleType(), 1.0), *[None] * (size - 1)]
            return jet_of(context, builder, size, arguments[0], slopes)

        return JetType(size)(types.float64), generate

    return of


def variables(size: int, sources: tuple[int, ...]) -> Callable:
    """Return a compiled function of linear predictors, numbers and a row: jets of the parameters.

    The numbers are a tuple, of `numbers_at`: read within the row they would be read in every one,
    because what is stored there might be theirs. A jet has `size` derivatives, in the linear
    predictors, then in the numbers; a source is per parameter the linear predictor that it is, or
    ~k for number k.
    """
    predictors = size - sum(source < 0 for source in sources)

    @intrinsic
    def of(_typing, etas, numbers, i):
        kind = types.UniTuple(JetType(size), len(sources))

        def generate(context, builder, _signature, arguments):
            one = ir.Constant(ir.DoubleType(), 1.0)
            etas, numbers, i = arguments
            jets = []
            for source in sources:
                if source < 0:
                    slot = predictors + ~source
                    value = builder.extract_value(numbers, ~source)
                else:
                    slot = source
                    at = builder.add(i, ir.Constant(ir.IntType(64), source * CHUNK))
                    value = builder.load(builder.gep(etas, [at]))
                slopes = [one if j == slot else None for j in range(size)]
                jets.append(jet_of(context, builder, size, value, slopes))
            return context.make_tuple(builder, kind, jets)

        return kind(etas, numbers, i), generate

    return of


def numbers_at(count: int) -> Callable:
    """Return a compiled function of a pointer: the tuple of that many numbers there."""

    @intrinsic
    def of(_typing, pointer):
        kind = types.UniTuple(types.float64, count)

        def generate(context, builder, _signature, arguments):
            values = [builder.load(cgutils.gep(builder, arguments[0], k)) for k in range(count)]
            return context.make_tuple(builder, kind, values)

        return kind(pointer), generate

    return of


def constants(size: int) -> Callable:
    """Return a compiled function of a pointer: the jets of numbers with derivatives 1, 2, ..."""

    @intrinsic
    def of(_typing, pointer):
        kind = types.UniTuple(JetType(size), size - 1)

        def generate(context, builder, _signature, arguments):
            one = ir.Constant(ir.DoubleType(), 1.0)
            jets = []
            for k in range(size - 1):
                value = builder.load(cgutils.gep(builder, arguments[0], k))
                slopes = [one if j == k + 1 else None for j in range(size)]
                jets.append(jet_of(context, builder, size, value, slopes))
            return context.make_tuple(builder, kind, jets)

        return kind(pointer), generate

    return of
