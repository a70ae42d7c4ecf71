"""How large a model is: rows, parameters, groups, rows per group, cells."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from bayesmm.explanation.english import counted, number
from bayesmm.formula.syntax import quoted
from bayesmm.model.block import Block
from bayesmm.model.design import Design

# Rows of a cell from where groups may lie within groups; crossed ones often have one row.
_ROWS_OF_A_CELL = 1.5
# Labels as a counter gives them: 1, 02, a, B, class1, Klasse 3.
_COUNTER = re.compile(r"([^\W\d_]*[ _.-]?\d{1,3}|[^\W\d_])")

__all__ = ["CellCount", "Counts", "GroupCount", "count_model"]


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Rows per level of one grouping factor."""

    factor: str
    n_groups: int  # J
    # rows per level
    rows_min: int
    rows_median: float
    rows_max: int
    n_single: int  # levels with one row

    def __str__(self) -> str:
        """Return ``"Subject: 18 groups, 10 rows in each"``."""
        groups = f"{self.factor}: {counted(self.n_groups, 'group')}"
        if self.rows_min == self.rows_max:
            return f"{groups}, {counted(self.rows_min, 'row')} in each"
        single = f", {self.n_single:,} of them with one row" if self.n_single else ""
        return (
            f"{groups}{single}, {self.rows_min:,} to {self.rows_max:,} rows in each "
            f"(median {number(self.rows_median)})"
        )


@dataclass(frozen=True, slots=True)
class CellCount:
    """Cells of several factors that occur, of those that could."""

    name: str  # ``"batch:sample"`` for one grouping, ``"plate × sample"`` for two
    # combinations of levels that have rows, and all
    observed: int
    possible: int
    # of two groupings: ``"fully crossed"``, ``"partly crossed"``, ``"b nested in a"``
    relation: str = ""
    question: str = ""  # what to ask of groupings that are crossed as the data are written

    def __str__(self) -> str:
        """Return ``"plate × sample: 144 of 144 cells occur (fully crossed)"``."""
        said = "; ".join(part for part in (self.relation, self.question) if part)
        relation = f" ({said})" if said else ""
        cells = counted(self.possible, "possible cell")
        return f"{self.name}: {self.observed:,} of {cells} occur{relation}"


@dataclass(frozen=True, slots=True)
class Counts:
    """The size of a model."""

    # rows used, and left out because a value is missing
    n_obs: int
    n_dropped: int
    # parameters: common coefficients with the intercept, those of the family (sigma), standard
    # deviations and correlations of group effects
    n_common: int
    n_auxiliary: int
    n_sds: int
    n_correlations: int
    n_group_effects: int  # group effects, J q summed over the blocks
    groups: tuple[GroupCount, ...]  # one for each grouping factor
    # one for each grouping ``a:b``, and for each pair of groupings without a common column
    cells: tuple[CellCount, ...]

    @property
    def n_parameters(self) -> int:
        """Number of parameters, group effects left out."""
        return self.n_common + self.n_auxiliary + self.n_sds + self.n_correlations

    def __str__(self) -> str:
        """Return one line on rows and parameters, then one for each factor and its cells."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the counts as sentences."""
        rows = counted(self.n_obs, "row")
        yield rows + (f" ({self.n_dropped:,} left out)" if self.n_dropped else "")
        parts = [counted(self.n_common, "common coefficient")]
        for n, what in (
            (self.n_auxiliary, "parameter of the response"),
            (self.n_sds, "group sd"),
            (self.n_correlations, "correlation"),
        ):
            plural = "parameters of the response" if "response" in what else None
            parts += [counted(n, what, plural)] if n else []
        yield f"{counted(self.n_parameters, 'parameter')}: {', '.join(parts)}"
        if self.groups:
            yield counted(self.n_group_effects, "group effect")
        yield from map(str, self.groups)
        yield from map(str, self.cells)


def count_model(design: Design, columns: Mapping[str, pd.Series]) -> Counts:
    """Return the size of a model.

    `columns` are those of the groupings ``a:b``, in the rows used.
    """
    by_factor = {block.factor: block for block in design.blocks}
    return Counts(
        n_obs=design.n_obs,
        n_dropped=design.n_dropped,
        n_common=sum(len(own.terms) for own in design.linear_predictors),
        n_auxiliary=len(design.constants),
        n_sds=sum(b.n_effects for b in design.blocks),
        n_correlations=sum(
            b.n_effects * (b.n_effects - 1) // 2 for b in design.blocks if b.covariance.correlated
        ),
        n_group_effects=sum(b.n_groups * b.n_effects for b in design.blocks),
        groups=tuple(_count_rows(block) for block in by_factor.values()),
        cells=tuple(_count_cells(design, by_factor, columns)),
    )


def _count_rows(block: Block) -> GroupCount:
    rows = block.level_counts
    return GroupCount(
        factor=block.factor,
        n_groups=block.n_groups,
        rows_min=int(rows.min()),
        rows_median=float(np.median(rows)),
        rows_max=int(rows.max()),
        n_single=int(np.count_nonzero(rows == 1)),
    )


def _count_cells(
    design: Design, by_factor: Mapping[str, Block], columns: Mapping[str, pd.Series]
) -> Iterator[CellCount]:
    parts = {
        group.factor: tuple(column.value for column in group.columns)
        for group in design.encoder.formulas.groups
    }
    for factor, names in parts.items():
        if len(names) > 1:
            possible = prod(int(columns[name].nunique()) for name in names)
            yield CellCount(factor, by_factor[factor].n_groups, possible)
    for first, second in combinations(by_factor.values(), 2):
        a, b = set(parts[first.factor]), set(parts[second.factor])
        if not (a <= b or b <= a):  # a:b is nested in a by its name
            yield _count_pair(first, second)


def _count_pair(first: Block, second: Block) -> CellCount:
    """Return the cells of two groupings; one is nested when each of its levels has one cell."""
    observed = len(pd.unique(first.columns.codes * second.n_groups + second.columns.codes))
    possible = first.n_groups * second.n_groups
    relation = "partly crossed"
    if observed == possible:
        relation = "fully crossed"
    elif observed == second.n_groups:
        relation = f"{second.factor} nested in {first.factor}"
    elif observed == first.n_groups:
        relation = f"{first.factor} nested in {second.factor}"
    question = ""
    if "crossed" in relation and len(first.columns.codes) > _ROWS_OF_A_CELL * observed:
        question = _nested_question(*sorted((first, second), key=lambda block: -block.n_groups))
    return CellCount(f"{first.factor} × {second.factor}", observed, possible, relation, question)


def _nested_question(outer: Block, inner: Block) -> str:
    """Return the question whether labels that look like those of a counter are used again.

    Class 1 of one school and class 1 of another are two classes, and the data do not say so.
    """
    if not all(map(_COUNTER.fullmatch, inner.levels)):
        return ""
    label, nesting = inner.levels[0], f"{quoted(outer.factor)}/{quoted(inner.factor)}"
    return (
        f"if {inner.factor} {label} of one {outer.factor} is not {inner.factor} {label} of "
        f"another, they are nested: write {nesting}"
    )
