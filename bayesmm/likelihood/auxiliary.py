"""The further parameters of a family on the real line, where they are estimated."""

from collections.abc import Mapping

from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for

__all__ = ["at_bound", "ends_of_range", "limits_of", "starts_of"]


def starts_of(design: Design) -> list[float]:
    """Return where the search of each further parameter begins."""
    return [
        own.real(own.estimated.first(responses_for(design, own))) for own in design.family.further
    ]


def limits_of(design: Design) -> list[tuple[float, float]]:
    """Return the ends of the range that a search may use, of each further parameter."""
    return [own.estimated.limits(responses_for(design, own)) for own in design.family.further]


def ends_of_range(design: Design, auxiliary: Mapping[str, float]) -> dict[str, bool]:
    """Return whether each is so near the end of its range that nothing changes."""
    return {
        own.name: own.estimated.at_bound(auxiliary[own.name], responses_for(design, own))
        for own in design.family.further
        if own.name in auxiliary
    }


def at_bound(design: Design, auxiliary: Mapping[str, float]) -> tuple[str, ...]:
    """Return a sentence for each estimate at the end of its range."""
    ended = ends_of_range(design, auxiliary)
    return tuple(o.estimated.sentence for o in design.family.further if ended.get(o.name))
