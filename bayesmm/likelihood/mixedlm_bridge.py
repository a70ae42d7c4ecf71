"""The only place that knows mixedlm: plain generated columns in, covariance factors out.

mixedlm is asked for the optimum of a linear mixed model alone (theta); everything else follows
from it by `bayesmm.likelihood.henderson`. Its formula parser and data sets are not used.

It is kept because it wins: of linear models our own search (`mixed`) finds the ML estimate too,
but not REML, and takes longer. Processor seconds of a fit, on one loaded machine: sleepstudy 0.11
by mixedlm and 0.23 by ours, penicillin 0.09 and 0.28, 10,000 rows of 500 groups with slopes 0.18
and 1.0, of 500 by 50 crossed groups 0.18 and 2.0. Its import is 6 % of all that a gaussian fit in
a checkout imports; SciPy's optimisers, which it takes with it, ours need too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.model.block import Block

__all__ = ["LinearSearch", "Optimum", "linear_search"]

type Array = NDArray[np.float64]

# A search ends when a step changes the deviance by less than this part, or no derivative is
# larger. With 1e-15, as in mixedlm's "auto", rounding makes it break off, and "auto" then begins
# again without gradient: 0.3 s for what takes 0.01 s.
_RELATIVE_CHANGE = 1e-13
_SLOPE_PER_ROW = 1e-8
_FLAT = 100.0  # as in mixedlm's "auto"
# Evaluations of the deviance that all searches of a fit may make together, and more for each
# variance or correlation. Of 53 random data sets with up to 13 of them the median fit made 26, and
# none more than 83.
_EVALUATIONS, _EVALUATIONS_PER_PARAMETER = 200, 10


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the optimiser stopped.

    Attributes
    ----------
    factors : tuple of ndarray, each of shape (q, q)
        Per block the lower-triangular Lambda of one level: cov(u) = scale^2 Lambda Lambda'.
    deviance : float
        The least value found.
    converged : bool
        Whether it is a minimum: the optimiser says so, or the deviance is flat there.
    evaluations : int
        How often the deviance was evaluated.
    """

    factors: tuple[Array, ...]
    deviance: float
    converged: bool
    evaluations: int


@dataclass(frozen=True, slots=True, eq=False)
class LinearSearch:
    """Searches of one (restricted) deviance with mixedlm's exact gradients, from any start.

    Attributes
    ----------
    blocks : sequence of Block
        Group effects.
    deviance : mixedlm.LmerDevfun
        The prepared deviance.
    gradient_tolerance : float
        Largest derivative that counts as zero.
    """

    blocks: Sequence[Block]
    deviance: Any
    gradient_tolerance: float

    @property
    def budget(self) -> int:
        """Evaluations that all searches together may make; NUTS makes tens of thousands."""
        size = sum(len(_entries(block)[0]) for block in self.blocks)
        return _EVALUATIONS + _EVALUATIONS_PER_PARAMETER * size

    def first(self) -> Optimum:
        """Return where a search from mixedlm's own start ends."""
        return self._search(self.deviance.get_start())

    def again(self, factors: Sequence[Array]) -> Optimum:
        """Return where a search from given factors ends."""
        pairs = zip(self.blocks, factors, strict=True)
        return self._search(np.concatenate([L[_entries(block)] for block, L in pairs]))

    def _search(self, start: Array) -> Optimum:
        result = self.deviance.optimizer.optimize(
            start,
            method="L-BFGS-B",
            options={
                "ftol": _RELATIVE_CHANGE,
                "gtol": self.gradient_tolerance,
                "maxfun": self.budget,
            },
            use_analytic_gradient=True,
        )
        # rounding can end a search at a minimum without its saying so
        flat = (
            result.gradient_norm is not None
            and result.gradient_norm < _FLAT * self.gradient_tolerance
        )
        return _optimum(self.blocks, result, bool(result.converged) or flat)


def linear_search(
    y: Array, X: Array, blocks: Sequence[Block], weights: Array, *, reml: bool
) -> LinearSearch:
    """Return the searches of the ML or REML optimum of a linear mixed model.

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
    from mixedlm import lFormula, mkLmerDevfun  # noqa: PLC0415  (slow to import)

    formula, frame = _columns(y, X, blocks)
    parsed = lFormula(formula, frame, REML=reml, weights=weights)
    return LinearSearch(blocks, mkLmerDevfun(parsed), _SLOPE_PER_ROW * len(y))


def _columns(y: Array, X: Array, blocks: Sequence[Block]) -> tuple[str, pd.DataFrame]:
    """Return a formula of generated names and the frame with those columns."""
    columns: dict[str, NDArray] = {"y": y}
    terms = ["0"]
    for j, column in enumerate(X.T):
        columns[f"x{j}"] = column
        terms.append(f"x{j}")
    for k, block in enumerate(blocks):
        columns[f"g{k}"] = block.columns.codes
        names = [f"z{k}_{j}" for j in range(block.n_effects)]
        columns.update(zip(names, block.columns.Z.T, strict=True))
        groups = [names] if block.covariance.correlated else [[name] for name in names]
        terms += [f"(0 + {' + '.join(group)} | g{k})" for group in groups]
    return "y ~ " + " + ".join(terms), pd.DataFrame(columns)


def _optimum(blocks: Sequence[Block], result: Any, converged: bool) -> Optimum:
    """Read theta: the lower triangles of the terms, row by row, in the order of the formula."""
    theta = np.asarray(result.theta, dtype=float)
    factors, at = [], 0
    for block in blocks:
        factor = np.zeros((block.n_effects, block.n_effects))
        entries = _entries(block)
        size = len(entries[0])
        factor[entries] = theta[at : at + size]
        factors.append(factor)
        at += size
    if at != len(theta):
        raise RuntimeError(f"mixedlm returned {len(theta)} covariance parameters, not {at}.")
    return Optimum(tuple(factors), float(result.deviance), converged, int(result.function_evals))


def _entries(block: Block) -> tuple[NDArray[np.intp], ...]:
    """Return the places of theta in the Lambda of a block."""
    if block.covariance.correlated:
        return np.tril_indices(block.n_effects)
    return np.diag_indices(block.n_effects)
