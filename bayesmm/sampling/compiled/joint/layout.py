"""Where each parameter is in the coordinates of the joint density."""

from dataclasses import dataclass

from bayesmm.model.design import Design

__all__ = ["BlockPlace", "JointLayout", "joint_layout"]


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """Coordinates of one block of group effects.

    Attributes
    ----------
    n_effects, n_groups : int
        q and J; J = 0 when the effects have no coordinates.
    correlated : bool
        Whether there are partial correlations.
    prior : int
        Row of the prior of the first sd.
    sds, partials, effects : slice
        Coordinates of the q sds, the q (q - 1) / 2 partial correlations and the (q, J) effects.
    """

    n_effects: int
    n_groups: int
    correlated: bool
    prior: int
    sds: slice
    partials: slice
    effects: slice


@dataclass(frozen=True, slots=True)
class JointLayout:
    """Coordinates of all parameters: coefficients, auxiliary parameters, then block by block.

    Attributes
    ----------
    coefficients, auxiliary : slice
        Common coefficients (the intercept first, if any) and auxiliary parameters.
    blocks : tuple of BlockPlace
        Group effects.
    dimension : int
        Number of coordinates, d.
    """

    coefficients: slice
    auxiliary: slice
    blocks: tuple[BlockPlace, ...]
    dimension: int


def joint_layout(design: Design, integrated: frozenset[int] = frozenset()) -> JointLayout:
    """Return where the parameters of a model are.

    Parameters
    ----------
    design : Design
        The model.
    integrated : frozenset of int
        Blocks whose effects have no coordinates.
    """
    n_coefficients = len(design.mu.terms)
    at = prior = n_coefficients + len(design.family.auxiliary)
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
    return JointLayout(slice(0, n_coefficients), auxiliary, tuple(places), at)
