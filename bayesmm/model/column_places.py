"""Which columns of X and Z are the same, and where each is among the distinct ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bayesmm.model.coding import CodedTerm
from bayesmm.model.design import Design
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.predictor import MEAN

__all__ = ["ColumnPlaces", "column_places", "distinct_columns"]


@dataclass(frozen=True, slots=True)
class ColumnPlaces:
    """Where the columns of a design are among its distinct ones; -1 is the column of ones."""

    common: tuple[int, ...]  # of each column of X
    blocks: tuple[tuple[int, ...], ...]  # of each column of Z of every block

    @property
    def count(self) -> int:
        """Number of distinct columns, M."""
        return 1 + max((-1, *self.common, *(k for own in self.blocks for k in own)))


def column_places(design: Design) -> ColumnPlaces | None:
    """Return the places of the columns; None where sums within cells do not hold the model.

    They do for a gaussian model with an intercept, without weights and offset, whose group effects
    are on the mean.

    `design` has its rows or examples of them.
    """
    encoder, mu = design.encoder, design.mu
    if encoder is None or not (design.family.linear and design.family.precision_weights):
        return None
    elsewhere = any(e.predictor != MEAN for block in design.blocks for e in block.effects)
    if design.varying or elsewhere or design.weights is not None:
        return None
    if not mu.intercept or mu.offset is not None or design.known:
        return None
    return distinct_columns(encoder.terms[MEAN], encoder.parts)[0]


def distinct_columns(
    common: Sequence[CodedTerm], blocks: Sequence[Sequence[GroupPart]]
) -> tuple[ColumnPlaces, list[tuple[CodedTerm, int]]]:
    """Return the places of the columns of some terms, and the distinct ones in their order.

    `common` are the terms of X, `blocks` those of Z of every block.
    """
    found: dict[tuple[CodedTerm, int], int] = {}

    def of(terms: Sequence[CodedTerm], intercept: bool) -> Iterator[int]:
        if intercept:
            yield -1
        for term in terms:
            yield from (found.setdefault((term, k), len(found)) for k in range(term.width))

    places = ColumnPlaces(
        tuple(of(common, intercept=False)),
        tuple(
            tuple(k for part in parts for k in of(part.terms, part.group.intercept))
            for parts in blocks
        ),
    )
    return places, list(found)
