"""Rows without which the posterior would be another."""

import numpy as np

from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, NOTE, Finding, FitCheck
from bayesmm.results.comparison.integrated import INTEGRATED

__all__ = ["ROW_INFLUENCE"]


def _find(context: CheckContext) -> list[Finding]:
    units = context.loo.units
    k = units["k"].to_numpy()
    worst = int(np.nanargmax(k))
    large = int(np.sum(~(k <= context.loo.good_k)))
    verdict = FINE if large == 0 else NOTE
    words = f"{large} of {len(k)} rows have k > {context.loo.good_k:.2f}"
    words += (
        "."
        if verdict == FINE
        else f"; the largest is row {units['unit'][worst]}. What the model says "
        "of such a row without it cannot be told from these draws: "
        "leave-one-out with refits samples without it. They may be "
        "unlike the others."
    )
    if integrated := int(np.sum(units["how"] == INTEGRATED)):
        words += (
            f" Of {integrated} of them k is with the effects of their group integrated out; it is "
            "too large without."
        )
    table = units[["unit", "k", "elpd"]].rename(columns={"unit": "row"})
    return [Finding(verdict, "rows", "largest Pareto k", float(k[worst]), words, table)]


ROW_INFLUENCE = FitCheck(
    "influence of rows",
    "Pareto k of leaving a row out, with the effects of its group integrated out where it is too "
    "large without: above 0.7 (less with few draws) note.",
    lambda context: True,
    _find,
    test=False,
)
