"""How functions are compiled that only other compiled functions call."""

import numpy as np
from numba import njit

from bayesmm.sampling.compiled.parts import PartCompiler

__all__ = ["ZERO", "bare", "flat", "inner", "merged"]

# As an argument: numba compiles a function once more for a literal 0.
ZERO = np.int64(0)

# Not cached: the code of the caller, which is, contains them.
_ALONE = {
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": PartCompiler,
}
inner = njit(error_model="numpy", **_ALONE)
# The same of functions that make no arrays: without numba's counts of references to them.
bare = njit(error_model="numpy", _nrt=False, **_ALONE)
# Of functions that are called in one place with a record of arrays: handed on as arguments, its
# parts stay in memory, which makes a small density a sixth slower.
merged = njit(error_model="numpy", _nrt=False, inline="always")
# Of functions of one row: a part of the loop over rows, however long they are. A call would keep
# the loop from becoming vector instructions.
flat = njit(error_model="numpy", _nrt=False, forceinline=True, **_ALONE)
