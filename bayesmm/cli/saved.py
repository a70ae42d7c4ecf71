"""Commands that ask a saved fit: nothing is sampled."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmm.cli.arguments import parse_names, parse_times
from bayesmm.cli.completion import components, kinds, leaves
from bayesmm.cli.completion import who as whom
from bayesmm.cli.destinations import refuse_same_file
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import Focus, Folder, Json, Parameter, Prob, Quiet, Seed
from bayesmm.cli.records import records
from bayesmm.cli.screen import (
    note,
    show_diagnostics,
    show_page,
    show_prose,
    show_summary,
    show_table,
    write_object,
)
from bayesmm.cli.tables import read_file, write_table
from bayesmm.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bayesmm.fitted import Fit

__all__ = ["check", "compare", "predict", "report", "summary", "verify"]


def summary(folder: Folder, prob: Prob = 0.95, json: Json = None) -> None:
    """Print the page of a saved fit."""
    fit = loaded(folder)
    if json is not None:
        write_object(fit.to_dict(prob), json)
    if str(json) != "-":
        show_summary(fit, prob)
    leave_with(fit)


def check(folder: Folder, seed: Seed = 0, json: Json = None) -> None:
    """Say what the draws are good for and whether the model looks like the data.

    Leaves with 3 when the draws are not to be used or a check of the model says "problem".
    """
    fit = loaded(folder)
    draws, model = fit.diagnostics, fit.check(seed)
    if json is not None:
        said = {
            "draws": fit.to_dict()["diagnostics"] | {
                "checks": [
                    {
                        "check": c.name, "grade": str(c.grade), "judged": c.judged,
                        "passed": c.passed, "finding": c.sentence, "meaning": c.meaning,
                        "advice": c.advice,
                    }
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


def verify(
    folder: Folder,
    sample: Annotated[
        bool, typer.Option("--sample", help="Sample the PyMC model too, and compare.")
    ] = False,
    seed: Seed = 0,
    json: Json = None,
) -> None:
    """Compare the density that a saved fit was sampled from with that of its PyMC model.

    Leaves with 3 when they are not the same.
    """
    fit = loaded(folder)
    found = fit.verify(sample=sample, seed=seed)
    if json is not None:
        said = {"same": found.ok, "density": found.path, "checks": records(found.table)}
        write_object(said, json)
    if str(json) != "-":
        show_page(str(found))
    leave_with(fit)
    if not found.ok:
        raise typer.Exit(3)


def predict(
    folder: Folder,
    newdata: Annotated[
        Path | None,
        typer.Argument(
            metavar="[NEW.csv]",
            help="Rows to predict, - is standard input; default: those of the fit.",
        ),
    ] = None,
    who: Annotated[
        str,
        typer.Option(
            help="these groups, new group, typical group or population.", autocompletion=whom
        ),
    ] = "these groups",
    kind: Annotated[
        str,
        typer.Option(
            help="mean, response, link, probability (of each category), survival or quantile.",
            autocompletion=kinds,
        ),
    ] = "mean",
    parameter: Parameter = None,
    component: Annotated[
        str,
        typer.Option(
            help="Of a family with zeros of its own: response (all rows), count or zero.",
            autocompletion=components,
        ),
    ] = "response",
    times: Annotated[
        str | None, typer.Option(help="Of survival: the values T,... that responses are above.")
    ] = None,
    shares: Annotated[
        str | None,
        typer.Option(help="Of quantile: shares P,... of responses; default: 0.5, the median."),
    ] = None,
    prob: Prob = 0.95,
    seed: Seed = 0,
    n_draws: Annotated[
        int | None, typer.Option("--draws", min=1, help="Draws to use; default: all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="All rows as .csv, .tex or .docx.")] = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Predict the response, and say whom the prediction is about."""
    refuse_same_file({"--out": out, "--json": json, "the data": newdata})
    fit = loaded(folder)
    table = None
    if newdata is not None:
        table = read_file(newdata, text=fit.design.encoder.text_columns)
    places = parse_times(times), parse_times(shares, "--shares 0.25,0.5")
    found = fit.predict(table, who, kind, prob, seed, n_draws, parameter, component, *places).table
    if out is not None:
        write_table(found, out)
    if json is not None:
        keys = ("who", "kind", "probability", "interval", "n_draws")
        write_object({k: found.attrs[k] for k in keys} | {"rows": records(found)}, json)
    if not quiet and str(json) != "-":
        from bayesmm.html.frame import frame_table  # noqa: PLC0415
        from bayesmm.results.tables.moments import interval_label  # noqa: PLC0415

        caption = f"{found.attrs['title']}, {interval_label(prob)}"
        where = str(out or "--out FILE.csv")
        names, notes = _columns_shown(fit, found, where)
        show_table(frame_table(found, caption, names=names, where=where), notes)
    leave_with(fit)


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
    fits = {name: loaded(folder) for name, folder in _names(folders).items()}
    from bayesmm.results.comparison.compare import compare as compare_fits  # noqa: PLC0415

    found = compare_fits(fits, leave=leave, factor=factor, refit=refit)
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
        leave_with(fit)


def report(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The HTML file.")] = Path("report.html"),
    beside: Annotated[
        list[Path] | None,
        typer.Option(metavar="SAVED", help="A saved fit to compare with; may be repeated."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the page.")] = None,
    focus: Focus = "",
    prob: Prob = 0.95,
    verified: Annotated[
        bool,
        typer.Option("--verify", help="Compare the density with the PyMC model first; say it."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write one HTML page about a saved fit, for a colleague, and say its first paragraph."""
    refuse_same_file({"--out": out})
    fit = loaded(folder)
    others = {name: loaded(path) for name, path in _names(beside or []).items()}
    if verified:
        fit.verify()
    fit.report(out, title, others or None, prob=prob, focus=parse_names(focus) or None)
    if not quiet:
        show_prose(fit.answer(parse_names(focus) or None, prob).text)
        note(f"\nReport written to {out}")
    leave_with(fit)


def _names(folders: list[Path]) -> dict[str, Path]:
    """Return the fits by the names of their folders, or by the paths where two are the same."""
    named = {folder.resolve().name: folder for folder in folders}
    if len(named) == len(folders):
        return named
    paths = {str(folder): folder for folder in folders}
    if len(paths) < len(folders):
        raise UsageError("A saved fit is named twice; compare different ones.")
    return paths


def _columns_shown(
    fit: "Fit", table: "pd.DataFrame", where: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the columns of the model and of the prediction, and where the others are."""
    from bayesmm.data_columns import apart, label_in, names_in_words  # noqa: PLC0415  (pandas)

    of_data, own = apart(table)
    wanted = {label_in(table, name.value) for name in fit.design.encoder.formulas.columns()}
    wanted |= set(own.columns)
    shown = {name: name for name in table.columns if name in wanted}
    notes = [names_in_words(table, shown)]
    if others := [name for name in of_data if label_in(table, name) not in shown]:
        notes.append(f"The model does not read {', '.join(others)}; with these columns: {where}.")
    return shown, tuple(filter(None, notes))
