"""The options that several commands share, each written once.

A command takes a record of options as one argument; `expanding.expanded` gives typer the function
with the fields of the record as options of their own.
"""

from dataclasses import dataclass, field, fields, make_dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer

from bayesmm.cli.completion import engines, families, link_names, presets

__all__ = [
    "AnswerOptions",
    "ChangedModel",
    "ChangedSampling",
    "Cores",
    "DataFile",
    "Focus",
    "Folder",
    "Formula",
    "FoundOptions",
    "Json",
    "ModelOptions",
    "Parameter",
    "Picture",
    "PriorOptions",
    "Prob",
    "Progress",
    "Quiet",
    "Reml",
    "ResultOptions",
    "SamplingOptions",
    "Seed",
    "WritingOptions",
]

# Options under a heading of the page of a command.
_model_option = partial(typer.Option, rich_help_panel="The model")
_sampling_option = partial(typer.Option, rich_help_panel="Sampling")
_result_option = partial(typer.Option, rich_help_panel="Results")


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
Reml = Annotated[bool, typer.Option(help="Restricted maximum likelihood; gaussian family only.")]
Picture = Annotated[Path | None, typer.Option(help="File for a picture: .png, .svg or .pdf.")]
_CORES = "Chains at the same time; default: processors."
_PROGRESS = "Bars of the chains; default: when a terminal watches."
Cores = Annotated[int | None, typer.Option(help=_CORES)]
Progress = Annotated[bool | None, typer.Option(help=_PROGRESS)]


@dataclass(frozen=True)
class ModelOptions:
    """What the model is, besides its formula."""

    family: Annotated[
        str, _model_option(help="gaussian, bernoulli, binomial, ...", autocompletion=families)
    ] = "gaussian"
    link: Annotated[
        str | None,
        _model_option(help="Link, if not the family's default.", autocompletion=link_names),
    ] = None
    categorical: Annotated[str, _model_option(help="Number columns to read as factors: A,B.")] = ""
    success: Annotated[
        str | None,
        _model_option(help="Of a response with two values, the one that counts as success."),
    ] = None


@dataclass(frozen=True)
class PriorOptions:
    """The priors."""

    priors: Annotated[
        str | None,
        _model_option(
            help="Preset (default, brms, rstanarm, bambi) or 'Days=Normal(0,10); ...'.",
            autocompletion=presets,
        ),
    ] = None


@dataclass(frozen=True)
class SamplingOptions:
    """How to sample."""

    engine: Annotated[
        str, _sampling_option(help="auto, compiled, pymc or numpyro.", autocompletion=engines)
    ] = "auto"
    chains: Annotated[int, _sampling_option(help="Number of chains.")] = 4
    draws: Annotated[int, _sampling_option(help="Kept draws per chain.")] = 1000
    tune: Annotated[
        int | None, _sampling_option(help="Warm-up draws; default: what the engine needs.")
    ] = None
    seed: Annotated[int, _sampling_option(help="Same seed, same draws.")] = 1
    target_accept: Annotated[
        float, _sampling_option(help="Higher: smaller steps, fewer divergences.")
    ] = 0.8
    max_treedepth: Annotated[
        int, _sampling_option(help="At most 2 to the power of this leapfrog steps per draw.")
    ] = 10
    cores: Annotated[int | None, _sampling_option(help=_CORES)] = None
    max_effort: Annotated[
        float,
        _sampling_option(
            help="Sample again while checks find something, up to so many times the cost; 1: once."
        ),
    ] = 4.0
    progress: Annotated[bool | None, _sampling_option(help=_PROGRESS)] = None


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

    prob: Annotated[float, _result_option(help="Probability of all intervals.")] = 0.95
    out: Annotated[
        Path | None, _result_option(help="Folder for the tables, the page and results.json.")
    ] = None
    save: Annotated[
        Path | None,
        _result_option(help="Folder for the fit itself, for 'bayesmm predict' and the rest."),
    ] = None
    overwrite: Annotated[
        bool, _result_option("--overwrite", help="Replace a saved fit of that name.")
    ] = False
    report: Annotated[
        str | None,
        _result_option(
            "--report",
            metavar="[FILE.html]",
            help="One HTML page for a colleague; without a name report.html, beside the tables.",
        ),
    ] = None
    json: Annotated[
        Path | None,
        _result_option(
            "--json", help="File for one JSON object; - is standard output, without a page."
        ),
    ] = None
    quiet: Annotated[bool, _result_option("--quiet", "-q", help="Print nothing but warnings.")] = (
        False
    )


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


# The same of what takes no probability, or says itself of what.
FoundOptions: Any = _without("FoundOptions", AnswerOptions, "prob")
