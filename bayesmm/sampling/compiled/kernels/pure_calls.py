"""Compiled functions of numbers that the loop over rows calls as pure functions.

A call of which LLVM knows that nothing but its arguments matters and that it returns leaves the
loop where these are the same in all rows; where two words ask for the same, it is made once.
"""

from collections.abc import Callable

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.compiler import Flags

__all__ = ["pure_call"]

_DOUBLE = ir.DoubleType()


class _PureAttributes(ir.values.FunctionAttributes):
    """Attributes of functions with those that llvmlite does not list."""

    _known = ir.values.FunctionAttributes._known | {"speculatable", "willreturn"}


def _flags() -> Flags:
    """Return how the function is compiled: as `inner.flat` does, a part of the pure one."""
    flags = Flags()
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.nrt = False
    flags.error_model = "numpy"
    flags.forceinline = True
    return flags


def pure_call(context, builder, function: Callable, numbers: list, count: int) -> list:
    """Return what a function gives for LLVM's `numbers`: `count` of them.

    It has to end and to read nothing but its arguments. Numba's own calls write their results to
    memory, which is no pure function: this one returns them.
    """
    name = f"pure.{function.__module__}.{function.__qualname__}"
    results = ir.LiteralStructType([_DOUBLE] * count)
    kind = ir.FunctionType(results, [_DOUBLE] * len(numbers))
    pure = cgutils.get_or_insert_function(builder.module, kind, name)
    if pure.is_declaration:
        _define(context, pure, function, count)
    found = builder.call(pure, numbers)
    return [builder.extract_value(found, k) for k in range(count)]


def _define(context, pure: ir.Function, function: Callable, count: int) -> None:
    """Write the pure function around the compiled one."""
    pure.linkage = "linkonce_odr"
    pure.attributes = _PureAttributes(
        ("noinline", "nounwind", "readnone", "speculatable", "willreturn")
    )
    builder = ir.IRBuilder(pure.append_basic_block("entry"))
    signature = types.UniTuple(types.float64, count)(*[types.float64] * len(pure.args))
    inner = context.compile_subroutine(builder, function, signature, flags=_flags())
    _, found = context.call_internal_no_propagate(builder, inner.fndesc, signature, [*pure.args])
    result = ir.Constant(pure.ftype.return_type, ir.Undefined)
    for k, value in enumerate(cgutils.unpack_tuple(builder, found, count)):
        result = builder.insert_value(result, value, k)
    builder.ret(result)
