"""``bayesmm rerun``: a saved fit sampled again, and whether the same draws came out."""

import typer

from bayesmm.cli.loading import libraries
from bayesmm.cli.options import Cores, Folder, Json, Progress, Quiet
from bayesmm.cli.screen import show_page, write_object

__all__ = ["rerun"]


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
