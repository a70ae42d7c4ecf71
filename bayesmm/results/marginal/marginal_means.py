"""Estimated marginal means: predictions for the cells of a reference grid, averaged per draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.choices import AverageWho, Scale
from bayesmm.data_columns import beside
from bayesmm.family.links import LINKS
from bayesmm.fit_record import FitRecord
from bayesmm.model.encoding import EncodedRows
from bayesmm.results.marginal.averaged import averaged, averages_groups, has_ml_mean, ml_words
from bayesmm.results.marginal.grid import Grid, names_of, reference_grid
from bayesmm.results.marginal.units import scale_label, title_of
from bayesmm.results.prediction.by_category import for_each_category
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.parameter_view import of_parameter, refuse_specific
from bayesmm.results.prediction.parameters import ml_parameters
from bayesmm.results.prediction.predicted_draws import predicted_draws
from bayesmm.results.prediction.prediction_rows import encode_rows
from bayesmm.results.prediction.whom import WHO
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.wording import option, refuse_other

__all__ = [
    "SCALES",
    "CellDraws",
    "cell_means",
    "check_scale",
    "emmeans",
    "ml_columns",
    "with_ml",
]

SCALES: Mapping[str, str] = {"link": "link", "response": "mean", "probability": "mean"}
_AVERAGES = ("typical group", "population")


@dataclass(frozen=True, slots=True, eq=False)
class CellDraws:
    """One quantity for each cell of a grid."""

    cells: pd.DataFrame
    draws: Array  # (chain, draw, cell): draws of the quantity
    ml_estimate: Array  # (cell,): its ML estimate; NaN where there is none
    ml_covariance: Array  # (cell, cell): estimated covariance matrix of the ML estimates

    def combined(self, weights: Array) -> tuple[Array, Array, Array]:
        """Return draws, ML estimates and their standard errors of weights @ quantity."""
        variance = np.einsum("kc,cd,kd->k", weights, self.ml_covariance, weights)
        return self.draws @ weights.T, weights @ self.ml_estimate, np.sqrt(variance)


@for_each_category("scale")
def emmeans(
    fit: FitRecord,
    cells: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    at: Mapping[str, object] | None = None,
    scale: Scale = "link",
    who: AverageWho = "typical group",
    prob: float = PROB,
    parameter: str | None = None,
) -> Estimates:
    """Estimated marginal means: the mean of each level of some predictors, the others balanced.

    Per draw, the mean over the rows r of the reference grid that belong to a cell: of the
    linear predictor x_r beta, or on the response scale of E y_r.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    cells : str or sequence of str
        Predictors whose combinations the means are for.
    by : str or sequence of str, optional
        Further predictors; the table is sorted by them first.
    at : mapping of str to value or values, optional
        Values of some predictors. By default numbers are at their means over the rows of the
        fit, and factors have all levels with equal weight; a number with no more than two
        values, as a 0/1 dummy, has both with equal weight, as in R's emmeans since 1.4.2.
    scale : {"link", "response", "probability"}
        On the response scale the means of the grid are averaged, not the linear predictors
        (R's emmeans with ``regrid = "response"``); of ordered categories it is the mean of their
        numbers (``mode = "mean.class"``). ``"probability"``: of each category, a row each
        (``mode = "prob"``); of categories without order ``"response"`` says the same.
    who : {"typical group", "population"}
        Group effects of 0, or averaged over; the same on the identity link. See `predict`.
    prob : float
        Probability of the equal-tailed interval.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, `cells`, then ``mean``, ``sd``, ``median``, ``lower``, ``upper``, and
        ``ml_estimate``, ``ml_se`` (delta method on the response scale); ``draws``: shape (chain,
        draw, row).

    Raises
    ------
    UsageError
        For a column that is no predictor, or an unknown level, scale or `who`.

    References
    ----------
    Searle, Speed and Milliken (1980), The American Statistician 34(4), 216-221,
    doi:10.1080/00031305.1980.10483031
    """
    fit = of_parameter(fit, parameter)
    grid = reference_grid(fit, (*names_of(by), *names_of(cells)), at, groups=who == "population")
    means = cell_means(fit, grid, scale, who)
    own = pd.concat(
        [pd.DataFrame(moments(means.draws, prob)), ml_columns(means, np.eye(len(means.cells)))],
        axis="columns",
    )
    table = state_interval(beside(means.cells, own), prob)
    table.attrs |= {
        "title": title_of(fit, "Estimated marginal means", scale, who),
        "quantity": scale_label(fit, scale),
        "scale": scale,
        "who": who,
        "ml": ml_words(fit, who, scale),
    }
    return Estimates(table, means.draws)


def cell_means(fit: FitRecord, grid: Grid, scale: str, who: str = "typical group") -> CellDraws:
    """Return the mean of each cell of a grid, as draws and by ML."""
    check_scale(scale)
    if scale == "link":
        scales = " or ".join(option("scale", one) for one in ("probability", "response"))
        refuse_specific(fit.design, grid.cells.columns, scales)
    refuse_other("who", who, _AVERAGES)
    every = fit.own_draws["posterior"].sizes
    _, rows = encode_rows(fit, grid.rows, WHO[who].grouping, SCALES[scale])
    chosen = choose_draws(fit.own_draws, every["chain"] * every["draw"], len(grid.rows))
    draws = predicted_draws(fit, rows, who, SCALES[scale], 0, chosen)
    estimate, covariance = None, None
    if has_ml_mean(fit, scale) and not averages_groups(fit, who, scale):
        estimate, covariance = _ml_means(fit, grid, rows, scale)
    elif fit.ml is not None:
        share = grid.average(np.eye(len(grid.rows)))
        meant = (who, SCALES[scale])
        estimate = averaged(fit, rows, ml_parameters(fit.ml), None, meant, share)[0, 0]
    return with_ml(grid.cells, grid.average(draws), estimate, covariance)


def with_ml(
    cells: pd.DataFrame, draws: Array, estimate: Array | None, covariance: Array | None
) -> CellDraws:
    """Return the record of some cells, NaN where there is no ML estimate, or no error of it."""
    if estimate is None:
        estimate = np.full(len(cells), np.nan)
    if covariance is None:
        covariance = np.full((len(cells), len(cells)), np.nan)
    return CellDraws(cells, draws, estimate, covariance)


def ml_columns(quantity: CellDraws, weights: Array) -> pd.DataFrame:
    """Return ``ml_estimate`` and ``ml_se`` of linear combinations of the cells."""
    _, estimate, se = quantity.combined(weights)
    return pd.DataFrame({"ml_estimate": estimate, "ml_se": se})


def check_scale(scale: str) -> None:
    """Raise for an unknown scale."""
    refuse_other("scale", scale, SCALES)


def _ml_means(fit: FitRecord, grid: Grid, rows: EncodedRows, scale: str) -> tuple[Array, Array]:
    """Return the ML estimates of the means of the cells and their covariance."""
    X = rows.mu.matrix
    eta = X @ fit.ml.estimates + rows.mu.known
    link = LINKS[fit.design.family.link_of_mu if scale == "response" else "identity"]
    gradient = grid.average((link.derivative(eta)[:, None] * X).T).T
    return grid.average(link.inverse(eta)), gradient @ fit.ml.covariance @ gradient.T
