"""How two means are compared: differences and ratios, each with the responses that have it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import UsageError, suggestion
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.results.prediction.response_mean import mean_is_inverse_link
from bayesmm.special import logit
from bayesmm.wording import option

__all__ = ["MEASURES", "InfiniteMeanError", "Measure", "measure_of", "refuse_undefined"]

_PROBABILITIES = ("binary", "binomial")


@dataclass(frozen=True, slots=True)
class Measure:
    """A comparison of means m: a difference of h(m), or of a ratio its exp."""

    name: str  # as ``scale=`` names it
    scale: str = "response"  # of which predictions the means are taken
    # whether it is exp of the difference; 1 then says that the means are alike, not 0
    is_ratio: bool = False
    # h and dh / dm
    forward: Callable[[Array], Array] = np.asarray
    derivative: Callable[[Array], Array] = np.ones_like
    # the link of which h is the inverse: there the difference is one of linear predictors
    link: str = ""
    responses: tuple[str, ...] = ()  # kinds of response that have it; empty for all

    @property
    def sign(self) -> str:
        """What stands between the names of two levels."""
        return " / " if self.is_ratio else " - "

    @property
    def probability(self) -> str:
        """The name of the column of the probability that the first mean is larger."""
        return "prob_above_1" if self.is_ratio else "prob_positive"

    def back(self, difference: Array) -> Array:
        """Return the comparison for a difference of h."""
        return np.exp(difference) if self.is_ratio else difference

    def in_words(self, means: str) -> str:
        """Return what the comparison is, of `means` in words."""
        return f"{self.name if self.is_ratio else 'difference'} of {means}"

    def on_link_scale(self, family: Family) -> bool:
        """Return whether the difference is one of linear predictors, so that beta says it."""
        return self.scale == "link" or (self.link == family.link and mean_is_inverse_link(family))


def _ratio(name: str, *responses: str) -> Measure:
    return Measure(name, "response", True, np.log, np.reciprocal, "log", responses)


MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("link", "link"),
        Measure("response"),
        Measure("probability", responses=("ordered", "unordered", "multinomial")),
        Measure("risk difference", responses=_PROBABILITIES),
        _ratio("risk ratio", *_PROBABILITIES),
        Measure(
            "odds ratio", "response", True, logit, lambda m: 1 / (m * (1 - m)), "logit",
            (*_PROBABILITIES, "proportion"),
        ),
        _ratio("rate ratio", "count"),
        _ratio("ratio of means", "count", "positive", "proportion"),
    )
}  # fmt: skip

_KINDS = {
    "real": "a response that can be negative",
    "binary": "a probability",
    "binomial": "a probability",
    "count": "counts",
    "positive": "a positive response",
    "proportion": "a proportion",
    "ordered": "ordered categories",
    "unordered": "categories",
    "multinomial": "counts of categories",
}


def measure_of(fit: FitRecord, scale: str) -> Measure:
    """Return the comparison that `scale` names, of a model that has it."""
    response = fit.design.family.response
    possible = [name for name, m in MEASURES.items() if not m.responses or response in m.responses]
    if scale not in MEASURES:
        raise UsageError(f"scale is {scale!r}. {suggestion(scale, possible, label='Possible')}")
    if scale not in possible:
        raise UsageError(
            f"There is no {scale} of {_KINDS[response]} (family {fit.design.family.name}). "
            f"Possible: {', '.join(possible)}."
        )
    return MEASURES[scale]


class InfiniteMeanError(UsageError):
    """A mean response that is asked for is infinite in some draws."""


def refuse_undefined(draws: Array) -> None:
    """Raise where a difference is of two infinite means, as log-logistic responses may have.

    `draws` are differences, shape (chain, draw, ...), NaN where there is none; the message says in
    how many draws.
    """
    undefined = np.isnan(draws).reshape(*draws.shape[:2], -1).any(axis=-1)
    if undefined.any():
        raise InfiniteMeanError(
            f"In {undefined.sum():,} of {undefined.size:,} draws the means that are compared are "
            "infinite on the scale of the comparison, so that they have no difference. Compare "
            f"linear predictors: {option('scale', 'link')}."
        )
