"""The decorators of compiled functions that other compiled functions call.

The functions themselves are made when they are needed, see `deferred`.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from bayesmm.sampling.compiled.deferred import Deferred, Library, numba

__all__ = [
    "ZERO",
    "bare",
    "cgutils",
    "flat",
    "inlined",
    "intrinsic",
    "ir",
    "merged",
    "types",
]

# What the bodies of intrinsics name.
types = Library("numba.types")
cgutils = Library("numba.core.cgutils")
ir = Library("llvmlite.ir")

# As an argument: numba compiles a function once more for a literal 0.
ZERO = np.int64(0)


def _decorator(alone: bool, **options: Any) -> Callable[[Callable], Deferred]:
    """Return ``numba.njit`` with some options, deferred."""

    def decorate(function: Callable) -> Deferred:
        def make() -> Any:
            chosen = dict(options)
            if alone:
                # Not cached: the code of the caller, which is, contains them.
                chosen |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
                parts = import_module("bayesmm.sampling.compiled.parts")
                chosen["pipeline_class"] = parts.PartCompiler
            return numba().njit(error_model="numpy", **chosen)(function)

        return Deferred(make)

    return decorate


# Without numba's counts of references to arrays: none is made.
bare = _decorator(alone=True, _nrt=False)
# Of functions that are called in one place with a record of arrays: handed on as arguments, its
# parts stay in memory, which makes a small density a sixth slower.
merged = _decorator(alone=False, _nrt=False, inline="always")
# Of functions of one row: a part of the loop over rows, however long they are. A call would keep
# the loop from becoming vector instructions. Also of steps over levels that several functions
# share: a call with its arrays takes as long as the step.
flat = _decorator(alone=True, _nrt=False, forceinline=True)
# Of short functions of numbers, written into their callers before types are known.
inlined = _decorator(alone=False, inline="always")


def intrinsic(function: Callable) -> Deferred:
    """Return ``numba.extending.intrinsic`` of a function, deferred."""
    return Deferred(lambda: import_module("numba.extending").intrinsic(function))
