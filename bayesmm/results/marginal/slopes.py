"""Slopes: the derivative of a prediction in a numeric predictor, averaged over a reference grid."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.choices import Scale
from bayesmm.data_columns import beside
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.model.derivatives import coded_derivatives
from bayesmm.results.marginal.averaged import has_ml_mean, ml_words
from bayesmm.results.marginal.grid import Grid, check_numeric, names_of, reference_grid
from bayesmm.results.marginal.marginal_means import CellDraws, check_scale, ml_columns, with_ml
from bayesmm.results.marginal.units import axis_label, scale_label, title_of
from bayesmm.results.prediction.by_category import for_each_category
from bayesmm.results.prediction.parameter_view import (
    of_parameter,
    refuse_several_predictors,
    refuse_specific,
)
from bayesmm.results.prediction.parameters import ml_parameters, posterior_parameters
from bayesmm.results.prediction.prediction_rows import encoder_of
from bayesmm.results.prediction.response_mean import mean_slope
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.wording import either

__all__ = ["slopes"]

_STEP = 1e-4  # of a standard error, in the gradient of ML slopes; they are smooth in beta


@for_each_category("scale")
def slopes(
    fit: FitRecord,
    variable: str,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, object] | None = None,
    scale: Scale = "link",
    prob: float = PROB,
    parameter: str | None = None,
) -> Estimates:
    """Return the derivative of the linear predictor, or of the mean response, in a predictor.

    d eta / dx = (d row of X / dx) beta, where the derivative of every term is exact (see
    `bayesmm.model.derivatives`), so that interactions, logarithms, polynomials, splines and
    offsets of x all count; on the response scale times d mu / d eta; averaged over the reference
    grid. For the typical group, u = 0.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variable : str
        A column of numbers.
    by : str or sequence of str, optional
        Predictors at whose levels the slopes are wanted.
    at : mapping of str to value or values, optional
        Values of some predictors, also of `variable` (default: its mean, or both of two values);
        see `emmeans`.
    scale : {"link", "response", "probability"}
        Of the linear predictor, of the mean response, or of the probability of each category of
        a response of categories.
    prob : float
        Probability of the equal-tailed interval.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, ``term``, ``mean``, ``sd``, ``median``, ``lower``, ``upper`` in units of
        the prediction per unit of `variable`, ``prob_positive``, ``ml_estimate``, ``ml_se``.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For a column that is no numeric predictor, an unknown column, level or scale, or where
        the slope is infinite, as that of sqrt(x) at 0.
    """
    fit = of_parameter(fit, parameter)
    if scale != "link":
        refuse_several_predictors(fit.design)
    check_scale(scale)
    variable = label_of(variable)
    if scale == "link":
        averages = either("fit.avg_slopes()", "the plot 'category_shares'")
        refuse_specific(fit.design, [variable, *names_of(by)], averages)
    check_numeric(fit, variable)
    grid = reference_grid(fit, names_of(by), at)
    slope = _cell_slopes(fit, grid, variable, scale)
    own = pd.DataFrame(
        {
            "term": variable,
            **moments(slope.draws, prob),
            "prob_positive": (slope.draws > 0).mean(axis=(0, 1)),
            **ml_columns(slope, np.eye(len(slope.cells))),
        }
    )
    table = state_interval(beside(slope.cells, own), prob)
    table.attrs |= {
        "title": title_of(fit, f"Slopes in {variable}", scale, "typical group"),
        "quantity": f"change of {scale_label(fit, scale)} per unit of {axis_label(fit, variable)}",
        "scale": scale,
        "ml": ml_words(fit, "typical group", scale),
    }
    return Estimates(table, slope.draws)


def _cell_slopes(fit: FitRecord, grid: Grid, variable: str, scale: str) -> CellDraws:
    encoder = encoder_of(fit.design)
    encoded = encoder.encode(grid.rows, groups=False)
    X, offset = encoded.mu.matrix, encoded.mu.known
    change, offset_change = coded_derivatives(encoder, grid.rows, variable)
    if fit.design.mu.intercept:
        change = np.column_stack([np.zeros(len(change)), change])
    family = fit.design.family

    def slope(beta: Array, auxiliary: Mapping[str, Array]) -> Array:
        along = beta @ change.T + offset_change
        if scale == "link":
            return along
        return mean_slope(family, beta @ X.T + offset, auxiliary) * along

    p = posterior_parameters(fit.own_draws, fit.design)
    per_row = {name: value[..., None] for name, value in p.auxiliary.items()}
    draws = grid.average(slope(p.common, per_row))
    if fit.ml is None:
        return with_ml(grid.cells, draws, None, None)
    if not has_ml_mean(fit, scale):
        at = ml_parameters(fit.ml)
        values = {name: value[..., None] for name, value in at.auxiliary.items()}
        return with_ml(grid.cells, draws, grid.average(slope(at.common, values))[0, 0], None)

    def of_ml(beta: Array) -> Array:
        return grid.average(slope(beta, {}))

    estimates = fit.ml.estimates
    gradient = _gradient(of_ml, estimates, fit.ml.standard_errors)
    covariance = gradient @ fit.ml.covariance @ gradient.T
    return with_ml(grid.cells, draws, of_ml(estimates), covariance)


def _gradient(function: Callable[[Array], Array], estimates: Array, se: Array) -> Array:
    """Return the gradient of averaged slopes in beta, shape (cell, p)."""
    steps = np.where(se > 0, se, 1.0) * _STEP
    change = function(estimates + np.diag(steps)) - function(estimates - np.diag(steps))
    return (change / (2 * steps)[:, None]).T
