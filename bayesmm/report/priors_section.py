"""The model in words and symbols, and its priors."""

from collections.abc import Iterator
from dataclasses import fields

from bayesmm.errors import PriorError
from bayesmm.explanation.explain import equations, equations_mathml
from bayesmm.explanation.sentence import sentence
from bayesmm.html.frame import frame_table
from bayesmm.plots.prior_predictive import PriorPredictive
from bayesmm.report.figures import PRIORS, as_figure, figures
from bayesmm.report.material import Material
from bayesmm.report.record import EquationBlock, Figure, Paragraph, Part, Section
from bayesmm.studies.prior_predictive import replicate_from_priors

__all__ = ["model_section", "priors_section"]

_DATA_SETS = 200  # enough to tell a tenth of them from none

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
    parts = (
        shown,
        Paragraph(_NOTE),
        *figures(material.fit, PRIORS, material.prob),
        *_absurdities(material),
    )
    return Section("priors", "The priors", "What was assumed before the data were seen.", parts)


def _absurdities(material: Material) -> Iterator[Paragraph | Figure]:
    """Yield what the priors expect, with its picture, when nobody would expect it."""
    fit = material.fit
    if fit.design.source is not None:
        return  # data sets are drawn row by row
    try:
        found = replicate_from_priors(fit.design, fit.priors, _DATA_SETS, 0)
    except PriorError:
        return  # a flat prior expects no data at all, and the table says that it is flat
    if not found.absurd:
        return
    expected = PriorPredictive(**{one.name: getattr(found, one.name) for one in fields(found)})
    yield Paragraph(
        f"Data sets drawn from these priors alone ({_DATA_SETS}) are not like any that one would "
        f"expect. {' '.join(expected.words)}"
    )
    yield as_figure(expected.plot(), "bayesmm.prior_predictive(...).plot().table")


def model_section(material: Material) -> Section:
    """Return the model that was to answer the question."""
    fit, course = material.fit, material.course
    parts: list[Part] = []
    parts.append(Paragraph(sentence(fit.design)))
    parts.append(
        EquationBlock(
            "The model and its priors in symbols",
            equations_mathml(fit.design, fit.priors),
            equations(fit.design, fit.priors),
            equations(fit.design, fit.priors, latex=True),
        )
    )
    if course is not None and course.look_at:
        parts.append(Paragraph(f"Look at {course.look_at}"))
    return Section("model", "The model", "", tuple(parts))
