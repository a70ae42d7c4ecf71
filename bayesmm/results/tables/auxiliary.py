"""The table of the further parameters of a family."""

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.result_table import ResultTable
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.convergence import MEASURES
from bayesmm.sampling.posterior import named_draws

__all__ = ["auxiliary"]

_COLUMNS = ("term", "mean", "sd", "median", "lower", "upper", *MEASURES)


def auxiliary(fit: FitRecord, prob: float = PROB) -> ResultTable:
    """Posterior of the further parameters of the family, such as ``nu``, ``alpha`` or ``psi``.

    One row per parameter that is one number but sigma, which stands with the variance components,
    and thresholds, which stand with the common effects; empty for most families. Columns ``term``,
    ``mean``, ``sd``, ``median``, ``lower``, ``upper``, ``rhat``, ``ess_bulk``, ``ess_tail``.
    """
    rows = []
    for name in fit.design.constants:
        if name == fit.design.family.residual_scale or name in fit.design.family.thresholds:
            continue
        summary = moments(named_draws(fit.own_arrays, name)[:, :, None], prob)
        rows.append(
            {
                "term": name,
                **{column: float(value[0]) for column, value in summary.items()},
                **fit.convergence[name].at(0),
            }
        )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    # without rows too these are numbers: beside other tables they would make texts of theirs
    frame = frame.astype(dict.fromkeys(_COLUMNS[1:], float))
    return state_interval(frame, prob, "Further parameters")
