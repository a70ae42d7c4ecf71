"""Checks of the response: what its family is taken for, and what predictors tell of it.

Where they tell successes from failures (almost) perfectly, the maximum-likelihood estimate is
infinite, or nearly so, and the prior decides how large the coefficient is [1]_.

References
----------
.. [1] Albert, A. and Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
   logistic regression models. Biometrika 71, 1-10. https://doi.org/10.1093/biomet/71.1.1
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.explanation.english import counted, number
from bayesmm.explanation.evidence import Evidence
from bayesmm.model.columns import few
from bayesmm.model.row_sums import total

__all__ = [
    "family_note",
    "few_events",
    "separation_by_level",
    "separation_by_threshold",
    "weights_count_rows",
]

# Share of the successes, and of the failures, that may be on the wrong side of a threshold.
_MISPLACED = 0.05
_FEWEST_EVENTS = 5


def family_note(evidence: Evidence) -> Iterator[str]:
    """Tell what a reader who comes from another package should know of the family and its link.

    Rule: a family whose default link is another one than that of R and Bambi: gamma with the log.
    """
    family = evidence.design.family
    if family.link in family.words.note:
        yield family.words.note[family.link]


def weights_count_rows(evidence: Evidence) -> Iterator[str]:
    """Tell that weights are no precisions outside the gaussian family.

    Rule: weights, and a family other than the gaussian.
    """
    design = evidence.design
    if design.weights is not None and not design.family.precision_weights:
        yield (
            f"The weights count rows: the log likelihood of a row is taken so many times, "
            f"{number(total(design.weights))} rows in all for the {design.n_obs:,} of the "
            "data, as in Bambi and brms. Only of the gaussian family are they precisions, "
            "sd(y) = sigma / sqrt(w)."
        )


def few_events(evidence: Evidence) -> Iterator[str]:
    """Find counts nearly all of which are zero.

    Rule: a response of whole numbers from 0 up, with some above 0 in fewer than 5 rows, and 0 in
    at least ten times as many.
    """
    y = evidence.design.y
    events = int(np.count_nonzero(y))
    whole = bool((y >= 0).all() and (y == np.floor(y)).all())
    if not whole or not 0 < events < _FEWEST_EVENTS or len(y) - events < 10 * events:
        return
    yield (
        f"{evidence.design.response} is 0 in all but {counted(events, 'row')} of {len(y):,}: the "
        "data hardly tell how its mean depends on anything, so the priors decide."
    )


def separation_by_level(evidence: Evidence) -> Iterator[str]:
    """Find levels of factors in which every trial ended alike.

    Rule: bernoulli or binomial family, and a level of a factor among the common effects whose
    successes are 0 or all of its trials.
    """
    if not _binary(evidence):
        return
    y, trials = evidence.design.y, evidence.trials
    for category, codes in evidence.categories():
        size = len(category.levels)
        successes = np.bincount(codes, weights=y, minlength=size)
        totals = np.bincount(codes, weights=trials, minlength=size)
        for outcome, alike in (("failure", successes == 0), ("success", successes == totals)):
            levels = [f"{category.levels[k]} ({int(totals[k]):,})" for k in np.flatnonzero(alike)]
            if levels:
                yield (
                    f"Every trial is a {outcome} where {category.label} is {few(levels, 8)} (the "
                    "number of trials in brackets): maximum likelihood has no finite estimate "
                    "there, so the prior decides how large the effect is."
                )


def separation_by_threshold(evidence: Evidence) -> Iterator[str]:
    """Find numbers that a threshold splits into successes and failures.

    Rule: bernoulli or binomial family, and a column of numbers with at least 95 % of the
    successes above a threshold and at least 95 % of the failures below it, or the reverse; it is
    said when this holds for all of them, the threshold itself counting for both sides.
    """
    if not _binary(evidence):
        return
    y, trials = evidence.design.y, evidence.trials
    for name, x in evidence.quantities():
        successes = _spread("successes", x, y)
        failures = _spread("failures", x, trials - y)
        for lower, higher in ((successes, failures), (failures, successes)):
            if lower.greatest <= higher.least:
                yield (
                    f"{name} separates the outcomes: all {lower.outcome} have {name} up to "
                    f"{number(lower.greatest)}, all {higher.outcome} from {number(higher.least)}. "
                    "Maximum likelihood has no finite estimate, so the prior decides how large "
                    "the effect is."
                )
            elif lower.high < higher.low:
                share = f"at least {100 * (1 - _MISPLACED):.0f} %"
                yield (
                    f"{name} almost separates the outcomes: {share} of the {lower.outcome} have "
                    f"{name} up to {number(lower.high)}, {share} of the {higher.outcome} from "
                    f"{number(higher.low)}. The likelihood hardly bounds the effect, so the prior "
                    "matters."
                )


@dataclass(frozen=True, slots=True)
class _Spread:
    """Where the values of one outcome lie: all of them, and all but 5 % at either end."""

    outcome: str
    least: float
    low: float
    high: float
    greatest: float


def _spread(outcome: str, x: Array, weights: Array) -> _Spread:
    used = weights > 0
    x, weights = x[used], weights[used]
    weighted = {} if (weights == 1).all() else {"weights": weights}  # quantiles without are faster
    tails = (0.0, _MISPLACED, 1 - _MISPLACED, 1.0)
    return _Spread(outcome, *np.quantile(x, tails, method="inverted_cdf", **weighted).tolist())


def _binary(evidence: Evidence) -> bool:
    return evidence.design.family.response in ("binary", "binomial")
