"""The results as one JSON object: plain numbers under fixed keys."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.model.frames import data_kind
from bayesmm.results.tables.beside_ml import (
    auxiliary_beside_ml,
    fixef_beside_ml,
    ranef_beside_ml,
    varcorr_beside_ml,
)
from bayesmm.results.tables.moments import PROB

__all__ = ["to_dict", "to_json"]

_FIXEF = (
    "term", "mean", "sd", "median", "lower", "upper",
    "rhat", "ess_bulk", "ess_tail", "ml_estimate", "ml_se",
)  # fmt: skip
_VARCORR = (
    "grp", "var1", "var2", "mean", "sd", "median", "lower", "upper", "rhat", "ess_bulk", "ml",
)  # fmt: skip
_AUXILIARY = (
    "term", "mean", "sd", "median", "lower", "upper", "rhat", "ess_bulk", "ess_tail", "ml",
)  # fmt: skip
_RANEF = ("grp", "level", "term", "mean", "sd", "lower", "upper", "ml")


def to_dict(fit: FitRecord, prob: float = PROB) -> dict[str, Any]:
    """Return the results of a fit as plain Python values.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the intervals.

    Returns
    -------
    dict
        Keys ``formula, family, engine, seed, n_obs, dropped_rows``, ``data_kind`` (``"simulated
        twin"``, ``"simulated data"`` or empty), ``groups`` (factor: number of levels), ``fixef``,
        ``varcorr`` (one row per sd and per correlation, residual last), ``auxiliary`` (further
        parameters of the family), ``ranef``, ``diagnostics``, ``timings`` [s], ``versions``,
        ``probability`` of the equal-tailed intervals. Missing values, and the ML values of a
        model without an ML fit, are None.
    """
    found = fit.diagnostics
    return {
        "formula": fit.formula,
        "family": fit.design.family.name,
        "engine": fit.engine,
        "seed": int(fit.settings.seed),
        "n_obs": int(fit.design.n_obs),
        "dropped_rows": int(fit.design.n_dropped),
        "data_kind": data_kind(fit.own_data),
        "groups": {factor: len(levels) for factor, levels in fit.design.factors.items()},
        "probability": prob,
        "fixef": _records(fixef_beside_ml(fit, prob), _FIXEF),
        "varcorr": _records(
            varcorr_beside_ml(fit, prob).rename(columns={"sdcor": "mean"}), _VARCORR
        ),
        "auxiliary": _records(auxiliary_beside_ml(fit, prob), _AUXILIARY),
        "ranef": _records(ranef_beside_ml(fit, prob), _RANEF),
        "diagnostics": {
            "grade": str(found.grade),
            "ok": bool(found.ok),
            "findings": [check.told for check in found.findings],
            "not_judged": [check.name for check in found.unjudged],
            "rhat_max": _plain(found.rhat_max),
            "ess_bulk_min": _plain(found.ess_bulk_min),
            "ess_tail_min": _plain(found.ess_tail_min),
            "divergences": found.divergences,
        },
        "timings": {f"{stage}_s": _plain(fit.seconds.get(stage)) for stage in _STAGES},
        "versions": dict(fit.versions),
    }


def to_json(fit: FitRecord, indent: int | None = 2, prob: float = PROB) -> str:
    """Return `to_dict` as JSON text; strict JSON, so a missing value is ``null``.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    indent : int or None
        Blanks before each level of the text; None: one line.
    prob : float
        Probability of the intervals.
    """
    return json.dumps(to_dict(fit, prob), indent=indent, allow_nan=False, ensure_ascii=False)


_STAGES = ("compile", "sample", "total")


def _records(frame: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    values = [[_plain(value) for value in frame[name].tolist()] for name in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(value: object) -> object:
    """Return a float, string or None: JSON has no NaN and no infinity."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    return number if isfinite(number) else None
