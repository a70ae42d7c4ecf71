"""What a check is and what it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.errors import UsageError
from bayesmm.results.checks.context import CheckContext

__all__ = [
    "FALSE_ALARMS",
    "FINE",
    "LOOK",
    "NOTE",
    "PROBLEM",
    "VERDICTS",
    "Finding",
    "FitCheck",
    "by_tail",
    "exceedance",
]

# From the mildest: a note is about the data, the prior or the computation and is no sign that the
# model is wrong; the other two are, at the rates below.
FINE, NOTE, LOOK, PROBLEM = VERDICTS = ("fine", "note", "look", "problem")

# Of models that hold, so many are said to be worth a look or worse, or a problem, by each check.
FALSE_ALARMS: Mapping[str, float] = {LOOK: 0.01, PROBLEM: 0.001}


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """The verdict of one check on one thing."""

    verdict: str  # ``"fine"``, ``"note"``, ``"look"`` or ``"problem"``
    about: str  # what was checked: the rows, a grouping factor, an effect
    number: str  # what `value` is
    value: float  # the number that the verdict is on
    words: str  # what was found and, if need be, what to try
    table: pd.DataFrame  # the numbers behind a plot of the check

    def __post_init__(self) -> None:
        """Refuse a word that is not a verdict."""
        if self.verdict not in VERDICTS:
            raise UsageError(f"'{self.verdict}' is not a verdict: {', '.join(VERDICTS)}.")

    @property
    def severity(self) -> int:
        """The place of the verdict among `VERDICTS`: 0 fine, 1 note, 2 look, 3 problem."""
        return VERDICTS.index(self.verdict)


@dataclass(frozen=True, slots=True)
class FitCheck:
    """One question to a fit."""

    name: str  # name in the table of verdicts
    rule: str  # what is computed, and when the verdict is another than "fine", in words
    applies: Callable[[CheckContext], bool]  # maps a context to whether the question makes sense
    find: Callable[[CheckContext], list[Finding]]  # maps a context to findings
    # whether it tests the model, at the rates `FALSE_ALARMS`; else its verdicts are notes
    test: bool = True
    # whether it compares rows with replicated ones, which of a response that is known by bounds
    # only, or seen within bounds only, are not alike
    replicates: bool = False


def by_tail(probability: float, tests: int = 1) -> str:
    """Return the verdict on the least tail probability of several tests: Bonferroni's bound."""
    if probability * tests < FALSE_ALARMS[PROBLEM]:
        return PROBLEM
    return LOOK if probability * tests < FALSE_ALARMS[LOOK] else FINE


def exceedance(replicated: np.ndarray, observed: np.ndarray | float) -> float:
    """Return P(T_rep > T) + P(T_rep = T) / 2 over the draws."""
    return float(np.mean((replicated > observed) + (replicated == observed) / 2))
