"""Commands that fit many data sets: calibration, bootstrap, cross-validation, power."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from bayesmm.cli.arguments import of_model, parse_numbers, parse_priors, parse_sizes, read_data
from bayesmm.cli.completion import leaves
from bayesmm.cli.destinations import is_screen, refuse_same_file
from bayesmm.cli.drawing import save_picture
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import (
    DataFile,
    Folder,
    Formula,
    FoundOptions,
    ModelOptions,
    Picture,
    PriorOptions,
    Prob,
    Reml,
    Seed,
)
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, write_object
from bayesmm.cli.tables import write_table

__all__ = ["bootstrap", "calibrate", "crossval", "power"]

_where_option = partial(typer.Option, rich_help_panel="Where it is computed")


@dataclass(frozen=True)
class WorkerOptions:
    """Where a study is computed, and what is kept of it."""

    cores: Annotated[
        int | None, _where_option(help="Processes; default: processors, where worth starting.")
    ] = None
    cluster: Annotated[
        str | None,
        _where_option(
            metavar="ADDRESS",
            help="Scheduler of a Dask cluster, tcp://host:8786, whose workers compute.",
        ),
    ] = None
    checkpoint: Annotated[
        Path | None,
        _where_option(help="File that keeps each result; the same command goes on from it."),
    ] = None
    progress: Annotated[
        bool | None, _where_option(help="A bar; default: when a terminal watches.")
    ] = None


def calibrate(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    prior: PriorOptions,
    workers: WorkerOptions,
    found: FoundOptions,
    n: Annotated[int, typer.Option("--n", help="Number of simulated data sets.")] = 500,
    seed: Seed = 0,
    picture: Picture = None,
) -> None:
    """Check that the posteriors of a model are right, by data simulated from its priors.

    Leaves with 3 when a verdict is "problem".
    """
    _refuse(found, workers, data, picture)
    table = read_data(formula, data, model)
    from bayesmm.plots.calibration import calibrate as calibrated  # noqa: PLC0415

    study = calibrated(
        formula,
        table,
        model.family,
        parse_priors(prior.priors),
        n,
        seed=seed,
        **of_model(model),
        **_of_workers(workers, found),
    )
    _show(study, study.table, found, {"verdict": study.verdict, "n": n, "seed": seed})
    _draw(study, picture, found)
    if study.verdict == "problem":
        raise typer.Exit(3)


def bootstrap(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    workers: WorkerOptions,
    found: FoundOptions,
    n: Annotated[int, typer.Option("--n", help="Number of simulated data sets.")] = 1000,
    seed: Seed = 0,
    prob: Prob = 0.95,
    reml: Reml = True,
    censored_at: Annotated[
        str | None,
        typer.Option(
            help="Of censored responses the value at which each would be: a column, or a number."
        ),
    ] = None,
) -> None:
    """Give bootstrap intervals of the maximum-likelihood estimates of a model, as bootMer."""
    _refuse(found, workers, data)
    table = read_data(formula, data, model)
    from bayesmm import api  # noqa: PLC0415
    from bayesmm.studies.bootstrap_estimates import bootstrap as bootstrapped  # noqa: PLC0415

    ml = api.ml(formula, table, model.family, reml=reml, **of_model(model))
    limits = None if censored_at is None else _limits(censored_at, table)
    study = bootstrapped(ml, None, n, seed, prob, censored_at=limits, **_of_workers(workers, found))
    _show(study, study.table, found, {"probability": prob, "n": n, "seed": seed})


def _limits(written: str, table: Any) -> Any:
    """Return a column of the data, or the number that is written."""
    if written in table.columns:
        return table[written].to_numpy()
    try:
        return float(written)
    except ValueError:
        from bayesmm.errors import UsageError, suggestion  # noqa: PLC0415

        raise UsageError(
            f"--censored-at is '{written}', which is neither a number nor a column. "
            f"{suggestion(written, table.columns, label='Columns')}"
        ) from None


def crossval(
    folder: Folder,
    workers: WorkerOptions,
    found: FoundOptions,
    by: Annotated[
        str, typer.Option(help="Leave out rows, or groups.", autocompletion=leaves)
    ] = "row",
    k: Annotated[int, typer.Option("--k", help="Number of folds.")] = 10,
    factor: Annotated[str | None, typer.Option(help="Grouping factor, with --by group.")] = None,
    seed: Seed = 0,
) -> None:
    """Sample a saved fit without each of k parts of its data, and say how it predicts them."""
    _refuse(found, workers)
    fit = loaded(folder)
    from bayesmm.studies.crossval import crossval as validated  # noqa: PLC0415

    study = validated(fit, by, k, factor, seed, **_of_workers(workers, found))
    _show(study, study.units, found, {"elpd": study.elpd, "se": study.se, "k": k, "seed": seed})
    leave_with(fit)


def power(
    formula: Formula,
    data: DataFile,
    effect: Annotated[str, typer.Argument(metavar="EFFECT", help="A common effect, as x.")],
    sizes: Annotated[
        list[str],
        typer.Argument(
            metavar="SIZE ...", help="Levels of a grouping factor, or rows: Subject=20,40 rows=10."
        ),
    ],
    model: ModelOptions,
    prior: PriorOptions,
    workers: WorkerOptions,
    found: FoundOptions,
    values: Annotated[
        list[str] | None,
        typer.Option(help="What is assumed, NAME=NUMBER; may be repeated."),
    ] = None,
    n: Annotated[int, typer.Option("--n", help="Number of studies of each size.")] = 200,
    prob: Prob = 0.95,
    method: Annotated[str, typer.Option(help="Intervals: ml or posterior.")] = "ml",
    reml: Reml = True,
    seed: Seed = 0,
    picture: Picture = None,
) -> None:
    """Simulate studies of several sizes and count what they find."""
    _refuse(found, workers, data, picture)
    grid, assumed = parse_sizes(sizes), parse_numbers(values)
    table = read_data(formula, data, model)
    from bayesmm.plots.power import power as simulated  # noqa: PLC0415

    study = simulated(
        formula,
        table,
        effect,
        grid,
        model.family,
        assumed,
        n,
        prob,
        method=method,
        priors=parse_priors(prior.priors),
        reml=reml,
        seed=seed,
        **of_model(model),
        **_of_workers(workers, found),
    )
    said = {"effect": effect, "truth": study.truth, "probability": prob, "n": n, "seed": seed}
    _show(study, study.table, found, said)
    _draw(study, picture, found)


def _of_workers(workers: WorkerOptions, found: FoundOptions) -> dict[str, Any]:
    quiet = {"progress": False} if found.quiet and workers.progress is None else {}
    return {**asdict(workers), **quiet}


def _refuse(
    found: FoundOptions,
    workers: WorkerOptions,
    data: Path | None = None,
    picture: Path | None = None,
) -> None:
    refuse_same_file(
        {"--out": found.out, "--json": found.json, "--checkpoint": workers.checkpoint,
         "--picture": picture, "the data": data}
    )  # fmt: skip


def _show(study: Any, table: Any, found: FoundOptions, said: dict[str, Any]) -> None:
    """Print a study, and write its table."""
    if found.out is not None:
        write_table(table, found.out)
    if found.json is not None:
        write_object({**said, "rows": records(table), "notes": list(study.notes)}, found.json)
    if not found.quiet and not is_screen(found.json):
        show_page(str(study))


def _draw(study: Any, picture: Path | None, found: FoundOptions) -> None:
    if picture is None:
        return
    path = save_picture(study.plot(), picture)
    if not found.quiet:
        note(f"Picture written to {path}")
