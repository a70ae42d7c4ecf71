"""The parameters of the response in every row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array

__all__ = ["Known", "ResponseParameters", "known_of_rows"]

# Known numbers of the rows beside the response, by name: ``{"trials": n}``.
type Known = Mapping[str, Array]


class _Rows(Protocol):
    """What a design says of its rows here."""

    known: Known
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
    known : mapping of str to ndarray of shape (n_obs,)
        Known numbers of the rows, as in `Design`.
    weights : ndarray of shape (n_obs,), or None
        As in `Design`.
    """

    mu: Array
    auxiliary: Mapping[str, Array]
    known: Known = field(default_factory=dict)
    weights: Array | None = None

    @classmethod
    def from_mean(
        cls, design: _Rows, mu: Array, auxiliary: Mapping[str, Array]
    ) -> "ResponseParameters":
        """Return the parameters with the known numbers and weights of a design."""
        return cls(mu, auxiliary, design.known, design.weights)

    @property
    def trials(self) -> Array | None:
        """Number of trials of each row; None for a response that is no number of successes."""
        return self.known.get("trials")

    @property
    def scale(self) -> Array:
        """Residual sd of each row, sigma / sqrt(w), where weights are precisions."""
        sigma = self.auxiliary["sigma"]
        return sigma if self.weights is None else sigma / np.sqrt(self.weights)


def known_of_rows(known: Known, rows: NDArray[np.int64] | slice) -> Known:
    """Return the known numbers of some rows."""
    return {name: np.ascontiguousarray(values[rows]) for name, values in known.items()}
