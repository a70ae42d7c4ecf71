"""Posterior tables with the maximum-likelihood estimate beside them: joins on the names."""

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.auxiliary import auxiliary
from bayesmm.results.tables.fixef import fixef
from bayesmm.results.tables.moments import PROB
from bayesmm.results.tables.ranef import ranef
from bayesmm.results.tables.varcorr import varcorr

__all__ = ["auxiliary_beside_ml", "fixef_beside_ml", "ranef_beside_ml", "varcorr_beside_ml"]


def fixef_beside_ml(fit: FitRecord, prob: float = PROB) -> pd.DataFrame:
    """Return `fixef` with columns ``ml_estimate`` and ``ml_se``, NaN where there is no ML fit."""
    # not from the table of ML: its degrees of freedom take time, and none is shown here
    table = fixef(fit, prob)
    known = {} if fit.ml is None else fit.ml.coefficients
    pairs = [known.get(term, (float("nan"), float("nan"))) for term in table["term"]]
    return table.assign(ml_estimate=[p[0] for p in pairs], ml_se=[p[1] for p in pairs])


def auxiliary_beside_ml(fit: FitRecord, prob: float = PROB) -> pd.DataFrame:
    """Return `auxiliary` with column ``ml``, the estimate of the parameter."""
    table = auxiliary(fit, prob)
    estimates = {} if fit.ml is None else fit.ml.auxiliary
    return table.assign(ml=[float(estimates.get(name, "nan")) for name in table["term"]])


def varcorr_beside_ml(fit: FitRecord, prob: float = PROB) -> pd.DataFrame:
    """Return `varcorr` with column ``ml``, the estimate of the sd or correlation."""
    ml = None if fit.ml is None else fit.ml.varcorr()
    return _beside(varcorr(fit, prob), ml, ("grp", "var1", "var2"), {"sdcor": "ml"})


def ranef_beside_ml(fit: FitRecord, prob: float = PROB) -> pd.DataFrame:
    """Return `ranef` with column ``ml``, the conditional mode."""
    ml = None if fit.ml is None else fit.ml.ranef()
    return _beside(ranef(fit, prob), ml, ("grp", "level", "term"), {"estimate": "ml"})


def _beside(
    table: pd.DataFrame, ml: pd.DataFrame | None, keys: tuple[str, ...], columns: dict[str, str]
) -> pd.DataFrame:
    if ml is None:
        return table.assign(**{name: float("nan") for name in columns.values()})
    # a missing name (var2 of an sd) matches a missing name, and no row changes its place
    names = list(keys)
    left = table[names].fillna("").astype(str)
    right = ml[names].fillna("").astype(str).join(ml[list(columns)].astype(float))
    joined = left.merge(right, on=names, how="left", validate="one_to_one")
    return table.assign(**{new: joined[old].to_numpy() for old, new in columns.items()})
