"""The comparison with other fits of the same rows."""

from bayesmm.html.frame import frame_table
from bayesmm.plots.comparison import plot_compare
from bayesmm.report.figures import as_figure
from bayesmm.report.material import THIS, Material
from bayesmm.report.record import Items, Part, Section
from bayesmm.results.compare import compare

__all__ = ["comparison_section"]

_INTRO = (
    "elpd is the expected log predictive density of a row that the model has not seen: higher is "
    "better."
)


def comparison_section(material: Material) -> Section | None:
    """Return the models side by side; None when there is one."""
    if not material.others:
        return None
    fits = {THIS: material.fit, **material.others}
    found = compare(fits)
    formulas = Items("The models", tuple(f"{name}: {fit.formula}" for name, fit in fits.items()))
    parts: list[Part] = [formulas, frame_table(found.table, "Models, the best first")]
    parts.append(as_figure(plot_compare(found), "bayesmm.plot_compare(comparison).table"))
    if len(found.tests):
        parts.append(frame_table(found.tests, "Likelihood-ratio tests of nested models (ML)"))
    parts.append(Items("", found.notes))
    return Section("comparison", "Compared with other models", _INTRO, tuple(parts))
