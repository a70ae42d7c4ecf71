"""The rows of a family from its log density, with derivatives by jets.

Columns: response, weight. Statistics: pairs (response, weight of the rows that have it), for the
part of the log density that depends on no mean.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from types import CellType, FunctionType

import numpy as np
from numba.core.ccallback import CFunc
from numpy.typing import NDArray

from bayesmm.family.density import LogDensity
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.inner import flat
from bayesmm.sampling.compiled.kernels.jet_words import WORDS
from bayesmm.sampling.compiled.kernels.jets import added, constants, store, variable
from bayesmm.sampling.compiled.kernels.pointers import floats
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses, paired
from bayesmm.sampling.compiled.kernels.rows import c_function

__all__ = ["DensityRows", "responses"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DensityRows:
    """The rows of one family and link.

    Attributes
    ----------
    density : LogDensity
        Of the family.
    link : str
        One of its links.
    parameters : int
        Number of its further parameters.
    """

    density: LogDensity
    link: str
    parameters: int

    def compiled(self, name: str) -> CFunc:
        """Return the C function, see `rows`; `name` and its sources name its machine code."""
        size = 1 + self.parameters
        normaliser = self.density.normaliser or _no_normaliser
        parts = (self.density.kernel, normaliser, self.density.arguments[self.link])
        kernel, normaliser, argument = (_compilable(part) for part in parts)
        return c_function(
            _chunk,
            f"{name}_{_digest(parts)}",
            kernel=kernel,
            normaliser=normaliser,
            argument=argument,
            predictor=variable(size),
            further=constants(size),
            size=size,  # the value and the further parameters
        )


def _compilable(function: FunctionType) -> Callable:
    """Return a function compiled into its callers, with the functions that it calls."""
    if function in WORDS:
        return flat(_called(function))
    names = {
        name: _compilable(known)
        for name in function.__code__.co_names
        if isinstance(known := function.__globals__.get(name), FunctionType) and known not in WORDS
    }
    cells = tuple(
        CellType(_compilable(c.cell_contents))
        if isinstance(c.cell_contents, FunctionType) and c.cell_contents not in WORDS
        else c
        for c in function.__closure__ or ()
    )
    spaces = function.__globals__ | names
    return flat(FunctionType(function.__code__, spaces, function.__name__, None, cells or None))


def _called(word: FunctionType) -> FunctionType:
    """Return a function that calls a word, which is no code to compile but has a meaning."""

    def call(x):
        return word(x)

    return call


def _no_normaliser(_y, *_parameters):
    """Return 0: the kernel says everything."""
    return 0.0


def _digest(parts: tuple[FunctionType, ...]) -> str:
    """Return a digest of what the parts are compiled from: their code, and all that it reads."""
    digest, seen = hashlib.sha256(), set()

    def add(function: FunctionType) -> None:
        if function in WORDS or function in seen:
            digest.update(function.__name__.encode())
            return
        seen.add(function)
        code = function.__code__
        digest.update(code.co_code)
        digest.update(repr((code.co_names, code.co_varnames, _plain(code.co_consts))).encode())
        values = [function.__globals__.get(name) for name in code.co_names]
        values += [cell.cell_contents for cell in function.__closure__ or ()]
        for value in values:
            if isinstance(value, FunctionType):
                add(value)
            elif isinstance(value, int | float):
                digest.update(repr(value).encode())

    for part in parts:
        add(part)
    return digest.hexdigest()[:12]


def _plain(constants: tuple) -> tuple:
    """Return the constants of a function without what has an address."""
    return tuple(value for value in constants if isinstance(value, int | float | str | tuple))


def responses(density: LogDensity, y: Floats, w: Floats) -> Responses:
    """Return what the rows read of the responses, `w` the weights of the rows."""
    statistics = paired(y, w)
    if density.normaliser is None:
        statistics = np.empty(0)
    elif not density.by_value:
        statistics = np.array([[y[0], w.sum()]])
    silent = None if density.zeros else y == 0
    return Responses((y, w), statistics.ravel(), "same", silent)


# Bound by `c_function`.
kernel = normaliser = argument = predictor = further = size = None


def _chunk(table, first, n, eta, work, scalars, d_scalars):
    columns, statistics = row_data(table)
    y, weight = columns[0, first : first + n], columns[1, first : first + n]
    etas, parts, slopes = floats(eta, CHUNK), floats(work, size * CHUNK), floats(d_scalars, size)
    parameters = further(scalars)
    for i in range(n):
        jet = kernel(y[i], argument(predictor(etas[i])), *parameters)
        store(jet, weight[i], eta, work, i)
    log_density = halved_sum(parts, n)
    for k in range(1, size):
        slopes[k - 1] += halved_sum(parts[k * CHUNK :], n)
    if first == 0:
        for u in range(0, statistics.size, 2):
            log_density += added(
                normaliser(statistics[u], *parameters), statistics[u + 1], d_scalars
            )
    return log_density
