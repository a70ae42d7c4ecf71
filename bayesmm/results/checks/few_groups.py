"""Whether there are enough groups to tell their spread."""

import pandas as pd

from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, NOTE, Finding, FitCheck

__all__ = ["FEW_GROUPS"]

_ENOUGH = 10


def _find(context: CheckContext) -> list[Finding]:
    return [_one(factor, len(levels)) for factor, levels in context.design.factors.items()]


def _one(factor: str, n_groups: int) -> Finding:
    verdict = FINE if n_groups >= _ENOUGH else NOTE
    words = f"{factor} has {n_groups} levels"
    words += (
        "."
        if verdict == FINE
        else ": few to estimate a standard deviation from, so that its prior matters. Show the "
        "result under another prior, or make the factor a common effect."
    )
    table = pd.DataFrame({"factor": [factor], "n_groups": [n_groups]})
    return Finding(verdict, factor, "number of levels", float(n_groups), words, table)


FEW_GROUPS = FitCheck(
    "few groups",
    "Levels of a grouping factor: fewer than 10 note.",
    lambda context: bool(context.design.blocks),
    _find,
    test=False,
)
