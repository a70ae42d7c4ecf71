"""The groups: how much they differ, and by how much each one."""

from bayesmm.fit_record import FitRecord
from bayesmm.html.frame import frame_table
from bayesmm.html.table import Table
from bayesmm.report.figures import GROUPS, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Part, Section
from bayesmm.results.tables.beside_ml import ranef_beside_ml, varcorr_beside_ml
from bayesmm.results.tables.moments import interval_label

__all__ = ["groups_section"]

_INTRO = (
    "Each group is estimated from its own rows and, through the model, from all others: partial "
    "pooling moves a group towards the others the more, the less its rows say."
)
_ROWS = 12


def groups_section(material: Material) -> Section | None:
    """Return how groups differ; None for a model without groups."""
    fit = material.fit
    if not fit.design.blocks:
        return None
    parts: list[Part] = [
        _spread(fit, material.prob),
        *figures(fit, GROUPS, material.prob),
        *_effects(fit, material.prob),
    ]
    return Section("groups", "The groups", _INTRO, tuple(parts))


def _ml(fit: FitRecord) -> str:
    return "" if fit.ml is None else "REML" if fit.ml.reml else "ML"


def _spread(fit: FitRecord, prob: float) -> Table:
    table = varcorr_beside_ml(fit, prob)
    names = {"grp": "Groups", "var1": "Effect", "var2": "With", "sdcor": "SD or correlation"}
    names |= {"lower": "lower", "upper": "upper"}
    if label := _ml(fit):
        names["ml"] = label
    title = f"Standard deviations between groups and correlations, {interval_label(prob)}"
    return frame_table(table, title, names=names, most=len(table))


def _effects(fit: FitRecord, prob: float) -> list[Table]:
    """Return the first effects of each block, in the order of its levels."""
    table = ranef_beside_ml(fit, prob)
    names = {"level": "Group", "mean": "Mean", "sd": "SD", "lower": "lower", "upper": "upper"}
    if label := _ml(fit):
        names["ml"] = label
    names["n_obs"] = "Rows"
    tables = []
    for (factor, term), part in table.groupby(["grp", "term"], sort=False):
        title = f"Effects of {factor} on {term}, {interval_label(prob)}"
        tables.append(frame_table(part, title, names=names, most=_ROWS, where="fit.ranef()"))
    return tables
