"""The log density of a few draws: what shows that a model means the same as when it was saved."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.results.densities.log_likelihood import total_log_likelihood
from bayesmm.results.densities.log_prior import log_prior

__all__ = ["changed_densities", "few_draws", "log_densities"]

_CHAINS, _DRAWS = 4, 3

# Sums of the same numbers in another order, and special functions of another version of scipy,
# differ by less than this share of their size; another model does not.
_SAME = 1e-8

_WORDS = {"log_prior": "log prior density", "log_likelihood": "log likelihood"}


def few_draws(draws: xr.DataTree) -> dict[str, list[int]]:
    """Return the places of some draws, the first and the last among them."""
    sizes = draws["posterior"].sizes
    return {
        "chain": _spread(sizes["chain"], _CHAINS),
        "draw": _spread(sizes["draw"], _DRAWS),
    }


def log_densities(
    design: Design, priors: Priors, draws: xr.DataTree, chosen: Mapping[str, list[int]]
) -> dict[str, list[float]]:
    """Return log p(parameters) and log p(y | parameters) at some draws.

    `chosen` are the draws, from `few_draws`. ``log_prior`` is summed over the parameters, and
    ``log_likelihood`` over the rows; one value for each draw of each chain. NaN for the likelihood
    of a gaussian model of rows in files, which would be a pass over them.
    """
    posterior = draws["posterior"].to_dataset().isel(chosen)
    few = xr.DataTree.from_dict({"posterior": posterior})
    prior = sum(log_prior(design, priors, few).values(), np.zeros(tuple(map(len, chosen.values()))))
    if design.source is not None and design.family.linear:
        # rows with the likelihood of all have it but for a constant that nothing else needs
        likelihood = np.full(prior.shape, np.nan)
    else:
        likelihood = total_log_likelihood(design.condensed(), few)
    return {"log_prior": prior.ravel().tolist(), "log_likelihood": likelihood.ravel().tolist()}


def changed_densities(
    saved: Mapping[str, list[float]], now: Mapping[str, list[float]]
) -> tuple[str, ...]:
    """Return a sentence for each density that is not what it was when the fit was saved."""
    found = []
    for name, words in _WORDS.items():
        before, after = np.asarray(saved[name], float), np.asarray(now[name], float)
        if np.allclose(after, before, rtol=_SAME, atol=_SAME, equal_nan=True):
            continue
        with np.errstate(invalid="ignore"):
            worst = int(np.nanargmax(np.nan_to_num(np.abs(after - before), nan=np.inf)))
        found.append(
            f"the {words} of a stored draw is {after[worst]:.8g} here and was "
            f"{before[worst]:.8g} when it was saved"
        )
    return tuple(found)


def _spread(size: int, most: int) -> list[int]:
    return np.unique(np.linspace(0, size - 1, min(most, size)).astype(int)).tolist()
