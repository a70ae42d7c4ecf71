"""One thread of BLAS, for small matrices: more wait for each other longer than they compute.

On two busy cores the maximum-likelihood fit of the grouse ticks takes 2 processor seconds with one
thread and 32 with two, that of the sleep study 0.011 and 0.10; 20 replicates of the sitka curves
1.5 s and 4.6 to 6.5 s. With one thread the last digits do not depend on the number of cores either.
"""

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread"]


def one_blas_thread() -> AbstractContextManager:
    """Return a context in which NumPy's BLAS and SciPy's compute with one thread."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    """Return the libraries; looked for once, because it takes 6 ms."""
    from scipy import linalg  # noqa: F401, PLC0415  (slow to import, and only what is loaded is found)

    return ThreadpoolController()
