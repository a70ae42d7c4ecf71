"""The design of a model as data: what every engine, the ML fit and the tables read."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.record import Family
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.encoding import Encoder

__all__ = ["Block", "Design"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of group effects, ``(effects | factor)``: u_g ~ N(0, Sigma) for each level g.

    Attributes
    ----------
    factor : str
        Name of the grouping factor; an interaction of columns is ``"batch:sample"``.
    effects : tuple of str
        Names of the q effects, as in the tables: ``("Intercept", "Days")``.
    correlated : bool
        Whether the q effects have a full covariance matrix; ``False`` for ``(x || g)``.
        Always ``False`` when q = 1.
    codes : ndarray of int64, shape (n_obs,)
        Index into `levels` of each row.
    levels : tuple of str
        Labels of the observed levels, in order; for an interaction ``"A:a"``.
    Z : ndarray of float64, shape (n_obs, q), C order
        Columns of the effects, uncentred.
    """

    factor: str
    effects: tuple[str, ...]
    correlated: bool
    codes: NDArray[np.int64]
    levels: tuple[str, ...]
    Z: NDArray[np.float64]

    @property
    def n_groups(self) -> int:
        """Number of levels, J."""
        return len(self.levels)

    @property
    def n_effects(self) -> int:
        """Number of effects per level, q."""
        return len(self.effects)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Everything the model says about these data: eta = b0 + X beta + offset + sum_k Z_k u_k.

    Attributes
    ----------
    formula : str
        The formula as the user wrote it.
    family : Family
        Distribution and link of the response.
    response : str
        Name of the response as written, ``"Reaction"`` or ``"p(incidence, size)"``.
    y : ndarray of float64, shape (n_obs,)
        Response; number of successes for the binomial family.
    trials : ndarray of float64, shape (n_obs,), or None
        Number of trials, binomial family only.
    offset : ndarray of float64, shape (n_obs,), or None
        Known part of the linear predictor.
    weights : ndarray of float64, shape (n_obs,), or None
        Known weights w_i. Precisions of the gaussian family, sd(y_i) = sigma / sqrt(w_i) as in
        lme4; of every other family, t too, row i counts w_i times in the log likelihood.
    intercept : bool
        Whether the model has a common intercept b0.
    X : ndarray of float64, shape (n_obs, p), C order
        Columns of the common effects without the intercept, uncentred.
    names : tuple of str
        Names of the p columns, as in the tables: ``"Days"``, ``"treat[ozone]"``.
    blocks : tuple of Block
        Blocks of group effects in the order of the formula.
    rows : ndarray of int64, shape (n_obs,)
        Positions in the user's frame of the rows that are used.
    n_dropped : int
        Number of rows left out because a needed value is missing.
    notes : tuple of str
        What the user should know about how the data were read.
    encoder : Encoder
        Codes new data in the same way.
    categorical : tuple of str
        Columns of numbers that the user had read as categories.
    centrings : Centrings, optional
        How the columns change when every variable is measured from its mean.
    success : str or None
        Label of the value that counts as success, of a response of two values that are labels.
    """

    formula: str
    family: Family
    response: str
    y: NDArray[np.float64]
    trials: NDArray[np.float64] | None
    offset: NDArray[np.float64] | None
    weights: NDArray[np.float64] | None
    intercept: bool
    X: NDArray[np.float64]
    names: tuple[str, ...]
    blocks: tuple[Block, ...]
    rows: NDArray[np.int64]
    n_dropped: int = 0
    notes: tuple[str, ...] = ()
    encoder: "Encoder | None" = field(default=None, repr=False)
    categorical: tuple[str, ...] = ()
    centrings: Centrings | None = field(default=None, repr=False)
    success: str | None = None

    @property
    def outcome(self) -> str:
        """Of a response of two values the probability that is modelled: ``"P(passed = yes)"``."""
        if self.family.response != "binary" and self.success is None:
            return ""
        return f"P({self.response} = {1 if self.success is None else self.success})"

    @property
    def family_line(self) -> str:
        """Family and link, and which probability: ``"bernoulli, logit link, P(passed = yes)"``."""
        parts = (self.family.name, f"{self.family.link} link", self.outcome)
        return ", ".join(part for part in parts if part)

    @property
    def n_obs(self) -> int:
        """Number of rows used, n."""
        return len(self.y)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of all common effects, the intercept first if there is one."""
        return (("Intercept",) if self.intercept else ()) + self.names

    @property
    def center(self) -> NDArray[np.float64]:
        """Means of the columns of X, shape (p,): the priors see X - center.

        Zeros without an intercept, because centring then would change the model.
        """
        return self.X.mean(axis=0) if self.intercept else np.zeros(self.X.shape[1])

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Grouping factors and their levels, in the order of the formula."""
        return {block.factor: block.levels for block in self.blocks}
