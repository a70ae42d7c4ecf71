"""The methods of a fit as a paper prints them: what was done, with which software, and whose."""

from collections.abc import Iterator
from math import isnan

from bayesmm.citation import Citation, own_reference, reference, short_reference
from bayesmm.explanation.english import counted, listed
from bayesmm.explanation.sentence import sentence
from bayesmm.fit_record import FitRecord
from bayesmm.model.frames import data_kind
from bayesmm.results.tables.moments import PROB, interval_label
from bayesmm.sampling.diagnostics_text import verdict
from bayesmm.sampling.effort import SAMPLED_AGAIN
from bayesmm.sampling.versions import PROCESSOR

__all__ = ["methods", "methods_paragraph", "methods_references"]

# Keys of what `bayesmm.cite` cites.
_FORMULA, _SAMPLER, _CONVERGENCE, _PYMC = "bates2015", "hoffman2014", "vehtari2021", "abrilpla2023"
# What took part in any fit under names that everybody knows.
_NAMES = {"python": "Python", "pymc": "PyMC", "bambi": "Bambi", "arviz": "ArviZ"}


def methods(fit: FitRecord, prob: float = PROB) -> Citation:
    """Write the methods paragraph of a paper about this fit, and its references.

    The data and what was left out of them; the model, its family, link and priors; the sampler
    with its settings; the diagnostics that were reached, good or bad; the maximum-likelihood
    estimate beside; the software with its versions.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the intervals that the paper reports.

    Returns
    -------
    Citation
        A str that prints as it is.
    """
    references = (f"- {text}" for text in methods_references(fit))
    return Citation("\n".join([methods_paragraph(fit, prob), "", "References", *references]))


def methods_paragraph(fit: FitRecord, prob: float = PROB) -> str:
    """Return the paragraph alone."""
    parts = (*_model(fit), *_data(fit), *_priors(fit), *_sampling(fit), *_reached(fit))
    return " ".join([*parts, *_reported(fit, prob), _software(fit)])


def methods_references(fit: FitRecord) -> list[str]:
    """Return what the paragraph cites, in the order of the alphabet."""
    keys = {_FORMULA, _SAMPLER, _CONVERGENCE, *((_PYMC,) if fit.engine != "compiled" else ())}
    return sorted([*map(reference, keys), own_reference()])


def _model(fit: FitRecord) -> Iterator[str]:
    yield sentence(fit.design)
    if fit.design.encoder is not None:
        cited = short_reference(_FORMULA)
        yield f"In the notation of lme4 ({cited}) the model is {fit.formula}."


def _data(fit: FitRecord) -> Iterator[str]:
    """Yield what the data are, and what was left out."""
    design, kind = fit.design, data_kind(fit.own_data)
    if kind:
        yield f"The data are simulated ({kind})."
    if not design.n_dropped:
        yield "No row was left out."
    yield from design.notes


def _priors(fit: FitRecord) -> Iterator[str]:
    """Yield all priors, those that are alike together."""
    priors = fit.priors
    if not len(priors):
        return
    alike: dict[str, list[str]] = {}
    for name, prior in priors.items():
        alike.setdefault(str(prior), []).append(name)
    told = [f"{prior} for {listed(names)}" for prior, names in alike.items()]
    yield f"The priors were {'; '.join(told)}."
    if priors.changed:
        yield (
            f"Of these, those for {listed(sorted(priors.changed))} were chosen by the authors, all "
            f"others by the preset '{priors.preset}' of bayesmm."
        )
    else:
        yield f"They are those of the preset '{priors.preset}' of bayesmm."
    if "Intercept" in priors and fit.design.mu.names:
        yield "The prior of the intercept is that at the mean of the predictors."


def _sampling(fit: FitRecord) -> Iterator[str]:
    settings, sizes = fit.settings, fit.own_draws["posterior"].sizes
    chains = counted(sizes["chain"], "chain")
    yield (
        f"The No-U-Turn sampler ({short_reference(_SAMPLER)}) drew {chains} of "
        f"{sizes['draw']:,} draws after {settings.tune:,} draws of warm-up each (target "
        f"acceptance rate {settings.target_accept:g}, maximum tree depth "
        f"{settings.max_treedepth}, seed {settings.seed}; engine '{fit.engine}' of bayesmm)."
    )
    again = fit.facts.get(SAMPLED_AGAIN, ())
    again = again if isinstance(again, tuple) else (again,)
    if again:
        yield f"It was sampled again {listed([str(why) for why in again])}."


def _reached(fit: FitRecord) -> Iterator[str]:
    found = fit.diagnostics
    rhat = "not available" if isnan(found.rhat_max) else f"{found.rhat_max:.3f}"
    sizes = fit.own_draws["posterior"].sizes
    n_draws = sizes["chain"] * sizes["draw"]
    divergences = (
        "divergent transitions were not recorded"
        if found.divergences is None
        else f"{found.divergences:,} of {n_draws:,} transitions diverged"
    )
    yield (
        f"Over all reported quantities the largest R-hat was {rhat}, the smallest effective sample "
        f"sizes were {found.ess_bulk_min:,.0f} (bulk) and {found.ess_tail_min:,.0f} (tail) "
        f"({short_reference(_CONVERGENCE)}), and {divergences}."
    )
    if found.findings:
        yield f"The verdict of bayesmm on these draws: {verdict(found.checks)}"


def _reported(fit: FitRecord, prob: float) -> Iterator[str]:
    yield f"Reported are posterior means, of ratios medians, with {interval_label(prob)}."
    if fit.ml is None:
        yield f"There is no maximum-likelihood estimate beside them: {fit.ml_note}"
        return
    yield f"Beside them stand the estimates of the same model by {_lower(fit.ml.method)}."
    label = "REML" if fit.ml.reml else "ML"
    yield from (f"{label}: {sentence}" for sentence in fit.ml.singular)


def _software(fit: FitRecord) -> str:
    versions = {name: v for name, v in fit.versions.items() if name != PROCESSOR}
    own = f" {versions.pop('bayesmm')}" if "bayesmm" in versions else ""
    language = f"Python {versions.pop('python')}" if "python" in versions else "Python"
    with_libraries = listed([f"{_NAMES.get(name, name)} {v}" for name, v in versions.items()])
    cited = short_reference("bayesmm")
    libraries = f", with {with_libraries}" if with_libraries else ""
    return f"All was computed with bayesmm{own} ({cited}) in {language}{libraries}."


def _lower(text: str) -> str:
    """Return the words of a sentence within another: a name in capitals stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
