"""The table of coefficients per group: common effect plus group effect."""

import numpy as np

from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.names import coefficient_names, effect_labels
from bayesmm.result_table import ResultTable
from bayesmm.results.tables.moments import PROB, moments
from bayesmm.results.tables.ranef import level_frame, level_moments, table_of_levels
from bayesmm.sampling.posterior import effect_draws, named_draws

__all__ = ["coef", "common_mean"]

_TITLE = "Coefficients of each group"


def coef(fit: FitRecord, prob: float = PROB) -> ResultTable:
    """Posterior of beta + u_g for each level of each factor, summed draw by draw.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    ResultTable
        Per factor and term one row per level: every common effect (those that do not vary are
        the same in each level, as in lme4's ``coef``), those on further parameters as
        ``sigma_Days``, then the effects that vary around 0.
        Columns ``grp``, ``level``, ``term``, ``mean``, ``sd``, ``median``, ``lower``,
        ``upper``, ``n_obs``.

    Notes
    -----
    With several factors the table of one factor leaves the effects of the others at 0.
    Intervals come from the joint draws; adding up rows of `fixef` and `ranef` would not do.
    """
    frames = [
        level_frame(blocks[0], term, _sum_moments(fit, blocks, term, prob))
        for blocks in _blocks_by_factor(fit).values()
        for term in _terms(fit, blocks)
    ]
    return table_of_levels(frames, prob, _TITLE)


def common_mean(fit: FitRecord, term: str) -> float:
    """Return the posterior mean of the common effect of a term on mu, 0 without one."""
    return float(named_draws(fit.own_arrays, term).mean()) if term in fit.design.mu.terms else 0.0


def _blocks_by_factor(fit: FitRecord) -> dict[str, list[Block]]:
    grouped: dict[str, list[Block]] = {}
    for block in fit.design.blocks:
        grouped.setdefault(block.factor, []).append(block)
    return grouped


def _terms(fit: FitRecord, blocks: list[Block]) -> tuple[str, ...]:
    varying = (effect for block in blocks for effect in effect_labels(block))
    return tuple(dict.fromkeys((*_common(fit), *varying)))


def _common(fit: FitRecord) -> tuple[str, ...]:
    """Return the names of the common effects on every parameter that has some."""
    return tuple(name for p in fit.design.linear_predictors for name in coefficient_names(p))


def _sum_moments(
    fit: FitRecord, blocks: list[Block], term: str, prob: float
) -> dict[str, np.ndarray]:
    common = named_draws(fit.own_arrays, term) if term in _common(fit) else None
    for block in blocks:
        if term in effect_labels(block):
            effects = effect_draws(fit.own_arrays, block)[effect_labels(block).index(term)]
            return level_moments(effects, prob, shift=common)
    same = moments(common[:, :, None], prob)
    return {name: np.repeat(value, blocks[0].n_groups) for name, value in same.items()}
