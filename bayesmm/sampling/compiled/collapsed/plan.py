"""Which effects of a Gaussian model are integrated out, and how."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Block, Design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Priors

__all__ = ["Factor", "Plan", "make_plan", "plan_problem"]

# A coefficient with such a prior is normal given its precision, which is sampled in its place.
COEFFICIENT_PRIORS = frozenset({"Normal", "Flat", "StudentT", "Cauchy", "Laplace"})

# Widest dense block: the cost of its factorization grows with the cube of the width.
MAX_DENSE_WIDTH = 300


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One grouping factor with the effects of all its blocks.

    Attributes
    ----------
    name : str
        Name of the factor.
    blocks : tuple of int
        Its blocks, as positions in ``Design.blocks``.
    first_effect : int
        Position of its first effect among the effects of the plan.
    codes : ndarray of int64, shape (n_obs,)
        Level of each row.
    n_groups : int
        Number of levels.
    Z : ndarray, shape (n_obs, q)
        Columns of the effects, block after block.
    """

    name: str
    blocks: tuple[int, ...]
    first_effect: int
    codes: NDArray[np.int64]
    n_groups: int
    Z: NDArray[np.float64]

    @property
    def n_effects(self) -> int:
        """Number of effects per level, q."""
        return self.Z.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is done with each grouping factor.

    Attributes
    ----------
    eliminated : Factor or None
        The factor whose effects are integrated out through V = sigma^2 I + Z G Z'.
    dense : tuple of Factor
        Factors whose effects are integrated out with the coefficients.
    block_effects : tuple of int
        Per block of the design, the position of its first effect among all effects: those of
        the eliminated factor first.
    """

    eliminated: Factor | None
    dense: tuple[Factor, ...]
    block_effects: tuple[int, ...]

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors in the order of their effects."""
        return ((self.eliminated,) if self.eliminated else ()) + self.dense


def plan_problem(design: Design, priors: Priors) -> str | None:
    """Return why the model's coefficients and effects cannot be integrated out, or None."""
    family = design.family
    if family.name != "gaussian" or family.link != "identity":
        return f"the {family.name} family with {family.link} link has no closed-form margin"
    for name in design.terms:
        if priors[name].distribution not in COEFFICIENT_PRIORS:
            return f"the {priors[name].distribution} prior of '{name}' is not a mixture of normals"
    for index, block in enumerate(design.blocks):
        name = corr_name(design.blocks, index)
        if name is not None and priors[name].distribution != "LKJ":
            return f"'{name}' has a {priors[name].distribution} prior instead of LKJ"
        if any(sd not in priors.of for sd in sd_names(block)):
            return f"the priors of the sds of factor '{block.factor}' are not there"
    width = sum(f.n_groups * f.n_effects for f in _merged(design.blocks)[1:])
    if width + len(design.terms) > MAX_DENSE_WIDTH:
        return f"the factors beside the largest have {width} effects together"
    return None


def make_plan(design: Design) -> Plan:
    """Return the plan: the factor with the most effects is eliminated, the others are dense."""
    merged = _merged(design.blocks)
    factors, positions, first = [], [0] * len(design.blocks), 0
    for factor in merged:
        position = first
        for index in factor.blocks:
            positions[index] = position
            position += design.blocks[index].n_effects
        factors.append(
            Factor(factor.name, factor.blocks, first, factor.codes, factor.n_groups, factor.Z)
        )
        first = position
    return Plan(
        eliminated=factors[0] if factors else None,
        dense=tuple(factors[1:]),
        block_effects=tuple(positions),
    )


def _merged(blocks: tuple[Block, ...]) -> list[Factor]:
    """Return the factors, blocks on the same factor joined, the one with most effects first."""
    members: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        members.setdefault(block.factor, []).append(index)
    factors = [
        Factor(
            name=name,
            blocks=tuple(indices),
            first_effect=0,
            codes=blocks[indices[0]].codes,
            n_groups=blocks[indices[0]].n_groups,
            Z=np.ascontiguousarray(np.hstack([blocks[i].Z for i in indices])),
        )
        for name, indices in members.items()
    ]
    return sorted(factors, key=lambda f: -f.n_groups * f.n_effects)
