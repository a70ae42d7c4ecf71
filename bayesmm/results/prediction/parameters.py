"""The parameters of a model without its group effects, as draws or at their ML estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.posterior import common_draws, correlation_draws, named_draws, sd_draws

if TYPE_CHECKING:
    from bayesmm.likelihood.ml_fit import MLFit

__all__ = ["Parameters", "ml_parameters", "posterior_parameters"]


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Values of the parameters; the ML estimate is one chain of one draw.

    Whatever is a function of the parameters is written once and has its ML counterpart.
    """

    # (chain, draw, p): common effects in the order of ``design.mu.terms``, the intercept at X = 0
    common: Array
    # (chain, draw, q, q): covariance matrix Sigma_k of the effects of each block
    covariances: tuple[Array, ...]
    # (chain, draw): further parameters of the family that are one number
    auxiliary: Mapping[str, Array]
    # (chain, draw, p): common effects on further parameters that vary
    further: Mapping[str, Array] = field(default_factory=dict)

    def coefficients(self, parameter: str) -> Array:
        """Return the common effects on a parameter, shape (chain, draw, p)."""
        return self.common if parameter == MEAN else self.further[parameter]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of chains, and of draws of each."""
        return self.common.shape[:2]


def posterior_parameters(
    draws: xr.DataTree, design: Design, chosen: NDArray[np.int64] | slice = slice(None)
) -> Parameters:
    """Return the draws of the parameters; `chosen` selects draws of every chain."""
    covariances = []
    for index, block in enumerate(design.blocks):
        sds = sd_draws(draws, block)[:, chosen]
        corr = correlation_draws(draws, design, index)
        matrix = np.eye(block.n_effects) if corr is None else corr[:, chosen]
        covariances.append(sds[..., :, None] * matrix * sds[..., None, :])
    return Parameters(
        common=common_draws(draws, design)[:, chosen],
        covariances=tuple(covariances),
        auxiliary={name: named_draws(draws, name)[:, chosen] for name in design.constants},
        further={name: common_draws(draws, design, name)[:, chosen] for name in design.varying},
    )


def ml_parameters(ml: "MLFit") -> Parameters:
    """Return the ML (or REML) estimates as one draw."""
    covariances = []
    for estimates in ml.blocks:
        sds = estimates.sd
        # beside a zero sd a correlation is undefined, and the covariance zero
        corr = np.eye(len(sds)) if estimates.corr is None else np.nan_to_num(estimates.corr)
        covariances.append((sds[:, None] * corr * sds[None, :])[None, None])
    return Parameters(
        common=ml.estimates[None, None, :],
        covariances=tuple(covariances),
        auxiliary={name: np.full((1, 1), value) for name, value in ml.further.items()},
        further={n: p.estimates[None, None, :] for n, p in ml.further_predictors.items()},
    )
