"""Posterior draws in the terms of the model, whichever engine made them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "INCOMPLETE",
    "TARGET_ASKED",
    "TARGET_TAKEN",
    "BlockDraws",
    "ParameterDraws",
    "SamplerSettings",
]

type Array = NDArray[np.float64]

# The fact that an engine took a higher ``target_accept`` than it was asked for, and which.
TARGET_TAKEN = "target_accept"
# And the one that it was asked for, which another model is asked for too.
TARGET_ASKED = "target_accept asked for"
# The fact that sampling was stopped, and what there is.
INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How to sample.

    Attributes
    ----------
    chains, draws, tune : int
        Number of chains; kept and warm-up iterations of each.
    seed : int
        Seed of the sampler; the same seed gives the same draws.
    target_accept : float
        Acceptance rate that the step size is tuned to, in (0, 1).
    max_treedepth : int
        At most 2**max_treedepth leapfrog steps per draw.
    cores : int
        Chains that run at the same time; does not change the draws.
    progress : bool
        Whether to show a progress bar.
    """

    chains: int = 4
    draws: int = 1000
    tune: int = 1000
    seed: int = 0
    target_accept: float = 0.8
    max_treedepth: int = 10
    cores: int = 1
    progress: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class BlockDraws:
    """Draws of one block of group effects (same order as ``Design.blocks``)."""

    sd: Array  # standard deviations of the effects, (chain, draw, q)
    corr: Array | None  # correlation matrices, (chain, draw, q, q), where there are any
    effects: Array  # u, deviations from the common effects, (chain, draw, q, J)


@dataclass(frozen=True, slots=True, eq=False)
class ParameterDraws:
    """Draws of every parameter of a model.

    Attributes
    ----------
    intercept : ndarray, shape (chain, draw), or None
        Common intercept at X = 0 (not of the centred design).
    beta : ndarray, shape (chain, draw, p)
        Coefficients of the columns of X.
    auxiliary : mapping of str to ndarray of shape (chain, draw)
        Further parameters of the family that are one number, on their natural scale, and the
        coefficients of those that vary by their names, intercepts at X = 0.
    blocks : tuple of BlockDraws
        Group effects.
    statistics : mapping of str to ndarray of shape (chain, draw)
        Sampler statistics under ArviZ's names: ``diverging`` (bool), ``energy``, ``n_steps``,
        ``tree_depth``, ``reached_max_treedepth`` (bool), ``step_size``, ``acceptance_rate``,
        ``lp``.
    seconds : mapping of str to float
        Wall time [s] by stage: ``compile`` (and all preparation), ``sample`` (until every draw is
        there); ``effects``, the part of ``sample`` that drew what had been integrated out.
    facts : mapping of str to object
        What the engine chose, for ``fit.diagnostics``: parameterisation per block and so on.
    """

    intercept: Array | None
    beta: Array
    auxiliary: Mapping[str, Array]
    blocks: tuple[BlockDraws, ...]
    statistics: Mapping[str, NDArray]
    seconds: Mapping[str, float]
    facts: Mapping[str, object]
