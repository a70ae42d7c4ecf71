"""Compiled functions of numbers as parts of the rows: written out, or called as pure functions.

What is written out is optimised with the row around it, and its loop may become vector
instructions. A pure function is a call of which LLVM knows that nothing but its arguments matters
and that it returns: where these are the same in all rows it is called once before the loop over
rows, and where two words ask for the same, once for both.
"""

from collections.abc import Callable

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.compiler import Flags

__all__ = ["pure_call", "written_out"]

_DOUBLE = ir.DoubleType()


class _PureAttributes(ir.values.FunctionAttributes):
    """Attributes of functions with those that llvmlite does not list."""

    _known = ir.values.FunctionAttributes._known | {"speculatable", "willreturn"}


def _flags() -> Flags:
    """Return how the functions of a word are compiled: as `inner.flat` does."""
    flags = Flags()
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.nrt = False
    flags.error_model = "numpy"
    flags.forceinline = True
    return flags


def _compiled(context, builder, function: Callable, arguments: int, count: int) -> tuple:
    """Return a function of so many numbers that gives `count` others, and its type."""
    signature = types.UniTuple(types.float64, count)(*[types.float64] * arguments)
    return context.compile_subroutine(builder, function, signature, flags=_flags()), signature


def written_out(context, builder, function: Callable, numbers: list, count: int) -> list:
    """Return what a function gives for numbers, its instructions written in place.

    Parameters
    ----------
    context, builder
        Numba's.
    function : callable
        Takes numbers, returns a tuple of `count` of them.
    numbers : list
        LLVM's values.
    count : int
        Number of results.
    """
    inner, signature = _compiled(context, builder, function, len(numbers), count)
    found = context.call_internal(builder, inner.fndesc, signature, numbers)
    return cgutils.unpack_tuple(builder, found, count)


def pure_call(context, builder, function: Callable, numbers: list, count: int) -> list:
    """Return what a function gives for numbers, as a call that can leave a loop; as `written_out`.

    The function has to end and to read nothing but its arguments. Numba's own calls write their
    results to memory, which is no pure function: this one returns them.
    """
    name = f"pure.{function.__module__}.{function.__qualname__}"
    kind = ir.FunctionType(ir.LiteralStructType([_DOUBLE] * count), [_DOUBLE] * len(numbers))
    pure = cgutils.get_or_insert_function(builder.module, kind, name)
    if pure.is_declaration:
        _define(context, pure, function, count)
    found = builder.call(pure, numbers)
    return [builder.extract_value(found, k) for k in range(count)]


def _define(context, pure: ir.Function, function: Callable, count: int) -> None:
    """Write the pure function around a compiled one."""
    pure.linkage = "linkonce_odr"
    pure.attributes = _PureAttributes(
        ("noinline", "nounwind", "readnone", "speculatable", "willreturn")
    )
    builder = ir.IRBuilder(pure.append_basic_block("entry"))
    inner, signature = _compiled(context, builder, function, len(pure.args), count)
    _, found = context.call_internal_no_propagate(builder, inner.fndesc, signature, list(pure.args))
    result = ir.Constant(pure.ftype.return_type, ir.Undefined)
    for k, value in enumerate(cgutils.unpack_tuple(builder, found, count)):
        result = builder.insert_value(result, value, k)
    builder.ret(result)
