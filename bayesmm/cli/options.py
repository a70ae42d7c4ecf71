"""The options that several commands share, each written once.

A command takes a record of options as one argument; `expanding.expanded` gives typer the function
with the fields of the record as options of their own.
"""

from dataclasses import dataclass, field, fields, make_dataclass
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
    "ResultOptions",
    "SamplingOptions",
    "Seed",
    "WritingOptions",
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
        metavar="DATA",
        help="CSV, TSV, Parquet, Arrow or Excel file; - is standard input; of fit, also a folder "
        "or a quoted pattern of Parquet files that memory does not hold.",
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


def _without(name: str, options: type, *left_out: str) -> type:
    """Return a record of the same options but some."""
    types = get_type_hints(options, include_extras=True)
    made = [
        (f.name, types[f.name], field(default=f.default))
        for f in fields(options)
        if f.name not in left_out
    ]
    return make_dataclass(name, made, frozen=True)


# Of a fit that has a name already.
ResultOptions: Any = _without("ResultOptions", WritingOptions, "save")


@dataclass(frozen=True)
class AnswerOptions:
    """How an answer of a saved fit is given."""

    prob: Prob = 0.95
    out: Annotated[Path | None, typer.Option(help="Table as .csv, .tex or .docx.")] = None
    json: Json = None
    quiet: Quiet = False
