"""The parameters of the response in every row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["ResponseParameters"]

type Array = NDArray[np.float64]


class _Rows(Protocol):
    """What a design says of its rows here."""

    trials: Array | None
    weights: Array | None


@dataclass(frozen=True, slots=True, eq=False)
class ResponseParameters:
    """Parameters of the response in every row.

    All arrays broadcast, usually (draw, 1) for the further parameters against (draw, n_obs) for mu.

    Attributes
    ----------
    mu : ndarray, shape (..., n_obs)
        Inverse link of the linear predictor: the mean; probability of success for bernoulli and
        binomial; mean of the underlying counts for the zero-inflated and hurdle families.
    auxiliary : mapping of str to ndarray
        Further parameters of the family, broadcastable against `mu`.
    trials, weights : ndarray of shape (n_obs,), or None
        As in `Design`.
    """

    mu: Array
    auxiliary: Mapping[str, Array]
    trials: Array | None = None
    weights: Array | None = None

    @classmethod
    def from_mean(
        cls, design: _Rows, mu: Array, auxiliary: Mapping[str, Array]
    ) -> "ResponseParameters":
        """Return the parameters with the trials and weights of a design."""
        return cls(mu, auxiliary, design.trials, design.weights)

    @property
    def scale(self) -> Array:
        """Residual sd of each row, sigma / sqrt(w), where weights are precisions."""
        sigma = self.auxiliary["sigma"]
        return sigma if self.weights is None else sigma / np.sqrt(self.weights)
