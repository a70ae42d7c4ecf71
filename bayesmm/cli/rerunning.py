"""``bayesmm rerun``: is a saved fit the same again? ``bayesmm resume``: one that was stopped."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bayesmm.cli.destinations import refuse_destinations
from bayesmm.cli.fitting import leave_fitted, report_file, write_fitted
from bayesmm.cli.loading import libraries
from bayesmm.cli.options import Cores, Folder, Json, Progress, Quiet, ResultOptions, WritingOptions
from bayesmm.cli.screen import show_fit, show_page, write_object
from bayesmm.saved_folder import finished_folder

__all__ = ["rerun", "resume"]


def rerun(
    folder: Folder,
    cores: Cores = None,
    progress: Progress = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Sample a saved fit again and say whether the same draws came out.

    Leaves with 3 when they are not identical.
    """
    libraries()
    from bayesmm.rerunning import rerun as sample_again  # noqa: PLC0415

    found = sample_again(folder, cores=cores, progress=progress)
    if json is not None:
        said = {
            "identical": found.identical, "agrees": found.agrees, "differ": list(found.differ),
            "largest": found.largest, "largest_of": found.largest_of,
            "other_versions": list(found.other_versions),
        }  # fmt: skip
        write_object(said, json)
    if not quiet and str(json) != "-":
        show_page(repr(found))
    if not found.identical:
        raise typer.Exit(3)


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
