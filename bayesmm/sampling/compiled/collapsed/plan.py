"""Which effects of a Gaussian model are integrated out, and how."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.model.priors import Priors
from bayesmm.model.row_sums import extremes
from bayesmm.model.rows_in_files import beside_each_other

__all__ = ["Factor", "Plan", "dense_table", "make_plan", "merged_factors", "plan_or_reason"]

# A coefficient with such a prior is normal given its precision, which is sampled in its place.
COEFFICIENT_PRIORS = frozenset({"Normal", "Flat", "StudentT", "Cauchy", "Laplace"})

# A dense block of width w costs about w^3 x 0.1 ns per gradient and 4 leapfrogs per draw; effects
# that are sampled cost 3.5 ns per row and 15 leapfrogs. Below the first width the block always
# wins; beyond the last it takes minutes.
_ALWAYS_DENSE = 100
_MAX_DENSE = 300
_ROWS_PER_CUBE = 15 * 3.5 / (4 * 0.1)

# Columns beside a centred factor; its density takes groups side by side, for few columns.
_MAX_BESIDE_CENTRED = 40


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One grouping factor with the effects of all its blocks."""

    name: str  # as in the formula
    blocks: tuple[int, ...]  # positions in ``Design.blocks``
    first_effect: int  # position of its first effect among the effects of the plan
    codes: NDArray[np.int64]  # level of each row
    n_groups: int  # number of levels
    Z: NDArray[np.float64]  # columns of the effects, block after block, (n_obs, q)

    @property
    def n_effects(self) -> int:
        """Number of effects per level, q."""
        return self.Z.shape[1]

    @property
    def width(self) -> int:
        """Number of effects of all levels."""
        return self.n_groups * self.n_effects

    @property
    def is_intercept(self) -> bool:
        """Whether its only effect is an intercept."""
        return self.n_effects == 1 and extremes(self.Z[:, 0]) == (1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is done with each grouping factor."""

    eliminated: Factor | None  # its effects are integrated out through V = sigma^2 I + Z G Z'
    dense: tuple[Factor, ...]  # their effects are integrated out with the coefficients
    centred: Factor | None  # a further large factor whose level totals are sampled
    outer: tuple[Factor, ...]  # that `centred` is in, integrated out of the prior of its totals
    block_effects: tuple[int, ...]  # per block of the design the position of its first effect

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors in the order of their effects."""
        one = (self.eliminated,) if self.eliminated else ()
        two = (self.centred,) if self.centred else ()
        return (*one, *self.dense, *two, *self.outer)

    def of_rows(self, part: Design) -> "Plan":
        """Return the plan with the rows of a part of the design."""
        by_name = {factor.name: factor for factor in merged_factors(part.blocks)}

        def own(factor: Factor) -> Factor:
            found = by_name[factor.name]
            return replace(factor, codes=found.codes, Z=found.Z)

        return replace(
            self,
            eliminated=own(self.eliminated) if self.eliminated else None,
            dense=tuple(map(own, self.dense)),
        )


def plan_or_reason(design: Design, priors: Priors) -> Plan | str:
    """Return the plan, or why the model's coefficients and effects cannot be integrated out."""
    family = design.family
    if not family.linear:
        return f"the {family.name} family with {family.link} link has no closed-form margin"
    if design.varying:
        return f"{design.varying[0]} differs from row to row"
    for name in design.mu.terms:
        if priors[name].distribution not in COEFFICIENT_PRIORS:
            return f"the {priors[name].distribution} prior of '{name}' is not a mixture of normals"
    for index in range(len(design.blocks)):
        name = corr_name(design.blocks, index)
        if name is not None and priors[name].distribution != "LKJ":
            return f"'{name}' has a {priors[name].distribution} prior instead of LKJ"
    plan = make_plan(design)
    if plan is None or (plan.centred is not None and design.source is not None):
        wide = ", ".join(f"{f.name} ({f.width})" for f in merged_factors(design.blocks))
        return f"several factors have many effects: {wide}"
    return plan


def make_plan(design: Design, widest: int | None = None) -> Plan | None:
    """Return the plan, or None when too many effects of crossed factors would be left.

    The factor with the most effects is eliminated; the others are dense while that is cheap, or
    they have no more than the `widest` columns. Otherwise the largest of them that is a plain
    intercept is centred.
    """
    if widest is None:
        widest = max(_ALWAYS_DENSE, int((_ROWS_PER_CUBE * design.n_obs) ** (1 / 3)))
    factors = merged_factors(design.blocks)
    if not factors:
        return Plan(None, (), None, (), ())
    eliminated, rest = factors[0], factors[1:]
    p = len(design.mu.terms)
    width = p + sum(f.width for f in rest)
    if width <= widest:
        return _plan(design, eliminated, rest, None, [])
    centred = next((f for f in rest if f.is_intercept), None)
    if centred is not None:
        others = [f for f in rest if f is not centred]
        outer = [f for f in others if f.is_intercept and is_constant_within(centred.codes, f.codes)]
        dense = [f for f in others if f not in outer]
        beside = p + sum(f.width for f in dense)
        if beside <= _MAX_BESIDE_CENTRED and p + sum(f.width for f in outer) <= _MAX_DENSE:
            return _plan(design, eliminated, dense, centred, outer)
    return _plan(design, eliminated, rest, None, []) if width <= _MAX_DENSE else None


def dense_table(factors: Sequence[Factor], first_column: int) -> NDArray[np.int64]:
    """Return the table that ``dense.to_effects`` reads: where each factor's columns are."""
    rows, column = [], first_column
    for factor in factors:
        rows.append((column, factor.n_groups, factor.n_effects, factor.first_effect))
        column += factor.width
    return np.array(rows, dtype=np.int64).reshape(len(rows), 4)


def _plan(
    design: Design,
    eliminated: Factor,
    dense: list[Factor],
    centred: Factor | None,
    outer: list[Factor],
) -> Plan:
    """Return the plan with the effects numbered."""
    numbered, positions, first = [], [0] * len(design.blocks), 0
    for factor in [eliminated, *dense, *([centred] if centred else []), *outer]:
        numbered.append(replace(factor, first_effect=first))
        for index in factor.blocks:
            positions[index] = first
            first += design.blocks[index].n_effects
    at = 1 + len(dense)
    return Plan(
        eliminated=numbered[0],
        dense=tuple(numbered[1:at]),
        centred=numbered[at] if centred else None,
        outer=tuple(numbered[at + 1 :]),
        block_effects=tuple(positions),
    )


def merged_factors(blocks: tuple[Block, ...]) -> list[Factor]:
    """Return the factors, blocks on the same factor joined, the one with most effects first."""
    members: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        members.setdefault(block.factor, []).append(index)
    factors = [
        Factor(
            name=name,
            blocks=tuple(indices),
            first_effect=0,
            codes=blocks[indices[0]].columns.codes,
            n_groups=blocks[indices[0]].n_groups,
            Z=beside_each_other([blocks[i].columns.Z for i in indices]),
        )
        for name, indices in members.items()
    ]
    return sorted(factors, key=lambda f: -f.width)
