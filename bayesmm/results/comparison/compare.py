"""Comparison of models: by prediction of left-out rows or groups, and by likelihood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from bayesmm.choices import Leave
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import page_html
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.comparison.arviz_loo import arviz_compare
from bayesmm.results.comparison.grouping import grouping_of
from bayesmm.results.comparison.likelihood_ratio import likelihood_ratio, refuse_reml
from bayesmm.results.comparison.loo import leave_one_out
from bayesmm.results.comparison.loo_record import Loo
from bayesmm.results.comparison.models import named_models
from bayesmm.results.comparison.nesting import is_special_case, refuse_other_data
from bayesmm.sampling.diagnostics_text import verdict

__all__ = ["SMALL_DIFFERENCE", "Comparison", "compare"]

SMALL_DIFFERENCE = 4.0  # Sivula et al. (2025): below it the normal approximation is poor


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """Models of the same data side by side, the best first.

    Attributes
    ----------
    table : ResultTable
        One row per model. Columns ``model``; ``elpd``, ``se``, ``p_loo``, ``d_elpd`` and
        ``d_se`` (difference to the best, and its standard error), ``weight`` (stacking),
        ``max_k`` (largest Pareto k of what was not refitted), ``how`` (``"PSIS"`` or
        ``"refitted"``); then ``loglik``, ``df``, ``aic``, ``bic`` of the maximum-likelihood fit
        of the same design (NaN where there is none). ML fits have the last four only.
    tests : ResultTable
        Likelihood-ratio test of each nested pair: ``m0, m1, chi2, df, p_value``.
    loo : mapping of str to Loo
        Unit by unit, per model; empty for ML fits.
    notes : tuple of str
        What the numbers mean, and what to mistrust.
    """

    table: ResultTable
    tests: ResultTable
    loo: Mapping[str, Loo]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return both tables and the notes as text."""
        parts = [repr(self.table)]
        if len(self.tests):
            parts.append(repr(self.tests))
        return "\n\n".join([*parts, *(["\n".join(self.notes)] if self.notes else [])])

    def _repr_html_(self) -> str:
        tables = [self.table, *([self.tests] if len(self.tests) else [])]
        shown = [table._repr_html_() for table in tables]
        return page_html("Comparison of models", *shown, notes=self.notes)


def compare(
    *models: "FitRecord | MLFit | Mapping[str, FitRecord | MLFit] | Sequence[FitRecord | MLFit]",
    leave: Leave = "row",
    factor: str | None = None,
    refit: bool = False,
) -> Comparison:
    """Compare models of the same data by how well they predict what they have not seen.

    ``elpd = sum_i log p(y_i | y_-i)``, where i is a row or a whole group, by PSIS of the draws;
    stacking weights; beside them log likelihood, AIC and BIC of the ML fits of the same designs,
    and the likelihood-ratio test of each nested pair.

    Parameters
    ----------
    *models : Fit, or one mapping of str to Fit, or one sequence of Fit
        At least two fits, ``compare(a, b)``, ``compare([a, b])`` or ``compare({"slopes": a,
        "levels": b})``; without names they are called by their formulas. MLFits in place of Fits
        are compared by likelihood alone.
    leave : {"row", "group"}
        What is left out at a time: ``"row"`` asks about a new row of a known group, ``"group"``
        about a new group.
    factor : str, optional
        Grouping factor of ``leave="group"``; needed when there are several.
    refit : bool
        Sample a model again without each row or group for which PSIS fails.

    Returns
    -------
    Comparison
        A table with a row per model, the best first, the tests of nested pairs, and notes.

    Raises
    ------
    UsageError
        When the models are of different responses or rows, or REML criteria of models with
        different common effects would be compared.

    References
    ----------
    Sivula, Magnusson, Matamoros and Vehtari (2025), Uncertainty in Bayesian leave-one-out
    cross-validation based model comparison, doi:10.48550/arXiv.2008.10296
    """
    named = named_models(models, "compare")
    for a, b in combinations(named, 2):
        refuse_other_data(named[a].design, named[b].design, (a, b))
    fitted = {name: isinstance(model, MLFit) for name, model in named.items()}
    if all(fitted.values()):
        for a, b in combinations(named.values(), 2):
            refuse_reml(a, b)
        table = _titled(_likelihood_rows(named).sort_values("aic", ignore_index=True))
        return Comparison(table, _tests(named), {}, _reml_note(named))
    if any(fitted.values()):
        raise UsageError("Compare fits with fits, or ML fits with ML fits, not both together.")
    grouping = None
    if leave == "group":
        grouping = grouping_of([fit.design for fit in named.values()], factor)
    loos = {
        name: leave_one_out(fit, leave, factor, refit=refit, grouping=grouping)
        for name, fit in named.items()
    }
    ml, notes = _ml_fits(named)
    notes += _draws_notes(named)
    predictive = _predictive_rows(loos)
    table = _titled(predictive.merge(_likelihood_rows(ml), on="model", how="left"))
    return Comparison(table, _tests(ml), loos, _loo_notes(loos, predictive) + notes)


def _titled(table: pd.DataFrame) -> ResultTable:
    return result_table(table, "Comparison of models")


def _predictive_rows(loos: Mapping[str, Loo]) -> pd.DataFrame:
    against = arviz_compare({name: loo.units["elpd"].to_numpy() for name, loo in loos.items()})
    rows = [
        {
            "model": name,
            "elpd": loos[name].elpd,
            "se": loos[name].se,
            "p_loo": loos[name].p_loo,
            **against.loc[name],
            "max_k": loos[name].max_k,
            "how": loos[name].how,
        }
        for name in against.index
    ]
    return pd.DataFrame(rows)


def _ml_fits(fits: Mapping[str, FitRecord]) -> tuple[dict[str, MLFit], tuple[str, ...]]:
    """Return the ML fits there are, and why others are missing."""
    found, notes = {}, []
    for name, fit in fits.items():
        try:
            found[name] = fit_ml(fit.design, reml=False)
        except (UnsupportedModelError, DataError) as reason:
            notes.append(f"No maximum likelihood for '{name}': {reason}")
    return found, tuple(notes)


def _draws_notes(fits: Mapping[str, FitRecord]) -> tuple[str, ...]:
    """Return the verdict on the draws of each fit in which something was found."""
    found = {name: fit.diagnostics for name, fit in fits.items()}
    return tuple(f"{name}: {verdict(d.checks)}" for name, d in found.items() if d.findings)


def _likelihood_rows(fits: Mapping[str, MLFit]) -> pd.DataFrame:
    rows = [(name, m.loglik, m.n_parameters, m.aic, m.bic) for name, m in fits.items()]
    return pd.DataFrame(rows, columns=["model", "loglik", "df", "aic", "bic"])


def _tests(fits: Mapping[str, MLFit]) -> pd.DataFrame:
    """Return the likelihood-ratio test of each nested pair, the smaller models first."""
    rows = []
    by_size = sorted(fits, key=lambda name: fits[name].n_parameters)
    for small, large in combinations(by_size, 2):
        m0, m1 = fits[small], fits[large]
        if m0.n_parameters < m1.n_parameters and is_special_case(m0.design, m1.design):
            test = likelihood_ratio(m0, m1)
            rows.append((small, large, test.chi2, test.df, test.p_value))
    tests = pd.DataFrame(rows, columns=["m0", "m1", "chi2", "df", "p_value"])
    return result_table(tests, "Likelihood-ratio tests (ML)")


def _reml_note(fits: Mapping[str, MLFit]) -> tuple[str, ...]:
    if not any(fit.reml for fit in fits.values()):
        return ()
    return ("Criteria are of REML; the tests are of ML fits of the same designs.",)


def _loo_notes(loos: Mapping[str, Loo], predictive: pd.DataFrame) -> tuple[str, ...]:
    notes: list[str] = []
    for name, loo in loos.items():
        own = loo.notes[-1:] if len(loo.failed) else ()
        notes += [note for note in loo.notes if note not in own]
        notes += [f"{name}: {note}" for note in own]
    units = len(next(iter(loos.values())).units)
    differences = predictive["d_elpd"].iloc[1:]
    if np.any(np.abs(differences) < SMALL_DIFFERENCE):
        notes.append(
            f"Differences of elpd below {SMALL_DIFFERENCE:g} are small: these models predict "
            "much alike, and d_se says little."
        )
    elif units < 100:
        notes.append(f"With {units} units d_se is itself uncertain.")
    return tuple(dict.fromkeys(notes))
