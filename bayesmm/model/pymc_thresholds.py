"""The thresholds of ordered categories in the PyMC model, and the probabilities that they make."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bayesmm.family.thresholds import DISC, specific_names
from bayesmm.model.design import Design
from bayesmm.model.names import CENTRED_THRESHOLDS, stored_name, thresholds_dim
from bayesmm.model.priors import Prior, Priors

__all__ = ["pymc_shares", "threshold_variables"]


def threshold_variables(
    design: Design, priors: Priors, coefficients: Sequence[Any]
) -> dict[str, Any]:
    """Return the thresholds at 0 of the predictors, by name; they are sampled at the means.

    `coefficients` are the variables of the common effects on mu.
    """
    import pymc as pm  # noqa: PLC0415  (heavy: seconds)
    import pytensor.tensor as pt  # noqa: PLC0415

    names = design.family.thresholds
    order = {"transform": pm.distributions.transforms.ordered} if design.family.in_order else {}
    start = np.linspace(-1.0, 1.0, len(names))
    # without a density: the priors are added one by one
    centred = pm.Flat(CENTRED_THRESHOLDS, dims=thresholds_dim(), initval=start, **order)
    density = sum(_log_density(priors[name], centred[k]) for k, name in enumerate(names))
    pm.Potential(f"{CENTRED_THRESHOLDS}_prior", density)
    shift = pt.dot(design.mu.centre, pt.stack(coefficients)) if coefficients else 0.0
    return {
        name: pm.Deterministic(stored_name(name), centred[k] + shift)
        for k, name in enumerate(names)
    }


def pymc_shares(design: Design, values: Mapping[str, Any], inverse: Callable[[Any], Any]) -> Any:
    """Return the probabilities of the categories of every row, shape (n_obs, K)."""
    import pytensor.tensor as pt  # noqa: PLC0415

    disc, mu = values.get(DISC.name, 1.0), values[design.mu.parameter]
    names = design.family.thresholds
    distances = [
        disc * (values[name] - mu - values.get(own, 0.0))
        for name, own in zip(names, specific_names(names), strict=True)
    ]
    return pt.stack(design.family.shares(inverse, distances), axis=-1)


def _log_density(prior: Prior, value: Any) -> Any:
    """Return the log density of a prior, which PyMC may not have, at a threshold."""
    import pymc as pm  # noqa: PLC0415

    if prior.distribution == "MinGumbel":
        mu, beta = prior.parameters
        return pm.logp(pm.Gumbel.dist(mu=-mu, beta=beta), -value)
    return pm.logp(getattr(pm, prior.distribution).dist(**prior.named), value)
