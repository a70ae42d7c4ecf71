"""Functions that have a C address: ready code that came with the package, or compiled here."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from types import FunctionType
from typing import Any

from bayesmm.sampling.compiled.deferred import numba
from bayesmm.sampling.compiled.kept_code import keep_code, kept_address
from bayesmm.sampling.compiled.loops import Loops
from bayesmm.sampling.compiled.one_compiler import one_compiler
from bayesmm.sampling.compiled.ready import ready_address
from bayesmm.waiting import waiting

__all__ = ["ADDRESSES", "COMPILED", "bound_function", "c_address", "nothing_collected"]

# What this process has compiled or loaded, by name; what was compiled lives as long.
ADDRESSES: dict[str, int] = {}
COMPILED: dict[str, Any] = {}
_LOCK = RLock()


def c_address(
    name: str,
    signature: str,
    function: Callable[[], FunctionType],
    *,
    stored: str | None = None,
    loops: Loops = Loops.SHORT,
) -> int:
    """Return the address of a C function of type `signature`, in numba's words.

    `name` tells it from all others in the ready code; where there is none, what `function` returns
    is compiled. `stored` is its name on the disk, where sources outside the kernels change it.
    """
    ready = ready_address(name)
    if ready is not None:
        return ready
    with _LOCK:
        if name not in ADDRESSES:
            stored = stored or name
            # another process may be at it: that is waited for as if it were this one
            with waiting(f"compiling {name.partition('.')[0]}"), one_compiler(stored):
                ADDRESSES[name] = kept_address(stored) or _compiled(
                    name, signature, function, stored, loops
                )
        return ADDRESSES[name]


def _compiled(
    name: str, signature: str, function: Callable[[], FunctionType], stored: str, loops: Loops
) -> int:
    """Compile a function, keep its code on the disk, and return its address.

    It makes no arrays: those of numba need its runtime.
    """
    with nothing_collected():
        cfunc = numba().cfunc
        parts = import_module("bayesmm.sampling.compiled.parts")
        compiler = parts.whole_compiler(loops)
        options = {"error_model": "numpy", "_nrt": False, "pipeline_class": compiler}
        made = cfunc(signature, **options)(function())
    COMPILED[name] = made
    code = parts.object_code(made)
    if code is not None:
        keep_code(stored, *code)
    return made.address


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Let no cycles be looked for: numba makes millions of objects that live until it is done.

    Of the density in transported coordinates that takes 6 % of the time, for 130 MiB of 390. Of all
    code in one process it takes another 10 % to free in between what each function leaves behind
    (49 processor seconds, 44 without; 540 and 980 MiB): `warm_up` and the second process do not.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            # All at once into the oldest generation: the next collection of the youngest would look
            # through all that numba has made, .4 s of the first fit. What others froze stays so.
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def bound_function(template: FunctionType, name: str, **bound: object) -> FunctionType:
    """Return a function with the code of a template and some of its global names bound.

    Numba knows it by the file of the template and by `name`, which has to tell what is bound.
    """
    function = FunctionType(template.__code__, template.__globals__ | bound, name)
    function.__qualname__ = name
    return function
