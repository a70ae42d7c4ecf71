"""What operators and a few functions give for kinds of arguments: asked of numba once.

Numba tries all that it has under a name, twice, and builds its messages of failure as it goes, for
each place where a number is added or an element is read. In the density in transported coordinates
that was a fifth of the time of a process before LLVM.
"""

import operator
from typing import Any

from numba import types
from numba.core.typing.context import Context
from numba.core.utils import OPERATORS_TO_BUILTINS

__all__ = ["CONTEXT_SURFACE", "implementation", "is_number", "signature_of"]

# Members of `Context` used here; the contract test fails when one is gone.
CONTEXT_SURFACE = ("resolve_function_type", "resolve_value_type")

_NUMBERS = (types.Number, types.Boolean, types.IntegerLiteral, types.BooleanLiteral)
_OF_NUMBERS = frozenset({*OPERATORS_TO_BUILTINS, bool, range, slice})
_OF_ARRAYS = frozenset({operator.getitem, operator.setitem})

# By function and kinds of arguments: signatures, and what writes the instructions.
_SIGNATURES: dict[tuple[Any, tuple[Any, ...]], Any] = {}
_IMPLEMENTATIONS: dict[tuple[Any, tuple[Any, ...]], Any] = {}


def is_number(kind: Any) -> bool:
    """Return whether a type is of numbers."""
    return isinstance(kind, _NUMBERS)


def signature_of(context: Context, function: Any, kinds: tuple[Any, ...]) -> Any:
    """Return the signature of a call, as numba's ``Context.resolve_function_type`` does.

    Remembered are those that depend on nothing but the kinds: operators of numbers, and reading and
    writing of arrays.
    """
    if not _depends_on_kinds_alone(function, kinds):
        return Context.resolve_function_type(context, function, kinds, {})
    key = function, kinds
    if key not in _SIGNATURES:
        _SIGNATURES[key] = Context.resolve_function_type(context, function, kinds, {})
    return _SIGNATURES[key]


def _depends_on_kinds_alone(function: Any, kinds: tuple[Any, ...]) -> bool:
    called = function.typing_key if isinstance(function, types.Function) else function
    if isinstance(called, types.Type):
        return False
    if called in _OF_ARRAYS:
        return isinstance(kinds[0], types.Array)
    return called in _OF_NUMBERS and all(is_number(kind) for kind in kinds)


def implementation(context: Any, called: Any, kinds: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the signature of an operator of numbers, and what writes its instructions."""
    key = called, kinds
    if key not in _IMPLEMENTATIONS:
        function = context.typing_context.resolve_value_type(called)
        signature = signature_of(context.typing_context, function, kinds)
        _IMPLEMENTATIONS[key] = signature, context.get_function(function, signature)
    return _IMPLEMENTATIONS[key]
