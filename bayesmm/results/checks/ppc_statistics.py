"""Test statistics of a response and their posterior-predictive distribution."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.results.checks.record import exceedance
from bayesmm.results.tables.moments import state_interval

__all__ = ["response_statistics", "statistics_of", "statistics_table"]

type Statistic = Callable[[Array], Array]

_SHAPE: Mapping[str, Statistic] = {
    "mean": lambda y: y.mean(axis=-1),
    "sd": lambda y: y.std(axis=-1, ddof=1),
    "min": lambda y: y.min(axis=-1),
    "max": lambda y: y.max(axis=-1),
}


def _zeros(y: Array) -> Array:
    return (y == 0).mean(axis=-1)


def _dispersion(y: Array) -> Array:
    mean = y.mean(axis=-1)
    variance = y.var(axis=-1, ddof=1)
    # replicates that are all 0 have no variance either: take the Poisson's ratio, 1
    return np.divide(variance, mean, out=np.ones_like(variance), where=mean > 0)


def response_statistics(
    kind: str, trials: Array | None, categories: Sequence[str] = ()
) -> dict[str, Statistic]:
    """Return the statistics that make sense for the values that a response can take.

    `kind` is ``Family.response``, `trials` those of each row of a binomial response, `categories`
    the labels of a response of categories.
    """
    if categories:
        of = _share_of_counts if kind == "multinomial" else _share
        shares = {f"share of {label}": of(k) for k, label in enumerate(categories, start=1)}
        return {**shares, "mean": _SHAPE["mean"]} if kind == "ordered" else shares
    if kind == "binary":
        return {"proportion of ones": _SHAPE["mean"]}
    if kind == "count":
        return {**_SHAPE, "proportion of zeros": _zeros, "variance / mean": _dispersion}
    if kind == "binomial":
        total = float(np.sum(trials))
        return {
            "proportion of successes": lambda y: y.sum(axis=-1) / total,
            **_SHAPE,
            "proportion of zeros": _zeros,
        }
    return dict(_SHAPE)


def statistics_of(design: Design) -> dict[str, Statistic]:
    """Return the test statistics of a design by name.

    Of categories the share of each, and of those with an order the mean of their numbers. Else
    mean, sd, min and max (the proportion of ones alone for a 0/1 response); for counts the
    proportion of zeros and variance / mean; for binomial responses the proportion of successes
    and of zeros. For each grouping factor the sd between the means of its levels; of categories
    without order, and of their counts, between the shares of each in them. Each maps responses of
    shape (..., n_obs), or (..., n_obs, K) of counts of categories, to (...).
    """
    factors = {block.factor: block for block in design.blocks if block.n_groups > 1}
    kind = design.family.response
    found = response_statistics(kind, design.trials, design.categories)
    if design.family.against_reference:
        of = _part_of_counts if kind == "multinomial" else _is
        return found | {
            f"sd of {factor} shares of {label}": _group_sd(block, of(k))
            for factor, block in factors.items()
            for k, label in enumerate(design.categories, start=1)
        }
    return found | {f"sd of {factor} means": _group_sd(block) for factor, block in factors.items()}


def _is(category: int) -> Statistic:
    return lambda y: (y == category).astype(float)


def _share(category: int) -> Statistic:
    return lambda y: (y == category).mean(axis=-1)


def _part_of_counts(category: int) -> Statistic:
    """Return the share of a category in each row, of counts of shape (..., n_obs, K)."""
    return lambda y: y[..., category - 1] / y.sum(axis=-1)


def _share_of_counts(category: int) -> Statistic:
    return lambda y: y[..., category - 1].sum(axis=-1) / y.sum(axis=(-2, -1))


def _group_sd(block: Block, of: Statistic = np.asarray) -> Statistic:
    order = np.argsort(block.columns.codes, kind="stable")
    sizes = block.level_counts
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))

    def statistic(y: Array) -> Array:
        means = np.add.reduceat(of(y)[..., order], starts, axis=-1) / sizes
        return means.std(axis=-1, ddof=1)

    return statistic


def statistics_table(
    design: Design, y_rep: Array, prob: float, y: Array | None = None
) -> pd.DataFrame:
    """Return observed and predictive values of every statistic.

    `y_rep` are replicated responses, shape (S, n_obs); `y`, shape (n_obs,) or (S, n_obs), is what
    they are compared with, where it is not the response of the design. Columns
    ``statistic, observed, mean, lower, upper, p_value``.
    """
    tails = ((1 - prob) / 2, (1 + prob) / 2)
    rows = []
    for name, statistic in statistics_of(design).items():
        observed = np.asarray(statistic(design.observed if y is None else y))
        replicated = statistic(y_rep)
        lower, upper = np.quantile(replicated, tails)
        rows.append(
            {
                "statistic": name,
                "observed": float(observed.mean()),
                "mean": replicated.mean(),
                "lower": lower,
                "upper": upper,
                "p_value": exceedance(replicated, observed),
            }
        )
    return state_interval(pd.DataFrame(rows), prob)
