"""Where each parameter is in the coordinates of the joint density."""

from dataclasses import dataclass

from bayesmm.model.design import Design
from bayesmm.model.names import prefixed

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
    names : tuple of str
        The numbers that are of no grouping factor, in their order here.
    coefficients, auxiliary : slice
        Coefficients of all linear predictors, that of mu first (each with its intercept first,
        if any), and the further parameters that are one number.
    blocks : tuple of BlockPlace
        Group effects.
    dimension : int
        Number of coordinates, d.
    """

    names: tuple[str, ...]
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
