"""The likelihood of every row at one linear predictor: what a search for a mode needs of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["AuxiliarySlopes", "ResponseRows", "RowsFunction", "auxiliary_slopes"]

type Array = NDArray[np.float64]
# eta, shape (n_obs,), and the auxiliary parameters on the real line
type RowsFunction = Callable[[Array, Array], "ResponseRows"]

# Central differences in an auxiliary parameter of unit order, with error of its square.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class ResponseRows:
    """Every row at one linear predictor; arrays of shape (n_obs,).

    Attributes
    ----------
    log_likelihood : ndarray
        Log probability of the response; -inf where it is impossible.
    score : ndarray
        Its derivative in eta.
    curvature : ndarray
        Minus its second derivative: expected (Fisher's) for the families that lme4 fits, and
        positive there; observed for other counts, where it may be negative.
    curvature_derivative : ndarray
        The derivative of `curvature`.
    observed : ndarray or None
        The observed curvature where it differs from `curvature`: links that are not canonical.
    """

    log_likelihood: Array
    score: Array
    curvature: Array
    curvature_derivative: Array
    observed: Array | None = None

    def weighted(self, weights: Array | None) -> "ResponseRows":
        """Return the rows with each counted as often as its weight says."""
        if weights is None:
            return self
        return ResponseRows(
            weights * self.log_likelihood,
            weights * self.score,
            weights * self.curvature,
            weights * self.curvature_derivative,
            None if self.observed is None else weights * self.observed,
        )


@dataclass(frozen=True, slots=True, eq=False)
class AuxiliarySlopes:
    """Derivatives of every row in one auxiliary parameter on the real line."""

    log_likelihood: Array
    score: Array
    curvature: Array


def auxiliary_slopes(rows: RowsFunction, eta: Array, real: Array) -> tuple[AuxiliarySlopes, ...]:
    """Return the derivatives of the rows in each auxiliary parameter."""
    result = []
    for shift in _STEP * np.eye(len(real)):
        ahead, behind = rows(eta, real + shift), rows(eta, real - shift)
        result.append(
            AuxiliarySlopes(
                (ahead.log_likelihood - behind.log_likelihood) / (2 * _STEP),
                (ahead.score - behind.score) / (2 * _STEP),
                (ahead.curvature - behind.curvature) / (2 * _STEP),
            )
        )
    return tuple(result)
