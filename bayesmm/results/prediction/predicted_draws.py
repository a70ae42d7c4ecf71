"""The draws of a prediction for coded rows."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.bounded import unbounded
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
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
from bayesmm.results.prediction.restricted_mean import restricted_mean
from bayesmm.results.prediction.survival import survival_function
from bayesmm.results.prediction.whom import WHO
from bayesmm.wording import option

__all__ = ["places_per_row", "predicted_draws", "row_effects"]

type Shape = tuple[int, ...]


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

    With `times`, or shares of quantiles in their place, each row has a place for every one; a
    response of counts of categories has one for each count, and the probabilities of
    `probabilities_view` one for each category.

    `rows` are from `encode_rows`, `chosen` are the draws of every chain to use, and `who`, `kind`
    and `seed` are as in `predict`.
    """
    design = fit.design
    meant = WHO[who]
    parameters = posterior_parameters(fit.own_draws, design, chosen)
    effects = row_effects(fit, rows, who, parameters, seed, chosen) if meant.effects else None
    columns = effect_columns_on(design.blocks[: len(rows.blocks)], [Z for Z, _ in rows.blocks])
    generator = np.random.default_rng(seed)
    repeats = places_per_row(design, kind, times)
    result = np.empty((*parameters.shape, repeats * rows.mu.n_obs))
    jointly = meant.averaged and differs_in_several(design, kind)
    for part in row_chunks(rows.mu.n_obs, parameters, repeats if times is None else 1):
        first, last, _ = part.indices(rows.mu.n_obs)
        places = slice(repeats * first, repeats * last)
        if jointly:
            mean = mean_over_groups(design, parameters, rows, part)
            result[..., places] = mean.reshape(*parameters.shape, -1)
            continue
        eta = common_part(parameters, rows.mu, part)
        if effects is not None:
            effects.add(eta, part)
        variance = group_variance(parameters, columns, part) if meant.averaged else None
        if times is not None:
            above = survival_function(fit, parameters, rows, part, eta, effects, variance)
            at = [_AT_VALUES[kind](fit, above, value, eta.shape) for value in times]
            result[..., places] = np.stack(at, axis=-1).reshape(*parameters.shape, -1)
        elif kind == "response":
            etas = {MEAN: eta} | further_predictors(parameters, rows, part, effects)
            if variance is not None and design.varying:
                add_drawn_effects(etas, design, parameters, rows, part, generator)
            elif variance is not None:
                eta += np.sqrt(variance) * generator.standard_normal(eta.shape)
            further = in_rows(design, parameters, etas)
            drawn = drawn_responses(design.family, further, rows, part, eta, generator)
            result[..., places] = drawn.reshape(*parameters.shape, -1)
        else:
            further = further_in_rows(design, kind, parameters, rows, part, effects)
            found = expected_response(design.family, kind, further, eta, variance)
            result[..., places] = found.reshape(*parameters.shape, -1)
    return result


def places_per_row(design: Design, kind: str, times: Array | None) -> int:
    """Return how many places each row has among the draws of a prediction."""
    if times is not None:
        return len(times)
    family = design.family
    shares = family.mean is not None and family.mean is family.probabilities
    each = shares if kind == "mean" else kind == "response" and design.observed.ndim > 1
    return len(design.categories) if each else 1


def _survival(_: FitRecord, above: Callable[[Array], Array], at: float, shape: Shape) -> Array:
    return above(np.full(shape, at))


def _quantile(fit: FitRecord, above: Callable[[Array], Array], at: float, shape: Shape) -> Array:
    return response_quantile(unbounded(fit.design.family), fit.design.y, above, at, shape)


def _mean_up_to(_: FitRecord, above: Callable[[Array], Array], at: float, shape: Shape) -> Array:
    return restricted_mean(above, at, shape)


# What has a place for every row and one of several values: of one value, from t -> P(Y > t).
_AT_VALUES: Mapping[str, Callable[..., Array]] = {
    "survival": _survival,
    "quantile": _quantile,
    "restricted_mean": _mean_up_to,
}


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
