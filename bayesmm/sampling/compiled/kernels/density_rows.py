"""The rows of a log density as a function to compile: with jets, its derivatives."""

from collections.abc import Callable, Sequence
from functools import cache
from types import CellType, FunctionType

from bayesmm.family.every_word import EVERY_WORD
from bayesmm.sampling.compiled.code import bound_function
from bayesmm.sampling.compiled.kernels import jet_words  # noqa: F401 - what words mean here
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.inner import flat
from bayesmm.sampling.compiled.kernels.jet_variables import (
    constants,
    numbers_at,
    variable,
    variables,
)
from bayesmm.sampling.compiled.kernels.jets import added, store
from bayesmm.sampling.compiled.kernels.pointers import floats
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["rows_function", "varying_rows_function"]


def rows_function(
    name: str,
    kernel: FunctionType,
    normaliser: FunctionType,
    argument: FunctionType,
    size: int,
    known: int,
) -> FunctionType:
    """Return the rows of a log density of that many numbers: the value and its derivatives.

    `known` is the number of known columns that are read beside the response.
    """
    return bound_function(
        _chunk,
        name,
        kernel=_compilable(kernel),
        normaliser=_compilable(normaliser),
        argument=_compilable(argument),
        predictor=variable(size),
        further=constants(size),
        store_row=store(1),
        size=size,
        columns_read=_columns_read((0, *range(2, 2 + known))),
        row_read=_row_read(known),
        value_read=_value_read(known),
        stride=2 + known,
    )


def varying_rows_function(
    name: str,
    kernel: FunctionType,
    normaliser: FunctionType,
    argument: FunctionType,
    inverses: Sequence[FunctionType | None],
    known: int,
) -> FunctionType:
    """Return the rows of a log density some of whose further parameters have linear predictors.

    `name` is that of the machine code; kernel, normaliser and argument are as in `LogDensity`, and
    the argument is a function of the first linear predictor. `inverses` are those of the links of
    further parameters, None of one that is a number; `known` columns are read beside the response.
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
        numbers_of=numbers_at(size - predictors),
        etas_and_numbers=variables(size, (0, *sources)),
        store_row=store(predictors),
        constant=size - predictors,
        columns_read=_columns_read((0, *range(3, 3 + known))),
        row_read=_row_read(known),
    )


@cache
def _columns_read(places: tuple[int, ...]) -> Callable:
    """Return the compiled function that takes the response of a chunk and its known numbers."""
    made = flat(_no_columns)
    for place in reversed(places):
        made = _bound(_column_and_others, place=place, others=made)
    return made


@cache
def _row_read(known: int) -> Callable:
    """Return the compiled function that takes y of one row, or the tuple of y and known numbers."""
    return _one_or_all(_row_and_others, _row_of_first, known)


@cache
def _value_read(known: int) -> Callable:
    """Return the compiled function that takes the same of the statistics."""
    return _one_or_all(_value_and_others, _first_value, known)


def _one_or_all(all_of: FunctionType, one: FunctionType, known: int) -> Callable:
    if not known:
        return flat(one)
    made = flat(_no_columns_of_row)
    for _ in range(1 + known):
        made = _bound(all_of, others=made)
    return made


def _bound(template: FunctionType, **names: object) -> Callable:
    return flat(FunctionType(template.__code__, globals() | names, template.__name__))


def _no_columns(_columns, _first, _n):
    return ()


def _column_and_others(columns, first, n):
    return (columns[place, first : first + n], *others(columns, first, n))


def _no_columns_of_row(_columns, _i):
    return ()


def _row_and_others(columns, i):
    return (columns[0][i], *others(columns[1:], i))


def _row_of_first(columns, i):
    return columns[0][i]


def _value_and_others(statistics, u):
    return (statistics[u], *others(statistics, u + 1))


def _first_value(statistics, u):
    return statistics[u]


def _natural_scale(inverses: Sequence[FunctionType | None]) -> Callable:
    """Return the compiled function of a tuple that applies to each entry its own function."""
    made = flat(_nothing)
    for inverse in reversed(inverses):
        made = _bound(_first_and_others, inverse=_compilable(inverse or _itself), others=made)
    return made


def _itself(x):
    return x


def _nothing(_parameters):
    return ()


def _first_and_others(parameters):
    return (inverse(parameters[0]), *others(parameters[1:]))


@cache
def _compilable(function: FunctionType) -> Callable:
    """Return a function compiled into its callers, with the functions that it calls."""
    if function in EVERY_WORD:
        return flat(_called(function))
    names = {
        name: _compilable(known)
        for name in function.__code__.co_names
        if isinstance(known := function.__globals__.get(name), FunctionType)
        and known not in EVERY_WORD
    }
    cells = tuple(
        CellType(_compilable(c.cell_contents))
        if isinstance(c.cell_contents, FunctionType) and c.cell_contents not in EVERY_WORD
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
kernel = normaliser = argument = predictor = further = size = stride = None
natural = numbers_of = etas_and_numbers = store_row = constant = inverse = others = None
columns_read = row_read = value_read = place = None


def _chunk(table, first, n, eta, work, scalars, d_scalars):
    columns, statistics = row_data(table)
    own, weight = columns_read(columns, first, n), columns[1, first : first + n]
    etas, parts, slopes = floats(eta, CHUNK), floats(work, size * CHUNK), floats(d_scalars, size)
    parameters = further(scalars)
    for i in range(n):
        jet = kernel(row_read(own, i), argument(predictor(etas[i])), *parameters)
        store_row(jet * weight[i], eta, work, i)
    log_density = halved_sum(parts, n)
    for k in range(1, size):
        slopes[k - 1] += halved_sum(parts[k * CHUNK :], n)
    if first == 0:
        for u in range(0, statistics.size, stride):
            log_density += added(
                normaliser(value_read(statistics, u), *parameters),
                statistics[u + stride - 1],
                d_scalars,
            )
    return log_density


def _varying_chunk(table, first, n, eta, work, scalars, d_scalars):
    columns, _ = row_data(table)
    own, weight = columns_read(columns, first, n), columns[1, first : first + n]
    times = columns[2, first : first + n]
    parts, slopes = floats(work, (1 + constant) * CHUNK), floats(d_scalars, constant)
    numbers = numbers_of(scalars)
    for i in range(n):
        raw = etas_and_numbers(eta, numbers, i)
        parameters = natural(raw[1:])
        y = row_read(own, i)
        jet = kernel(y, argument(raw[0]), *parameters) * weight[i]
        store_row(jet + normaliser(y, *parameters) * times[i], eta, work, i)
    log_density = halved_sum(parts, n)
    for k in range(constant):
        slopes[k] += halved_sum(parts[(1 + k) * CHUNK :], n)
    return log_density
