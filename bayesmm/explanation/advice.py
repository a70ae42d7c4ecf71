"""Advice before sampling: a registry of checks of a model against its data.

Each check is a pure function of the evidence and yields sentences that hold the numbers they
rest on; a check that finds nothing yields nothing. No check changes the model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bayesmm.explanation import (
    family_checks,
    group_checks,
    predictor_checks,
    response_checks,
)
from bayesmm.explanation.evidence import Evidence

__all__ = ["CHECKS", "Advice", "advise"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing worth a look.

    Attributes
    ----------
    check : str
        Name of the check, a key of `CHECKS`.
    text : str
        What was found, with its numbers, and what can be done.
    """

    check: str
    text: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text


# In the order in which a reader should think about them.
CHECKS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "integer_like_factor": predictor_checks.integer_like_factor,
    "no_intercept": predictor_checks.no_intercept,
    "constant_offset": predictor_checks.constant_offset,
    "family_note": family_checks.family_note,
    "weights_count_rows": family_checks.weights_count_rows,
    "rare_level": predictor_checks.rare_level,
    "separation_by_level": response_checks.separation_by_level,
    "separation_by_threshold": response_checks.separation_by_threshold,
    "few_groups": group_checks.few_groups,
    "constant_within_groups": group_checks.constant_within_groups,
    "missing_common_effect": group_checks.missing_common_effect,
    "slope_in_few_groups": group_checks.slope_in_few_groups,
    "zero_of_independent_slope": group_checks.zero_of_independent_slope,
    "independent_factor_effects": group_checks.independent_factor_effects,
    "zero_far_from_data": group_checks.zero_far_from_data,
}


def advise(evidence: Evidence) -> tuple[Advice, ...]:
    """Return what every check has to say, in the order of `CHECKS`."""
    return tuple(Advice(name, text) for name, check in CHECKS.items() for text in check(evidence))
