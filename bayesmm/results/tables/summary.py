"""A fitted model on one page."""

from math import isnan

from bayesmm.explanation.evidence import gather_evidence
from bayesmm.explanation.group_checks import priors_far_from_data
from bayesmm.fit_record import FitRecord
from bayesmm.model.frames import data_kind
from bayesmm.model.names import prefixed
from bayesmm.model.predictor import Predictor
from bayesmm.model.prior_columns import centrings_of
from bayesmm.results.tables.beside_ml import auxiliary_beside_ml, fixef_beside_ml, varcorr_beside_ml
from bayesmm.results.tables.moments import PROB
from bayesmm.results.tables.prior_pull import pull_note
from bayesmm.results.tables.summary_html import summary_html
from bayesmm.results.tables.summary_record import SummaryRecord
from bayesmm.results.tables.summary_text import summary_text
from bayesmm.sampling.effort import SAMPLED_AGAIN

__all__ = ["Summary", "summarise"]

# Coefficients that a note names one by one.
_LISTED = 4


class Summary(SummaryRecord):
    """Everything that the page shows; prints as text, shows as HTML in a notebook."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the page as plain text of at most 100 columns."""
        return summary_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return summary_html(self)


def summarise(fit: FitRecord, prob: float = PROB) -> Summary:
    """Return the summary of a fitted model.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    Summary
        Tables and facts; ``print`` shows one page.
    """
    return Summary(
        title="Bayesian multilevel model" if fit.design.blocks else "Bayesian regression model",
        facts=(
            ("Formula", fit.formula),
            ("Family", fit.design.family_line),
            ("Data", _data_line(fit)),
            ("Sampler", _sampler_line(fit)),
            *(("", f"sampled again {why}") for why in _reasons(fit)),
            ("", _quality_line(fit)),
        ),
        fixef=fixef_beside_ml(fit, prob),
        varcorr=varcorr_beside_ml(fit, prob),
        auxiliary=auxiliary_beside_ml(fit, prob),
        ml_label="" if fit.ml is None else ("REML" if fit.ml.reml else "ML"),
        warnings=_warnings(fit),
        notes=_notes(fit),
        prob=prob,
    )


def _warnings(fit: FitRecord) -> tuple[str, ...]:
    found = fit.diagnostics
    if not found.findings:
        return ()
    told = (check.told for check in found.findings)
    if not found.ok:
        return ("DO NOT USE THESE NUMBERS.", *told)
    several = len(found.cautions) > 1
    return (f"Usable, with {'these cautions' if several else 'this caution'}:", *told)


def _data_line(fit: FitRecord) -> str:
    design = fit.design
    kind = data_kind(fit.own_data)
    parts = [f"{design.n_obs:,} rows" + (f" ({kind})" if kind else "")]
    if design.source is not None:
        parts = [f"{parts[0]} in files"]
    if design.n_dropped:
        parts.append(f"{design.n_dropped:,} more left out (missing values)")
    parts += [f"{factor}: {len(levels):,} levels" for factor, levels in design.factors.items()]
    return "; ".join(parts)


def _sampler_line(fit: FitRecord) -> str:
    sizes = fit.own_arrays["posterior"].sizes
    return (
        f"NUTS ({fit.engine}), {sizes['chain']} chains x {sizes['draw']} draws "
        f"({fit.settings.tune} tuning), seed {fit.settings.seed}"
    )


def _reasons(fit: FitRecord) -> tuple[object, ...]:
    """Return why it was sampled again, as often as it was; of a saved fit whatever was written."""
    again = fit.facts.get(SAMPLED_AGAIN, ())
    return again if isinstance(again, tuple) else (again,)


def _quality_line(fit: FitRecord) -> str:
    found = fit.diagnostics
    divergences = "not recorded" if found.divergences is None else str(found.divergences)
    rhat = "R-hat not available" if isnan(found.rhat_max) else f"max R-hat {found.rhat_max:.3f}"
    return (
        f"{rhat}, min ESS {found.ess_bulk_min:,.0f} bulk and "
        f"{found.ess_tail_min:,.0f} tail, divergences {divergences}"
    )


def _notes(fit: FitRecord) -> tuple[str, ...]:
    notes = [*fit.design.notes, *_scales(fit), *_far_priors(fit)]
    if pulled := pull_note(fit):
        notes.append(pulled)
    if fit.design.family.words.residual:
        notes.append(fit.design.family.words.residual)
    if fit.ml is None:
        return (*notes, fit.ml_note)
    label = "REML" if fit.ml.reml else "ML"
    return (*notes, *(f"{label}: {sentence}" for sentence in fit.ml.singular))


def _scales(fit: FitRecord) -> tuple[str, ...]:
    """Return on which scale the coefficients of each further parameter are."""
    return tuple(_scale(fit, own) for own in fit.design.linear_predictors[1:])


def _scale(fit: FitRecord, predictor: Predictor) -> str:
    name = predictor.parameter
    of = name if predictor.link == "identity" else f"{predictor.link}({name})"
    own = fit.design.family.parameter(name)
    meaning = f" ({own.meaning})" if own is not None and own.meaning else ""
    terms = [prefixed(term, name) for term in predictor.terms]
    if len(terms) > _LISTED:
        terms = [f"{terms[0]} to {terms[-1]}"]
    if not terms:
        return f"Group effects on {name} and their sds are those of {of}{meaning}."
    several = "coefficients" if len(predictor.terms) > 1 else "coefficient"
    groups = "; so are sds of its group effects" if predictor.grouped else ""
    return f"{', '.join(terms)}: {several} of {of}{meaning}{groups}."


def _far_priors(fit: FitRecord) -> tuple[str, ...]:
    """Return what must be known of priors that are stated where there are no data."""
    if not fit.design.blocks or fit.design.encoder is None:
        return ()
    if fit.design.source is not None:
        return (
            "The rows are in files: whether priors are stated far from the data, and whatever "
            "else needs every row, was not looked at.",
        )
    centred = centrings_of(fit.design, fit.priors.preset, fit.priors.changed)
    evidence = gather_evidence(fit.design, fit.own_data)
    return tuple(priors_far_from_data(evidence, fit.priors.preset, centred))
