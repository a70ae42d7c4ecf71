"""The compiled functions that make a density: one driver, and the rows of each family and link."""

from functools import cache
from importlib import import_module

import numba
from numba.core.ccallback import CFunc

from bayesmm.model.families import FAMILIES
from bayesmm.model.log_densities import LOG_DENSITIES
from bayesmm.sampling.compiled.kernels.pointers import DENSITY_SIGNATURE

__all__ = ["KERNELS", "density_address", "rows_address"]

_MODULES = {"t": "student"}
# Kernels with derivatives by jets; the others are written by hand, for speed.
_BY_DENSITY = frozenset(
    {
        "zero_inflated_poisson",
        "zero_inflated_negativebinomial",
        "hurdle_poisson",
        "hurdle_negativebinomial",
    }
)

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
        "zero_inflated_poisson": "log identity",
        "zero_inflated_negativebinomial": "log identity cloglog",
        "hurdle_poisson": "log identity",
        "hurdle_negativebinomial": "log identity cloglog",
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
    name = f"{kernel}_{link}"
    if kernel in _BY_DENSITY:
        from bayesmm.sampling.compiled.kernels.densities import DensityRows  # noqa: PLC0415

        density = LOG_DENSITIES[kernel]
        return DensityRows(density, link, len(FAMILIES[kernel].auxiliary)).compiled(name)
    module = import_module(f"{__package__}.{_MODULES.get(kernel, kernel)}")
    return module.ROWS[link].compiled(name)
