"""Reference grids: levels of factors, both values of two-valued numbers, means of the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError, refuse_unknown, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.formula.functions import columns_of
from bayesmm.model.coding import Category
from bayesmm.model.columns import kind_of, label_of, read_numbers
from bayesmm.model.encoding import Encoder
from bayesmm.results.prediction.prediction_rows import encoder_of, example_rows
from bayesmm.wording import option

__all__ = [
    "Grid",
    "check_numeric",
    "clean_mean",
    "grid_of_values",
    "names_of",
    "predictor_levels",
    "reference_grid",
    "typed_level",
    "typed_values",
    "typical_value",
    "typical_words",
]

_MOST_ROWS = 10_000
_KEPT = 2  # a number with so many values is in the grid with each, as R's emmeans does since 1.4.2
# of the largest number of a column: a mean below it is what rounding left of a zero
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Combinations of values of the predictors."""

    cells: pd.DataFrame  # one row per combination of the columns that a result is for
    # every combination of all predictors: each cell in turn with all values of the others
    rows: pd.DataFrame

    def average(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each cell with equal weights, rows being the last axis."""
        shape = (*values.shape[:-1], len(self.cells), len(self.rows) // len(self.cells))
        return values.reshape(shape).mean(axis=-1)


def names_of(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return one name, several or none as a tuple of texts; a column may be named by a number."""
    if given is None:
        return ()
    several = isinstance(given, Iterable) and not isinstance(given, str)
    return tuple(map(label_of, given if several else (given,)))


def typed_values(at: Mapping[str, object] | None) -> dict[str, object]:
    """Return the values of some predictors, by names as text."""
    return {label_of(name): value for name, value in (at or {}).items()}


def reference_grid(
    fit: FitRecord,
    cells: Sequence[str],
    at: Mapping[str, object] | None = None,
    *,
    groups: bool = False,
) -> Grid:
    """Return the reference grid of a fit, as R's emmeans makes it.

    The result is for the columns `cells`, of which the first varies slowest. `at` has values of
    some predictors: the default of a factor (also ``factor(x)`` of a column of numbers) is all its
    levels, of a number its mean over the rows of the fit, and of one that has no more than two
    values there both of them (emmeans' ``cov.keep = 2``). The levels and values of what is not in
    `cells` count equally, however many rows the data have of each. With `groups` the predictors of
    the group effects are needed too. A grid of over 10,000 rows is a `UsageError`.
    """
    encoder = encoder_of(fit.design)
    predictors = _predictors(encoder, groups)
    given = typed_values(at)
    _check_predictors((*cells, *given), predictors)
    if len(set(cells)) < len(cells):
        raise UsageError(f"A column stands twice in {', '.join(cells)}.")
    data = example_rows(fit)
    order = [*cells, *(name for name in predictors if name not in cells)]
    values = {name: _values(fit, data[name], name, given) for name in order}
    n_rows = prod(map(len, values.values()))
    if n_rows > _MOST_ROWS:
        several = [name for name in order if name not in cells and len(values[name]) > 1]
        raise UsageError(
            f"The reference grid has {n_rows:,} rows; the most is {_MOST_ROWS:,}. It has every "
            f"combination of {', '.join(several or cells)}; hold some of them at fewer values: "
            f"{option('at', {(several or cells)[-1]: ...})}."
        )
    return Grid(_combinations(values, cells), _combinations(values, order))


def predictor_levels(fit: FitRecord, *, groups: bool = True) -> dict[str, tuple[str, ...] | None]:
    """Return the predictors in order, with the levels of those that the model reads as factors.

    With `groups` those of the group effects count too.
    """
    encoder = encoder_of(fit.design)
    return {name: _levels(encoder, name) for name in _predictors(encoder, groups)}


def check_numeric(fit: FitRecord, name: str) -> None:
    """Check that a column is a numeric predictor of the common effects."""
    encoder = encoder_of(fit.design)
    predictors = _predictors(encoder, groups=False)
    numbers = [column for column in predictors if _levels(encoder, column) is None]
    if name not in numbers:
        kind = "is a factor" if name in predictors else "is not a predictor"
        raise UsageError(
            f"'{name}' {kind}; a slope needs a number. "
            f"{suggestion(name, numbers, label='Numeric predictors')}"
        )


def _predictors(encoder: Encoder, groups: bool) -> list[str]:
    """Return the columns that the linear predictors read, in order."""
    if groups:
        return list(dict.fromkeys(name.value for name in encoder.formulas.predictor_columns()))
    nodes = [f.node for terms in encoder.terms.values() for term in terms for f in term.factors]
    nodes += [node for written in encoder.written.values() for node in written.offsets]
    columns = (name.value for node in nodes for name in columns_of(node))
    return list(dict.fromkeys(columns))


def _levels(encoder: Encoder, name: str) -> tuple[str, ...] | None:
    """Return the levels of a column that the model reads as a factor."""
    for variable in encoder.variables.values():
        if isinstance(variable, Category) and variable.column == name:
            return variable.levels
    return None


def _values(fit: FitRecord, column: pd.Series, name: str, given: Mapping[str, object]) -> NDArray:
    """Return the values of one predictor in the grid."""
    levels = _levels(encoder_of(fit.design), name)
    if levels is None:
        wanted = np.atleast_1d(given[name]) if name in given else None
        if wanted is None and fit.design.source is not None:
            raise UsageError(
                f"At which value '{name}' is held must be said, because the rows of this fit are "
                f"in files: {option('at', {name: ...})}."
            )
        if wanted is None:
            numbers = read_numbers(name, column)
            distinct = np.unique(numbers)
            return distinct if len(distinct) <= _KEPT else np.array([clean_mean(numbers)])
        return read_numbers(name, pd.Series(wanted))
    wanted = [label_of(v) for v in np.atleast_1d(given[name])] if name in given else list(levels)
    return _typed(name, wanted, levels, column)


def _typed(name: str, wanted: list[str], levels: Sequence[str], column: pd.Series) -> NDArray:
    """Return levels of a factor as its column has them."""
    if unknown := [level for level in wanted if level not in levels]:
        raise UsageError(
            f"'{unknown[0]}' is not a level of '{name}'. "
            f"{suggestion(unknown[0], levels, label='Levels')}"
        )
    # numbers that are also used as such, in x + factor(x), must stay numbers
    return np.array(wanted, dtype=float if kind_of(name, column) == "numeric" else object)


def typed_level(fit: FitRecord, name: str, level: str) -> object:
    """Return a level of a factor as its column in the data has it."""
    return _typed(name, [level], predictor_levels(fit)[name], example_rows(fit)[name])[0]


def grid_of_values(
    fit: FitRecord, names: Sequence[str], at: Mapping[str, object] | None = None
) -> pd.DataFrame:
    """Return the combinations of values of some predictors, one row without any.

    `names` are predictors, also of the group effects; `at` is as in `reference_grid`.
    """
    encoder = encoder_of(fit.design) if names else None
    if encoder is None:
        return pd.DataFrame(index=range(1))
    given, data = typed_values(at), example_rows(fit)
    _check_predictors((*names, *given), _predictors(encoder, groups=True))
    values = {name: _values(fit, data[name], name, given) for name in names}
    return _combinations(values, names)


def _check_predictors(names: Sequence[str], predictors: Sequence[str]) -> None:
    for name in names:
        refuse_unknown(name, predictors, f"'{name}' is not a predictor.", "Predictors")


def _combinations(values: Mapping[str, NDArray], names: Sequence[str]) -> pd.DataFrame:
    rows = list(product(*(values[name] for name in names)))
    columns = zip(*rows, strict=True) if names else ()
    frame = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return pd.DataFrame(frame, index=range(len(rows)))


def typical_value(column: pd.Series, levels: Sequence[str] | None) -> object:
    """Return what a predictor is held at in a picture of another one, if nobody says.

    `column` has the rows of the fit. That is the mean of a number, and the most frequent of the
    `levels` of a factor, the earlier one of two that are as frequent. A reference grid, which
    averages over levels, does not hold them.
    """
    if levels is None:
        return clean_mean(read_numbers(column.name, column))
    counts = column.map(label_of).value_counts()
    return max(levels, key=lambda level: counts.get(level, 0))


def typical_words(value: object) -> str:
    """Return what a value of `typical_value` is, in words."""
    return "most frequent level" if isinstance(value, str) else "mean"


def clean_mean(numbers: NDArray[np.float64]) -> float:
    """Return the mean, which of a centred column is 0 and not what rounding left of it."""
    mean = float(numbers.mean())
    return 0.0 if abs(mean) < _ROUNDING * float(np.abs(numbers).max()) else mean
