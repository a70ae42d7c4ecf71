"""A fitted model on one page: the record."""

from dataclasses import dataclass
from math import isnan

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.model.frames import data_kind
from bayesmm.results.beside_ml import auxiliary_beside_ml, fixef_beside_ml, varcorr_beside_ml
from bayesmm.results.moments import PROB
from bayesmm.results.summary_html import summary_html
from bayesmm.results.summary_text import summary_text
from bayesmm.sampling.effort import SAMPLED_AGAIN

__all__ = ["Summary", "summarise"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summary:
    """Everything that the page shows; prints as text, shows as HTML in a notebook.

    Attributes
    ----------
    title : str
        What kind of model it is.
    facts : tuple of (str, str)
        The lines above the tables: formula, family, data, sampler.
    fixef : pandas.DataFrame
        Common effects, with ``ml_estimate`` and ``ml_se``.
    varcorr : pandas.DataFrame
        Standard deviations and correlations, with ``ml``.
    auxiliary : pandas.DataFrame
        Further parameters of the family (``nu``, ``alpha``, ``kappa``): ``term, mean, sd,
        median, lower, upper, rhat, ess_bulk, ess_tail, ml``. Empty for most families.
    ml_label : str
        ``"REML"`` or ``"ML"``; empty when there is no such fit.
    warnings : tuple of str
        What must be read first: why the numbers are not to be used, or with which caution.
    notes : tuple of str
        What should be read after.
    prob : float
        Probability of all intervals.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    fixef: pd.DataFrame
    varcorr: pd.DataFrame
    auxiliary: pd.DataFrame
    ml_label: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    prob: float

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
    if design.n_dropped:
        parts.append(f"{design.n_dropped:,} more left out (missing values)")
    parts += [f"{factor}: {len(levels):,} levels" for factor, levels in design.factors.items()]
    return "; ".join(parts)


def _sampler_line(fit: FitRecord) -> str:
    sizes = fit.own_draws["posterior"].sizes
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
    notes = list(fit.design.notes)
    if fit.design.family.name == "t":
        notes.append(
            "Residual: the scale sigma of the t distribution; its sd is sigma sqrt(nu / (nu - 2))."
        )
    if fit.ml is None:
        return (*notes, fit.ml_note)
    label = "REML" if fit.ml.reml else "ML"
    return (*notes, *(f"{label}: {sentence}" for sentence in fit.ml.singular))
