"""The options that several commands share, each written once.

A command takes a record of options as one argument; `expanded` gives typer the function with the
fields of the record as options of their own.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, make_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from bayesmm.cli.completion import engines, families, link_names, presets

__all__ = [
    "AnswerOptions",
    "ChangedModel",
    "ChangedSampling",
    "DataFile",
    "Focus",
    "Folder",
    "Formula",
    "Json",
    "ModelOptions",
    "Parameter",
    "PriorOptions",
    "Prob",
    "Quiet",
    "SamplingOptions",
    "Seed",
    "WritingOptions",
    "expanded",
]

_MODEL, _SAMPLING, _RESULTS = "The model", "Sampling", "Results"


def _read_formula(text: str) -> str:
    # the blank before a minus, which keeps it from being read as an option
    return text.removeprefix(" ") if text.startswith(" -") else text


Formula = Annotated[
    str,
    typer.Argument(
        metavar="FORMULA", help="e.g. 'Reaction ~ Days + (Days | Subject)'.", callback=_read_formula
    ),
]
DataFile = Annotated[
    Path,
    typer.Argument(
        metavar="DATA", help="CSV, TSV, Parquet, Arrow or Excel file; - is standard input."
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="SAVED", help="Folder of a saved fit.")]
Focus = Annotated[
    str,
    typer.Option(
        metavar="NAME,...", help="Predictors that the question is about; default: the first."
    ),
]
Json = Annotated[
    Path | None,
    typer.Option("--json", help="File for one JSON object; - is standard output, without a page."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but warnings.")]
Parameter = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="A parameter with a formula, as sigma, in the place of the response."
    ),
]
Prob = Annotated[float, typer.Option(help="Probability of all intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")]


@dataclass(frozen=True)
class ModelOptions:
    """What the model is, besides its formula."""

    family: Annotated[
        str,
        typer.Option(
            help="gaussian, bernoulli, binomial, ...",
            autocompletion=families,
            rich_help_panel=_MODEL,
        ),
    ] = "gaussian"
    link: Annotated[
        str | None,
        typer.Option(
            help="Link, if not the family's default.",
            autocompletion=link_names,
            rich_help_panel=_MODEL,
        ),
    ] = None
    categorical: Annotated[
        str,
        typer.Option(help="Number columns to read as factors: A,B.", rich_help_panel=_MODEL),
    ] = ""
    success: Annotated[
        str | None,
        typer.Option(
            help="Of a response with two values, the one that counts as success.",
            rich_help_panel=_MODEL,
        ),
    ] = None


@dataclass(frozen=True)
class PriorOptions:
    """The priors."""

    priors: Annotated[
        str | None,
        typer.Option(
            help="Preset (default, brms, rstanarm, bambi) or 'Days=Normal(0,10); ...'.",
            autocompletion=presets,
            rich_help_panel=_MODEL,
        ),
    ] = None


@dataclass(frozen=True)
class SamplingOptions:
    """How to sample."""

    engine: Annotated[
        str,
        typer.Option(
            help="auto, compiled, pymc or numpyro.",
            autocompletion=engines,
            rich_help_panel=_SAMPLING,
        ),
    ] = "auto"
    chains: Annotated[int, typer.Option(help="Number of chains.", rich_help_panel=_SAMPLING)] = 4
    draws: Annotated[int, typer.Option(help="Kept draws per chain.", rich_help_panel=_SAMPLING)] = (
        1000
    )
    tune: Annotated[
        int | None,
        typer.Option(
            help="Warm-up draws; default: what the engine needs.", rich_help_panel=_SAMPLING
        ),
    ] = None
    seed: Annotated[int, typer.Option(help="Same seed, same draws.", rich_help_panel=_SAMPLING)] = 1
    target_accept: Annotated[
        float,
        typer.Option(help="Higher: smaller steps, fewer divergences.", rich_help_panel=_SAMPLING),
    ] = 0.8
    max_treedepth: Annotated[
        int,
        typer.Option(
            help="At most 2 to the power of this leapfrog steps per draw.",
            rich_help_panel=_SAMPLING,
        ),
    ] = 10
    cores: Annotated[
        int | None,
        typer.Option(
            help="Chains at the same time; default: processors.", rich_help_panel=_SAMPLING
        ),
    ] = None
    max_effort: Annotated[
        float,
        typer.Option(
            help="Sample again while checks find something, up to so many times the cost; 1: once.",
            rich_help_panel=_SAMPLING,
        ),
    ] = 4.0
    progress: Annotated[
        bool | None,
        typer.Option(
            help="Bars of the chains; default: when a terminal watches.",
            rich_help_panel=_SAMPLING,
        ),
    ] = None


def _changed(name: str, options: type) -> type:
    """Return a record of the same options, each of them None: as it was in the saved fit."""
    types = get_type_hints(options, include_extras=True)

    def optional(hint: Any) -> Any:
        inner, *more = get_args(hint)
        return Annotated[inner | None, *more]

    made = [(f.name, optional(types[f.name]), field(default=None)) for f in fields(options)]
    return make_dataclass(name, made, frozen=True)


ChangedModel: Any = _changed("ChangedModel", ModelOptions)
ChangedSampling: Any = _changed("ChangedSampling", SamplingOptions)


@dataclass(frozen=True)
class WritingOptions:
    """Where the results go."""

    prob: Annotated[
        float, typer.Option(help="Probability of all intervals.", rich_help_panel=_RESULTS)
    ] = 0.95
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the tables, the page and results.json.", rich_help_panel=_RESULTS
        ),
    ] = None
    save: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the fit itself, for 'bayesmm predict' and the rest.",
            rich_help_panel=_RESULTS,
        ),
    ] = None
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace a saved fit of that name.", rich_help_panel=_RESULTS
        ),
    ] = False
    report: Annotated[
        str | None,
        typer.Option(
            "--report",
            metavar="[FILE.html]",
            help="One HTML page for a colleague; without a name report.html, beside the tables.",
            rich_help_panel=_RESULTS,
        ),
    ] = None
    json: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="File for one JSON object; - is standard output, without a page.",
            rich_help_panel=_RESULTS,
        ),
    ] = None
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print nothing but warnings.", rich_help_panel=_RESULTS),
    ] = False


@dataclass(frozen=True)
class AnswerOptions:
    """How an answer of a saved fit is given."""

    prob: Prob = 0.95
    out: Annotated[Path | None, typer.Option(help="Table as .csv, .tex or .docx.")] = None
    json: Json = None
    quiet: Quiet = False


def expanded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose records of options are options of their own, in their place."""
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    records = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @wraps(function)
    def command(**given: Any) -> Any:
        made = {
            name: record(**{field.name: given.pop(field.name) for field in fields(record)})
            for name, record in records.items()
        }
        return function(**given, **made)

    parameters = []
    for name, parameter in signature.parameters.items():
        if name not in records:
            parameters.append(_keyword(name, hints[name], parameter.default))
            continue
        types = get_type_hints(records[name], include_extras=True)
        parameters += [
            _keyword(field.name, types[field.name], _default(field))
            for field in fields(records[name])
        ]
    command.__signature__ = signature.replace(parameters=parameters)
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _default(field: Any) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
