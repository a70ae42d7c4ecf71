"""Priors as rows of numbers, which the kernels read, and coordinates of values outside of them."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.priors import Prior
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.special import ndtr, ndtri

__all__ = ["block_widths", "constrained", "encode_prior", "prior_rows", "unconstrained"]

_UNIFORM = PRIOR_CODES["Uniform"]
_BETA = PRIOR_CODES["Beta"]
_FIRST_POSITIVE = PRIOR_CODES["HalfFlat"]


def encode_prior(prior: Prior) -> tuple[int, float, float, float]:
    """Return ``(code, a, b, c)`` of a prior: its parameters in their order, then zeros."""
    values = [float(v) for v in prior.parameters] + [0.0, 0.0, 0.0]
    return PRIOR_CODES[prior.distribution], values[0], values[1], values[2]


def block_widths(sizes: Iterable[int]) -> list[int]:
    """Return for each sd of blocks of these sizes how many sds its prior is of.

    That is q for the first effect of a block and 0 for its others, which matters to priors of
    all sds of a block (`decov`) only.
    """
    return [q if a == 0 else 0 for q in sizes for a in range(q)]


def prior_rows(priors: list[Prior], positive: list[bool], widths: list[int]) -> NDArray[np.float64]:
    """Return one row ``(code, a, b, c, positive, width)`` per parameter for the kernels.

    A parameter is positive that can only be so whatever its prior (sds, sigma): a prior on the bare
    line then counts as truncated at zero. For widths see `block_widths`.
    """
    rows = [
        (*encode_prior(prior), float(only), float(width))
        for prior, only, width in zip(priors, positive, widths, strict=True)
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 6)


def unconstrained(row: NDArray[np.float64], value: float) -> float:
    """Return the sampler's coordinate of `value`, the inverse of `prior_of_parameter`."""
    code, lower, upper = int(row[0]), row[1], row[2]
    if code == _UNIFORM:
        if row[4]:
            lower = max(lower, 0.0)
        return math.log(value - lower) - math.log(upper - value)
    if code == _BETA:
        return float(ndtri(value))
    return math.log(value) if row[4] or code >= _FIRST_POSITIVE else value


def constrained(row: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the parameter at each of the sampler's coordinates `x`, as `prior_of_parameter`."""
    code, lower, upper = int(row[0]), row[1], row[2]
    if code == _UNIFORM:
        if row[4]:
            lower = max(lower, 0.0)
        # 1 / (1 + e^-x) without overflow
        return lower + (upper - lower) * 0.5 * (1.0 + np.tanh(0.5 * x))
    if code == _BETA:
        return ndtr(x)
    return np.exp(x) if row[4] or code >= _FIRST_POSITIVE else x
