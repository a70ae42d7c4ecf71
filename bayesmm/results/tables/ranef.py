"""The table of the group (random) effects."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.names import effect_labels, effect_names
from bayesmm.result_table import ResultTable
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.convergence import MEASURES
from bayesmm.sampling.posterior import effect_draws, level_chunks

__all__ = ["level_frame", "level_moments", "ranef", "table_of_levels"]

_TITLE = "Group effects"


def ranef(fit: FitRecord, prob: float = PROB, *, diagnostics: bool = False) -> ResultTable:
    """Posterior of the group effects u, the deviations of each level from the common effects.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.
    diagnostics : bool
        Whether to add ``rhat``, ``ess_bulk``, ``ess_tail`` of every effect.

    Returns
    -------
    ResultTable
        Per block and effect one row per level. Columns ``grp``, ``level``, ``term``; ``mean``,
        ``sd``, ``median``, ``lower``, ``upper`` on the scale of the link; ``n_obs``: rows of
        the data in that level.

    Notes
    -----
    ``sd`` includes the uncertainty of the common effects and of the variance components, so
    it exceeds lme4's conditional standard deviation. The draws are read in chunks of levels:
    a factor of 100,000 levels needs no second copy of its draws.
    """
    frames = []
    for block in fit.design.blocks:
        names = effect_names(block)
        for name, term, draws in zip(
            names, effect_labels(block), effect_draws(fit.own_arrays, block), strict=True
        ):
            frame = level_frame(block, term, level_moments(draws, prob))
            if diagnostics:
                measures = fit.convergence[name]
                frame = frame.assign(**{m: getattr(measures, m) for m in MEASURES})
            frames.append(frame)
    return table_of_levels(frames, prob, _TITLE)


def table_of_levels(frames: Sequence[pd.DataFrame], prob: float, title: str) -> ResultTable:
    """Return the table of frames from `level_frame`, of which there may be none."""
    columns = ["grp", "level", "term", "mean", "sd", "median", "lower", "upper", "n_obs"]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    return state_interval(table, prob, title)


def level_moments(
    draws: np.ndarray, prob: float, shift: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return the moments of draws of shape (chain, draw, J), plus `shift` (chain, draw)."""
    n_draws = draws.shape[0] * draws.shape[1]

    def moments_of(part: slice) -> dict[str, np.ndarray]:
        values = draws[:, :, part]
        return moments(values if shift is None else values + shift[:, :, None], prob)

    # sorting releases the interpreter lock
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(moments_of, level_chunks(draws.shape[2], n_draws)))
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def level_frame(block: Block, term: str, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return one row per level of a block: grp, level, term, `columns`, n_obs."""
    return pd.DataFrame(
        {
            "grp": block.factor,
            "level": list(block.levels),
            "term": term,
            **columns,
            "n_obs": block.level_counts,
        }
    )
