"""The multilevel estimate of a group mean as a weighted mean: Gelman and Hill, equation 12.1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesmm.errors import UsageError

__all__ = ["multilevel_mean"]


def multilevel_mean(
    n: ArrayLike,
    y_group: ArrayLike,
    y_all: ArrayLike,
    sigma_y: ArrayLike,
    sigma_alpha: ArrayLike,
    *,
    beta: ArrayLike = 0.0,
    x_group: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return the partially pooled mean of a group for known variances.

    alpha_j = w (y_group - beta x_group) + (1 - w) y_all, where
    w = (n / sigma_y^2) / (n / sigma_y^2 + 1 / sigma_alpha^2). Without rows in the group (n = 0)
    it is y_all; as n goes to infinity it is y_group - beta x_group.

    Parameters
    ----------
    n : array_like
        Rows in the group, 0 to infinity; all arguments broadcast.
    y_group, y_all : array_like
        Mean of the group, and over all groups. With a predictor, `y_all` is mu_alpha, the mean
        of the intercepts.
    sigma_y : array_like
        Sd within groups, positive.
    sigma_alpha : array_like
        Sd of the group means, or of the intercepts, 0 to infinity: complete to no pooling.
    beta : array_like
        Slope of a predictor (12.4 of the book).
    x_group : array_like
        Mean of the predictor in the group.

    Returns
    -------
    ndarray
        In the units of `y_group`.

    Raises
    ------
    UsageError
        For a negative `n` or `sigma_alpha`, or a `sigma_y` that is not positive.

    References
    ----------
    Gelman and Hill (2006), Data Analysis Using Regression and Multilevel/Hierarchical Models,
    chapter 12, doi:10.1017/CBO9780511790942
    """
    n, sigma_y, sigma_alpha = (np.asarray(v, dtype=float) for v in (n, sigma_y, sigma_alpha))
    for name, value, possible in (
        ("n", n, n >= 0),
        ("sigma_y", sigma_y, sigma_y > 0),
        ("sigma_alpha", sigma_alpha, sigma_alpha >= 0),
    ):
        if not np.all(possible):
            least = "positive" if name == "sigma_y" else "at least 0"
            raise UsageError(f"{name} must be {least}, got {np.min(value):g}.")
    with np.errstate(divide="ignore", invalid="ignore"):
        # sigma_y^2 / (n sigma_alpha^2): 0 without limit on n, infinite without rows or spread
        ratio = np.where((n == 0) | (sigma_alpha == 0), np.inf, (sigma_y / sigma_alpha) ** 2 / n)
    weight = 1 / (1 + ratio)
    own = np.asarray(y_group, dtype=float) - np.asarray(beta, float) * np.asarray(x_group, float)
    y_all = np.asarray(y_all, dtype=float)
    # what has no weight may be missing: the mean of a group without rows
    return np.where(weight == 0, y_all, weight * own + (1 - weight) * y_all)[()]
