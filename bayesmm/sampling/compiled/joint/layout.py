"""Where each parameter is in the coordinates of the joint density."""

from dataclasses import dataclass

from bayesmm.model.design import Design
from bayesmm.model.names import prefixed

__all__ = ["BlockPlace", "JointLayout", "joint_layout"]


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Coordinates of one block of group effects."""

    n_effects: int  # q
    n_groups: int  # J; 0 when the effects have no coordinates
    correlated: bool  # whether there are partial correlations
    prior: int  # row of the prior of the first sd
    sds: slice  # q of them
    partials: slice  # q (q - 1) / 2 partial correlations
    effects: slice  # (q, J)


@dataclass(frozen=True, slots=True)
class JointLayout:
    """Coordinates of all parameters: coefficients, auxiliary parameters, then block by block."""

    names: tuple[str, ...]  # the numbers that are of no grouping factor, in their order here
    coefficients: slice  # of all linear predictors, that of mu first, each with its intercept first
    auxiliary: slice  # the further parameters that are one number
    blocks: tuple[BlockPlace, ...]  # group effects
    dimension: int  # number of coordinates, d


def joint_layout(design: Design, integrated: frozenset[int] = frozenset()) -> JointLayout:
    """Return where the parameters are; effects of `integrated` blocks have no coordinates."""
    coefficients = tuple(
        prefixed(term, p.parameter) for p in design.linear_predictors for term in p.terms
    )
    n_coefficients, names = len(coefficients), (*coefficients, *design.constants)
    at = prior = len(names)
    auxiliary = slice(n_coefficients, at)
    places = []
    for k, block in enumerate(design.blocks):
        q, J = block.n_effects, 0 if k in integrated else block.n_groups
        partials = at + q
        effects = partials + (q * (q - 1) // 2 if block.covariance.correlated else 0)
        stop = effects + q * J
        places.append(
            BlockPlace(
                n_effects=q,
                n_groups=J,
                correlated=block.covariance.correlated,
                prior=prior,
                sds=slice(at, partials),
                partials=slice(partials, effects),
                effects=slice(effects, stop),
            )
        )
        at = stop
        prior += q
    return JointLayout(names, slice(0, n_coefficients), auxiliary, tuple(places), at)
