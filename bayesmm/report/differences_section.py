"""Differences and ratios in the terms that people use, and the variance explained."""

from collections.abc import Callable, Iterator

from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.html.frame import frame_table
from bayesmm.html.table import Table
from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Part, Section
from bayesmm.result_table import ResultTable
from bayesmm.results.answer.effects import is_linear, quantity_of, too_many_rows
from bayesmm.results.marginal.avg_comparisons import avg_comparisons
from bayesmm.results.marginal.contrasts import contrasts
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.marginal.measures import measure_of
from bayesmm.results.tables.estimates import Estimates, notes_on
from bayesmm.results.tables.fixef import fixef
from bayesmm.results.tables.moments import interval_label
from bayesmm.results.tables.variance_explained import icc, r2

__all__ = ["differences_section"]

_MOST_FACTORS = 4
_MOST_LEVELS = 6  # of a factor whose levels are compared in pairs; of more each with the first
_ROWS = 30
_NAMES = {
    "term": "Term",
    "contrast": "Contrast",
    "definition": "Definition",
    "part": "Part",
    "grp": "Groups",
    "mean": "Mean",
    "sd": "SD",
    "median": "Median",
    "lower": "lower",
    "upper": "upper",
    "prob_positive": "P(above 0)",
    "prob_above_1": "P(above 1)",
    "ml": "ML",
    "ml_estimate": "ML",
    "ml_se": "SE",
}


def differences_section(material: Material) -> Section:
    """Return ratios where the link has them, contrasts of factors, and shares of the variance."""
    fit, prob = material.fit, material.prob
    parts: list[Part] = []
    if fit.design.encoder is not None:
        parts += _ratios(fit, prob)
        parts += _contrasts(fit, prob)
        parts += _averages(fit, prob)
    parts += _shares(fit, prob)
    return Section("differences", "Differences and variance explained", "", tuple(parts))


def _ratios(fit: FitRecord, prob: float) -> Iterator[Part]:
    """Yield the ratios of the coefficients."""
    if quantity_of(fit).exponentiated and fit.design.mu.terms:
        yield _shown(fixef(fit, prob, exponentiate=True), prob)


def _contrasts(fit: FitRecord, prob: float) -> Iterator[Part]:
    """Yield the comparisons of the levels of the first factors."""
    factors = [
        (name, len(levels))
        for name, levels in predictor_levels(fit, groups=False).items()
        if levels is not None and len(levels) > 1
    ]
    for name, n_levels in factors[:_MOST_FACTORS]:
        method = "pairwise" if n_levels <= _MOST_LEVELS else "trt.vs.ctrl"
        yield from _tried(
            lambda name=name, method=method: contrasts(
                fit, name, method=method, scale=_scale(fit), prob=prob
            ),
            prob,
            f"{name}: ",
        )
    if more := [name for name, _ in factors[_MOST_FACTORS:]]:
        yield Paragraph(f"Not shown: the contrasts of {', '.join(more)}.")


def _scale(fit: FitRecord) -> str:
    """Return the comparison of means that is the ratio of the link, or their difference."""
    name = quantity_of(fit).name
    name = {"ratio of medians": "ratio of means", "difference": "response"}.get(name, name)
    try:
        return measure_of(fit, name).name
    except UsageError:
        return "response"


def _averages(fit: FitRecord, prob: float) -> Iterator[Part]:
    """Yield what each predictor does to the mean response, over the rows and all groups."""
    if is_linear(fit) or not fit.design.mu.names:
        return
    if too_many_rows(fit):
        yield Paragraph(
            "Averages of the mean response over so many rows take long and are left to "
            "fit.avg_comparisons()."
        )
        return
    who = "population" if fit.design.blocks else "these groups"
    yield from _tried(lambda: avg_comparisons(fit, who=who, prob=prob), prob)


def _shares(fit: FitRecord, prob: float) -> Iterator[Part]:
    if fit.design.blocks:
        yield from _tried(lambda: icc(fit, prob), prob)
    yield from _tried(lambda: r2(fit, prob), prob)


def _tried(make: Callable[[], Estimates], prob: float, about: str = "") -> Iterator[Part]:
    """Yield a table with its notes, or the reason why there is none."""
    try:
        found = make().table
    except (UsageError, UnsupportedModelError) as reason:
        yield Paragraph(str(reason))
        return
    yield _shown(found, prob, about)
    if notes := notes_on(found):
        yield Items("", tuple(notes))


def _shown(table: ResultTable, prob: float, about: str = "") -> Table:
    kept = [name for name in _NAMES if name in table and not table[name].isna().all()]
    title = f"{about}{table.attrs['title']}, {interval_label(prob)}"
    names = {name: _NAMES[name] for name in kept}
    return frame_table(table, title, names=names, most=_ROWS)
