"""Log likelihood of groups of a gaussian model whose sigma varies, their effects integrated out.

Given log sigma the rows of a group are multivariate normal (`group_gaussian`, with precisions
1 / sigma_i^2 that differ between draws). An effect v of the groups on log sigma is integrated out
by adaptive Gauss-Hermite quadrature; effects u of mu that are correlated with it are normal given
v, u = B v + e.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.results.comparison.grouping import Grouping
from bayesmm.results.densities.group_gaussian import Level, gaussian_groups
from bayesmm.results.densities.group_levels import covariance_of_block, level_of_factor
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.results.prediction.response_parameters import Where
from bayesmm.wording import either

__all__ = ["NODES", "effect_on_scale", "groups_of_several_scales"]

NODES = 15
# Newton steps to the mode, of at most this length, by differences of this step.
_STEPS, _FARTHEST, _STEP = 8, 1.0, 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class _ScaleEffect:
    """The effect of the groups on log sigma."""

    z: Array  # (n_obs,): its column
    sd: Array  # (S,): its standard deviation in each draw
    shifts: Array  # (S, n_obs): what mu of a row moves by per unit of it: z' B


def _scaled_groups(
    residuals: Array,
    log_sigma: Array,
    weights: Array | None,
    codes: NDArray[np.int64],
    levels: list[Level],
    effect: _ScaleEffect | None,
) -> Array:
    """Return log p(y_j) of each group and draw, shape (S, J).

    `log_sigma` is that of each row without the effect, shape (S, n_obs) as the residuals; `effect`
    is what is integrated out of sigma; the rest is as in `group_gaussian.gaussian_groups`, with the
    levels given the effect.
    """
    own = np.ones(residuals.shape[1]) if weights is None else weights
    ones = np.ones(len(residuals))

    def given(eta: Array, shift: Array | float) -> Array:
        return gaussian_groups(residuals - shift, ones, own * np.exp(-2.0 * eta), codes, levels)

    if effect is None:
        return given(log_sigma, 0.0)

    def log_joint(v: Array) -> Array:
        rows = v[:, codes]
        likelihood = given(log_sigma + effect.z * rows, effect.shifts * rows)
        return likelihood - 0.5 * (v / effect.sd[:, None]) ** 2

    found = _integral(log_joint, np.repeat(effect.sd[:, None], codes.max() + 1, axis=1))
    return found - np.log(effect.sd)[:, None] - 0.5 * np.log(2.0 * np.pi)


def _integral(log_joint: Callable[[Array], Array], sd: Array) -> Array:
    """Return log int exp(log_joint(v)) dv, whose prior part has this sd."""
    mode = np.zeros_like(sd)
    for _ in range(_STEPS):
        behind, here, ahead = (log_joint(mode + h) for h in (-_STEP, 0.0, _STEP))
        curvature = np.maximum((2.0 * here - behind - ahead) / _STEP**2, 0.5 / sd**2)
        mode += np.clip((ahead - behind) / (2.0 * _STEP) / curvature, -_FARTHEST, _FARTHEST)
    spread = 1.0 / np.sqrt(curvature)
    nodes, shares = np.polynomial.hermite_e.hermegauss(NODES)
    terms = [
        log_joint(mode + node * spread) + 0.5 * node**2 + np.log(share)
        for node, share in zip(nodes, shares, strict=True)
    ]
    return np.log(spread) + np.logaddexp.reduce(terms, axis=0)


def effect_on_scale(
    design: Design, grouping: Grouping, factors: Sequence[str]
) -> tuple[int, int] | None:
    """Return block and effect on log sigma that is to be integrated out, None for none.

    Any other than one effect of the groups on the scale of a normal response is not supported.
    """
    scale = design.family.residual_scale
    found = [
        (k, a)
        for k, block in enumerate(design.blocks)
        if block.factor in factors
        for a, effect in enumerate(block.effects)
        if effect.predictor != MEAN
    ]
    known = design.family.linear and design.varying == (scale,)
    known = known and design.predictor(scale).link == "log"
    if not known or len(found) > 1:
        what = " and ".join(design.varying)
        many = f" with {len(found)} group effects" if known else ""
        raise UnsupportedModelError(
            f"The likelihood of whole groups is not known where {what}{many} "
            f"{'varies' if len(design.varying) == 1 else 'vary'} from row to row: leave rows out, "
            f"{either('fit.loo()', 'bayesmm loo')}, or compare refits."
        )
    if found and design.blocks[found[0][0]].factor != grouping.factor:
        raise UnsupportedModelError(
            f"The likelihood of whole groups of '{grouping.factor}' is not known where levels of "
            f"'{design.blocks[found[0][0]].factor}' within them have effects on {scale}: leave "
            f"rows out, {either('fit.loo()', 'bayesmm loo')}, or compare refits."
        )
    return found[0] if found else None


def groups_of_several_scales(
    design: Design,
    draws: xr.DataTree,
    where: Where,
    grouping: Grouping,
    factors: Sequence[str],
    *,
    effect: tuple[int, int] | None,
) -> Array:
    """Return the log likelihoods of a gaussian model whose sigma varies."""
    scale = design.family.residual_scale
    outside = tuple(block for block in design.blocks if block.factor not in factors)
    own = None
    levels = [level_of_factor(design, draws, where, factor, effect) for factor in factors]
    if effect is not None:
        own = _scale_effect(design, draws, where, *effect)
    return _scaled_groups(
        design.y - linear_predictor(design, draws, where, blocks=outside),
        linear_predictor(design, draws, where, scale, outside),
        design.weights,
        grouping.codes,
        [level for level in levels if level.Z.shape[1]],
        own,
    )


def _scale_effect(design: Design, draws: xr.DataTree, where: Where, k: int, a: int) -> _ScaleEffect:
    """Return an effect on log sigma as what is integrated out."""
    block, G = design.blocks[k], covariance_of_block(design, draws, where, k)
    shifts = np.zeros((len(where[0]), design.n_obs))
    for b, (effect, column) in enumerate(block.effect_columns()):
        if effect.predictor == MEAN:
            shifts += (G[b, a] / G[a, a])[:, None] * column
    return _ScaleEffect(block.columns.column(block.effects[a].column), np.sqrt(G[a, a]), shifts)
