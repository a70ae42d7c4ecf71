"""Which factors are eliminated level by level, and which are in the dense border."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.bounded import has_bounds

__all__ = ["TransportPlan", "transport_cost", "transport_plan", "transport_problem"]

# Time of a gradient [us] by its parts, measured on one core of a server (benchmarks/transport.py):
# of a product in the sums over levels and in the border, of an entry of a level, of one that goes
# to a coarser level, of an entry of a level by itself; and in other coordinates of a column of a
# row, of an effect, of the rest.
_PRODUCT, _ENTRY, _COARSER, _BY_ITSELF = 0.3e-3, 1.5e-3, 2.5e-3, 1.0e-3
_CELL, _EFFECT, _REST = 0.9e-3, 8e-3, 5.0
# How much more the coordinates may cost, as a share of the gradient in others: with a narrow
# border 300 to 1,000 levels had 1.5 to 8 times the effective draws per gradient, with 30 columns
# beside 316 levels (VerbAgg) 1.6 times. Below so many microseconds a fit takes a second or two,
# and small models are those that do not mix in other coordinates. Above, levels are by themselves
# (`kernels.levels_alone`): where there are many, their sds are known well, and what follows them
# there little (grouseticks has 0.9 times the effective draws per gradient at 0.45 of its time).
_DEAREST, _SMALL = 1.5, 30.0


@dataclass(frozen=True, slots=True)
class TransportPlan:
    """How the effects are eliminated.

    The border that is rotated has the intercepts of one factor and the coefficients.
    """

    chain: tuple[int, ...]  # blocks whose levels are eliminated one by one, each nested in the next
    others: tuple[int, ...]  # blocks in the border
    border: int  # its columns: the effects of `others`, and the coefficients
    alone: bool = False  # whether what finer levels take from coarser ones and the border is frozen
    rotated: bool = False  # whether the border is `kernels.border_rotated`


def transport_plan(design: Design, *, bounded: bool = False) -> TransportPlan:
    """Return the plan of a design: the largest factor, those it is nested in, and the border.

    If priors keep coefficients on a part of the line (`bounded`), the border is not rotated.
    """
    blocks = design.blocks
    chains = [_chain(blocks, k) for k in range(len(blocks))]
    chain = max(chains, key=lambda c: sum(_size(blocks[k]) for k in c), default=())
    others = tuple(k for k in range(len(blocks)) if k not in chain)
    border = sum(_size(blocks[k]) for k in others) + _n_coefficients(design)
    plan = TransportPlan(chain, others, border)
    alone = transport_cost(design, plan) > _SMALL
    return replace(plan, alone=alone, rotated=alone and not bounded and may_rotate(design, plan))


def may_rotate(design: Design, plan: TransportPlan) -> bool:
    """Return whether the border is the intercepts, or one slope, of one factor and coefficients."""
    return len(plan.others) == 1 and design.blocks[plan.others[0]].n_effects == 1


def _n_coefficients(design: Design) -> int:
    return sum(len(predictor.terms) for predictor in design.linear_predictors)


def _size(block: Block) -> int:
    return block.n_groups * block.n_effects


def _chain(blocks: Sequence[Block], finest: int) -> tuple[int, ...]:
    """Return a block and those that it is nested in, and they in one another."""
    chain = [finest]
    for k in sorted(range(len(blocks)), key=lambda k: (-blocks[k].n_groups, -_size(blocks[k]))):
        if k != finest and _holds(blocks[k], blocks[chain[-1]]):
            chain.append(k)
    return tuple(chain)


def transport_problem(joint: JointModel) -> str | None:
    """Return why a `plain_model` is not sampled in transported coordinates, or None when it is."""
    design = joint.design
    cost = transport_cost(design, transport_plan(design, bounded=has_bounds(joint)))
    effects = sum(_size(block) for block in design.blocks)
    columns = _n_coefficients(design) + sum(block.n_effects for block in design.blocks)
    other = _REST + _EFFECT * effects + _CELL * columns * joint.data.codes.shape[1]
    if cost > max(_SMALL, _DEAREST * other):
        return f"about {cost:.0f} us per gradient, beside {other:.0f} us in other coordinates"
    return None


def transport_cost(design: Design, plan: TransportPlan) -> float:
    """Return the time [us] that the coordinates take in a gradient."""
    products, entries, coarser, width = plan.border**3, 0, 0, plan.border + 1
    after = by_itself = 0
    for k in reversed(plan.chain):
        size, q = _size(design.blocks[k]), design.blocks[k].n_effects
        coarser += size * after
        width += q
        after += q * width
        by_itself += size * (width + q**2)
        products += 0 if plan.alone else size * width**2
        entries += size * width
    if plan.rotated:
        products = plan.border**2
    if plan.alone:
        return _PRODUCT * products + _BY_ITSELF * by_itself
    return _PRODUCT * products + _ENTRY * entries + _COARSER * coarser


def _holds(outer: Block, inner: Block) -> bool:
    """Return whether every level of `inner` is in one level of `outer`."""
    return inner.n_groups >= outer.n_groups and is_constant_within(
        inner.columns.codes, outer.columns.codes
    )
