"""The compiled path: log densities in numba, sampled through their C addresses."""

from bayesmm.sampling.compiled.numba_cache import keep_apart

# Before any kernel is imported: numba asks where a function is kept when it is decorated.
keep_apart()
