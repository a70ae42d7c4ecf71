"""How functions are compiled that only other compiled functions call."""

from numba import njit

__all__ = ["bare", "inner"]

# Not cached: the code of the caller, which is, contains them. Writing each to disk, and making
# it callable from Python, would double the time of the first compilation.
inner = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
# The same of functions that make no arrays: without numba's counts of references to them.
bare = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
