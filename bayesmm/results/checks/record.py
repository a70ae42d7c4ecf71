"""What a check is and what it finds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.errors import UsageError
from bayesmm.results.checks.context import CheckContext

__all__ = ["FINE", "LOOK", "PROBLEM", "VERDICTS", "Finding", "FitCheck", "by_tail", "exceedance"]

FINE, LOOK, PROBLEM = VERDICTS = ("fine", "look", "problem")

# A predictive tail probability below these is worth a look, or a problem.
_LOOK_BELOW, _PROBLEM_BELOW = 0.05, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The verdict of one check on one thing.

    Attributes
    ----------
    verdict : str
        ``"fine"``, ``"look"`` or ``"problem"``.
    about : str
        What was checked: the rows, a grouping factor, an effect.
    number : str
        What `value` is.
    value : float
        The number that the verdict is on.
    words : str
        What was found and, if need be, what to try.
    table : pandas.DataFrame
        The numbers behind a plot of the check.
    """

    verdict: str
    about: str
    number: str
    value: float
    words: str
    table: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse a word that is not a verdict."""
        if self.verdict not in VERDICTS:
            raise UsageError(f"'{self.verdict}' is not a verdict: {', '.join(VERDICTS)}.")


@dataclass(frozen=True, slots=True)
class FitCheck:
    """One question to a fit.

    Attributes
    ----------
    name : str
        Name in the table of verdicts.
    rule : str
        When the verdict is "look" or "problem", in words.
    applies : callable
        Maps a context to whether the question makes sense.
    find : callable
        Maps a context to findings.
    """

    name: str
    rule: str
    applies: Callable[[CheckContext], bool]
    find: Callable[[CheckContext], list[Finding]]


def by_tail(probability: float) -> str:
    """Return the verdict on a predictive tail probability: below .05 look, below .01 problem."""
    if probability < _PROBLEM_BELOW:
        return PROBLEM
    return LOOK if probability < _LOOK_BELOW else FINE


def exceedance(replicated: np.ndarray, observed: np.ndarray | float) -> float:
    """Return P(T_rep > T) + P(T_rep = T) / 2 over the draws."""
    return float(np.mean((replicated > observed) + (replicated == observed) / 2))
