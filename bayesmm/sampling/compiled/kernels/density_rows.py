"""The rows of a log density as a function to compile: with jets, its derivatives."""

from collections.abc import Callable
from types import CellType, FunctionType

from bayesmm.family.numeric import WORDS
from bayesmm.sampling.compiled.code import bound_function
from bayesmm.sampling.compiled.kernels import jet_words  # noqa: F401 - what words mean here
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.inner import flat
from bayesmm.sampling.compiled.kernels.jets import added, constants, store, variable
from bayesmm.sampling.compiled.kernels.pointers import floats
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["rows_function"]


def rows_function(
    name: str,
    kernel: FunctionType,
    normaliser: FunctionType,
    argument: FunctionType,
    size: int,
) -> FunctionType:
    """Return the rows of a log density of that many numbers: the value and its derivatives."""
    return bound_function(
        _chunk,
        name,
        kernel=_compilable(kernel),
        normaliser=_compilable(normaliser),
        argument=_compilable(argument),
        predictor=variable(size),
        further=constants(size),
        size=size,
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


# Bound by `bound_function`.
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
