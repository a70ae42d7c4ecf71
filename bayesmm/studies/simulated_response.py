"""Responses simulated from a maximum-likelihood fit, for its rows or those of another design."""

import numpy as np
from numpy.random import Generator

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.likelihood import MLFit
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.small_cholesky import cholesky

__all__ = ["simulate_response"]


def simulate_response(fit: MLFit, generator: Generator, design: Design | None = None) -> Array:
    """Return one response simulated from an ML fit, with new group effects: as `Design.observed`.

    `design` is the same model of other rows; default: those of the fit.
    """
    design = fit.design if design is None else design
    effects = _new_effects(fit, design, generator)
    auxiliary = {name: np.array(value) for name, value in fit.further.items()}
    for name, own in fit.further_predictors.items():
        eta = _predictor(design, name, own.estimates, effects)
        auxiliary[name] = LINKS[design.predictor(name).link].inverse(eta)
    mu = LINKS[design.family.link_of_mu].inverse(_predictor(design, MEAN, fit.estimates, effects))
    parameters = ResponseParameters.from_mean(design, mu, auxiliary)
    return design.family.drawn(generator, parameters)


def _new_effects(fit: MLFit, design: Design, generator: Generator) -> list[Array]:
    """Return new effects of every block, shape (q, J)."""
    found = []
    for block, own in zip(design.blocks, fit.blocks, strict=True):
        z = generator.normal(size=(block.n_effects, block.n_groups))
        if own.corr is not None:
            # NaN beside a zero sd: that effect is zero whatever its correlations
            known = np.where(np.isnan(own.corr), np.eye(block.n_effects), own.corr)
            z = cholesky(known) @ z
        found.append(own.sd[:, None] * z)
    return found


def _predictor(design: Design, parameter: str, beta: Array, effects: list[Array]) -> Array:
    predictor = design.predictor(parameter)
    eta = predictor.matrix @ beta + predictor.known
    for block, u in zip(design.blocks, effects, strict=True):
        own = np.array([effect.predictor == parameter for effect in block.effects])
        eta = eta + np.sum(block.columns.Z * own * u[:, block.columns.codes].T, axis=1)
    return eta
