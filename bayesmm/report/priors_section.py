"""The priors."""

from bayesmm.html.frame import frame_table
from bayesmm.report.figures import PRIORS, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Paragraph, Section

__all__ = ["priors_section"]

_NOTE = (
    "Distributions are written as in PyMC: Normal(mean, sd), Exponential(rate). The prior of the "
    "Intercept is that at the mean of the predictors, and so are those that say it."
)


def priors_section(material: Material) -> Section:
    """Return one row per parameter, and who chose its prior."""
    priors = material.fit.priors
    names = {"parameter": "Parameter", "prior": "Prior", "of": "Of", "source": "Chosen by"}
    table = priors.table()
    title = f"Priors, preset '{priors.preset}'"
    shown = frame_table(table, title, names=names, most=len(table))
    parts = (shown, Paragraph(_NOTE), *figures(material.fit, PRIORS, material.prob))
    return Section("priors", "The priors", "What was assumed before the data were seen.", parts)
