"""What a set of draws is good for, in three grades, and the limits between them.

What the grades are worth is measured: ``benchmarks/verdicts.py`` fits small models of ten
structures well and badly on purpose and holds every reported quantity against a long run; its
table, and how the limits came about, stand in ``benchmarks/README.md``.
"""

from collections.abc import Iterable
from enum import StrEnum

__all__ = [
    "BFMI_MIN",
    "DIVERGENT_SHARE",
    "ESS_LEAST",
    "ESS_PER_CHAIN",
    "RHAT_APART",
    "RHAT_MAX",
    "Grade",
    "worst_grade",
]

# ArviZ's thresholds, as Vehtari et al. (2021) and Betancourt (2016) give them: within them,
# nothing was found.
RHAT_MAX = 1.01
ESS_PER_CHAIN = 100
BFMI_MIN = 0.3

# Beyond these the numbers are not to be used. Above the first 95 % of fits were off, below the
# second 73 % (28 % between 75 and 100, 15 % between 100 and 200). The third is a convention: of 70
# fits in which divergences were all that was found, at most 5 %, none was off, and no fit with
# more of them passed all else.
RHAT_APART = 1.1
ESS_LEAST = 100
DIVERGENT_SHARE = 0.05


class Grade(StrEnum):
    """What draws are good for, the best first."""

    NO_PROBLEM = "no problem found"
    CAUTION = "usable, with caution"
    DO_NOT_USE = "do not use"


def worst_grade(grades: Iterable[Grade]) -> Grade:
    """Return the worst of some grades; of none, that nothing was found."""
    return max(grades, key=list(Grade).index, default=Grade.NO_PROBLEM)
