"""The mean of predictions over rows, at any parameters, and what maximum likelihood says of it."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.further_parameters import expected_response, further_in_rows
from bayesmm.results.prediction.joint_population import differs_in_several, mean_over_groups
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.prediction_rows import group_rows
from bayesmm.results.prediction.predictor import (
    GroupEffects,
    common_part,
    effect_columns_on,
    group_variance,
    row_chunks,
)
from bayesmm.results.prediction.response_mean import mean_is_inverse_link
from bayesmm.results.prediction.whom import WHO

__all__ = ["Modes", "averaged", "averages_groups", "draws_groups", "has_ml_mean", "ml_words"]


class Modes:
    """The sum of the conditional modes of each row on each predictor, for levels of the fit."""

    def __init__(self, fit: FitRecord, rows: EncodedRows) -> None:
        self._sums = {p.parameter: np.zeros(p.n_obs) for p in rows.predictors}
        groups = group_rows(fit.design, rows)
        for group, own, block in zip(groups, fit.ml.blocks, fit.design.blocks, strict=True):
            products = group.Z.T * own.modes[:, group.codes]
            for effect, product in zip(block.effects, products, strict=True):
                self._sums[effect.predictor] += product

    def add(self, eta: Array, part: slice, parameter: str = MEAN) -> None:
        """Add z' u to the linear predictor of a parameter in the rows of a part, in place."""
        eta += self._sums[parameter][part]


def averaged(
    fit: FitRecord,
    rows: EncodedRows,
    parameters: Parameters,
    effects: GroupEffects | Modes | None,
    meant: tuple[str, str],
    share: Array,
) -> Array:
    """Return sum_i share[i, k] E y_i, shape (chain, draw, k), without holding all E y_i.

    `parameters` are draws, or one of the ML estimates; `effects` is what is added to the linear
    predictors, None for groups at 0; `meant` is whom the prediction is about, and its kind, as in
    `predict`; `share` are weights, shape (row, k).
    """
    who, kind = meant
    blocks = fit.design.blocks[: len(rows.blocks)]
    columns = effect_columns_on(blocks, [Z for Z, _ in rows.blocks])
    total = np.zeros((*parameters.shape, share.shape[1]))
    jointly = WHO[who].averaged and differs_in_several(fit.design, kind)
    for part in row_chunks(rows.mu.n_obs, parameters):
        if jointly:
            total += mean_over_groups(fit.design, parameters, rows, part) @ share[part]
            continue
        eta = common_part(parameters, rows.mu, part)
        if effects is not None:
            effects.add(eta, part)
        variance = group_variance(parameters, columns, part) if WHO[who].averaged else None
        further = further_in_rows(fit.design, kind, parameters, rows, part, effects)
        total += expected_response(fit.design.family, kind, further, eta, variance) @ share[part]
    return total


def has_ml_mean(fit: FitRecord, scale: str) -> bool:
    """Return whether the ML fit alone gives a mean: its covariance is of beta only."""
    return fit.ml is not None and (scale == "link" or mean_is_inverse_link(fit.design.family))


def averages_groups(fit: FitRecord, who: str, scale: str) -> bool:
    """Return whether a mean is over a distribution of groups and not that of the group at 0."""
    family = fit.design.family
    # the linear predictor of a population is the link of its mean
    linear = family.link == "identity" and (scale == "link" or mean_is_inverse_link(family))
    return bool(fit.design.blocks) and who == "population" and not linear


def draws_groups(fit: FitRecord, who: str) -> bool:
    """Return whether a prediction draws new groups, as maximum likelihood does not."""
    return bool(fit.design.blocks) and who == "new group"


def ml_words(fit: FitRecord, who: str, scale: str) -> str:
    """Return what an average by ML is an estimate of, or why it or its error is missing."""
    if fit.ml is None:
        return fit.ml_note
    if draws_groups(fit, who):
        return "ml_estimate is missing: new groups are drawn, and maximum likelihood draws none."
    if fit.design.blocks and who == "these groups":
        return (
            "ml_estimate is at the conditional modes of the group effects. ml_se is missing: it "
            "would need the errors of the modes, too."
        )
    if averages_groups(fit, who, scale):
        return (
            "ml_estimate is averaged over the estimated distribution of the groups. ml_se is "
            "missing: it would need the errors of the group sds, too."
        )
    if not has_ml_mean(fit, scale):
        return (
            "ml_se is missing: the mean depends on further parameters, and it would need their "
            "errors, too."
        )
    return ""
