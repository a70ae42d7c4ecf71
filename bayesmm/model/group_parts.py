"""Which group terms of which formulas make one block: those with one label are correlated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bayesmm.formula.formula import PredictorFormula
from bayesmm.formula.groups import GroupTerm
from bayesmm.formula.syntax import Node
from bayesmm.model.coding import CodedTerm, Variable, code_terms

__all__ = ["GroupPart", "group_parts", "lone_labels"]


@dataclass(frozen=True, slots=True)
class GroupPart:
    """What one formula says of a block of group effects."""

    predictor: str  # parameter whose linear predictor the effects are added to
    group: GroupTerm
    terms: tuple[CodedTerm, ...]  # its terms, as columns

    @property
    def width(self) -> int:
        """Number of effects of a level."""
        return sum(term.width for term in self.terms) + self.group.intercept


def group_parts(
    predictors: Mapping[str, PredictorFormula], variables: Mapping[Node, Variable]
) -> tuple[tuple[GroupPart, ...], ...]:
    """Return the parts of each block, in the order of the formulas.

    `predictors` has what is written of each parameter, mu first.
    """
    blocks: list[list[GroupPart]] = []
    shared: dict[str, list[GroupPart]] = {}
    for parameter, predictor in predictors.items():
        for group in predictor.groups:
            part = GroupPart(parameter, group, code_terms(group.terms, group.intercept, variables))
            if group.shared in shared:
                shared[group.shared].append(part)
                continue
            blocks.append([part])
            if group.shared:
                shared[group.shared] = blocks[-1]
    return tuple(map(tuple, blocks))


def lone_labels(blocks: Iterable[tuple[GroupPart, ...]]) -> Iterable[str]:
    """Yield a sentence for each label that stands in one formula only."""
    for parts in blocks:
        label = parts[0].group.shared
        if label and len(parts) == 1:
            yield (
                f"The label '{label}' stands in one formula only: the effects of "
                f"{parts[0].group.factor} are correlated with those of no other."
            )
