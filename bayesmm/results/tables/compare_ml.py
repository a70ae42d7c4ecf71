"""Posterior and maximum likelihood in one table, with the reason where they differ."""

import numpy as np
import pandas as pd

from bayesmm.errors import UnsupportedModelError
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.tables.beside_ml import auxiliary_beside_ml, fixef_beside_ml, varcorr_beside_ml
from bayesmm.results.tables.differences import PosteriorAndML, reasons_of_difference
from bayesmm.results.tables.varcorr import RESIDUAL

__all__ = ["compare_ml"]


def compare_ml(fit: FitRecord) -> ResultTable:
    """Compare the posterior with the (restricted) maximum-likelihood estimate.

    Parameters
    ----------
    fit : Fit
        A fitted model.

    Returns
    -------
    ResultTable
        One row per common effect, then per sd, correlation and the residual sd, then per further
        parameter of the family. Columns ``kind`` (``fixed``, ``sd``, ``corr``, ``residual``,
        ``auxiliary``); ``grp``, ``var1``, ``var2`` (a common effect and a further parameter have
        only ``var1``); ``mean``, ``sd`` of the posterior; ``estimate``, ``se``
        (common effects only) of ML; ``difference`` = (mean - estimate) / sd; ``note``: a
        sentence for each reason that the numbers give for a difference, see
        `bayesmm.results.tables.differences`.

    Raises
    ------
    UnsupportedModelError
        When there is no maximum-likelihood fit of this model.
    """
    if fit.ml is None:
        raise UnsupportedModelError(f"Nothing to compare with: {fit.ml_note}")
    parts = [_common(fit), _components(fit), _further(fit)]
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    rows["difference"] = (rows["mean"] - rows["estimate"]) / rows["sd"]
    comparisons = (PosteriorAndML(**row) for row in rows.to_dict("records"))
    table = rows.assign(note=[reasons_of_difference(fit, comparison) for comparison in comparisons])
    kind = "REML" if fit.ml.reml else "ML"
    plain = pd.DataFrame(table.drop(columns=["median", "rhat"]))
    result = result_table(plain, f"Posterior and {kind}")
    result.attrs["estimate"] = kind
    return result


_COLUMNS = (
    "kind", "grp", "var1", "var2", "mean", "median", "sd", "rhat", "estimate", "se",
)  # fmt: skip


def _common(fit: FitRecord) -> pd.DataFrame:
    table = fixef_beside_ml(fit).rename(
        columns={"term": "var1", "ml_estimate": "estimate", "ml_se": "se"}
    )
    missing = np.full(len(table), None, dtype=object)
    return table.assign(kind="fixed", grp=missing, var2=missing)[list(_COLUMNS)]


def _components(fit: FitRecord) -> pd.DataFrame:
    table = varcorr_beside_ml(fit).rename(columns={"sdcor": "mean", "ml": "estimate"})
    kind = np.where(table["var2"].notna(), "corr", "sd")
    kind = np.where(table["grp"] == RESIDUAL, "residual", kind)
    return table.assign(kind=kind, se=float("nan"))[list(_COLUMNS)]


def _further(fit: FitRecord) -> pd.DataFrame:
    table = auxiliary_beside_ml(fit).rename(columns={"term": "var1", "ml": "estimate"})
    missing = np.full(len(table), None, dtype=object)
    nan = float("nan")
    return table.assign(kind="auxiliary", grp=missing, var2=missing, se=nan)[list(_COLUMNS)]
