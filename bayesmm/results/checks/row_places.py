"""By what rows are placed in pictures that average over like rows."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.response_parameters import (
    Where,
    over_chunks_of_draws,
    response_parameters,
)

__all__ = ["places_of_rows"]

_MOST_DRAWS = 400  # a mean to place rows by
_SAME = 1e-9


def places_of_rows(fit: FitRecord, fitted: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Return by what to place rows where something is averaged over like rows, and its name.

    The posterior mean of E y as the typical group has it, u = 0, and not with the effects of the
    groups: these have learnt from the errors of their rows, so among rows with the highest fitted
    values are too many with a positive error, and means of residuals rise over fitted values
    though the model is right.

    `fitted` has the posterior means of E y with the effects of the groups: what rows are placed by
    when the model has no groups, or nothing else that tells its rows apart; the name is then empty,
    and else ``"typical group"``. Places are on the scale of the mean: of proportions for the
    binomial family.
    """
    trials = 1.0 if fit.design.trials is None else fit.design.trials
    if not fit.design.blocks:
        return fitted / trials, ""
    typical = _typical_means(fit) / trials
    if np.ptp(typical) <= _SAME * np.abs(typical).max():
        return fitted / trials, ""
    digits = 12 - int(np.ceil(np.log10(np.abs(typical).max())))
    return np.round(typical, digits), "typical group"  # like rows differ in their last bits


def _typical_means(fit: FitRecord) -> NDArray[np.float64]:
    design = replace(fit.design, blocks=())

    def means(_: slice, where: Where) -> NDArray[np.float64]:
        rows = response_parameters(design, fit.own_draws, where)
        return design.family.response_mean(rows).sum(axis=0)

    chains, kept = (fit.own_draws["posterior"].sizes[name] for name in ("chain", "draw"))
    wanted = min(_MOST_DRAWS, chains * kept)
    chosen = choose_draws(fit.own_draws, wanted, design.n_obs)
    total = sum(over_chunks_of_draws(means, fit.own_draws, design.n_obs, chosen))
    return total / (chains * len(chosen))
