"""The parameters besides mu in the rows of a prediction, and the response that they make."""

from collections.abc import Mapping

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters, known_of_rows
from bayesmm.model.design import Design
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.new_groups import covariance_root
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.population import population_mean
from bayesmm.results.prediction.predictor import GroupEffects, common_part
from bayesmm.results.prediction.response_mean import response_mean

__all__ = [
    "add_drawn_effects",
    "drawn_responses",
    "expected_response",
    "further_in_rows",
    "further_predictors",
    "in_rows",
]


def further_in_rows(
    design: Design,
    kind: str,
    parameters: Parameters,
    rows: EncodedRows,
    part: slice,
    effects: GroupEffects | None,
) -> Mapping[str, Array]:
    """Return the further parameters in the rows of a part, as far as a mean depends on them."""
    if kind != "mean" or design.family.mean is None:
        return in_rows(design, parameters, {})
    return in_rows(design, parameters, further_predictors(parameters, rows, part, effects))


def further_predictors(
    parameters: Parameters, rows: EncodedRows, part: slice, effects: GroupEffects | None
) -> dict[str, Array]:
    """Return the linear predictors of the further parameters that vary."""
    found = {}
    for predictor in rows.predictors[1:]:
        if predictor.parameter in parameters.further:
            eta = common_part(parameters, predictor, part)
            if effects is not None:
                effects.add(eta, part, predictor.parameter)
            found[predictor.parameter] = eta
    return found


def in_rows(
    design: Design, parameters: Parameters, etas: Mapping[str, Array]
) -> Mapping[str, Array]:
    """Return the further parameters, those of one number with an axis for the rows."""
    found = {name: value[..., None] for name, value in parameters.auxiliary.items()}
    return found | {
        name: LINKS[design.predictor(name).link].inverse(eta)
        for name, eta in etas.items()
        if name != MEAN
    }


def add_drawn_effects(
    etas: Mapping[str, Array],
    design: Design,
    parameters: Parameters,
    rows: EncodedRows,
    part: slice,
    generator: np.random.Generator,
) -> None:
    """Add to each linear predictor the effects of a group drawn for each row, in place."""
    for block, covariance, (Z, _) in zip(
        design.blocks, parameters.covariances, rows.blocks, strict=True
    ):
        z = generator.standard_normal((*parameters.shape, len(Z[part]), block.n_effects))
        u = z @ np.swapaxes(covariance_root(covariance), -1, -2)
        for k, effect in enumerate(block.effects):
            etas[effect.predictor][...] += u[..., k] * Z[part, k]


def expected_response(
    family: Family, kind: str, further: Mapping[str, Array], eta: Array, variance: Array | None
) -> Array:
    """Return means, or linear predictors, given the further parameters in every row."""
    if kind == "mean":
        return response_mean(family, eta, further, variance)
    if variance is None:
        return eta
    return LINKS[family.link_of_mu].link(population_mean(family.link_of_mu, eta, variance))


def drawn_responses(
    family: Family,
    further: Mapping[str, Array],
    rows: EncodedRows,
    part: slice,
    eta: Array,
    generator: np.random.Generator,
) -> Array:
    """Return responses drawn from the family."""
    response = ResponseParameters(
        mu=LINKS[family.link_of_mu].inverse(eta),
        auxiliary=further,
        known=known_of_rows(rows.known, part),
        weights=None if rows.weights is None else rows.weights[part],
    )
    return family.drawn(generator, response)
