"""The compiled density of each family and link, compiled when first asked for."""

from functools import cache
from importlib import import_module

import numba

from bayesmm.sampling.compiled.kernels.pointers import DENSITY_SIGNATURE

__all__ = ["KERNELS", "density_address"]

_MODULES = {"t": "student"}

# What a kernel needs to be known by: its module and link.
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


@cache
def density_address(kernel: str, link: str) -> int:
    """Return the C address of the joint density of a family and link.

    The first call on a machine compiles it, which takes seconds; later processes load it.
    """
    return _compiled(kernel, link).address


@cache
def _compiled(kernel: str, link: str) -> object:
    """Return numba's C callback, which must stay alive as long as its address is used."""
    module = import_module(f"{__package__}.{_MODULES.get(kernel, kernel)}")
    callback = numba.cfunc(DENSITY_SIGNATURE, cache=True, error_model="numpy")
    return callback(module.DENSITIES[link])
