"""``bayesmm models``, ``course``, ``data`` and ``warmup``: what comes with the package."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from bayesmm.cli.help import PageCommand
from bayesmm.cli.options import Json
from bayesmm.cli.screen import echo, show_page, write_object

__all__ = ["course", "data_app", "models", "warmup"]

data_app = typer.Typer(
    help="List the data sets that come with bayesmm, or fetch one that may not be shipped.",
    epilog="bayesmm data fetch labs my_data",
    rich_markup_mode=None,
)


def models(json: Json = None) -> None:
    """List the course models."""
    from bayesmm.course import course_models  # noqa: PLC0415

    found = course_models()
    if json is not None:
        keys = ("name", "course", "question", "formula", "family", "data")
        rows = [{key: getattr(model, key) for key in keys} for model in found.values()]
        write_object({"models": rows}, json)
        return
    course, width = None, max(map(len, found))
    for model in found.values():
        if model.course != course:
            course = model.course
            show_page(f"{course}")
        show_page(f"  {model.name:<{width}} {model.formula}  [{model.family}, {model.data}]")
        show_page(f"  {'':<{width}} {model.question}")


def course(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to put them; new, or empty.")
    ],
    outputs: Annotated[
        bool, typer.Option("--outputs", help="With tables and pictures, to be read.")
    ] = False,
) -> None:
    """Copy the notebooks of the course and their data, to predict, run and answer."""
    from bayesmm.course import copy_course, course_notebooks  # noqa: PLC0415

    copied = copy_course(folder, outputs=outputs)
    echo(f"{len(course_notebooks())} notebooks, their data and a README.md are in {copied}.")
    echo("To open them:")
    echo(f"  pip install jupyterlab\n  jupyter lab {shlex.quote(str(copied))}")


@data_app.callback(invoke_without_command=True)
def data(context: typer.Context, json: Json = None) -> None:
    """List the data sets that come with bayesmm, or fetch one that may not be shipped."""
    if context.invoked_subcommand is not None:
        return
    from bayesmm.data import list_data  # noqa: PLC0415

    table = list_data()
    if json is not None:
        write_object({"data": table.to_dict("records")}, json)
        return
    for row in table.itertuples():
        kind = "simulated, " if row.simulated else ""
        show_page(f"{row.name:<26} {row.rows:>5} rows  {kind}{row.description}")


@data_app.command(cls=PageCommand, epilog="bayesmm data fetch labs my_data")
def fetch(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A data set that may not be shipped, e.g. labs.")
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to put it; set BAYESMM_DATA to it.")
    ],
) -> None:
    """Download a data set from its public address and check it."""
    from bayesmm.data import fetch_data  # noqa: PLC0415

    echo(f"{fetch_data(name, folder)}: set BAYESMM_DATA to its folder to use it.")


def warmup() -> None:
    """Compile every density now, once per machine, so that no later fit waits for it."""
    from bayesmm.sampling.compiled.warm_up import warm_up  # noqa: PLC0415

    warm_up(tell=echo)
