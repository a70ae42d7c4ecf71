"""How far the answers move when a prior is half or twice as wide."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.names import corr_name, scalar_names, sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.comparison.pareto_smoothing import psis_loo
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.quantities import quantity_label

__all__ = ["REFIT", "prior_sensitivity", "rescaled"]

HALVED, DOUBLED = 0.5, 2.0
REFIT = "refit"
_MOVED = 0.1  # posterior sds: what other terms move by before they are listed
_MOST_REFITS = 20
_EVERY = "all"


@dataclass(frozen=True, slots=True, eq=False)
class _Changed:
    """What the terms become under other priors."""

    means: Array
    k: float
    how: str


def prior_sensitivity(fit: FitRecord, *, refit: bool = False) -> ResultTable:
    """Return the estimates with each prior halved and doubled in scale, and with all of them.

    The draws are weighted by p_new(theta) / p(theta), Pareto-smoothed. Where the weights cannot
    be trusted, k > min(1 - 1 / log10 S, 0.7), there are no numbers, and ``how`` says "refit".

    Parameters
    ----------
    fit : Fit
        A fitted model.
    refit : bool
        Sample the model again with the other prior where weights fail, at most 20 times.

    Returns
    -------
    ResultTable
        One row per prior (``prior``, the last is ``all`` of them) and term whose own prior it is
        or that it moves by 0.1 posterior sds or more: ``term``, ``estimate`` (posterior mean),
        ``halved``, ``doubled`` (the same under the other prior), ``shift_halved``,
        ``shift_doubled`` (the differences in posterior sds), ``k_halved``, ``k_doubled`` and
        ``how``: ``"reweighted"``, ``"refitted"`` or ``"refit"``. The scale of LKJ and Beta is
        the inverse root of their concentration. Flat and uniform priors have no scale, which
        ``how`` says.

    Raises
    ------
    UsageError
        When more than 20 refits are asked for.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), doi:10.1007/s11222-023-10366-5; Vehtari,
    Simpson, Gelman, Yao and Gabry (2024), Pareto smoothed importance sampling, JMLR 25(72)
    """
    terms = dict(_terms(fit))
    values = np.stack([draws.ravel() for _, draws in terms.values()], axis=1)
    names = {label: owner for label, (owner, _) in terms.items()}
    groups = _groups(fit)
    scaled = tuple(n for n in fit.priors if rescaled(fit.priors[n], HALVED) is not None)
    groups |= {_EVERY: scaled} if len(scaled) > 1 else {}
    changes = {
        (group, factor): _priors(fit.priors, members, factor)
        for group, members in groups.items()
        for factor in (HALVED, DOUBLED)
    }
    own = sum(log_prior(fit.design, fit.priors, fit.own_draws).values())
    found = {key: _reweighted(fit, priors, own, values) for key, priors in changes.items()}
    failed = [key for key, one in found.items() if one.how == REFIT]
    if refit and len(failed) > _MOST_REFITS:
        raise UsageError(
            f"{len(failed)} other priors need the model to be sampled again, more than "
            f"{_MOST_REFITS}. Fit it with the priors in question, bayesmm.fit(..., priors=...)."
        )
    if refit:
        found |= {key: _refitted(fit, changes[key], list(terms)) for key in failed}
    rows = [
        row
        for group in groups
        for row in _rows(group, names, values, found[group, HALVED], found[group, DOUBLED])
    ]
    table = pd.DataFrame(rows)
    table.attrs["refits"] = len(failed) if refit else 0
    return result_table(table, "Estimates with priors half and twice as wide")


def _rows(
    group: str, names: Mapping[str, str], values: Array, halved: _Changed, doubled: _Changed
) -> Iterator[dict[str, object]]:
    mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1)
    shifts = [(one.means - mean) / sd for one in (halved, doubled)]
    moved = np.nanmax(np.abs(np.stack([*shifts, np.zeros_like(mean)])), axis=0) >= _MOVED
    hows = {halved.how, doubled.how} - {"reweighted"}
    for k, (term, owner) in enumerate(names.items()):
        if owner == group or moved[k]:
            yield {
                "prior": group,
                "term": term,
                "estimate": mean[k],
                "halved": halved.means[k],
                "doubled": doubled.means[k],
                "shift_halved": shifts[0][k],
                "shift_doubled": shifts[1][k],
                "k_halved": halved.k,
                "k_doubled": doubled.k,
                "how": ", ".join(sorted(hows)) or "reweighted",
            }


def _terms(fit: FitRecord) -> Iterator[tuple[str, tuple[str, Array]]]:
    """Yield every parameter that has a prior: its label, the name of the prior, its draws."""
    design, draws = fit.design, fit.own_draws
    for name in scalar_names(design):
        yield name, (name, named_draws(draws, name))
    for index, block in enumerate(design.blocks):
        sds = sd_names(block)
        decov = fit.priors[sds[0]].distribution == "Decov"
        for name in sds:
            yield name, (sds[0] if decov else name, named_draws(draws, name))
        corr = corr_name(design.blocks, index)
        if corr is not None:
            pairs = np.moveaxis(named_draws(draws, corr), 2, 0)
            for k, one in enumerate(pairs):
                yield quantity_label(design, corr, k), (corr, one)


def _groups(fit: FitRecord) -> dict[str, tuple[str, ...]]:
    """Return what is changed together: a prior by itself, and Decov of all sds of a block.

    That is under the first of their names.
    """
    groups = {name: (name,) for name in fit.priors}
    for block in fit.design.blocks:
        first, *others = sd_names(block)
        if fit.priors[first].distribution == "Decov":
            groups[first] = (first, *others)
            for name in others:
                del groups[name]
    return groups


def _priors(priors: Priors, members: tuple[str, ...], factor: float) -> Priors | None:
    """Return the priors with some of another scale, or None when one of them has none."""
    changed = {name: rescaled(priors[name], factor) for name in members}
    if None in changed.values():
        return None
    # the columns that the priors are of stay those of the fit: what the user changed is the same
    return replace(priors, by_name={**priors.by_name, **changed})


def _reweighted(fit: FitRecord, priors: Priors | None, own: Array, values: Array) -> _Changed:
    """Return the terms under other priors by importance sampling."""
    nothing = np.full(values.shape[1], np.nan)
    if priors is None:
        return _Changed(nothing, np.nan, "no scale")
    ratio = sum(log_prior(fit.design, priors, fit.own_draws).values()) - own
    efficiency = min(1.0, fit.diagnostics.ess_bulk_min / ratio.size)
    smoothed = psis_loo(-ratio[..., None], efficiency)
    k = float(smoothed.k[0])
    if not k <= smoothed.good_k:  # NaN: no tail to tell it by
        return _Changed(nothing, k, REFIT)
    return _Changed(np.exp(smoothed.log_weights).ravel() @ values, k, "reweighted")


def _refitted(fit: FitRecord, priors: Priors | None, terms: list[str]) -> _Changed:
    """Return the terms under other priors by sampling; without the effort of checks."""
    settings = replace(fit.settings, progress=False)
    sampled = choose_engine(fit.design, priors, fit.engine).sample(settings)
    again = replace(fit, priors=priors, own_draws=assemble(fit.design, sampled))
    found = dict(_terms(again))
    means = np.array([found[term][1].mean() for term in terms])
    how = "refitted" if again.diagnostics.ok else "refitted, chains doubtful"
    return _Changed(means, np.nan, how)


# Parameters of the distribution whose scale is f times that of these; its middle stays, where it
# has one that is no scale itself. LKJ and Beta have no scale: their sd goes with the inverse root
# of their concentration, so that this is divided by f^2.
_RESCALED: Mapping[str, Callable[..., tuple[float, ...]]] = {
    "Normal": lambda f, mu, sigma: (mu, f * sigma),
    "StudentT": lambda f, nu, mu, sigma: (nu, mu, f * sigma),
    "Cauchy": lambda f, alpha, beta: (alpha, f * beta),
    "Laplace": lambda f, mu, b: (mu, f * b),
    "Logistic": lambda f, mu, s: (mu, f * s),
    "MinGumbel": lambda f, mu, beta: (mu, f * beta),
    "HalfNormal": lambda f, sigma: (f * sigma,),
    "HalfStudentT": lambda f, nu, sigma: (nu, f * sigma),
    "HalfCauchy": lambda f, beta: (f * beta,),
    "Exponential": lambda f, lam: (lam / f,),
    "Gamma": lambda f, alpha, beta: (alpha, beta / f),
    "InverseGamma": lambda f, alpha, beta: (alpha, f * beta),
    "Beta": lambda f, alpha, beta: (alpha / f**2, beta / f**2),
    "LKJ": lambda f, eta: (eta / f**2,),
    "Decov": lambda f, concentration, shape, scale: (concentration, shape, f * scale),
}


def rescaled(prior: Prior, factor: float) -> Prior | None:
    """Return the prior with its scale times a factor; None where it has none.

    Flat and uniform priors have no scale: a uniform prior is a pair of bounds, and draws within the
    one say nothing of what is outside. ``Beta`` and ``LKJ`` have their concentration divided by the
    square of the factor, which does the same to their sd as far as they are concentrated.
    """
    change = _RESCALED.get(prior.distribution)
    return None if change is None else Prior(prior.distribution, change(factor, *prior.parameters))
