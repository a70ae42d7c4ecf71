"""Predictions for these groups, a new group, the typical group, or the population of groups."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.choices import Component, PredictKind, Who
from bayesmm.data_columns import beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.result_table import result_table
from bayesmm.results.prediction.by_category import for_each_category, most_drawn
from bayesmm.results.prediction.component import component_parameter
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.further_parameters import (
    add_drawn_effects,
    drawn_responses,
    expected_response,
    further_in_rows,
    further_predictors,
    in_rows,
)
from bayesmm.results.prediction.joint_population import differs_in_several, mean_over_groups
from bayesmm.results.prediction.parameter_view import view_of_parameter
from bayesmm.results.prediction.parameters import Parameters, posterior_parameters
from bayesmm.results.prediction.prediction_rows import (
    encode_rows,
    group_rows,
    predicted_whom,
    unknown_levels,
)
from bayesmm.results.prediction.predictor import (
    GroupEffects,
    common_part,
    effect_columns_on,
    group_variance,
    row_chunks,
)
from bayesmm.results.prediction.whom import WHO, check_prediction
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.results.tables.ranef import level_moments
from bayesmm.wording import either, option

__all__ = [
    "Prediction",
    "predict",
    "predicted_draws",
    "row_effects",
]

type Array = NDArray[np.float64]


class Prediction(Estimates):
    """Predictions: ``table`` with one row per row of the new data, and their ``draws``."""

    __slots__ = ()


@for_each_category("kind")
def predict(
    fit: FitRecord,
    newdata: object = None,
    who: Who = "these groups",
    kind: PredictKind = "mean",
    prob: float = PROB,
    seed: int = 0,
    n_draws: int | None = None,
    parameter: str | None = None,
    component: Component = "response",
) -> Prediction:
    """Predict the response, draw by draw, for the groups that are meant.

    With eta = b0 + X beta + offset, group effects u and link g, per draw:

    - ``these groups``: g^-1(eta + z'u) with the effects of the groups in the data.
    - ``new group``: the same, where each level that the data of the fit do not have gets its
      own u ~ N(0, Sigma), shared by its rows; known levels keep theirs, so a new class of a
      known school keeps the school's effect. A missing grouping column is one new level. The
      column ``who`` of the table says of each row which of its groups are new.
    - ``typical group``: g^-1(eta), all group effects 0.
    - ``population``: E g^-1(eta + u) over u ~ N(0, z' Sigma z), the average response of many
      groups, each with these predictors. It is not g^-1 of the average unless g is the identity.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    newdata : DataFrame, optional
        Rows to predict; default: the rows of the fit.
    who : {"these groups", "new group", "typical group", "population"}
        For the last two the grouping columns may be missing.
    kind : {"mean", "response", "link", "probability"}
        ``mean``: the expected response (binomial: the probability of success; zero-inflated and
        hurdle families: of all rows, see `response_mean`). ``response``: a response drawn from
        the family (binomial: successes, out of the trials in the new data); for the population,
        of one member of a group drawn at random for each row; of categories without order their
        numbers in `draws`, and in the table the ``category`` drawn most often and the ``share`` of
        the draws that it has). ``link``: the linear predictor;
        for the population, g of the average of g^-1. ``probability``: of each category of a
        response of categories, a row for each; of categories without order also the ``mean``,
        and ``link`` the log odds of each against the reference. The mean of ordered ones is that
        of their numbers, from 1, and their linear predictor is on the latent scale.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups and of responses. A new level has the same draws for one seed,
        whatever other rows are predicted.
    n_draws : int, optional
        Draws to use, spread evenly over the chains; default: all, fewer when the result would
        exceed 50 million values.
    parameter : str, optional
        A parameter that varies, in the place of the response: ``"sigma"`` or ``"mu"``; its
        ``mean`` is the parameter itself, ``link`` its linear predictor.
    component : {"response", "count", "zero"}
        Of zero-inflated and hurdle families: all rows; mu, the counts before zeros are added or a
        hurdle cuts them; the probability of such a zero, 1 - psi.

    Returns
    -------
    Prediction
        ``table``: the columns of the new data, then ``who`` (in a model with group effects:
        whom the row is about, ``these groups`` where all its groups are known, ``new group``
        where none is, else as ``new school:room, known school``), ``category`` of probabilities,
        ``mean``, ``sd``, ``median``, ``lower``, ``upper``. A column of the data called so is
        ``data.mean``. ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For an unknown `who` or `kind`, levels without known effects, or ``new group`` where
        no level is new.
    DataError
        When the new data lack a column or hold an unusable value.
    """
    check_prediction(who, kind, seed)
    if parameter is not None or component != "response":
        return _of_parameter(fit, newdata, who, kind, prob, seed, n_draws, parameter, component)
    frame, rows = encode_rows(fit, newdata, WHO[who].grouping, kind)
    chosen = choose_draws(fit.own_draws, n_draws, len(frame))
    draws = predicted_draws(fit, rows, who, kind, seed, chosen)
    categorical = kind == "response" and fit.design.family.response == "unordered"
    own = (
        most_drawn(draws, fit.design.categories)
        if categorical
        else pd.DataFrame(level_moments(draws, prob))
    )
    if fit.design.blocks:
        own.insert(0, "who", predicted_whom(fit.design, rows) if who == "new group" else who)
    table = beside(frame, own)
    table = result_table(table, "") if categorical else state_interval(table, prob)
    table.attrs |= {
        "title": f"Prediction for {who}, {kind}",
        "who": who,
        "kind": kind,
        "n_draws": draws.shape[0] * draws.shape[1],
    }
    return Prediction(table, draws)


def _of_parameter(
    fit: FitRecord,
    newdata: object,
    who: Who,
    kind: PredictKind,
    prob: float,
    seed: int,
    n_draws: int | None,
    parameter: str | None,
    component: str,
) -> Prediction:
    """Return the prediction of a parameter, or of a part of a response with zeros of its own."""
    parameter, complement = component_parameter(fit.design, parameter, component)
    if kind in ("response", "probability"):
        raise UsageError(
            f"{parameter} is no response to be drawn; take {option('kind', 'mean')} or "
            f"{option('kind', 'link')}."
        )
    if complement and kind == "link":
        raise UsageError(
            f"{option('component', 'zero')} is 1 - {parameter} here; for a linear predictor take "
            f"{option('parameter', parameter)}."
        )
    if complement and parameter in fit.design.constants:
        where = either("fit.summary()", "bayesmm summary")
        raise UsageError(
            f"1 - {parameter} is one number, the same in all rows: {where} has {parameter}."
        )
    view = view_of_parameter(fit, parameter)
    found = predict(view, newdata, who, kind, prob, seed, n_draws)
    if not complement:
        found.table.attrs["title"] = f"Prediction of {parameter} for {who}, {kind}"
        return found
    draws = 1.0 - found.draws
    table = found.table.assign(**level_moments(draws, prob))
    table.attrs = found.table.attrs | {"title": f"Prediction of 1 - {parameter} for {who}"}
    return Prediction(table, draws)


def predicted_draws(
    fit: FitRecord, rows: EncodedRows, who: str, kind: str, seed: int, chosen: NDArray[np.int64]
) -> Array:
    """Return the draws of a prediction for coded rows, shape (chain, draw, row).

    Parameters
    ----------
    fit : Fit
        A fitted model.
    rows : EncodedRows
        From `encode_rows`.
    who, kind, seed
        As in `predict`.
    chosen : ndarray of int64
        Draws of every chain to use.
    """
    design, meant = fit.design, WHO[who]
    parameters = posterior_parameters(fit.own_draws, design, chosen)
    effects = row_effects(fit, rows, who, parameters, seed, chosen) if meant.effects else None
    columns = effect_columns_on(design.blocks[: len(rows.blocks)], [Z for Z, _ in rows.blocks])
    generator = np.random.default_rng(seed)
    result = np.empty((*parameters.shape, rows.mu.n_obs))
    jointly = meant.averaged and differs_in_several(design, kind)
    for part in row_chunks(rows.mu.n_obs, parameters):
        if jointly:
            result[..., part] = mean_over_groups(design, parameters, rows, part)
            continue
        eta = common_part(parameters, rows.mu, part)
        if effects is not None:
            effects.add(eta, part)
        variance = group_variance(parameters, columns, part) if meant.averaged else None
        if kind == "response":
            etas = {MEAN: eta} | further_predictors(parameters, rows, part, effects)
            if variance is not None and design.varying:
                add_drawn_effects(etas, design, parameters, rows, part, generator)
            elif variance is not None:
                eta += np.sqrt(variance) * generator.standard_normal(eta.shape)
            further = in_rows(design, parameters, etas)
            result[..., part] = drawn_responses(design.family, further, rows, part, eta, generator)
        else:
            further = further_in_rows(design, kind, parameters, rows, part, effects)
            result[..., part] = expected_response(design.family, kind, further, eta, variance)
    return result


def row_effects(
    fit: FitRecord,
    rows: EncodedRows,
    who: str,
    parameters: Parameters,
    seed: int,
    chosen: NDArray[np.int64],
) -> GroupEffects:
    """Return the effects of the groups of every row, known and new."""
    groups = group_rows(fit.design, rows)
    new = [group for group in groups if group.new_levels]
    if who == "these groups" and new:
        raise unknown_levels(new[0])
    if who == "new group" and groups and not new:
        factors = ", ".join(f"'{factor}'" for factor in fit.design.factors)
        raise UsageError(
            f"Every level of {factors} in these rows is in the data of the fit, so no group is "
            f"new. Give {option('newdata')} with other levels, or without the grouping columns; "
            f"for the groups of the data take {option('who', 'these groups')}."
        )
    return GroupEffects(fit.own_draws, chosen, parameters, groups, seed)
