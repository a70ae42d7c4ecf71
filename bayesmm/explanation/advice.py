"""Advice before sampling: a registry of checks of a model against its data.

Each check is a pure function of the evidence and yields sentences that hold the numbers they
rest on; a check that finds nothing yields nothing. No check changes the model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bayesmm.explanation import extreme_checks, group_checks, predictor_checks, response_checks
from bayesmm.explanation.evidence import Evidence
from bayesmm.model.parameter_design import design_of_parameter
from bayesmm.model.predictor import MEAN

__all__ = ["CHECKS", "Advice", "advise"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing worth a look."""

    check: str  # name of the check, a key of `CHECKS`
    text: str  # what was found, with its numbers, and what can be done

    def __str__(self) -> str:
        """Return the text."""
        return self.text


# In the order in which a reader should think about them.
CHECKS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "fewer_rows_than_parameters": extreme_checks.fewer_rows_than_parameters,
    "far_response_value": extreme_checks.far_response_value,
    "exact_response": extreme_checks.exact_response,
    "last_digits": extreme_checks.last_digits,
    "constant_share": extreme_checks.constant_share,
    "integer_like_factor": predictor_checks.integer_like_factor,
    "far_predictor_value": predictor_checks.far_predictor_value,
    "no_intercept": predictor_checks.no_intercept,
    "constant_offset": predictor_checks.constant_offset,
    "family_note": response_checks.family_note,
    "weights_count_rows": response_checks.weights_count_rows,
    "rare_level": predictor_checks.rare_level,
    "few_events": response_checks.few_events,
    "few_observed": extreme_checks.few_observed,
    "separation_by_level": response_checks.separation_by_level,
    "separation_by_threshold": response_checks.separation_by_threshold,
    "one_trial_per_level": extreme_checks.one_trial_per_level,
    "few_groups": group_checks.few_groups,
    "constant_within_groups": group_checks.constant_within_groups,
    "missing_common_effect": group_checks.missing_common_effect,
    "slope_in_few_groups": group_checks.slope_in_few_groups,
    "zero_of_independent_slope": group_checks.zero_of_independent_slope,
    "independent_factor_effects": group_checks.independent_factor_effects,
    "zero_far_from_data": group_checks.zero_far_from_data,
}

_OF_GROUPS = {
    name: CHECKS[name] for name in ("few_groups", "constant_within_groups", "missing_common_effect")
}


def advise(evidence: Evidence) -> tuple[Advice, ...]:
    """Return what every check has to say, in the order of `CHECKS`.

    The checks are of one linear predictor; those of groups are made for each that has some.
    """
    design = evidence.design
    if not design.varying:
        return tuple(_advised(evidence, CHECKS))
    found = [*_advised(_of(evidence, MEAN), CHECKS)]
    for parameter in design.varying:
        own = _of(evidence, parameter)
        found += [
            Advice(one.check, f"Of {parameter}: {one.text}") for one in _advised(own, _OF_GROUPS)
        ]
        found += [
            Advice("few_rows_per_group", text)
            for text in group_checks.few_rows_per_group(own, parameter)
        ]
    return tuple(found)


def _of(evidence: Evidence, parameter: str) -> Evidence:
    return replace(evidence, design=design_of_parameter(evidence.design, parameter)[0])


def _advised(
    evidence: Evidence, checks: Mapping[str, Callable[[Evidence], Iterator[str]]]
) -> Iterator[Advice]:
    for name, check in checks.items():
        yield from (Advice(name, text) for text in check(evidence))
