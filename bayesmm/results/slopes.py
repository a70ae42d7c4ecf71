"""Slopes: the derivative of a prediction in a numeric predictor, averaged over a reference grid."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.results.estimates import Estimates
from bayesmm.results.grid import Grid, names_of, numeric_predictor, reference_grid
from bayesmm.results.marginal_means import (
    CellDraws,
    check_scale,
    design_columns,
    has_ml_mean,
    ml_columns,
    with_ml,
)
from bayesmm.results.moments import PROB, moments, state_interval
from bayesmm.results.parameters import posterior_parameters
from bayesmm.results.prediction_rows import encoder_of
from bayesmm.results.response_mean import mean_slope
from bayesmm.results.units import axis_label, scale_label, title_of

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["slopes"]

type Array = NDArray[np.float64]

# Step of the central difference in sds of the predictor: exact for terms up to x^2; beyond, its
# error (1e-4)^2 / 6 of the third derivative is as small as the rounding error 1e-16 / 1e-4.
_STEP = 1e-4


def slopes(
    fit: "Fit",
    variable: str,
    by: str | Sequence[str] | None = None,
    at: Mapping[str, object] | None = None,
    scale: str = "link",
    prob: float = PROB,
) -> Estimates:
    """Return the derivative of the linear predictor, or of the mean response, in a predictor.

    d eta / dx = (d row of X / dx) beta, by a central difference of the coded rows, so that
    interactions, polynomials and splines of x all count; on the response scale times
    d mu / d eta; averaged over the reference grid. For the typical group, u = 0.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variable : str
        A column of numbers.
    by : str or sequence of str, optional
        Predictors at whose levels the slopes are wanted.
    at : mapping of str to value or values, optional
        Values of some predictors, also of `variable` (default: its mean); see `emmeans`.
    scale : {"link", "response"}
        Of the linear predictor, or of the mean response.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    Estimates
        ``table``: `by`, ``term``, ``mean``, ``sd``, ``median``, ``lower``, ``upper`` in units of
        the prediction per unit of `variable`, ``prob_positive``, ``ml_estimate``, ``ml_se``.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For a column that is no numeric predictor, or an unknown column, level or scale.
    """
    check_scale(scale)
    values = numeric_predictor(fit, variable)
    grid = reference_grid(fit, names_of(by), at)
    slope = _cell_slopes(fit, grid, variable, _STEP * float(values.std()), scale)
    table = pd.concat(
        [
            slope.cells.assign(term=variable),
            pd.DataFrame(moments(slope.draws, prob)),
            pd.DataFrame({"prob_positive": (slope.draws > 0).mean(axis=(0, 1))}),
            ml_columns(slope, np.eye(len(slope.cells))),
        ],
        axis="columns",
    )
    state_interval(table, prob).attrs |= {
        "title": title_of(fit, f"Slopes in {variable}", scale, "typical group"),
        "quantity": f"change of {scale_label(fit, scale)} per unit of {axis_label(fit, variable)}",
        "scale": scale,
    }
    return Estimates(table, slope.draws)


def _cell_slopes(fit: "Fit", grid: Grid, variable: str, step: float, scale: str) -> CellDraws:
    X, offset = _coded(fit, grid.rows)
    above, offset_above = _coded(fit, _moved(grid.rows, variable, step))
    below, offset_below = _coded(fit, _moved(grid.rows, variable, -step))
    change = (above - below) / (2 * step)
    offset_change = (offset_above - offset_below) / (2 * step)
    family = fit.design.family

    def slope(beta: Array, auxiliary: Mapping[str, Array]) -> Array:
        along = beta @ change.T + offset_change
        if scale == "link":
            return along
        return mean_slope(family, beta @ X.T + offset, auxiliary) * along

    p = posterior_parameters(fit.own_draws, fit.design)
    per_row = {name: value[..., None] for name, value in p.auxiliary.items()}
    draws = grid.average(slope(p.common, per_row))
    if not has_ml_mean(fit, scale):
        return with_ml(grid.cells, draws, None, None)

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


def _coded(fit: "Fit", rows: pd.DataFrame) -> tuple[Array, Array]:
    """Return the columns of the common effects and the offset of some rows."""
    encoded = encoder_of(fit.design).encode(rows, groups=False)
    offset = np.zeros(len(rows)) if encoded.offset is None else encoded.offset
    return design_columns(fit.design, encoded), offset


def _moved(rows: pd.DataFrame, variable: str, step: float) -> pd.DataFrame:
    return rows.assign(**{variable: rows[variable] + step})
