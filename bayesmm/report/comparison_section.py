"""The comparison with other fits of the same rows."""

from collections.abc import Iterator

from bayesmm.html.frame import frame_table
from bayesmm.html.table import Table
from bayesmm.plots.comparison import plot_compare
from bayesmm.report.figures import as_figure
from bayesmm.report.material import THIS, Material
from bayesmm.report.record import Items, Part, Section
from bayesmm.results.comparison.compare import Comparison, compare
from bayesmm.sampling.diagnostics_text import verdict

__all__ = ["comparison_section"]

_INTRO = (
    "elpd is the expected log predictive density of a row that the model has not seen: higher is "
    "better."
)
_PREDICTION = {
    "model": "Model",
    "elpd": "elpd",
    "se": "SE",
    "d_elpd": "Difference to the best",
    "d_se": "SE of the difference",
    "p_loo": "p_loo",
    "weight": "Stacking weight",
    "max_k": "Largest k",
    "how": "How",
}
_LIKELIHOOD = {
    "model": "Model",
    "loglik": "Log likelihood",
    "df": "Parameters",
    "aic": "AIC",
    "bic": "BIC",
}
_TESTS = {"m0": "Model", "m1": "Larger model", "chi2": "chi2", "df": "df", "p_value": "p"}


def comparison_section(material: Material) -> Section | None:
    """Return the models side by side, with the verdict on the draws of each; None for one."""
    if not material.others:
        return None
    fits = {THIS: material.fit, **material.others}
    verdicts = {name: verdict(fit.diagnostics.checks) for name, fit in fits.items()}
    told = (f"{name}: {fit.formula}. {verdicts[name]}" for name, fit in fits.items())
    found = compare(fits)
    parts: list[Part] = [Items("The models", tuple(told)), *_tables(found)]
    parts.insert(2, as_figure(plot_compare(found), "bayesmm.plot_compare(comparison).table"))
    said = {f"{name}: {sentence}" for name, sentence in verdicts.items()}
    parts.append(Items("", tuple(note for note in found.notes if note not in said)))
    return Section("comparison", "Compared with other models", _INTRO, tuple(parts))


def _tables(found: Comparison) -> Iterator[Table]:
    """Yield how well the models predict, their likelihoods, and the tests of nested ones."""
    yield frame_table(found.table, "Prediction of left-out rows, the best first", names=_PREDICTION)
    if found.table["loglik"].notna().any():
        yield frame_table(found.table, "Maximum likelihood of the same models", names=_LIKELIHOOD)
    if len(found.tests):
        yield frame_table(found.tests, "Likelihood-ratio tests of nested models", names=_TESTS)
