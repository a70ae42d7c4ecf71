"""Whether the group effects look like draws from a normal distribution."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.names import effect_names
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail, exceedance
from bayesmm.sampling.posterior import effect_draws, sd_draws
from bayesmm.special import ndtri

__all__ = ["EFFECT_SHAPE"]

_LEAST_GROUPS = 5


def _departure(ordered: Array, quantiles: Array) -> Array:
    """Return 1 - r of each row of ordered values with the normal quantiles."""
    centred = ordered - ordered.mean(axis=1, keepdims=True)
    r = centred @ quantiles / np.linalg.norm(quantiles)
    return 1 - r / np.maximum(np.linalg.norm(centred, axis=1), np.finfo(float).tiny)


def _find(context: CheckContext) -> list[Finding]:
    blocks = [block for block in context.design.blocks if block.n_groups >= _LEAST_GROUPS]
    tests = sum(block.n_effects for block in blocks)
    return [_one(context, block, k, tests) for block in blocks for k in range(block.n_effects)]


def _one(context: CheckContext, block: Block, k: int, tests: int) -> Finding:
    """Compare each draw of the effects with as many normal numbers.

    Draws of effects, unlike their means, are as spread as the effects: shrinkage does not make
    them look too normal more than the model itself does.
    """
    effects = effect_draws(context.fit.own_draws, block)[k][context.where]
    sd = sd_draws(context.fit.own_draws, block)[context.where][:, k]
    standard = np.sort(effects / np.maximum(sd, np.finfo(float).tiny)[:, None], axis=1)
    J = block.n_groups
    quantiles = ndtri((np.arange(1, J + 1) - 0.375) / (J + 0.25))  # Blom's
    normal = np.sort(context.generator(2).normal(size=standard.shape), axis=1)
    p = exceedance(_departure(normal, quantiles), _departure(standard, quantiles))
    lower, upper = np.quantile(standard, [0.025, 0.975], axis=0)
    band = np.quantile(normal, [0.025, 0.975], axis=0)
    table = pd.DataFrame(
        {
            "quantile": quantiles,
            "median": np.median(standard, axis=0),
            "lower": lower,
            "upper": upper,
            "normal_lower": band[0],
            "normal_upper": band[1],
        }
    )
    # an average of uniform probabilities is below p with probability 2 p at most
    verdict = by_tail(p, 2 * tests)
    words = (
        "Draws of the effects look as normal as normal numbers do."
        if verdict == FINE
        else "The effects are skewed, heavy-tailed or in clusters: look for an outlying group, "
        "a missing predictor of groups, or another scale of the response."
    )
    name = effect_names(block)[k]
    return Finding(verdict, name, "P(normal numbers are less normal)", p, words, table)


EFFECT_SHAPE = FitCheck(
    "normality of group effects",
    "1 - correlation of the ordered effects with normal quantiles, at each draw, against that "
    "of normal numbers: 2 P, times the number of effects, below .01 look, below .001 problem; from "
    "5 groups on.",
    lambda context: any(block.n_groups >= _LEAST_GROUPS for block in context.design.blocks),
    _find,
)
