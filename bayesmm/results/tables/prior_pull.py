"""Whether a default prior moves a common effect away from what the data alone say."""

from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.model.priors import Prior
from bayesmm.results.comparison.pareto_smoothing import psis_loo
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.sampling.posterior import common_draws, named_draws
from bayesmm.sampling.raw_columns import draws_of_prior_columns
from bayesmm.wording import option

__all__ = ["PriorPull", "default_prior_pulls", "pull_note"]

_LARGE = 0.5  # posterior sds
_MOST_DRAWS = 4000
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class PriorPull:
    """How far the default prior of a common effect moves its mean."""

    term: str
    posterior: float  # its posterior mean
    # the same with a flat prior of it, all other priors as they are; NaN where weights fail
    flat: float
    ml: float  # maximum-likelihood estimate; NaN where there is none
    # posterior sds between the first two, signed: positive when `posterior` is larger. Where
    # weights fail, the slope in the power that the prior is raised to, which is less
    sds: float
    centre: float

    @property
    def large(self) -> bool:
        """Whether it is more than half a posterior sd."""
        return abs(self.sds) > _LARGE


def default_prior_pulls(fit: FitRecord) -> tuple[PriorPull, ...]:
    """Return what each default prior of a common effect does to its mean.

    E[beta | y, flat] = sum_s w_s beta_s with w_s = 1 / p(beta_s), Pareto-smoothed; where these
    fail, beta - E[beta | y, flat] is at least Cov(beta, log p(beta)) as far as the posterior is
    normal. At most 4000 draws are used. The intercept is left out, and so are priors of the
    user and flat ones.
    """
    design, priors = fit.design, fit.priors
    # all default priors of coefficients are normal, or flat
    names = [
        name
        for name in design.mu.names
        if name not in priors.changed and priors[name].distribution == "Normal"
    ]
    if not names:
        return ()
    each = choose_draws(
        fit.own_arrays, min(_MOST_DRAWS, _size(fit)), values_per_draw=len(design.mu.terms)
    )
    of_priors = draws_of_prior_columns(fit.own_arrays, design, priors)
    reported = common_draws(fit.own_arrays, design)[:, each]
    places = [design.mu.terms.index(name) for name in names]
    beta = reported[..., places]
    own = np.stack([named_draws(of_priors, name)[:, each] for name in names], axis=-1)
    log_prior = np.stack(
        [_log_normal(priors[name], own[..., k]) for k, name in enumerate(names)], axis=-1
    )
    efficiency = min(1.0, fit.diagnostics.ess_bulk_min / beta[..., 0].size)
    # of leaving a "unit" out: weights in proportion to 1 / p
    smoothed = psis_loo(log_prior, efficiency)
    flat = (np.exp(smoothed.log_weights) * beta).sum(axis=(0, 1))
    flat = np.where(smoothed.k <= smoothed.good_k, flat, np.nan)
    mean, sd = beta.mean(axis=(0, 1)), beta.std(axis=(0, 1), ddof=1)
    slope = ((beta - mean) * (log_prior - log_prior.mean(axis=(0, 1)))).mean(axis=(0, 1))
    moved = np.where(np.isnan(flat), slope, mean - flat) / np.where(sd > 0, sd, np.inf)
    ml = fit.ml.estimates[places] if fit.ml is not None else np.full(len(names), np.nan)
    return tuple(
        PriorPull(
            term=name,
            posterior=float(mean[k]),
            flat=float(flat[k]),
            ml=float(ml[k]),
            sds=float(moved[k]),
            centre=priors[name].parameters[0],
        )
        for k, name in enumerate(names)
    )


def pull_note(fit: FitRecord) -> str:
    """Return the sentence about default priors that pull common effects; empty for none."""
    large = sorted((p for p in default_prior_pulls(fit) if p.large), key=lambda p: -abs(p.sds))
    if not large:
        return ""
    told = "; ".join(_told(pull) for pull in large[:_MOST_NAMED])
    if len(large) > _MOST_NAMED:
        told += f"; and {len(large) - _MOST_NAMED} more"
    first = large[0].term
    return (
        f"The default prior pulls {told}. Give another where this is not wanted, as in "
        f"{option('priors', {first: 'Normal(0, 10)'})}; .sensitivity() shows what it does."
    )


def _told(pull: PriorPull) -> str:
    before = pull.posterior if np.isnan(pull.flat) else pull.flat
    direction = "towards" if pull.sds * (pull.centre - before) > 0 else "away from"
    more = " or more" if np.isnan(pull.flat) else ""
    beside = [f"posterior {pull.posterior:.3g}"]
    if not np.isnan(pull.flat):
        beside.append(f"with a flat prior {pull.flat:.3g}")
    if not np.isnan(pull.ml):
        beside.append(f"maximum likelihood {pull.ml:.3g}")
    return (
        f"{pull.term} by {abs(pull.sds):.1f} posterior sds{more} {direction} {pull.centre:.3g} "
        f"({', '.join(beside)})"
    )


def _log_normal(prior: Prior, values: Array) -> Array:
    mean, sd = prior.parameters
    return -0.5 * ((values - mean) / sd) ** 2


def _size(fit: FitRecord) -> int:
    sizes = fit.own_arrays["posterior"].sizes
    return sizes["chain"] * sizes["draw"]
