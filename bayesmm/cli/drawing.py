"""``bayesmm plot``: the pictures of a saved fit."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesmm.cli.arguments import parse_options
from bayesmm.cli.completion import plots
from bayesmm.cli.destinations import refuse_same_file
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import Folder, Json, Quiet
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, write_object
from bayesmm.errors import UsageError, refuse_unknown

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["plot", "save_picture"]


def plot(
    folder: Folder,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The picture; without it they are listed.",
            autocompletion=plots,
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--with", help="An option of the picture, NAME=VALUE; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File: .png, .svg or .pdf; default: NAME.png.")
    ] = None,
    prob: Annotated[
        float | None,
        typer.Option(help="Probability of its intervals; default: what the picture has."),
    ] = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Draw a picture of a saved fit into a file, or list the pictures that it can have."""
    refuse_same_file({"--out": out, "--json": json})
    fit = loaded(folder)
    if name is None:
        show_page(_menu(fit))
        return
    given = parse_options(option or []) | ({} if prob is None else {"prob": prob})
    picture = _drawn(fit, name, given)
    path = save_picture(picture, out or Path(f"{name}.png"))
    if json is not None:
        write_object({"caption": picture.caption, "rows": records(picture.table)}, json)
    if not quiet:
        note(f"{path}: {picture.caption}")
    leave_with(fit)


def _menu(fit: "Fit") -> str:
    from bayesmm.plots.menu import PLOTS  # noqa: PLC0415

    width = max(map(len, PLOTS))
    lines = [f"  {name:<{width}}  {PLOTS[name].shows}" for name in dir(fit.plot)]
    return "\n".join(["Pictures of this fit, bayesmm plot SAVED NAME:", *lines])


def _drawing(fit: "Fit", name: str) -> Any:
    try:
        return getattr(fit.plot, name)
    except AttributeError as problem:
        raise UsageError(str(problem)) from None


def _drawn(fit: "Fit", name: str, given: dict[str, Any]) -> Any:
    """Return the picture; a value of a type that it cannot use is the user's mistake."""
    options = _options(fit, name, given)
    try:
        return _drawing(fit, name)(**options)
    except (TypeError, AttributeError) as problem:
        if not options:
            raise
        values = ", ".join(f"{key}={value!r}" for key, value in options.items())
        raise UsageError(
            f"The picture '{name}' cannot be drawn with {values}: {problem}."
        ) from problem


def _options(fit: "Fit", name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a picture, when it has all of them."""
    known = [p for p in inspect.signature(_drawing(fit, name)).parameters if p != "ax"]
    for option in given:
        refuse_unknown(option, known, f"The picture '{name}' has no option '{option}'.", "Options")
    needed = [
        p.name
        for p in inspect.signature(_drawing(fit, name)).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in given
    ]
    if needed:
        raise UsageError(f"The picture '{name}' needs --with {needed[0]}=VALUE.")
    return given


def save_picture(picture: Any, path: Path) -> Path:
    """Write a picture; a name that cannot be written is the user's mistake."""
    try:
        return picture.save(path)
    except (OSError, ValueError) as problem:
        raise UsageError(f"'{path}' cannot be written: {problem}.") from None
