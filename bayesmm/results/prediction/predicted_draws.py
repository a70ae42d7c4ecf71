"""The draws of a prediction for coded rows."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UsageError
from bayesmm.family.bounded import unbounded
from bayesmm.fit_record import FitRecord
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.further_parameters import (
    add_drawn_effects,
    drawn_responses,
    expected_response,
    further_in_rows,
    further_predictors,
    in_rows,
)
from bayesmm.results.prediction.joint_population import differs_in_several, mean_over_groups
from bayesmm.results.prediction.parameters import Parameters, posterior_parameters
from bayesmm.results.prediction.prediction_rows import group_rows, unknown_levels
from bayesmm.results.prediction.predictor import (
    GroupEffects,
    common_part,
    effect_columns_on,
    group_variance,
    row_chunks,
)
from bayesmm.results.prediction.response_quantiles import response_quantile
from bayesmm.results.prediction.survival import survival_function, survival_of_rows
from bayesmm.results.prediction.whom import WHO
from bayesmm.wording import option

__all__ = ["predicted_draws", "row_effects"]

type Array = NDArray[np.float64]


def predicted_draws(
    fit: FitRecord,
    rows: EncodedRows,
    who: str,
    kind: str,
    seed: int,
    chosen: NDArray[np.int64],
    times: Array | None = None,
) -> Array:
    """Return the draws of a prediction for coded rows, shape (chain, draw, row).

    With `times`, or shares of quantiles in their place, each row has a place for every one.

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
    design = fit.design
    meant = WHO[who]
    parameters = posterior_parameters(fit.own_draws, design, chosen)
    effects = row_effects(fit, rows, who, parameters, seed, chosen) if meant.effects else None
    columns = effect_columns_on(design.blocks[: len(rows.blocks)], [Z for Z, _ in rows.blocks])
    generator = np.random.default_rng(seed)
    repeats = 1 if times is None else len(times)
    result = np.empty((*parameters.shape, repeats * rows.mu.n_obs))
    jointly = meant.averaged and differs_in_several(design, kind)
    for part in row_chunks(rows.mu.n_obs, parameters):
        if jointly:
            result[..., part] = mean_over_groups(design, parameters, rows, part)
            continue
        eta = common_part(parameters, rows.mu, part)
        if effects is not None:
            effects.add(eta, part)
        variance = group_variance(parameters, columns, part) if meant.averaged else None
        if times is not None:
            first, last, _ = part.indices(rows.mu.n_obs)
            own = _quantiles if kind == "quantile" else survival_of_rows
            result[..., repeats * first : repeats * last] = own(
                fit, parameters, rows, part, eta, effects, variance, times
            )
        elif kind == "response":
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


def _quantiles(
    fit: FitRecord,
    parameters: Parameters,
    rows: EncodedRows,
    part: slice,
    eta: Array,
    effects: GroupEffects | None,
    variance: Array | None,
    shares: Array,
) -> Array:
    """Return quantiles of the rows of a part, as `survival_of_rows` returns survival."""
    above = survival_function(fit, parameters, rows, part, eta, effects, variance)
    family, y = unbounded(fit.design.family), fit.design.y
    found = [response_quantile(family, y, above, share, eta.shape) for share in shares]
    return np.stack(found, axis=-1).reshape(*eta.shape[:-1], -1)


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
