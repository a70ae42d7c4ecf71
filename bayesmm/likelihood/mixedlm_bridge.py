"""The only place that knows mixedlm: plain generated columns in, covariance factors out.

mixedlm is asked for the optimum alone (theta, and beta of a generalised model); everything else
follows from it by `bayesmm.likelihood.henderson`. Its formula parser and data sets are not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.model.design import Block

__all__ = ["QUIET", "Optimum", "optimise_generalised", "optimise_linear"]

type Array = NDArray[np.float64]

# Columns arrive scaled and of full rank, and the caller reports convergence and singular fits.
QUIET = {
    "check_conv": False,
    "check_singular": False,
    "check_nlev_gtr_1": "ignore",
    "check_nlev_gtreq_5": "ignore",
    "check_rankX": "ignore",
    "check_scaleX": "ignore",
}


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the optimiser stopped.

    Attributes
    ----------
    factors : tuple of ndarray, each of shape (q, q)
        Per block the lower-triangular Lambda of one level: cov(u) = scale^2 Lambda Lambda'.
    beta : ndarray, shape (p,)
        Common effects.
    converged : bool
        Whether the optimiser says that it has converged.
    message : str
        Its own words.
    """

    factors: tuple[Array, ...]
    beta: Array
    converged: bool
    message: str


def optimise_linear(
    y: Array, X: Array, blocks: Sequence[Block], weights: Array, *, reml: bool
) -> Optimum:
    """Return the ML or REML optimum of a linear mixed model.

    Parameters
    ----------
    y : ndarray, shape (n_obs,)
        Response, without any offset.
    X : ndarray, shape (n_obs, p)
        Columns of the common effects, of full rank.
    blocks : sequence of Block
        Group effects.
    weights : ndarray, shape (n_obs,)
        Precision weights: sd(y_i) = sigma / sqrt(w_i).
    reml : bool
        Restricted likelihood.
    """
    from mixedlm import lmer, lmerControl  # noqa: PLC0415  (slow to import)

    formula, frame = _columns(y, X, blocks)
    control = lmerControl(**QUIET)
    return _optimum(blocks, lmer(formula, frame, REML=reml, weights=weights, control=control))


def optimise_generalised(
    y: Array,
    X: Array,
    blocks: Sequence[Block],
    weights: Array,
    offset: Array,
    *,
    family: str,
    link: str,
) -> Optimum:
    """Return the optimum of the Laplace approximation of a generalised linear mixed model.

    Parameters
    ----------
    y : ndarray, shape (n_obs,)
        Counts, or proportions of successes.
    X, blocks
        As in `optimise_linear`.
    weights : ndarray, shape (n_obs,)
        Weights of the log likelihood; the number of trials where `y` is a proportion.
    offset : ndarray, shape (n_obs,)
        Known part of the linear predictor.
    family : {"binomial", "poisson"}
        Distribution.
    link : str
        Its link.
    """
    from mixedlm import families, glmer, glmerControl  # noqa: PLC0415  (slow to import)

    distribution = {"binomial": families.Binomial, "poisson": families.Poisson}[family](link)
    formula, frame = _columns(y, X, blocks)
    result = glmer(
        formula,
        frame,
        family=distribution,
        weights=weights,
        offset=offset,
        control=glmerControl(**QUIET),
    )
    return _optimum(blocks, result)


def _columns(y: Array, X: Array, blocks: Sequence[Block]) -> tuple[str, pd.DataFrame]:
    """Return a formula of generated names and the frame with those columns."""
    columns: dict[str, NDArray] = {"y": y}
    terms = ["0"]
    for j, column in enumerate(X.T):
        columns[f"x{j}"] = column
        terms.append(f"x{j}")
    for k, block in enumerate(blocks):
        columns[f"g{k}"] = block.codes
        names = [f"z{k}_{j}" for j in range(block.n_effects)]
        columns.update(zip(names, block.Z.T, strict=True))
        groups = [names] if block.correlated else [[name] for name in names]
        terms += [f"(0 + {' + '.join(group)} | g{k})" for group in groups]
    return "y ~ " + " + ".join(terms), pd.DataFrame(columns)


def _optimum(blocks: Sequence[Block], result) -> Optimum:
    """Read theta: the lower triangles of the terms, row by row, in the order of the formula."""
    theta = np.asarray(result.theta, dtype=float)
    factors, at = [], 0
    for block in blocks:
        q = block.n_effects
        factor = np.zeros((q, q))
        entries = np.tril_indices(q) if block.correlated else np.diag_indices(q)
        size = len(entries[0])
        factor[entries] = theta[at : at + size]
        factors.append(factor)
        at += size
    if at != len(theta):
        raise RuntimeError(f"mixedlm returned {len(theta)} covariance parameters, not {at}.")
    beta = np.asarray(result.beta, dtype=float)
    return Optimum(tuple(factors), beta, bool(result.converged), str(result.message))
