"""The draws of single quantities, the least converged first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.sampling.convergence import Convergence, convergence
from bayesmm.sampling.grade import ESS_PER_CHAIN, RHAT_MAX
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.quantities import quantity_label

__all__ = ["ScalarDraws", "named_scalars", "worst_scalars"]


@dataclass(frozen=True, slots=True, eq=False)
class ScalarDraws:
    """One quantity."""

    label: str  # ``"Days"``, ``"Days|Subject[308]"``, ``"Subject_corr[Intercept, Days]"``
    draws: Array  # (chain, draw)
    rhat: float
    ess_bulk: float
    ess_tail: float


def worst_scalars(fit: FitRecord, count: int) -> list[ScalarDraws]:
    """Return the quantities that converged least, the worst first.

    Worst is the largest of (R-hat - 1) / 0.01 and 100 chains / effective sample size, bulk or
    tail: at 1 a quantity is at the limit. What never moves comes first. Of more than 1,000 effects
    of one kind those are compared that a quick screen holds worst.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221
    """
    found: list[tuple[float, str, int]] = []
    for name in fit.convergence:
        judged = fit.convergence.judged(name)
        badness = _badness(fit, judged.measures)
        places = np.concatenate([judged.stuck, judged.places])
        badness = np.concatenate([np.full(len(judged.stuck), np.inf), badness])
        order = np.argsort(-badness, kind="stable")[:count]
        found += [(-float(badness[k]), name, int(places[k])) for k in order]
    found.sort(key=lambda one: one[0])  # stable: ties stay in the order of the model
    return [_scalar(fit, name, place) for _, name, place in found[:count]]


def named_scalars(fit: FitRecord, names: Sequence[str]) -> list[ScalarDraws]:
    """Return quantities by label, or all of a variable by its name, ``"Days|Subject"``."""
    places = _places(fit)
    chosen = []
    for name in names:
        if name in places:
            chosen += [_scalar(fit, name, int(place)) for place in places[name]]
            continue
        variable = next((v for v in places if name.startswith(f"{v}[")), None)
        labels = {} if variable is None else _labels(fit, variable, places[variable])
        if name not in labels:
            known = labels or places
            raise UsageError(
                f"There is no quantity '{name}'. {suggestion(name, known, label='Quantities')}"
            )
        chosen.append(_scalar(fit, variable, labels[name]))
    return chosen


def _places(fit: FitRecord) -> dict[str, NDArray[np.int64]]:
    """Return the places of the quantities in the flattened array of each variable."""
    sizes = {name: named_draws(fit.own_draws, name)[0, 0].size for name in fit.convergence}
    return {name: np.arange(size) for name, size in sizes.items()}


def _labels(fit: FitRecord, name: str, places: NDArray[np.int64]) -> dict[str, int]:
    return {quantity_label(fit.design, name, int(place)): int(place) for place in places}


def _badness(fit: FitRecord, measure: Convergence) -> Array:
    chains = fit.own_draws["posterior"].sizes["chain"]
    effective = np.minimum(measure.ess_bulk.ravel(), measure.ess_tail.ravel())
    few = ESS_PER_CHAIN * chains / effective
    apart = np.nan_to_num((measure.rhat.ravel() - 1) / (RHAT_MAX - 1))  # one chain has no R-hat
    return np.where(np.isnan(effective), np.inf, np.maximum(apart, few))


def _scalar(fit: FitRecord, name: str, place: int) -> ScalarDraws:
    values = named_draws(fit.own_draws, name)
    draws = values.reshape(*values.shape[:2], -1)[:, :, place]
    return ScalarDraws(quantity_label(fit.design, name, place), draws, **convergence(draws).at(0))
