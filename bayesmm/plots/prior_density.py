"""The prior and the posterior density of every parameter on its own scale."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import pandas as pd
from scipy import stats

from bayesmm.arrays import Array
from bayesmm.errors import refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.model.names import coefficient_names, corr_name, effect_label, pair_labels, sd_names
from bayesmm.model.predictor import MEAN
from bayesmm.model.prior_columns import centrings_of, prior_columns, prior_places
from bayesmm.model.priors import Prior
from bayesmm.plots.density_estimate import density_estimate
from bayesmm.results.densities.log_prior import prior_log_density
from bayesmm.results.tables.prior_scale import prior_centre_and_scale
from bayesmm.sampling.posterior import (
    common_draws,
    correlation_draws,
    correlation_pairs,
    named_draws,
    sd_draws,
)
from bayesmm.sampling.raw_columns import draws_of_prior_columns

__all__ = ["PriorAndPosterior", "priors_and_posteriors"]

_POINTS = 301
_REACH = 2.0  # scales of the prior to either side of its centre that a picture shows,
_MOST = 2.5  # but no more than so many widths of the posterior beyond it
_NODES = 400
_WHOLE = ("LKJ", "Beta")  # the whole range of the parameter is shown


@dataclass(frozen=True, slots=True, eq=False)
class PriorAndPosterior:
    """One parameter."""

    # as in `bayesmm.results.tables.hypothesis`: ``Days``, ``sigma``, ``sd(Subject: Days)``,
    # ``corr(Subject: Intercept, Days)``
    name: str
    parameter: str  # name of its prior in ``fit.priors``
    term: str  # an effect whose coefficient has the same units; empty where there is none
    prior: Prior
    draws: Array  # (S,): of the posterior
    lower: float
    upper: float
    density: Callable[[Array], Array]
    note: str = ""  # what the prior is of, where that is not plain

    @property
    def proper(self) -> bool:
        """Whether the prior has a density that integrates to 1."""
        return self.prior.distribution not in ("Flat", "HalfFlat")

    def table(self) -> pd.DataFrame:
        """Return both densities: ``of`` (``"prior"``, ``"posterior"``), ``x``, ``density``.

        The grid of the prior covers the posterior and what of the prior is within reach of it.
        """
        x, density = density_estimate(self.draws, self.lower, self.upper)
        parts = [pd.DataFrame({"of": "posterior", "x": x, "density": density})]
        if self.proper:
            grid = self._grid()
            parts.insert(0, pd.DataFrame({"of": "prior", "x": grid, "density": self.density(grid)}))
        return pd.concat(parts, ignore_index=True)

    def _grid(self) -> Array:
        if self.prior.distribution in _WHOLE:
            low, high = self.lower, self.upper
        else:
            low, high = np.quantile(self.draws, [0.0005, 0.9995])
            wide = max(high - low, np.finfo(float).tiny)
            centre, scale = prior_centre_and_scale(self.prior)
            low = max(min(low, centre - _REACH * scale), low - _MOST * wide, self.lower)
            high = min(max(high, centre + _REACH * scale), high + _MOST * wide, self.upper)
        # a density may be infinite at a bound
        inside = 1e-6 * (high - low)
        return np.linspace(
            low + inside * (low == self.lower), high - inside * (high == self.upper), _POINTS
        )


def priors_and_posteriors(fit: FitRecord, names: tuple[str, ...] = ()) -> list[PriorAndPosterior]:
    """Return every parameter that has a prior, or those that are named.

    `names` are those of parameters, or of their priors; all when empty.
    """
    centrings = centrings_of(fit.design, fit.priors.preset, fit.priors.changed)
    places = prior_places(fit.design, centrings)
    own = replace(
        fit,
        design=prior_columns(fit.design, centrings),
        own_draws=draws_of_prior_columns(fit.own_draws, fit.design, fit.priors),
    )
    every = [
        replace(one, note=", ".join(filter(None, (one.note, places.get(one.parameter)))))
        for one in (*_common(own), *_auxiliary(own), *_components(own))
    ]
    known = {key for one in every for key in (one.name, one.parameter)}
    for name in names:
        refuse_unknown(name, known, f"There is no parameter '{name}'.", "Parameters")
    return [one for one in every if not names or {one.name, one.parameter} & set(names)]


def _common(fit: FitRecord) -> Iterator[PriorAndPosterior]:
    design = fit.design
    for predictor in design.linear_predictors:
        draws = common_draws(fit.own_draws, design, predictor.parameter)
        for k, name in enumerate(coefficient_names(predictor)):
            values, note = draws[:, :, k], ""
            if k == 0 and predictor.intercept:
                # its prior is at the means of the predictors
                values = values + draws[:, :, 1:] @ predictor.centre
                note = "at the mean of the predictors" if predictor.names else ""
            # what is on the scale of another parameter has no unit of the response
            term = name if predictor.parameter == MEAN else ""
            yield _plain(fit, name, name, term, values, note)


def _auxiliary(fit: FitRecord) -> Iterator[PriorAndPosterior]:
    family = fit.design.family
    for name in fit.design.constants:
        # sigma is in the units of the response, which are those of the intercept
        term = "Intercept" if (name, family.link) == (family.residual_scale, "identity") else ""
        yield _plain(fit, name, name, term, named_draws(fit.own_draws, name))


def _plain(
    fit: FitRecord, name: str, parameter: str, term: str, values: Array, note: str = ""
) -> PriorAndPosterior:
    prior = fit.priors[parameter]
    coefficients = {n for p in fit.design.linear_predictors for n in coefficient_names(p)}
    further = fit.design.family.parameter(parameter)
    any_sign = parameter in coefficients or (further is not None and further.support == "real")
    lower, upper = (-inf if any_sign else 0.0), inf
    if prior.distribution == "Uniform":
        lower, upper = prior.parameters
    if prior.distribution == "Beta":
        upper = 1.0
    return PriorAndPosterior(
        name, parameter, term, prior, values.ravel(), lower, upper,
        lambda x: np.exp(prior_log_density(prior, x)), note,
    )  # fmt: skip


def _components(fit: FitRecord) -> Iterator[PriorAndPosterior]:
    design = fit.design
    for index, block in enumerate(design.blocks):
        sds = sd_draws(fit.own_draws, block)
        for k, (own, parameter) in enumerate(zip(block.effects, sd_names(block), strict=True)):
            name = f"sd({block.factor}: {effect_label(own)})"
            effect = own.name if own.predictor == MEAN else ""
            if fit.priors[parameter].distribution == "Decov":
                yield _decov(fit, name, parameter, effect, sds[:, :, k], block.n_effects)
            else:
                yield _plain(fit, name, parameter, effect, sds[:, :, k])
        matrices = correlation_draws(fit.own_draws, design, index)
        parameter = corr_name(design.blocks, index)
        for (a, b), label in zip(correlation_pairs(block), pair_labels(block), strict=True):
            prior = fit.priors[parameter]
            # one correlation of an LKJ matrix: Lewandowski, Kurowicka and Joe (2009)
            shape = prior.parameters[0] - 1 + block.n_effects / 2
            yield PriorAndPosterior(
                f"corr({block.factor}: {label})",
                parameter, "", prior, matrices[:, :, a, b].ravel(), -1.0, 1.0,
                lambda x, shape=shape: stats.beta.pdf((x + 1) / 2, shape, shape) / 2,
            )  # fmt: skip


def _decov(
    fit: FitRecord, name: str, parameter: str, effect: str, values: Array, q: int
) -> PriorAndPosterior:
    """Return an sd under Decov: sd = scale dispersion sqrt(q pi) tau, averaged over pi."""
    concentration, shape, scale = fit.priors[parameter].parameters
    note, unit = "", scale * np.sqrt(q)
    if dispersion := fit.design.family.dispersion:
        unit *= float(named_draws(fit.own_draws, dispersion).mean())
        note = f"given the posterior mean of {dispersion}"
    share = np.ones(1)
    if q > 1:
        places = (np.arange(_NODES) + 0.5) / _NODES
        share = stats.beta.ppf(places, concentration, (q - 1) * concentration)

    def density(x: Array) -> Array:
        units = unit * np.sqrt(share)
        return (stats.gamma.pdf(x[:, None] / units, shape) / units).mean(axis=1)

    return PriorAndPosterior(
        name, parameter, effect, fit.priors[parameter], values.ravel(), 0.0, inf, density, note
    )
