"""The variance of the response given its mean, on the scale of the link."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import FAMILIES
from bayesmm.model.design import Design
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.population import population_mean
from bayesmm.results.prediction.predictor import (
    common_part,
    effect_columns_on,
    group_variance,
    row_chunks,
)
from bayesmm.wording import either, option

__all__ = ["distribution_variance", "fixed_chunks"]


def distribution_variance(design: Design, parameters: Parameters) -> Array:
    """Return the variance that the family adds to the linear predictor, shape (chain, draw).

    Gaussian: mean of sigma^2 / w; t: sigma^2 nu / (nu - 2). Logit, probit, cloglog: the variance
    pi^2 / 3, 1, pi^2 / 6 of the latent variable. Log link, with lambda the mean response that
    the draw implies for these rows over a population of groups: poisson log(1 + 1 / lambda),
    negative binomial log(1 + 1 / lambda + 1 / alpha); gamma trigamma(alpha), the variance of
    log y. Lognormal: sigma^2.

    A scale sigma that varies has the mean over the rows of sigma^2, averaged over its group
    effects: E exp(2 eta) = exp(2 eta + 2 z' Sigma z) with eta their common part.

    A family and link without a definition are not supported, nor a parameter that varies and is no
    scale.

    References
    ----------
    Nakagawa, Johnson and Schielzeth (2017), Journal of the Royal Society Interface 14, 20170213,
    doi:10.1098/rsif.2017.0213
    """
    family = design.family
    if family.link not in family.on_link_scale:
        possible = ", ".join(
            f"{f.name} ({link})" for f in FAMILIES.values() for link in f.on_link_scale
        )
        raise UnsupportedModelError(
            f"The variance of the {family.name} family on the scale of the {family.link} link has "
            f"no accepted definition. Families (links) that have one: {possible}."
        )
    if design.varying:
        parameters = replace(parameters, auxiliary=_with_typical_scale(design, parameters))
    variance = family.on_link_scale[family.link](_Response(design, parameters))
    return np.broadcast_to(variance, parameters.shape)


def _with_typical_scale(design: Design, parameters: Parameters) -> Mapping[str, Array]:
    """Return the further parameters, in the place of a scale that varies its root mean square."""
    scale = design.family.residual_scale
    if design.varying != (scale,) or design.predictor(scale).link != "log":
        raise UnsupportedModelError(
            f"There is no one variance of the {design.family.name} family where "
            f"{' and '.join(design.varying)} "
            f"{'varies' if len(design.varying) == 1 else 'vary'} from row to row: compare models "
            f"by {either('fit.loo()', 'bayesmm loo')}, and see {option('parameter')} of "
            f"{either('fit.predict', 'bayesmm predict')}."
        )
    columns = effect_columns_on(
        design.blocks, [block.columns.Z for block in design.blocks], parameter=scale
    )
    precisions = design.weights if design.family.precision_weights else None
    inverse = np.ones(design.n_obs) if precisions is None else 1.0 / precisions
    total = np.zeros(parameters.shape)
    for part in row_chunks(design.n_obs, parameters):
        eta = common_part(parameters, design.predictor(scale), part)
        variance = np.exp(2.0 * (eta + group_variance(parameters, columns, part)))
        total += variance @ inverse[part]
    return {**parameters.auxiliary, scale: np.sqrt(total / inverse.sum())}


def fixed_chunks(design: Design, parameters: Parameters) -> Iterator[tuple[slice, Array]]:
    """Yield b0 + X beta + offset of the rows of the fit, part by part."""
    for part in row_chunks(design.n_obs, parameters):
        yield part, common_part(parameters, design.mu, part)


@dataclass(frozen=True, slots=True, eq=False)
class _Response:
    """What a family is told of a fit."""

    design: Design
    parameters: Parameters

    @property
    def auxiliary(self) -> Mapping[str, Array]:
        """Further parameters of the family, shape (chain, draw)."""
        return self.parameters.auxiliary

    @property
    def weights(self) -> Array | None:
        """Weights of the rows."""
        return self.design.weights

    def mean_response(self) -> Array:
        """Return the mean over the rows of the response of a population of groups."""
        total = np.zeros(self.parameters.shape)
        columns = effect_columns_on(
            self.design.blocks, [block.columns.Z for block in self.design.blocks]
        )
        for part, eta in fixed_chunks(self.design, self.parameters):
            variance = group_variance(self.parameters, columns, part)
            total += population_mean(self.design.family.link, eta, variance).sum(axis=-1)
        return total / self.design.n_obs
