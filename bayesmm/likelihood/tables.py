"""The tables of a maximum-likelihood fit, as data frames; the shapes are those of lme4."""

from itertools import combinations

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.likelihood.record import MLRecord
from bayesmm.model.names import effect_labels
from bayesmm.result_table import ResultTable, result_table
from bayesmm.special import stdtr, stdtrit
from bayesmm.wording import check_prob

__all__ = ["PROBABILITY", "coef", "fixef", "ranef", "varcorr"]

# Of all intervals; stated in the tables' attrs and in the printed header.
PROBABILITY = 0.95


def fixef(fit: MLRecord, df: Array, prob: float = PROBABILITY) -> ResultTable:
    """Return the common effects, see `MLFit.fixef`; `df` are their degrees of freedom."""
    check_prob(prob)
    estimates, se = np.array(list(fit.coefficients.values())).reshape(-1, 2).T
    half = stdtrit(df, (1 + prob) / 2) * se
    with np.errstate(divide="ignore", invalid="ignore"):  # separated data: no standard error
        statistic = estimates / se
    table = pd.DataFrame(
        {
            "term": list(fit.coefficients),
            "estimate": estimates,
            "se": se,
            "df": df,
            "statistic": statistic,
            "p_value": 2 * stdtr(df, -np.abs(statistic)),
            "lower": estimates - half,
            "upper": estimates + half,
        }
    )
    kind = "z" if fit.sigma is None else "t"
    method = "Wald" if kind == "z" or not fit.blocks else "Wald, df by Satterthwaite"
    table.attrs["statistic"] = kind
    return result_table(table, "Common effects", prob, method)


def varcorr(fit: MLRecord) -> ResultTable:
    """Return variances and covariances, see `MLFit.varcorr`."""
    rows: list[tuple[str, str | None, str | None, float, float]] = []
    for block, estimates in zip(fit.design.blocks, fit.blocks, strict=True):
        rows += [
            (block.factor, effect, None, sd**2, sd)
            for effect, sd in zip(effect_labels(block), estimates.sd, strict=True)
        ]
        if estimates.corr is not None:
            rows += [
                (
                    block.factor,
                    effect_labels(block)[i],
                    effect_labels(block)[j],
                    _covariance(estimates.sd[i], estimates.sd[j], estimates.corr[i, j]),
                    estimates.corr[i, j],
                )
                for i, j in combinations(range(block.n_effects), 2)
            ]
    sigma = fit.auxiliary.get(fit.design.family.residual_scale, fit.sigma)
    if sigma is not None:
        rows.append(("Residual", None, None, sigma**2, sigma))
    table = pd.DataFrame(rows, columns=["grp", "var1", "var2", "vcov", "sdcor"])
    types = {"grp": object, "var1": object, "var2": object, "vcov": float, "sdcor": float}
    return result_table(table.astype(types), "Standard deviations and correlations")


def ranef(fit: MLRecord) -> ResultTable:
    """Return the conditional modes of the group effects, see `MLFit.ranef`."""
    parts = [
        pd.DataFrame(
            {
                "grp": block.factor,
                "level": np.tile(np.array(block.levels, dtype=object), block.n_effects),
                "term": np.repeat(np.array(effect_labels(block), dtype=object), block.n_groups),
                "estimate": estimates.modes.ravel(),
                "se": estimates.mode_sds.ravel(),
            }
        )
        for block, estimates in zip(fit.design.blocks, fit.blocks, strict=True)
    ]
    columns = ["grp", "level", "term", "estimate", "se"]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return result_table(table, "Group effects: conditional modes")


def coef(fit: MLRecord) -> ResultTable:
    """Return the coefficients of every group, see `MLFit.coef`."""
    common = {term: estimate for term, (estimate, _) in fit.coefficients.items()}
    rows = []
    for factor, levels in fit.design.factors.items():
        members = [
            (block, estimates)
            for block, estimates in zip(fit.design.blocks, fit.blocks, strict=True)
            if block.factor == factor
        ]
        terms = dict.fromkeys([*common, *(e for block, _ in members for e in effect_labels(block))])
        for term in terms:
            values = np.full(len(levels), common.get(term, 0.0))
            for block, estimates in members:
                if term in effect_labels(block):
                    values = values + estimates.modes[effect_labels(block).index(term)]
            rows.append(
                pd.DataFrame(
                    {"grp": factor, "level": list(levels), "term": term, "estimate": values}
                )
            )
    columns = ["grp", "level", "term", "estimate"]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)
    return result_table(table, "Coefficients of each group")


def _covariance(first: float, second: float, corr: float) -> float:
    """Return the covariance; zero when a sd is zero, although the correlation is undefined."""
    return 0.0 if first == 0 or second == 0 else first * second * corr
