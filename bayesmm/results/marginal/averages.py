"""Average predictions and average slopes over the rows of data, as R's marginaleffects has them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.choices import Scale, Who
from bayesmm.data_columns import beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.results.marginal.averaged import ml_words
from bayesmm.results.marginal.grid import (
    check_numeric,
    grid_of_values,
    names_of,
    predictor_levels,
    typed_values,
)
from bayesmm.results.marginal.marginal_means import check_scale
from bayesmm.results.marginal.row_average import Averaging, averaging, estimate_by_ml
from bayesmm.results.marginal.units import scale_label, title_of
from bayesmm.results.prediction.by_category import for_each_category
from bayesmm.results.prediction.parameter_view import of_parameter
from bayesmm.results.prediction.prediction_rows import used_rows
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval

__all__ = ["avg_predictions", "avg_slopes"]

_STEP = 1e-5  # of the sd of a variable; the error of the central difference is its square


@for_each_category("scale")
def avg_predictions(
    fit: FitRecord,
    variables: str | Sequence[str] | Mapping[str, object] | None = None,
    by: str | Sequence[str] | None = None,
    newdata: object = None,
    scale: Scale = "response",
    who: Who = "these groups",
    prob: float = PROB,
    seed: int = 0,
    parameter: str | None = None,
) -> Estimates:
    """Average the predictions of rows of data, draw by draw: the mean over i of E y_i.

    With `variables`, the average that the same rows would have if all of them had a value, for
    each value in turn (standardisation, the g formula). The rows count equally, a binomial row
    as one.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variables : str, sequence of str or mapping of str to values, optional
        Predictors that every row is given values of: all levels of a factor, both values of a
        number that has two, or the values of the mapping.
    by : str or sequence of str, optional
        Columns of the rows; the average is taken within each of their levels.
    newdata : DataFrame, optional
        Rows to average over; default: those of the fit.
    scale : {"response", "link", "probability"}
        The mean response (binomial: the probability), or the linear predictor.
        ``"probability"``: that of each category of a response of categories.
    who : {"these groups", "new group", "typical group", "population"}
        Whose response, as in `predict`: of the groups in the data, or averaged over the
        population that they are drawn from.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, `variables`, ``mean``, ``sd``, ``median``, ``lower``, ``upper``, and
        ``ml_estimate``, ``ml_se`` (delta method; missing where more than the common effects
        has an error); ``attrs["ml"]`` says of what, and why one is missing.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For an unknown column, level, scale or `who`.

    References
    ----------
    Arel-Bundock, Greifer and Heiss (2024), Journal of Statistical Software 111(9),
    doi:10.18637/jss.v111.i09
    """
    fit = of_parameter(fit, parameter)
    check_scale(scale)
    rows = averaging(fit, names_of(by), newdata, scale, who, seed)
    given = variables if isinstance(variables, Mapping) else dict.fromkeys(names_of(variables))
    names = tuple(map(label_of, given))
    at = {name: value for name, value in typed_values(given).items() if value is not None}
    grid = grid_of_values(fit, names, at)
    every = [rows.of(_with(rows, grid, k) if names else None) for k in range(len(grid))]
    draws = np.stack([rows.draws(quantity) for quantity in every], axis=-1)
    ml = np.stack([estimate_by_ml(rows, quantity) for quantity in every], axis=-1)
    place = np.repeat(np.arange(len(rows.cells)), len(grid))
    of_data = pd.concat(
        [
            rows.cells.iloc[place].reset_index(drop=True),
            pd.concat([grid] * len(rows.cells), ignore_index=True),
        ],
        axis="columns",
    )
    what = "Average predictions"
    return _estimates(rows, of_data, {}, draws, ml, (what, scale_label(fit, scale), prob))


@for_each_category("scale")
def avg_slopes(
    fit: FitRecord,
    variables: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    newdata: object = None,
    scale: Scale = "response",
    who: Who = "these groups",
    prob: float = PROB,
    seed: int = 0,
    parameter: str | None = None,
) -> Estimates:
    """Average the slope of the prediction in a number over rows of data, draw by draw.

    The mean over i of d E y_i / d x_i, where the effects of groups that vary with x are part of
    the slope; by central differences of 0.00001 sd of x.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variables : str or sequence of str, optional
        Predictors that are numbers; default: all. Levels of factors are compared by
        `avg_comparisons`.
    by : str or sequence of str, optional
        Columns of the rows; the average is taken within each of their levels.
    newdata : DataFrame, optional
        Rows to average over; default: those of the fit.
    scale : {"response", "link", "probability"}
        The mean response (binomial: the probability), or the linear predictor.
        ``"probability"``: that of each category of a response of categories.
    who : {"these groups", "new group", "typical group", "population"}
        Whose response, as in `predict`: of the groups in the data, or averaged over the
        population that they are drawn from.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, ``term``, ``mean``, ``sd``, ``median``, ``lower``, ``upper`` in units of
        the prediction per unit of the variable, ``prob_positive``, ``ml_estimate``, ``ml_se``.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For a column that is no numeric predictor, or an unknown column, scale or `who`.
    """
    fit = of_parameter(fit, parameter)
    check_scale(scale)
    levels = predictor_levels(fit)
    names = names_of(variables) or tuple(name for name in levels if levels[name] is None)
    if not names:
        raise UsageError("No predictor is a number; compare levels with fit.avg_comparisons().")
    for name in names:
        if name not in levels or levels[name] is not None:
            check_numeric(fit, name)
    rows = averaging(fit, names_of(by), newdata, scale, who, seed)
    draws, ml = [], []
    for name in names:
        above, below = (rows.of(*arguments) for arguments in _around(rows, name))

        def slope(parameters, of_draws, above=above, below=below):
            return above(parameters, of_draws) - below(parameters, of_draws)

        draws.append(rows.draws(slope))
        ml.append(estimate_by_ml(rows, slope))
    of_data = rows.cells.iloc[np.repeat(np.arange(len(rows.cells)), len(names))]
    own = {"term": list(names) * len(rows.cells)}
    words = ("Average slopes", f"change of {scale_label(fit, scale)} per unit", prob)
    return _estimates(
        rows,
        of_data.reset_index(drop=True),
        own,
        np.stack(draws, axis=-1),
        np.stack(ml, axis=-1),
        words,
    )


def _estimates(
    rows: Averaging,
    of_data: pd.DataFrame,
    own: Mapping[str, list],
    draws: Array,
    ml: Array,
    words: tuple[str, str, float],
) -> Estimates:
    """Return the table of quantities of shape (..., group of rows, quantity)."""
    what, quantity, prob = words
    draws = draws.reshape(*draws.shape[:2], -1)
    columns = {**own, **moments(draws, prob)}
    if "term" in own:
        columns["prob_positive"] = (draws > 0).mean(axis=(0, 1))
    columns |= {"ml_estimate": ml[0].ravel(), "ml_se": ml[1].ravel()}
    table = state_interval(beside(of_data, pd.DataFrame(columns)), prob)
    table.attrs |= {
        "title": title_of(rows.fit, what, rows.scale, rows.who),
        "quantity": quantity,
        "scale": rows.scale,
        "who": rows.who,
        "n_rows": len(rows.frame),
        "ml": ml_words(rows.fit, rows.who, rows.scale),
    }
    return Estimates(table, draws)


def _with(rows: Averaging, grid: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the rows, each with the values of row k of a grid."""
    return rows.frame.assign(**{name: grid[name].iloc[k] for name in grid.columns})


def _around(rows: Averaging, name: str) -> Iterator[tuple[pd.DataFrame, Array]]:
    """Yield the rows with x a little above and below, each over the distance of the two.

    Within the range of the data x stays there, because splines end with it.
    """
    x = read_numbers(name, rows.frame[name])
    of_fit = read_numbers(name, used_rows(rows.fit)[name])
    step = _STEP * (of_fit.std() or 1.0)
    low, high = of_fit.min(), of_fit.max()
    above = np.where(x <= high, np.minimum(x + step, high), x + step)
    below = np.where(x >= low, np.maximum(x - step, low), x - step)
    for value in (above, below):
        yield rows.frame.assign(**{name: value}), 1 / (above - below)
