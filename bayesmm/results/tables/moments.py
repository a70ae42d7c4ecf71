"""Mean, sd, median and equal-tailed interval of draws: the columns that all tables share."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.result_table import ResultTable, interval_words, result_table
from bayesmm.sampling.quantile import quantiles_in_place
from bayesmm.wording import check_prob

__all__ = ["PROB", "interval_label", "moments", "state_interval"]

PROB = 0.95  # intervals are 95 % equal-tailed unless asked otherwise


def moments(draws: Array, prob: float = PROB) -> dict[str, Array]:
    """Return the posterior summaries of m quantities.

    Draws are of shape (chain, draw, m), each summary of shape (m,): ``mean``, ``sd`` (divisor n -
    1), ``median``, and ``lower``, ``upper``: the quantiles (1 - prob) / 2 and (1 + prob) / 2,
    interpolated linearly between draws.
    """
    check_prob(prob)
    n_draws = draws.shape[0] * draws.shape[1]
    quantiles = {"median": 0.5, "lower": (1 - prob) / 2, "upper": (1 + prob) / 2}
    # a copy, quantity by quantity: the quantiles are found in place
    values = np.array(draws.reshape(n_draws, -1).T, order="C", copy=True)
    mean = values.mean(axis=1)
    with np.errstate(invalid="ignore"):  # a mean response may be infinite, and then has no sd
        sd = values.std(axis=1, ddof=1)
    found = quantiles_in_place(values, list(quantiles.values()))
    return {"mean": mean, "sd": sd, **dict(zip(quantiles, found, strict=True))}


def interval_label(prob: float) -> str:
    """Return ``"95 % equal-tailed intervals"`` for 0.95."""
    return interval_words(prob)


def state_interval(frame: pd.DataFrame, prob: float, title: str = "") -> ResultTable:
    """Return the table that says what it shows and which interval lower and upper hold."""
    return result_table(frame, title, prob)
