"""The command line: ``bayesmm fit``, ``explain``, ``run``, ``models``, ``data``, ``warmup``.

Exit codes: 0 sampled and trusted; 3 sampled, but the diagnostics failed (results are written);
2 the user's mistake (one line on standard error); 1 a fault of ours.
"""

import csv
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmm.errors import BayesmmError, UsageError, one_line, visible

if TYPE_CHECKING:
    import pandas as pd

    from bayesmm.fitted import Fit

__all__ = ["app", "main"]

app = typer.Typer(
    help="Bayesian multilevel (mixed-effects) models from lme4 formulas.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,  # a plain page: drawing boxes costs more time than all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

data_app = typer.Typer(help="The data sets that come with bayesmm.")
app.add_typer(data_app, name="data")

Priors = Annotated[
    str | None,
    typer.Option(help="Preset (default, brms, rstanarm, bambi) or 'Days=Normal(0,10); ...'."),
]
Engine = Annotated[str, typer.Option(help="auto, compiled or pymc.")]
Chains = Annotated[int, typer.Option(help="Number of chains.")]
Draws = Annotated[int, typer.Option(help="Kept draws per chain.")]
Tune = Annotated[int | None, typer.Option(help="Warm-up draws; default: what the engine needs.")]
Seed = Annotated[int, typer.Option(help="Same seed, same draws.")]
TargetAccept = Annotated[float, typer.Option(help="Higher: smaller steps, fewer divergences.")]
Out = Annotated[Path | None, typer.Option(help="Folder for the tables, the page and fit.json.")]
Json = Annotated[Path | None, typer.Option("--json", help="File for one JSON object.")]
Progress = Annotated[
    bool | None, typer.Option(help="Progress bar; default: when a terminal watches.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not print the page.")]


@app.command()
def fit(
    formula: Annotated[str, typer.Argument(help="e.g. 'Reaction ~ Days + (Days | Subject)'.")],
    data: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Arrow or Excel file.")],
    family: Annotated[str, typer.Option(help="gaussian, bernoulli, binomial, ...")] = "gaussian",
    link: Annotated[str | None, typer.Option(help="Link, if not the family's default.")] = None,
    categorical: Annotated[str, typer.Option(help="Number columns to read as factors: A,B.")] = "",
    priors: Priors = None,
    engine: Engine = "auto",
    chains: Chains = 4,
    draws: Draws = 1000,
    tune: Tune = None,
    seed: Seed = 1,
    target_accept: TargetAccept = 0.8,
    out: Out = None,
    json: Json = None,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Fit a model to a file and print the result, with the ML estimate beside it."""
    table = _read(formula, data)
    from bayesmm import api  # noqa: PLC0415  (heavy; `--help` needs none of it)

    result = api.fit(
        formula,
        table,
        family,
        _parse_priors(priors),
        link=link,
        categorical=_parse_names(categorical),
        engine=engine,
        chains=chains,
        draws=draws,
        tune=tune,
        seed=seed,
        target_accept=target_accept,
        progress=progress,
    )
    _finish(result, out, json, quiet)


@app.command()
def explain(
    formula: Annotated[str, typer.Argument(help="e.g. 'Reaction ~ Days + (Days | Subject)'.")],
    data: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Arrow or Excel file.")],
    family: Annotated[str, typer.Option(help="gaussian, bernoulli, binomial, ...")] = "gaussian",
    link: Annotated[str | None, typer.Option(help="Link, if not the family's default.")] = None,
    categorical: Annotated[str, typer.Option(help="Number columns to read as factors: A,B.")] = "",
    priors: Priors = None,
    latex: Annotated[bool, typer.Option("--latex", help="Only the equations, in LaTeX.")] = False,
) -> None:
    """Explain a model in words and symbols, with advice, without sampling it."""
    table = _read(formula, data)
    from bayesmm.explanation.explain import explain as explain_model  # noqa: PLC0415

    explanation = explain_model(
        formula,
        table,
        family,
        _parse_priors(priors),
        link=link,
        categorical=_parse_names(categorical),
    )
    _echo(explanation.latex if latex else str(explanation))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A course model; 'bayesmm models' lists them.")],
    priors: Priors = None,
    engine: Engine = "auto",
    chains: Chains = 4,
    draws: Draws = 1000,
    tune: Tune = None,
    seed: Seed = 1,
    target_accept: TargetAccept = 0.8,
    out: Out = None,
    json: Json = None,
    progress: Progress = None,
    quiet: Quiet = False,
) -> None:
    """Run a course model, print the result and the published numbers beside it."""
    from bayesmm import api  # noqa: PLC0415
    from bayesmm.course import course_data, load_model, published_text  # noqa: PLC0415

    model = load_model(name)
    data = course_data(model)
    if not quiet:
        typer.echo(f"{data.first_line(model)}\n")
    elif not data.is_published:
        typer.echo(data.first_line(model), err=True)
    result = api.fit(
        model.formula,
        data.frame,
        model.family,
        _parse_priors(priors) if priors else (dict(model.priors) or None),
        engine=engine,
        chains=chains,
        draws=draws,
        tune=tune,
        seed=seed,
        target_accept=target_accept,
        progress=progress,
    )
    if not quiet:
        _echo(str(result.summary()))
        if model.published:
            estimate = api.ml(model.formula, data.frame, model.family, reml=model.reml)
            typer.echo(f"\n{published_text(model, data, estimate)}")
        if model.look_at:
            typer.echo(f"\nLook at {model.look_at}")
    _finish(result, out or Path("results") / name, json, quiet=True)


@app.command()
def models() -> None:
    """List the course models."""
    from bayesmm.course import course_models  # noqa: PLC0415

    course, width = None, max(map(len, course_models()))
    for model in course_models().values():
        if model.course != course:
            course = model.course
            typer.echo(f"{course}")
        typer.echo(f"  {model.name:<{width}} {model.formula}  [{model.family}, {model.data}]")
        typer.echo(f"  {'':<{width}} {model.question}")


@data_app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """List the data sets that come with bayesmm, or fetch one that may not be shipped."""
    if context.invoked_subcommand is not None:
        return
    from bayesmm.data import list_data  # noqa: PLC0415

    for row in list_data().itertuples():
        kind = "simulated, " if row.simulated else ""
        typer.echo(f"{row.name:<26} {row.rows:>5} rows  {kind}{row.description}")


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A data set that may not be shipped, e.g. labs.")],
    folder: Annotated[Path, typer.Argument(help="Where to put it; set BAYESMM_DATA to it.")],
) -> None:
    """Download a data set from its public address and check it."""
    from bayesmm.data import fetch_data  # noqa: PLC0415

    typer.echo(f"{fetch_data(name, folder)}: set BAYESMM_DATA to its folder to use it.")


@app.command()
def warmup() -> None:
    """Compile every density now, once per machine, so that no later fit waits for it."""
    from bayesmm.sampling.compiled.first_use import warm_up  # noqa: PLC0415

    warm_up(tell=typer.echo)


def _echo(text: str) -> None:
    """Print a page; what a terminal would obey in the words of the data is escaped."""
    typer.echo("\n".join(map(visible, text.split("\n"))))


def _read(formula: str, data: Path) -> "pd.DataFrame":
    """Return the table; a slip of the pen in the formula is answered before heavy imports."""
    from bayesmm.formula import parse_formula  # noqa: PLC0415
    from bayesmm.read_table import read_table  # noqa: PLC0415

    parse_formula(formula)
    return read_table(data)


def _parse_names(text: str) -> list[str]:
    """Return the columns of ``"Year,Area"``; a name with a comma stands in double quotes."""
    (names,) = csv.reader([text], skipinitialspace=True) if text else ([],)
    return [name.strip() for name in names if name.strip()]


# The last "=" before a distribution: names of coefficients hold "=" too, as poly(x, degree = 2)[1].
_REPLACED = re.compile(r"(?P<name>.*?\S)\s*=\s*(?P<prior>[A-Za-z_]+\s*\([^()]*\))", re.DOTALL)


def _parse_priors(text: str | None) -> str | dict[str, str] | None:
    """Return a preset, or replacements from ``"Days=Normal(0,10); sigma=HalfNormal(50)"``."""
    if text is None or ("=" not in text and ";" not in text):
        return text
    replaced = {}
    for part in (p.strip() for p in re.split(r"(?<=\))\s*;", text) if p.strip()):
        found = _REPLACED.fullmatch(part)
        if not found:
            raise UsageError(f"'{part}' is not NAME=PRIOR, as in --priors 'Days=Normal(0,10)'.")
        replaced[found["name"].strip()] = found["prior"]
    return replaced


def _finish(result: "Fit", out: Path | None, json: Path | None, quiet: bool) -> None:
    """Print and write a fit; leave with 3 when its diagnostics failed."""
    from bayesmm.output import write_json, write_results  # noqa: PLC0415

    if not quiet:
        _echo(str(result.summary()))
    if out is not None:
        write_results(result, out)
        typer.echo(f"\nResults written to {out}{os.sep}", err=True)
    if json is not None:
        write_json(result, json)
    if not result.diagnostics.ok:
        typer.echo(f"\n{result.diagnostics}", err=True)
        raise typer.Exit(3)


def main() -> None:
    """Run the command line; the user's mistakes are one line on standard error, exit code 2."""
    try:
        app()
    except BayesmmError as mistake:
        sys.stderr.write(f"bayesmm: {one_line(mistake)}\n")
        sys.exit(2)
    except MemoryError:
        sys.stderr.write(
            "bayesmm: the memory of this machine does not hold the data and the model; use fewer "
            "rows or columns.\n"
        )
        sys.exit(2)
    except Exception as fault:
        if os.environ.get("BAYESMM_TRACEBACK"):
            raise
        sys.stderr.write(
            f"bayesmm: a fault of bayesmm, please report it: {type(fault).__name__}: {fault} "
            "(BAYESMM_TRACEBACK=1 shows where)\n"
        )
        sys.exit(1)
