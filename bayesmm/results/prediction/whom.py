"""Whose response is predicted, and what of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayesmm.sampling.limits import check_count
from bayesmm.wording import refuse_other

__all__ = ["KINDS", "WHO", "Whom", "check_prediction"]


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose response is predicted."""

    grouping: str  # what the columns of the groupings are for; see `encode_rows`
    effects: bool = False  # whether every row has the effects of its own groups
    averaged: bool = False  # whether the response is averaged over a population of groups


WHO: Mapping[str, Whom] = {
    "these groups": Whom("known", effects=True),
    "new group": Whom("new", effects=True),
    "typical group": Whom("absent"),
    "population": Whom("any", averaged=True),
}

KINDS = ("mean", "response", "link", "probability", "survival", "quantile", "restricted_mean")


def check_prediction(who: str, kind: str, seed: int) -> None:
    """Raise for an unknown `who` or `kind`, or a seed that is none."""
    for word, known, name in ((who, WHO, "who"), (kind, KINDS, "kind")):
        refuse_other(name, word, known)
    check_count("seed", seed, 0)
