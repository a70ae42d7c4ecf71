"""``bayesmm update``: a saved fit with another formula or other data, sampled again."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bayesmm.cli.arguments import files_named, parse_names, parse_priors
from bayesmm.cli.destinations import refuse_destinations
from bayesmm.cli.fitting import leave_fitted, report_file, write_fitted
from bayesmm.cli.loading import loaded
from bayesmm.cli.options import ChangedModel, ChangedSampling, Folder, PriorOptions, WritingOptions
from bayesmm.cli.screen import show_fit
from bayesmm.cli.tables import read_file

__all__ = ["update"]


def update(
    folder: Folder,
    model: ChangedModel,
    prior: PriorOptions,
    sampling: ChangedSampling,
    writing: WritingOptions,
    change: Annotated[
        str,
        typer.Argument(
            metavar="[CHANGE]",
            help="'+ x', '. ~ . - x + (x | g)' or a whole formula; default: the same.",
        ),
    ] = "",
    data: Annotated[
        Path | None, typer.Option(help="File of other data, - is standard input.")
    ] = None,
) -> None:
    """Fit the model of a saved fit again with another formula, other data or other priors."""
    refuse_destinations(writing, report_file(writing), data)
    fit = loaded(folder)
    table = None
    if data is not None:
        table = files_named(data) or read_file(data, text=fit.design.encoder.text_columns)
    changed = {key: value for key, value in asdict(sampling).items() if value is not None}
    if writing.quiet:
        changed.setdefault("progress", False)
    result = fit.update(
        change.strip() or None,
        table,
        model.family,
        parse_priors(prior.priors),
        link=model.link,
        categorical=None if model.categorical is None else parse_names(model.categorical),
        success=model.success,
        **changed,
    )
    write_fitted(result, writing, lambda: show_fit(result, writing.prob))
    leave_fitted(result)
