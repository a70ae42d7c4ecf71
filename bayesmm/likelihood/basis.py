"""An orthogonal basis of the common effects: the fits do not depend on units or on where x = 0."""

from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.model.predictor import Predictor

__all__ = ["Basis", "orthogonal_basis"]

# A column is a combination of the others when less than this part of its length is its own.
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """Orthogonal columns Q with the span of X: X beta = Q gamma, beta = inverse gamma.

    Attributes
    ----------
    Q : ndarray, shape (n_obs, p)
        Orthogonal columns of mean square one; the first is constant if there is an intercept.
    inverse : ndarray, shape (p, p)
        Inverse of R in X = Q R.
    log_det : float
        log |det R|, by which the REML criterion differs between the two bases.
    """

    Q: Array
    inverse: Array
    log_det: float

    def coefficients(self, gamma: Array) -> Array:
        """Return beta, shape (p,), of the design columns."""
        return self.inverse @ gamma

    def covariance(self, covariance: Array) -> Array:
        """Return the covariance matrix of beta from that of gamma, shape (p, p)."""
        result = self.inverse @ covariance @ self.inverse.T
        return (result + result.T) / 2


def orthogonal_basis(predictor: Predictor) -> Basis:
    """Return an orthogonal basis of the common effects of a predictor.

    A column that is a linear combination of the others, and more columns than rows, are a
    `DataError`.
    """
    X = predictor.matrix
    n, p = X.shape
    if p == 0:
        return Basis(X, np.empty((0, 0)), 0.0)
    if p > n:
        raise DataError(f"The model has {p} common effects but only {n} rows; leave some out.")
    length = np.linalg.norm(X, axis=0)
    scaled = X / np.where(length > 0, length, 1.0)
    Q, R = np.linalg.qr(scaled)
    own = np.abs(np.diag(R))  # part of a column that the earlier ones do not explain
    if own.min() < _RANK_TOLERANCE:
        guilty = [
            name for name, part in zip(predictor.terms, own, strict=True) if part < _RANK_TOLERANCE
        ]
        raise DataError(
            f"The common effects cannot be told apart: {', '.join(guilty)} is a linear "
            "combination of the terms before it. Leave it out of the formula."
        )
    root = np.sqrt(n)
    R = R * length / root
    return Basis(Q * root, np.linalg.inv(R), float(np.log(np.abs(np.diag(R))).sum()))
