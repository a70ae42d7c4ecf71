"""Commands that ask a saved fit: nothing is sampled."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayesmm.cli.arguments import parse_options
from bayesmm.cli.completion import kinds, leaves, plots
from bayesmm.cli.completion import who as whom
from bayesmm.cli.options import Folder, Json, Prob, Quiet, Seed
from bayesmm.cli.records import records
from bayesmm.cli.screen import (
    note,
    show_diagnostics,
    show_page,
    show_summary,
    show_table,
    write_object,
)
from bayesmm.errors import UsageError, suggestion

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["check", "compare", "plot", "predict", "report", "summary"]


def summary(folder: Folder, prob: Prob = 0.95, json: Json = None) -> None:
    """Print the page of a saved fit."""
    fit = _loaded(folder)
    if json is not None:
        write_object(fit.to_dict(), json)
    if str(json) != "-":
        show_summary(fit, prob)
    _leave(fit)


def check(folder: Folder, seed: Seed = 0, json: Json = None) -> None:
    """Say whether the draws can be trusted and whether the model looks like the data.

    Leaves with 3 when a check of the draws failed or a check of the model says "problem".
    """
    fit = _loaded(folder)
    draws, model = fit.diagnostics, fit.check(seed)
    if json is not None:
        said = {
            "draws": fit.to_dict()["diagnostics"] | {
                "checks": [
                    {"check": c.name, "passed": c.passed, "finding": c.sentence, "advice": c.advice}
                    for c in draws.checks
                ]
            },
            "model": {"verdict": model.verdict, "checks": records(model.table)},
        }  # fmt: skip
        write_object(said, json)
    if str(json) != "-":
        show_diagnostics(draws)
        show_page("")
        show_table(model.shown())
    if not draws.ok or model.verdict == "problem":
        raise typer.Exit(3)


def predict(
    folder: Folder,
    new: Annotated[
        Path | None,
        typer.Argument(metavar="[NEW.csv]", help="Rows to predict; default: those of the fit."),
    ] = None,
    who: Annotated[
        str,
        typer.Option(
            help="these groups, new group, typical group or population.", autocompletion=whom
        ),
    ] = "these groups",
    kind: Annotated[
        str, typer.Option(help="mean, response or link.", autocompletion=kinds)
    ] = "mean",
    prob: Prob = 0.95,
    seed: Seed = 0,
    draws: Annotated[int | None, typer.Option(help="Draws to use; default: all.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file for all rows.")] = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Predict the response, and say whom the prediction is about."""
    fit = _loaded(folder)
    table = None
    if new is not None:
        from bayesmm.read_table import read_table  # noqa: PLC0415

        table = read_table(new)
    found = fit.predict(table, who, kind, prob, seed, draws).table
    if out is not None:
        from bayesmm.output import write_csv  # noqa: PLC0415

        write_csv(found, out)
    if json is not None:
        keys = ("who", "kind", "probability", "interval", "n_draws")
        write_object({k: found.attrs[k] for k in keys} | {"rows": records(found)}, json)
    if not quiet and str(json) != "-":
        from bayesmm.html.frame import frame_table  # noqa: PLC0415
        from bayesmm.results.moments import interval_label  # noqa: PLC0415

        caption = f"{found.attrs['title']}, {interval_label(prob)}"
        show_table(frame_table(found, caption, where=str(out or "--out FILE.csv")))
    _leave(fit)


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
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Draw a picture of a saved fit into a file, or list the pictures that it can have."""
    fit = _loaded(folder)
    if name is None:
        show_page(_menu(fit))
        return
    picture = _drawing(fit, name)(**_options(fit, name, parse_options(option or [])))
    path = out or Path(f"{name}.png")
    _save(picture, path)
    if json is not None:
        write_object({"caption": picture.caption, "rows": records(picture.table)}, json)
    if not quiet:
        note(f"{path}: {picture.caption}")
    _leave(fit)


def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="SAVED SAVED ...", help="Folders of saved fits.")
    ],
    leave: Annotated[
        str, typer.Option(help="Leave out each row, or each group.", autocompletion=leaves)
    ] = "row",
    factor: Annotated[str | None, typer.Option(help="Grouping factor, with --leave group.")] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Sample again where the approximation fails.")
    ] = False,
    json: Json = None,
) -> None:
    """Compare saved fits of the same data by how well they predict what they have not seen."""
    if len(folders) < 2:
        raise UsageError("Comparing needs at least two saved fits: bayesmm compare A B.")
    fits = {name: _loaded(folder) for name, folder in _names(folders).items()}
    from bayesmm.results.compare import compare as compare_fits  # noqa: PLC0415

    found = compare_fits(fits, leave, factor, refit=refit)
    if json is not None:
        said = {"models": records(found.table), "tests": records(found.tests)}
        write_object(said | {"leave": leave, "notes": list(found.notes)}, json)
    if str(json) != "-":
        from bayesmm.html.frame import frame_table  # noqa: PLC0415

        show_table(frame_table(found.table, "Comparison of models"), found.notes)
        if len(found.tests):
            show_page("")
            show_table(frame_table(found.tests, "Likelihood-ratio tests (ML)"))
    for fit in fits.values():
        _leave(fit)


def report(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The HTML file.")] = Path("report.html"),
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="SAVED", help="A saved fit to compare with; may be repeated."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the page.")] = None,
    quiet: Quiet = False,
) -> None:
    """Write one HTML page about a saved fit, for a colleague."""
    fit = _loaded(folder)
    others = {name: _loaded(path) for name, path in _names(beside or []).items()}
    fit.report(out, title, others or None)
    if not quiet:
        note(f"Report written to {out}")
    _leave(fit)


def _loaded(folder: Path) -> "Fit":
    """Return a saved fit; what differs here from when it was saved is told."""
    from bayesmm import api  # noqa: PLC0415

    fit = api.load(folder)
    for sentence in fit.loaded[1:]:
        note(f"bayesmm: {sentence}")
    return fit


def _leave(fit: "Fit") -> None:
    """Leave with 3 when the draws cannot be trusted, whatever was made of them."""
    found = fit.diagnostics
    if not found.ok or found.unjudged:
        from bayesmm.sampling.diagnostics_text import verdict  # noqa: PLC0415

        note(f"bayesmm: {fit.formula}: {verdict(found.checks)}")
    if not found.ok:
        raise typer.Exit(3)


def _names(folders: list[Path]) -> dict[str, Path]:
    """Return the fits by the names of their folders, or by the paths where two are the same."""
    named = {folder.resolve().name: folder for folder in folders}
    if len(named) == len(folders):
        return named
    paths = {str(folder): folder for folder in folders}
    if len(paths) < len(folders):
        raise UsageError("A saved fit is named twice; compare different ones.")
    return paths


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


def _options(fit: "Fit", name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a picture, when it has all of them."""
    known = [p for p in inspect.signature(_drawing(fit, name)).parameters if p != "ax"]
    for option in given:
        if option not in known:
            raise UsageError(
                f"The picture '{name}' has no option '{option}'. "
                f"{suggestion(option, known, label='Options')}"
            )
    needed = [
        p.name
        for p in inspect.signature(_drawing(fit, name)).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in given
    ]
    if needed:
        raise UsageError(f"The picture '{name}' needs --with {needed[0]}=VALUE.")
    return given


def _save(picture: Any, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path)
    except (OSError, ValueError) as problem:
        raise UsageError(f"'{path}' cannot be written: {problem}.") from None
