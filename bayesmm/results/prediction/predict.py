"""Predictions for these groups, a new group, the typical group, or the population of groups."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesmm.choices import Component, PredictKind, Who
from bayesmm.data_columns import beside
from bayesmm.errors import UnsupportedModelError, UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.result_table import result_table
from bayesmm.results.prediction.by_category import for_each_category, most_drawn, probability_title
from bayesmm.results.prediction.category_view import probabilities_view
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.parameter_view import view_of_parameter
from bayesmm.results.prediction.predicted_draws import places_per_row, predicted_draws
from bayesmm.results.prediction.prediction_rows import encode_rows, predicted_whom
from bayesmm.results.prediction.response_quantiles import check_shares
from bayesmm.results.prediction.survival import check_times
from bayesmm.results.prediction.whom import WHO, check_prediction
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.results.tables.ranef import level_moments
from bayesmm.wording import either, option

__all__ = ["COMPONENTS", "Prediction", "predict"]


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
    times: float | Sequence[float] | None = None,
    shares: float | Sequence[float] | None = None,
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
    kind : {"mean", "response", "link", "probability", "survival", "quantile", "restricted_mean"}
        ``mean``: the expected response (binomial: the probability of success; zero-inflated and
        hurdle families: of all rows, see `response_mean`). ``response``: a response drawn from
        the family (binomial: successes, out of the trials in the new data); for the population,
        of one member of a group drawn at random for each row; of categories without order their
        numbers in `draws`, and in the table the ``category`` drawn most often and the ``share`` of
        the draws that it has; of counts of categories a row for the count of each, out of the
        total of the counts in the new data). ``link``: the linear predictor;
        for the population, g of the average of g^-1. ``probability``: of each category of a
        response of categories, a row for each; of categories without order also the ``mean``,
        and ``link`` the log odds of each against the reference. The mean of ordered ones is that
        of their numbers, from 1, and their linear predictor is on the latent scale.
        ``survival``: P(Y > t) at each of `times`. ``quantile``: the smallest t with P(Y <= t) of
        at least each of `shares`; by default the median, which of times is median survival. For
        the population, that of responses of all its groups together. ``restricted_mean``: the
        mean time up to each of `times`, E min(Y, tau), which is the area below the survival curve
        (RMST) and has the units of the response.
        Censored or truncated responses are predicted as they are, not as they were seen; but in
        ``response`` of the rows of a truncated fit, or of new ones that have its bounds, they are
        drawn within them.
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
        Of zero-inflated and hurdle families: all rows; the counts before zeros are added or a
        hurdle cuts them, mu; the probability of such a zero, 1 - psi.
    times : float or sequence of float, optional
        Of ``survival``: the values t, in the units of the response; of ``restricted_mean``: the
        limits tau.
    shares : float or sequence of float, optional
        Of ``quantile``: shares of responses, between 0 and 1.

    Returns
    -------
    Prediction
        ``table``: the columns of the new data, then ``who`` (in a model with group effects:
        whom the row is about, ``these groups`` where all its groups are known, ``new group``
        where none is, else as ``new school:room, known school``), of ``survival`` ``time`` and of
        ``quantile`` ``share`` (each row once for every one), of probabilities ``category``,
        ``mean``, ``sd``, ``median``, ``lower``, ``upper``. A column of the data that is called so
        is ``data.mean``. The ``attrs`` state ``who``, ``kind``, ``n_draws`` and the interval.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For an unknown `who` or `kind`, levels without known effects, or ``new group`` where
        no level is new.
    DataError
        When the new data lack a column or hold an unusable value.
    """
    check_prediction(who, kind, seed)
    if newdata is None and fit.design.source is not None:
        raise UnsupportedModelError(
            "Predictions of the rows of the fit are of every row, and these are in files; "
            f"{either("fit.write_predictions(files, 'folder')", 'fit.write_predictions of Python')}"
            " writes them as Parquet files, batch by batch."
        )
    at, shares = check_times(fit, kind, times), check_shares(fit, kind, shares)
    column = "time" if shares is None else "share"
    at = at if shares is None else shares
    if at is not None and (parameter is not None or component != "response"):
        raise UsageError(f"{option('kind', kind)} is of the response, of all its parts.")
    if parameter is not None or component != "response":
        return _of_parameter(fit, newdata, who, kind, prob, seed, n_draws, parameter, component)
    frame, rows = encode_rows(fit, newdata, WHO[who].grouping, kind)
    asked, design = kind, fit.design
    if kind == "probability":
        fit, kind = probabilities_view(fit), "mean"
    repeats = places_per_row(fit.design, kind, at)
    chosen = choose_draws(fit.own_draws, n_draws, repeats * len(frame))
    draws = predicted_draws(fit, rows, who, kind, seed, chosen, at)
    categorical = kind == "response" and design.family.response == "unordered"
    own = (
        most_drawn(draws, fit.design.categories)
        if categorical
        else pd.DataFrame(level_moments(draws, prob))
    )
    if at is not None:
        own.insert(0, column, np.tile(at, len(frame)))
    elif repeats > 1:
        own.insert(0, "category", np.tile(np.array(fit.design.categories, object), len(frame)))
    if repeats > 1:
        frame = frame.iloc[np.repeat(np.arange(len(frame)), repeats)].reset_index(drop=True)
    if fit.design.blocks:
        whom = predicted_whom(fit.design, rows) if who == "new group" else np.array([who])
        own.insert(0, "who", np.repeat(whom, repeats if whom.size > 1 else len(own)))
    table = beside(frame, own)
    table = result_table(table, "") if categorical else state_interval(table, prob)
    title = f"Prediction for {who}, {kind}"
    table.attrs |= {
        "title": title if asked == kind else probability_title(title, design.response),
        "who": who,
        "kind": asked,
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
    parameter, complement = _component_parameter(fit.design, parameter, component)
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


COMPONENTS = ("response", "count", "zero")


def _component_parameter(design: Design, parameter: str | None, component: str) -> tuple[str, bool]:
    """Return the parameter that is meant, and whether 1 minus it is."""
    if component not in COMPONENTS:
        raise UsageError(
            f"{option('component')} is {component!r}. "
            + suggestion(str(component), COMPONENTS, label="Possible")
        )
    if component == "response":
        return str(parameter), False
    zeros = [name for name in design.family.auxiliary if name in ("psi", "zi", "hu")]
    if not zeros:
        raise UsageError(
            f"{option('component', component)} is of zero-inflated and hurdle families; the "
            f"{design.family.name} family has no zeros of its own."
        )
    if parameter is not None:
        raise UsageError(
            f"{option('component', component)} and {option('parameter', parameter)} both say what "
            "is predicted; give one of them."
        )
    if component == "count":
        return MEAN, False
    return zeros[0], zeros[0] == "psi"
