"""Draws of the coefficients of centred columns as those of the columns of the formula, and back.

With the centred columns Z C (`bayesmm.model.centring`), raw effects are C times the centred ones,
and their covariance is C Sigma C'.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.centred_columns import Centring, Centrings
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, effect_names, sd_names, stored_name
from bayesmm.model.prior_columns import centrings_of, prior_columns
from bayesmm.model.priors import Priors
from bayesmm.sampling.drawn_arrays import DrawnArrays, Draws, arrays_of
from bayesmm.sampling.draws import BlockDraws, ParameterDraws
from bayesmm.sampling.posterior import (
    common_draws,
    correlation_draws,
    correlation_pairs,
    named_draws,
    sd_draws,
)
from bayesmm.sampling.prepared import Prepare, Prepared

__all__ = ["draws_of_prior_columns", "in_raw_columns", "moved_covariance"]

type Array = NDArray[np.float64]


def in_raw_columns(prepare: Prepare) -> Prepare:
    """Return a way to sample a model in the columns of its priors; draws are of the raw ones."""

    def prepared(design: Design, priors: Priors) -> Prepared | str:
        centrings = centrings_of(design, priors.preset, priors.changed)
        found = prepare(prior_columns(design, centrings), priors)
        if isinstance(found, str) or centrings is None:
            return found
        return replace(
            found, sample=lambda settings: _raw(found.sample(settings), design, centrings)
        )

    return prepared


def _raw(drawn: ParameterDraws, design: Design, centrings: Centrings) -> ParameterDraws:
    blocks = zip(drawn.blocks, centrings.blocks, strict=True)
    auxiliary = dict(drawn.auxiliary)
    for predictor, own in zip(design.predictors[1:], centrings.predictors[1:], strict=True):
        if own is not None:
            names = coefficient_names(predictor)
            raw = np.stack([auxiliary[n] for n in names], axis=-1) @ own.matrix.T
            auxiliary |= {name: raw[..., k] for k, name in enumerate(names)}
    return replace(
        _common(drawn, centrings.common),
        auxiliary=auxiliary,
        blocks=tuple(b if c is None else _raw_block(b, c.matrix) for b, c in blocks),
    )


def _common(drawn: ParameterDraws, centring: Centring | None) -> ParameterDraws:
    if centring is None:
        return drawn
    parts = [drawn.beta] if drawn.intercept is None else [drawn.intercept[..., None], drawn.beta]
    raw = np.concatenate(parts, axis=-1) @ centring.matrix.T
    first = len(parts) - 1
    return replace(drawn, intercept=raw[..., 0] if first else None, beta=raw[..., first:])


def _raw_block(drawn: BlockDraws, C: Array) -> BlockDraws:
    sd, corr = moved_covariance(drawn.sd, drawn.corr, C)
    return BlockDraws(sd=sd, corr=corr, effects=_moved_effects(drawn.effects, C))


def moved_covariance(sd: Array, corr: Array, C: Array) -> tuple[Array, Array]:
    """Return sds and correlations of C u."""
    covariance = C @ (sd[..., :, None] * corr * sd[..., None, :]) @ C.T
    size = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    moved = np.clip(covariance / (size[..., :, None] * size[..., None, :]), -1.0, 1.0)
    moved[..., np.arange(len(C)), np.arange(len(C))] = 1.0
    return size, moved


def _moved_effects(effects: Array, C: Array) -> Array:
    """Return C u for u of shape (chain, draw, q, J), without a further copy per pair."""
    moved = effects.copy()
    for a, b in zip(*np.nonzero(C - np.eye(len(C))), strict=True):
        moved[:, :, a] += C[a, b] * effects[:, :, b]
    return moved


def draws_of_prior_columns(
    draws: Draws, design: Design, priors: Priors, *, effects: bool = False
) -> Draws:
    """Return the draws of what the priors are of, under the names of the model.

    They are the same draws where the columns are the same; ``Intercept`` is at zero of the centred
    columns. Group effects, which have no priors of their own, are changed too if `effects`.
    """
    centrings = centrings_of(design, priors.preset, priors.changed)
    if centrings is None:
        return draws
    found: dict[str, Array] = {}
    for predictor, own in zip(design.predictors, centrings.predictors, strict=True):
        if own is not None:
            common = common_draws(draws, design, predictor.parameter) @ np.linalg.inv(own.matrix).T
            names = coefficient_names(predictor)
            found |= {name: common[:, :, k] for k, name in enumerate(names)}
    for index, (block, centring) in enumerate(zip(design.blocks, centrings.blocks, strict=True)):
        if centring is None:
            continue
        inverse = np.linalg.inv(centring.matrix)
        name = str(corr_name(design.blocks, index))
        matrices = correlation_draws(draws, design, index)
        sd, corr = moved_covariance(sd_draws(draws, block), matrices, inverse)
        rows, columns = np.array(correlation_pairs(block)).T
        found |= {own: sd[:, :, k] for k, own in enumerate(sd_names(block))}
        found[name] = corr[..., rows, columns]
        if effects:
            own = np.stack([named_draws(draws, n) for n in effect_names(block)], axis=2)
            own = _moved_effects(own, inverse)
            found |= {n: own[:, :, k] for k, n in enumerate(effect_names(block))}
    changed = {stored_name(name): values for name, values in found.items()}
    arrays = draws if isinstance(draws, DrawnArrays) else arrays_of(draws)
    posterior = arrays.with_posterior(changed)
    return posterior if arrays is draws else posterior.tree
