"""``bayesmm resume``: a fit that was stopped or killed, finished or made of what is there."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bayesmm.cli.destinations import refuse_destinations
from bayesmm.cli.fitting import leave_fitted, report_file, write_fitted
from bayesmm.cli.loading import libraries
from bayesmm.cli.options import Cores, Progress, ResultOptions, WritingOptions
from bayesmm.cli.screen import show_fit
from bayesmm.saved_folder import finished_folder

__all__ = ["resume"]


def resume(
    folder: Annotated[
        Path, typer.Argument(metavar="SAVED", help="The name that was given with --save.")
    ],
    results: ResultOptions,
    salvage: Annotated[
        bool, typer.Option("--salvage", help="Sample nothing; save the draws that are there.")
    ] = False,
    cores: Cores = None,
    progress: Progress = None,
) -> None:
    """Go on with a fit whose process was stopped or killed, and save it."""
    writing = WritingOptions(**asdict(results), save=finished_folder(folder))
    from bayesmm.storage.unfinished import refuse_finished  # noqa: PLC0415  (pandas)

    refuse_finished(folder)
    refuse_destinations(writing, report_file(writing), None)
    libraries()
    from bayesmm.resuming import resume as resume_fit  # noqa: PLC0415

    shown = False if writing.quiet and progress is None else progress
    fit = resume_fit(folder, salvage=salvage, cores=cores, progress=shown)
    write_fitted(fit, writing, lambda: show_fit(fit, writing.prob), salvaged=salvage)
    leave_fitted(fit)
