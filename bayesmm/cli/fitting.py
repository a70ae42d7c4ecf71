"""``bayesmm fit`` and ``bayesmm run``: sampling, and where its results go."""

import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesmm.cli.arguments import files_named, of_model, parse_names, parse_priors, read_data
from bayesmm.cli.completion import course_names
from bayesmm.cli.destinations import refuse_destinations, saved_first
from bayesmm.cli.help import DEFAULT_REPORT
from bayesmm.cli.loading import libraries
from bayesmm.cli.options import (
    DataFile,
    Formula,
    ModelOptions,
    PriorOptions,
    SamplingOptions,
    WritingOptions,
)
from bayesmm.cli.screen import note, show_fit, show_page, write_object
from bayesmm.errors import one_line

if TYPE_CHECKING:
    import pandas as pd

    from bayesmm.fitted import Fit

STOPPED = 130

__all__ = ["fit", "leave_fitted", "report_file", "run", "write_fitted"]


def fit(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    prior: PriorOptions,
    sampling: SamplingOptions,
    writing: WritingOptions,
) -> None:
    """Fit a model to a file and print the result, with the ML estimate beside it."""
    refuse_destinations(writing, report_file(writing), data)
    files = files_named(data)
    table = files or read_data(formula, data, model)
    api = libraries()
    if writing.save is not None and files is None:
        _refuse_unsavable(formula, table, model)
    result = api.fit(
        formula,
        table,
        model.family,
        parse_priors(prior.priors),
        **of_model(model),
        store=writing.save,
        **_settings(sampling, writing),
    )
    write_fitted(result, writing, lambda: show_fit(result, writing.prob))
    leave_fitted(result)


def run(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A course model; 'bayesmm models' lists them.",
            autocompletion=course_names,
        ),
    ],
    prior: PriorOptions,
    sampling: SamplingOptions,
    writing: WritingOptions,
) -> None:
    """Run a course model, print the result and the published numbers beside it."""
    writing = replace(writing, out=writing.out or Path("results") / name)
    api = libraries()
    from bayesmm.course import course_data, load_model, published_text  # noqa: PLC0415

    model = load_model(name)
    refuse_destinations(writing, report_file(writing), None)
    data = course_data(model)
    if _prints(writing):
        show_page(f"{data.first_line(model)}\n")
    elif not data.is_published:
        note(data.first_line(model))
    result = api.fit(
        model.formula,
        data.frame,
        model.family,
        parse_priors(prior.priors) if prior.priors else (dict(model.priors) or None),
        store=writing.save,
        **_settings(sampling, writing),
    )

    def show() -> None:
        show_fit(result, writing.prob)
        if model.published:
            estimate = api.ml(model.formula, data.frame, model.family, reml=model.reml)
            show_page(f"\n{published_text(model, data, estimate)}")
        if model.look_at:
            show_page(f"\nLook at {model.look_at}")

    write_fitted(result, writing, show, course=name)
    leave_fitted(result)


def _settings(sampling: SamplingOptions, writing: WritingOptions) -> dict[str, Any]:
    """Return the arguments of `bayesmm.fit` that say how to sample."""
    progress = False if writing.quiet and sampling.progress is None else sampling.progress
    return asdict(replace(sampling, progress=progress))


def _prints(writing: WritingOptions) -> bool:
    """Return whether the page goes to standard output."""
    return not writing.quiet and str(writing.json) != "-"


def write_fitted(
    result: "Fit",
    writing: WritingOptions,
    show: Callable[[], None],
    course: str | None = None,
    *,
    salvaged: bool = False,
) -> None:
    """Save the fit, show the page, write what else was asked for, and say where it is."""
    told, lost = [], None
    if writing.save is not None:
        sentence, lost = saved_first(result, writing, salvaged=salvaged)
        told += [sentence] if sentence else []
    try:
        if _prints(writing):
            show()
        if writing.out is not None:
            from bayesmm.output import marked_labels, write_results  # noqa: PLC0415

            marked = write_results(result, writing.out, writing.prob)
            told += [f"Results written to {writing.out}{os.sep}", *marked_labels(marked)]
        if writing.report is not None:
            path = report_file(writing)
            result.report(path, course=course, prob=writing.prob)
            told.append(f"Report written to {path}")
        if writing.json is not None:
            write_object(result.to_dict(writing.prob), writing.json)
    finally:
        if told and not writing.quiet:
            note("\n" + "\n".join(told))
        if lost is not None:
            note(f"bayesmm: {one_line(lost)}")
    if lost is not None:
        raise typer.Exit(2)


def report_file(writing: WritingOptions) -> Path | None:
    """Return the file of the report; None when none was asked for."""
    if writing.report is None:
        return None
    if writing.report != DEFAULT_REPORT:
        return Path(str(writing.report))
    return (writing.out or Path()) / "report.html"


def _refuse_unsavable(formula: str, table: "pd.DataFrame", model: ModelOptions) -> None:
    """Raise before sampling when the fit could not be saved after it."""
    from bayesmm.family.known import resolve_family  # noqa: PLC0415
    from bayesmm.storage.write import refuse_unsavable  # noqa: PLC0415

    family = resolve_family(model.family, model.link)
    refuse_unsavable(formula, table, family, parse_names(model.categorical), model.success)


def leave_fitted(result: "Fit") -> None:
    """Leave with 3 when the draws are not to be used, with 130 when they are not all there."""
    from bayesmm.sampling.draws import INCOMPLETE  # noqa: PLC0415

    found = result.diagnostics
    for check in found.cautions if found.ok else ():
        note(f"bayesmm: {check.told}")
    if not found.ok:
        note(f"\n{found}")
    if INCOMPLETE in result.facts:
        raise typer.Exit(STOPPED)
    if not found.ok:
        raise typer.Exit(3)
