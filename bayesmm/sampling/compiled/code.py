"""Functions that have a C address: ready code that came with the package, or compiled here."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from types import FunctionType
from typing import Any

from bayesmm.sampling.compiled.deferred import numba
from bayesmm.sampling.compiled.one_compiler import one_compiler
from bayesmm.sampling.compiled.ready import ready_address
from bayesmm.waiting import waiting

__all__ = ["COMPILED", "bound_function", "c_address"]

# What this process compiled, or loaded from the cache, by name; alive as long as its addresses.
COMPILED: dict[str, Any] = {}
_LOCK = RLock()


def c_address(
    name: str, signature: str, function: Callable[[], FunctionType], *, counted: bool = False
) -> int:
    """Return the address of a C function.

    Parameters
    ----------
    name : str
        Its name in the ready code; tells it from all others.
    signature : str
        Its type, in numba's words.
    function : callable
        Returns the function to compile, when there is no ready code.
    counted : bool
        Whether it makes arrays, which numba counts references to.
    """
    ready = ready_address(name)
    if ready is not None:
        return ready
    with _LOCK:
        if name in COMPILED:
            return COMPILED[name].address
        text = f"compiling {name.partition('.')[0]}"
        with waiting(text), one_compiler(name), _nothing_collected():
            cfunc = numba().cfunc(signature, cache=True, error_model="numpy", _nrt=counted)
            COMPILED[name] = cfunc(function())
        return COMPILED[name].address


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Let no cycles be looked for: numba makes millions of objects that live until it is done.

    Of the density in transported coordinates that takes 6 % of the time, for 130 MiB of 390.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def bound_function(template: FunctionType, name: str, **bound: object) -> FunctionType:
    """Return a function with the code of a template and some of its global names bound.

    Numba keeps the machine code of functions of a module, not that of closures; it knows this
    one by the file of the template and by `name`, which has to tell what is bound.
    """
    function = FunctionType(template.__code__, template.__globals__ | bound, name)
    function.__qualname__ = name
    return function
