"""Commands that ask a saved fit about means, differences, slopes and variances, or for words."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesmm.cli.arguments import parse_names, parse_region, parse_values
from bayesmm.cli.completion import contrast_methods, scales
from bayesmm.cli.completion import who as whom
from bayesmm.cli.destinations import is_screen, refuse_same_file
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import AnswerOptions, Focus, Folder, Parameter, Prob
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, show_prose, show_table, write_object
from bayesmm.cli.tables import show_estimates, write_table
from bayesmm.writing import write_whole

if TYPE_CHECKING:
    from bayesmm.fitted import Fit
    from bayesmm.results.tables.estimates import Estimates

__all__ = ["answer", "contrasts", "emmeans", "hypothesis", "icc", "methods", "r2", "slopes"]

Cells = Annotated[
    str,
    typer.Argument(metavar="PREDICTOR[,...]", help="Predictors whose levels the means are of."),
]
By = Annotated[str, typer.Option(help="Within the levels of these predictors: A,B.")]
At = Annotated[
    list[str] | None,
    typer.Option(help="Values of a predictor, NAME=VALUE,...; may be repeated."),
]
Scale = Annotated[
    str,
    typer.Option(help="link, response, or probability (of each category).", autocompletion=scales),
]
Who = Annotated[str, typer.Option(help="typical group or population.", autocompletion=whom)]


def emmeans(
    folder: Folder,
    cells: Cells,
    answer: AnswerOptions,
    by: By = "",
    at: At = None,
    scale: Scale = "link",
    who: Who = "typical group",
    parameter: Parameter = None,
) -> None:
    """Say the estimated marginal means of a saved fit: the others of its predictors balanced."""
    of = (parse_names(cells), parse_names(by), parse_values(at), scale, who, answer.prob, parameter)
    _say(folder, answer, lambda fit: fit.emmeans(*of))


def contrasts(
    folder: Folder,
    cells: Cells,
    answer: AnswerOptions,
    by: By = "",
    method: Annotated[
        str,
        typer.Option(
            help="pairwise, revpairwise, trt.vs.ctrl, consec or eff.",
            autocompletion=contrast_methods,
        ),
    ] = "pairwise",
    at: At = None,
    scale: Scale = "link",
    who: Who = "typical group",
    parameter: Parameter = None,
) -> None:
    """Say the differences of the marginal means of a saved fit."""
    of = (parse_names(cells), parse_names(by), method, parse_values(at), scale, who, answer.prob)
    _say(folder, answer, lambda fit: fit.contrasts(*of, parameter=parameter))


def slopes(
    folder: Folder,
    variable: Annotated[
        str, typer.Argument(metavar="PREDICTOR", help="The predictor, a column of numbers.")
    ],
    answer: AnswerOptions,
    by: By = "",
    at: At = None,
    scale: Scale = "link",
    parameter: Parameter = None,
) -> None:
    """Say the slope in a numeric predictor of a saved fit."""
    of = (variable, parse_names(by), parse_values(at), scale, answer.prob, parameter)
    _say(folder, answer, lambda fit: fit.slopes(*of))


def hypothesis(
    folder: Folder,
    text: Annotated[
        list[str],
        typer.Argument(
            metavar="HYPOTHESIS ...", help="e.g. 'Days > 10' or 'sd(Subject: Days) > 5'."
        ),
    ],
    answer: AnswerOptions,
    rope: Annotated[
        str | None,
        typer.Option(help="Region of practical equivalence, 0.1 or =-0.1,0.2: needed by '='."),
    ] = None,
) -> None:
    """Say the posterior probability of hypotheses about the parameters of a saved fit."""
    region = parse_region(rope)
    _say(folder, answer, lambda fit: fit.hypothesis(text, region, answer.prob))


def icc(folder: Folder, answer: AnswerOptions) -> None:
    """Say the intraclass correlations of a saved fit: the share of each grouping factor."""
    _say(folder, answer, lambda fit: fit.icc(answer.prob))


def r2(folder: Folder, answer: AnswerOptions) -> None:
    """Say the share of the variance that a saved fit explains."""
    _say(folder, answer, lambda fit: fit.r2(answer.prob))


def _say(folder: Path, answer: AnswerOptions, question: Callable[["Fit"], "Estimates"]) -> None:
    """Say what a saved fit answers to a question."""
    refuse_same_file({"--out": answer.out, "--json": answer.json})
    fit = loaded(folder)
    show_estimates(question(fit), answer.out, answer.json, quiet=answer.quiet)
    leave_with(fit)


def answer(folder: Folder, answer: AnswerOptions, focus: Focus = "") -> None:
    """Say the effect that was asked about in words: how large, for whom, whether to trust it."""
    refuse_same_file({"--out": answer.out, "--json": answer.json})
    fit = loaded(folder)
    found = fit.answer(parse_names(focus) or None, answer.prob)
    if answer.out is not None:
        write_table(found.table, answer.out)
    if answer.json is not None:
        said = {"text": found.text, "usable": found.usable, "focus": list(found.focus)}
        kind = {"probability": answer.prob, "interval": found.table.attrs["interval"]}
        write_object(said | kind | {"rows": records(found.table)}, answer.json)
    if not answer.quiet and not is_screen(answer.json):
        show_prose(found.text)
        if len(found.table):
            show_page("")
            show_table(found.shown())
    leave_with(fit)


def methods(
    folder: Folder,
    prob: Prob = 0.95,
    out: Annotated[Path | None, typer.Option(help="Text file for it.")] = None,
) -> None:
    """Write the methods paragraph of a paper about a saved fit, and its references."""
    refuse_same_file({"--out": out})
    fit = loaded(folder)
    text = str(fit.methods(prob))
    if out is None:
        show_page(text)
    else:
        write_whole(out, text + "\n")
        note(f"Methods written to {out}")
    leave_with(fit)
