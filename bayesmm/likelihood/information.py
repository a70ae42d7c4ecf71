"""The inverse of an information matrix, also where the data say nothing of a coefficient."""

import numpy as np

from bayesmm.arrays import Array

__all__ = ["SEPARATED", "inverse_information", "separation"]

SEPARATED = (
    "A coefficient runs off towards infinity: the data are (nearly) separated, and its estimate "
    "and standard error without meaning."
)
# A standard error, of a coefficient of a column of mean square one and on the scale of a logarithm
# or of a logit, that says that nothing is known: means differ by a factor of exp(100).
_NOTHING_KNOWN = 100.0


def inverse_information(information: Array, least: float) -> Array:
    """Return the inverse of a symmetric matrix whose eigenvalues are taken as `least` or more.

    A direction in which the likelihood is flat has an information that is zero but for rounding,
    and may be negative. Its variance is then as large as can be told; a pseudo-inverse would say
    that the coefficient is known exactly.
    """
    values, vectors = np.linalg.eigh(information)
    return (vectors / np.maximum(values, least)) @ vectors.T


def separation(covariance: Array) -> tuple[str, ...]:
    """Return a sentence when nothing is known of one of the coefficients of the orthogonal basis.

    Not when a fitted mean is near the edge of its range: with the complementary log-log link
    ordinary data have probabilities that round to 1.
    """
    spread = np.sqrt(np.diag(covariance))
    return (SEPARATED,) if spread.max(initial=0.0) > _NOTHING_KNOWN else ()
