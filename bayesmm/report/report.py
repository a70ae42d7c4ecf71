"""The report of a fit as one HTML file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bayesmm.course import CourseModel, load_model
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.report.answer_section import answer_section, methods_section
from bayesmm.report.code_section import code_section
from bayesmm.report.comparison_section import comparison_section
from bayesmm.report.data_section import data_section
from bayesmm.report.differences_section import differences_section
from bayesmm.report.effects_section import effects_section
from bayesmm.report.estimates_section import estimates_section
from bayesmm.report.file import report_path
from bayesmm.report.groups_section import groups_section
from bayesmm.report.material import THIS, Material
from bayesmm.report.page import page_of
from bayesmm.report.priors_section import model_section, priors_section
from bayesmm.report.record import Report, Section
from bayesmm.report.sampling_section import sampling_section
from bayesmm.report.trust import checks_section, trust_section
from bayesmm.results.tables.moments import PROB
from bayesmm.sampling.versions import library_version
from bayesmm.writing import write_whole

__all__ = ["SECTIONS", "make_report", "write_report"]

# In the order of the page; one that has nothing to say of a fit returns None.
SECTIONS: tuple[Callable[[Material], Section | None], ...] = (
    answer_section,
    trust_section,
    model_section,
    data_section,
    estimates_section,
    differences_section,
    groups_section,
    effects_section,
    checks_section,
    comparison_section,
    priors_section,
    methods_section,
    code_section,
    sampling_section,
)
# What is not there of rows in files; the section of the data says so.
_OF_EVERY_ROW = frozenset({answer_section, effects_section, checks_section})


def write_report(
    fit: FitRecord,
    path: str | Path,
    title: str | None = None,
    others: Mapping[str, FitRecord] | None = None,
    course: CourseModel | str | None = None,
    prob: float = PROB,
    focus: str | Sequence[str] | None = None,
) -> Path:
    """Write everything about a fit to one HTML file that needs no network and no script.

    First the answer to what was asked, in words: the effect, its interval, for whom, and whether to
    trust it. Then the verdicts on the draws and on the model; the model in words and symbols; the
    data; the estimates with maximum likelihood beside them and why they differ; odds and rate
    ratios where the link has them, contrasts, ICC and R2; the groups; predictions; checks; a
    comparison with other fits; priors; a methods paragraph; the code that repeats the fit; and,
    folded, how it was sampled: engine, seed, settings, versions, the SHA-256 of the data.

    The arguments, and what is refused, are as in `Fit.report`.
    """
    target = report_path(path)
    return write_whole(target, page_of(make_report(fit, title, others, course, prob, focus)))


def make_report(
    fit: FitRecord,
    title: str | None = None,
    others: Mapping[str, FitRecord] | None = None,
    course: CourseModel | str | None = None,
    prob: float = PROB,
    focus: str | Sequence[str] | None = None,
) -> Report:
    """Return what the page shows; see `write_report`."""
    model = load_model(course) if isinstance(course, str) else course
    material = Material(fit, _named(others), _same_model(fit, model), prob, focus)
    left_out = frozenset() if fit.design.source is None else _OF_EVERY_ROW
    sections = (make(material) for make in SECTIONS if make not in left_out)
    family, outcome = fit.design.family, fit.design.outcome
    return Report(
        title=_title(fit) if title is None else title,
        formula=fit.formula,
        family=", ".join(filter(None, (f"{family.name} family", f"{family.link} link", outcome))),
        warning=_warning(material),
        sections=tuple(section for section in sections if section is not None),
        written=f"Written by bayesmm {library_version('bayesmm')} on {datetime.now(UTC):%Y-%m-%d}.",
    )


def _title(fit: FitRecord) -> str:
    kind = "multilevel model" if fit.design.blocks else "regression model"
    return f"Bayesian {kind} of {fit.design.response}"


def _warning(material: Material) -> str:
    if material.kind == "simulated twin":
        return (
            "The data are a simulated twin: made up by bayesmm in the shape of data that may not "
            "be passed on. They say nothing about the world."
        )
    return "The data are simulated." if material.kind else ""


def _named(others: Mapping[str, FitRecord] | None) -> dict[str, FitRecord]:
    if others is None:
        return {}
    if not isinstance(others, Mapping):
        raise UsageError('The other models need names: others={"without slopes": fit}.')
    if THIS in others:
        raise UsageError(f"'{THIS}' is the name of the reported model; give the other one another.")
    return {str(name): other for name, other in others.items()}


def _same_model(fit: FitRecord, course: CourseModel | None) -> CourseModel | None:
    """Refuse the question of one model above the numbers of another."""
    if course is not None and course.formula != fit.formula:
        raise UsageError(
            f"The course model '{course.name}' is {course.formula}; this fit is of {fit.formula}."
        )
    return course
