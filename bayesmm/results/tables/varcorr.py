"""The table of standard deviations and correlations, in lme4's long form."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.model.names import corr_name, effect_labels, sd_names
from bayesmm.result_table import ResultTable
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.convergence import MEASURES, Convergence
from bayesmm.sampling.posterior import correlation_draws, correlation_pairs, named_draws, sd_draws

__all__ = ["RESIDUAL", "varcorr"]

RESIDUAL = "Residual"


def varcorr(fit: FitRecord, prob: float = PROB) -> ResultTable:
    """Posterior of the variance components, as lme4's ``as.data.frame(VarCorr(m))``.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    ResultTable
        Per block one row per standard deviation (``var2`` missing), then one per pair of
        correlated effects; the residual sd last (``grp`` = "Residual", gaussian and t only),
        where it is the same in all rows.
        Columns ``grp``, ``var1``, ``var2``; ``vcov``: posterior mean of the variance or
        covariance; ``sdcor``: posterior mean of the standard deviation or correlation; ``sd``,
        ``median``, ``lower``, ``upper``: of that standard deviation or correlation; ``rhat``,
        ``ess_bulk``, ``ess_tail``.

    Notes
    -----
    The mean of a variance is not the square of the mean sd: ``vcov`` > ``sdcor**2``.
    """
    rows = [*_block_rows(fit, prob), *_residual_row(fit, prob)]
    columns = ("grp", "var1", "var2", "vcov", "sdcor", "sd", "median", "lower", "upper", *MEASURES)
    frame = pd.DataFrame(rows, columns=columns)
    return state_interval(frame, prob, "Standard deviations and correlations")


def _row(
    key: tuple[str, str | None, str | None],
    draws: np.ndarray,
    covariance: np.ndarray,
    measures: Convergence,
    place: int,
    prob: float,
) -> dict[str, object]:
    summary = {name: float(values[0]) for name, values in moments(draws[..., None], prob).items()}
    return {
        **dict(zip(("grp", "var1", "var2"), key, strict=True)),
        "vcov": float(covariance.mean()),
        "sdcor": summary.pop("mean"),
        **summary,
        **measures.at(place),
    }


def _block_rows(fit: FitRecord, prob: float) -> Iterator[dict[str, object]]:
    for index, block in enumerate(fit.design.blocks):
        sds = sd_draws(fit.own_arrays, block)
        for k, (effect, name) in enumerate(zip(effect_labels(block), sd_names(block), strict=True)):
            sd = sds[:, :, k]
            key = (block.factor, effect, None)
            yield _row(key, sd, sd**2, fit.convergence[name], 0, prob)
        matrix = correlation_draws(fit.own_arrays, fit.design, index)
        if matrix is None:
            continue
        measures = fit.convergence[corr_name(fit.design.blocks, index)]
        for pair, (a, b) in enumerate(correlation_pairs(block)):
            correlation = matrix[:, :, a, b]
            key = (block.factor, effect_labels(block)[a], effect_labels(block)[b])
            covariance = correlation * sds[:, :, a] * sds[:, :, b]
            yield _row(key, correlation, covariance, measures, pair, prob)


def _residual_row(fit: FitRecord, prob: float) -> Iterator[dict[str, object]]:
    residual = fit.design.family.residual_scale
    if residual in fit.design.constants:
        sigma = named_draws(fit.own_arrays, residual)
        key = (RESIDUAL, None, None)
        yield _row(key, sigma, sigma**2, fit.convergence[residual], 0, prob)
