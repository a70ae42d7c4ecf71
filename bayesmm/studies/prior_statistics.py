"""Statistics of data sets that the priors expect, beside those of the data."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.result_table import ResultTable
from bayesmm.results.checks.ppc_statistics import statistics_of
from bayesmm.results.tables.moments import PROB, state_interval

__all__ = ["prior_table"]


def prior_table(design: Design, yrep: Array, prob: float = PROB) -> ResultTable:
    """Return quantiles of statistics of the replicated data sets beside the observed ones.

    Quantiles are those of the ordered data sets, without interpolation, so that an infinite one
    does not make others so; data sets without a response are left out.

    `yrep` are replicated responses, shape (S, n_obs), or (S, n_obs, K).
    """
    known = yrep[~np.isnan(yrep).reshape(len(yrep), -1).all(axis=1)]
    places = {
        "median": 0.5,
        "lower": (1 - prob) / 2,
        "upper": (1 + prob) / 2,
        "q25": 0.25,
        "q75": 0.75,
    }
    rows = []
    for name, statistic in statistics_of(design).items():
        observed = float(statistic(design.observed))
        row: dict[str, object] = {"statistic": name, "observed": observed}
        if len(known):
            with np.errstate(over="ignore", invalid="ignore"):  # of responses near 1e308
                values = statistic(known)
            values = values[~np.isnan(values)]
            own = np.quantile(values, list(places.values()), method="inverted_cdf")
            row |= dict(zip(places, own, strict=True)) | {
                "below": float((values < observed).mean())
            }
        rows.append(row)
    table = pd.DataFrame(rows, columns=["statistic", "observed", *places, "below"])
    title = f"What the priors expect of {design.response}: {len(known):,} data sets"
    if len(known) < len(yrep):
        title += f" ({len(yrep) - len(known):,} more have no possible response)"
    return state_interval(table, prob, title)
