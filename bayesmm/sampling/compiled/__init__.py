"""The compiled path: log densities in numba, sampled through their C addresses."""

from bayesmm.sampling.compiled.cache import use_cache

# Before the first import of numba, which reads the folder once.
use_cache()
