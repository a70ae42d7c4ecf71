"""A linear predictor: what one parameter of the response is, in every row, on its link."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.record import Family
from bayesmm.model.row_sums import column_means

__all__ = ["MEAN", "Predictor", "with_constants"]

# The parameter that the formula of a response is of.
MEAN = "mu"


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """The common part of one linear predictor: eta = b0 + X beta + offset.

    Group effects are added to it by the blocks whose effects name it.

    Attributes
    ----------
    parameter : str
        Parameter of the family that it is of, ``"mu"`` or ``"sigma"``.
    link : str
        Link g, with g(parameter) = eta.
    intercept : bool
        Whether there is a common intercept b0.
    X : ndarray of float64, shape (n_obs, p), C order
        Columns of the common effects without the intercept, uncentred.
    names : tuple of str
        Names of the p columns, as in the formula: ``"Days"``, ``"treat[ozone]"``.
    offset : ndarray of float64, shape (n_obs,), or None
        Known part.
    grouped : bool
        Whether group effects are added to it.
    thresholds : bool
        Whether thresholds of the response take the place of a common intercept.
    always : bool
        Whether it is a linear predictor however little it has, see `Parameter.always`.
    means : ndarray, shape (p,), or None
        Means of the columns in all rows, where those of X stand for others alike.
    """

    parameter: str
    link: str
    intercept: bool
    X: Array
    names: tuple[str, ...]
    offset: Array | None = None
    grouped: bool = False
    thresholds: bool = False
    always: bool = False
    means: Array | None = None

    @property
    def n_obs(self) -> int:
        """Number of rows, n."""
        return len(self.X)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of all common effects, the intercept first if there is one."""
        return (("Intercept",) if self.intercept else ()) + self.names

    @property
    def has_level(self) -> bool:
        """Whether a constant is part of the model: the intercept, or thresholds in its place."""
        return self.intercept or self.thresholds

    @property
    def centre(self) -> Array:
        """Means of the columns of X, shape (p,): the priors see X - centre.

        Zeros without a constant, because centring then would change the model.
        """
        if not self.has_level:
            return np.zeros(self.X.shape[1])
        return column_means(self.X) if self.means is None else self.means

    @property
    def matrix(self) -> Array:
        """Columns of `terms`, the intercept's ones first, shape (n_obs, len(terms))."""
        return np.column_stack([np.ones((self.n_obs, int(self.intercept))), self.X])

    @property
    def known(self) -> Array:
        """The offset, or zeros: shape (n_obs,)."""
        return np.zeros(self.n_obs) if self.offset is None else self.offset

    def take(self, rows: NDArray[np.int64] | slice) -> "Predictor":
        """Return the predictor in some of the rows."""
        offset = None if self.offset is None else np.ascontiguousarray(self.offset[rows])
        return replace(self, X=np.ascontiguousarray(self.X[rows]), offset=offset)

    @property
    def constant(self) -> bool:
        """Whether the parameter is one number, the same in all rows.

        For a parameter besides mu that number is what is named, has the prior, and is reported,
        not its link.
        """
        if self.always or self.offset is not None:
            return False
        return self.intercept and not (self.names or self.grouped)


def with_constants(
    mu: Predictor, family: Family, varying: Mapping[str, Predictor] = MappingProxyType({})
) -> tuple[Predictor, ...]:
    """Return the predictors of a family, further parameters being constant unless they are given.

    `varying` has the predictors of further parameters that are not the same in all rows.
    """
    nothing = np.empty((mu.n_obs, 0))
    return (
        mu,
        *(
            varying.get(own.name)
            or Predictor(own.name, own.link, True, nothing, (), always=own.always)
            for own in family.further
        ),
    )
