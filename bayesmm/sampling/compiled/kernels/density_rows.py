"""The rows of a log density as a function to compile: with jets, its derivatives."""

from collections.abc import Callable, Sequence
from types import CellType, FunctionType

from bayesmm.family.numeric import WORDS
from bayesmm.sampling.compiled.code import bound_function
from bayesmm.sampling.compiled.kernels import jet_words  # noqa: F401 - what words mean here
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.inner import flat
from bayesmm.sampling.compiled.kernels.jets import (
    added,
    constants,
    store,
    store_all,
    variable,
    variables,
)
from bayesmm.sampling.compiled.kernels.pointers import floats
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["rows_function", "varying_rows_function"]


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


def varying_rows_function(
    name: str,
    kernel: FunctionType,
    normaliser: FunctionType,
    argument: FunctionType,
    inverses: Sequence[FunctionType | None],
) -> FunctionType:
    """Return the rows of a log density some of whose further parameters have linear predictors.

    Parameters
    ----------
    name : str
        Of the machine code.
    kernel, normaliser, argument
        As in `LogDensity`; the argument is a function of the first linear predictor.
    inverses : sequence of function or None
        Per further parameter the inverse of its link; None of one that is a number.
    """
    varies = [inverse is not None for inverse in inverses]
    size, predictors = 1 + len(inverses), 1 + sum(varies)
    sources = tuple(
        1 + sum(varies[:k]) if own else ~(k - sum(varies[:k])) for k, own in enumerate(varies)
    )
    return bound_function(
        _varying_chunk,
        name,
        kernel=_compilable(kernel),
        normaliser=_compilable(normaliser),
        argument=_compilable(argument),
        natural=_natural_scale(inverses),
        etas_and_numbers=variables(size, (0, *sources)),
        store_row=store_all(predictors),
        constant=size - predictors,
    )


def _natural_scale(inverses: Sequence[FunctionType | None]) -> Callable:
    """Return the compiled function of a tuple that applies to each entry its own function."""
    made = flat(_nothing)
    for inverse in reversed(inverses):
        names = {"inverse": _compilable(inverse or _itself), "others": made}
        made = flat(FunctionType(_first_and_others.__code__, globals() | names, "natural"))
    return made


def _itself(x):
    return x


def _nothing(_parameters):
    return ()


def _first_and_others(parameters):
    return (inverse(parameters[0]), *others(parameters[1:]))


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
natural = etas_and_numbers = store_row = constant = inverse = others = None


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


def _varying_chunk(table, first, n, eta, work, scalars, d_scalars):
    columns, _ = row_data(table)
    y, weight = columns[0, first : first + n], columns[1, first : first + n]
    times = columns[2, first : first + n]
    parts, slopes = floats(work, (1 + constant) * CHUNK), floats(d_scalars, constant)
    for i in range(n):
        raw = etas_and_numbers(eta, scalars, i)
        parameters = natural(raw[1:])
        jet = kernel(y[i], argument(raw[0]), *parameters) * weight[i]
        store_row(jet + normaliser(y[i], *parameters) * times[i], eta, work, i)
    log_density = halved_sum(parts, n)
    for k in range(constant):
        slopes[k] += halved_sum(parts[(1 + k) * CHUNK :], n)
    return log_density
