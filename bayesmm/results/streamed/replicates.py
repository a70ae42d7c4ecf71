"""Test statistics of replicated responses, added up over batches of rows."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.checks.record import exceedance
from bayesmm.results.comparison.grouping import design_of_rows
from bayesmm.results.prediction.draw_choice import LARGEST_RESULT, choose_draws
from bayesmm.results.prediction.response_parameters import response_parameters
from bayesmm.results.tables.moments import PROB

__all__ = ["ppc_statistics"]

_DEFAULT_DRAWS = 200
_KINDS = ("real", "positive", "proportion", "binary", "binomial", "count")


class _Sums:
    """Sums of responses of shape (S, n_obs), a batch of rows after the other."""

    def __init__(self, design: Design, n_draws: int) -> None:
        self.n = 0
        self.trials = 0.0
        self._origin = np.zeros((n_draws, 1))
        self.total, self.about, self.zeros = np.zeros((3, n_draws))
        self.least, self.most = np.full(n_draws, np.inf), np.full(n_draws, -np.inf)
        self.groups = {b.factor: np.zeros((n_draws, b.n_groups)) for b in design.blocks}
        self.sizes = {b.factor: np.zeros(b.n_groups) for b in design.blocks}

    def add(self, part: Design, y: Array) -> None:
        """Add the responses of some rows, shape (S, n)."""
        if not self.n:  # squares are taken about numbers near the means
            self._origin = y.mean(axis=1, keepdims=True)
        self.n += part.n_obs
        self.trials += 0.0 if part.trials is None else float(part.trials.sum())
        self.total += y.sum(axis=1)
        self.about += ((y - self._origin) ** 2).sum(axis=1)
        self.zeros += (y == 0).sum(axis=1)
        self.least = np.minimum(self.least, y.min(axis=1))
        self.most = np.maximum(self.most, y.max(axis=1))
        for factor, codes in {b.factor: b.columns.codes for b in part.blocks}.items():
            sums = self.groups[factor]
            sums += [np.bincount(codes, values, sums.shape[1]) for values in y]
            self.sizes[factor] += np.bincount(codes, minlength=sums.shape[1])

    @property
    def mean(self) -> Array:
        """Mean of each, shape (S,)."""
        return self.total / self.n

    @property
    def variance(self) -> Array:
        """Variance of each, n - 1 below the sum of squares."""
        away = self.mean - self._origin[:, 0]
        return np.maximum(self.about - self.n * away**2, 0.0) / (self.n - 1)

    def dispersion(self) -> Array:
        """Variance over mean; 1 where both are 0, as of a Poisson distribution."""
        mean = self.mean
        return np.divide(self.variance, mean, out=np.ones_like(mean), where=mean > 0)

    def group_sd(self, factor: str) -> Array:
        """Return the sd between the means of the levels of a factor, shape (S,)."""
        return (self.groups[factor] / self.sizes[factor]).std(axis=1, ddof=1)


_SHAPE: Mapping[str, Callable[[_Sums], Array]] = {
    "mean": lambda s: s.mean,
    "sd": lambda s: np.sqrt(s.variance),
    "min": lambda s: s.least,
    "max": lambda s: s.most,
}
_ZEROS: Mapping[str, Callable[[_Sums], Array]] = {"proportion of zeros": lambda s: s.zeros / s.n}
_OF_KIND: Mapping[str, Mapping[str, Callable[[_Sums], Array]]] = {
    "binary": {"proportion of ones": lambda s: s.mean},
    "count": {**_SHAPE, **_ZEROS, "variance / mean": _Sums.dispersion},
    "binomial": {
        "proportion of successes": lambda s: s.total / s.trials,
        **_SHAPE,
        **_ZEROS,
    },
}


def ppc_statistics(fit: FitRecord, seed: int = 0, n_draws: int | None = None) -> ResultTable:
    """Return test statistics T(y_rep) of replicated responses beside T(y), batch by batch.

    y_rep ~ p(y | theta_s) of all rows, group effects included, of which only sums are kept: the
    table of `bayesmm.results.checks.ppc.posterior_predictive`, for rows in files too.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    seed : int
        Seed of the replicates, which are drawn in another order than in `Fit.ppc`.
    n_draws : int, optional
        Number of replicates, rounded up to a multiple of the number of chains; default 200.

    Returns
    -------
    ResultTable
        One row per statistic: ``statistic``, ``observed``, predictive ``mean``, ``lower``,
        ``upper`` (95 %), and ``p_value`` = P(T(y_rep) > T(y)) + P(T(y_rep) = T(y)) / 2.

    Raises
    ------
    UnsupportedModelError
        For responses of categories, and censored ones.
    """
    design, family = fit.design, fit.design.family
    if family.response not in _KINDS or family.forms.censoring:
        raise UnsupportedModelError(
            f"Statistics of replicates are not added up for the {family.name} family; fit.ppc() "
            "has them, for rows in memory."
        )
    sizes = fit.own_draws["posterior"].sizes
    every = sizes["chain"] * sizes["draw"]
    chosen = choose_draws(fit.own_draws, min(every, n_draws or _DEFAULT_DRAWS), 1)
    chains = np.repeat(np.arange(sizes["chain"]), len(chosen))
    draws = np.tile(chosen, sizes["chain"])
    replicated, observed = _Sums(design, len(chains)), _Sums(design, 1)
    generator = np.random.default_rng(seed)
    for part in design.parts():
        step = max(1, LARGEST_RESULT // (4 * len(chains)))
        for start in range(0, part.n_obs, step):
            rows = np.arange(start, min(start + step, part.n_obs))
            some = design_of_rows(part, rows, all_levels=True)
            parameters = response_parameters(some, fit.own_draws, (chains, draws))
            replicated.add(some, family.drawn(generator, parameters))
            observed.add(some, some.y[None])
    return _table(design, replicated, observed)


def _table(design: Design, replicated: _Sums, observed: _Sums) -> ResultTable:
    tails = ((1 - PROB) / 2, (1 + PROB) / 2)
    statistics = dict(_OF_KIND.get(design.family.response, _SHAPE))
    for factor, levels in design.factors.items():
        if len(levels) > 1:
            statistics[f"sd of {factor} means"] = lambda s, factor=factor: s.group_sd(factor)
    rows = []
    for name, statistic in statistics.items():
        own, value = statistic(replicated), float(statistic(observed)[0])
        lower, upper = np.quantile(own, tails)
        rows.append(
            {
                **{"statistic": name, "observed": value, "mean": float(own.mean())},
                **{"lower": lower, "upper": upper, "p_value": exceedance(own, value)},
            }
        )
    table = result_table(pd.DataFrame(rows), "")
    n_draws = len(replicated.total)
    table.attrs |= {
        "probability": PROB,
        "title": f"Posterior-predictive check: {n_draws} replicates of {replicated.n:,} rows",
    }
    return table
