"""The compiled functions that make a density: one driver, and the rows of each family and link."""

from functools import cache
from importlib import import_module

import numba
from numba.core.ccallback import CFunc

from bayesmm.sampling.compiled.kernels.pointers import DENSITY_SIGNATURE

__all__ = ["KERNELS", "density_address", "rows_address"]

_MODULES = {"t": "student"}

# What the rows of a kernel need to be known by: its module and link.
KERNELS: frozenset[tuple[str, str]] = frozenset(
    (kernel, link)
    for kernel, links in {
        "gaussian": "identity log inverse",
        "t": "identity log inverse",
        "bernoulli": "logit",
        "binomial": "logit probit cloglog",
        "poisson": "log identity",
        "negativebinomial": "log identity cloglog",
        "gamma": "inverse log identity",
        "beta": "logit probit cloglog",
    }.items()
    for link in links.split()
)


def density_address() -> int:
    """Return the C address of the joint density of all families.

    The first call on a machine compiles it, which takes seconds; later processes load it.
    """
    return _driver().address


def rows_address(kernel: str, link: str) -> int:
    """Return the C address of the rows of a family and link; compiled when first asked for."""
    return _rows(kernel, link).address


# Both callbacks must stay alive as long as their addresses are used.


@cache
def _driver() -> CFunc:
    from bayesmm.sampling.compiled.kernels.joint import joint_density  # noqa: PLC0415

    return numba.cfunc(DENSITY_SIGNATURE, cache=True, error_model="numpy", _nrt=False)(
        joint_density
    )


@cache
def _rows(kernel: str, link: str) -> CFunc:
    module = import_module(f"{__package__}.{_MODULES.get(kernel, kernel)}")
    return module.ROWS[link].compiled(f"{kernel}_{link}")
