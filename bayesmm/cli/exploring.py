"""``bayesmm explain``: a model before it is sampled."""

from typing import Annotated

import typer

from bayesmm.cli.arguments import parse_names, parse_priors, read_data
from bayesmm.cli.options import DataFile, Formula, ModelOptions, PriorOptions
from bayesmm.cli.screen import show_page

__all__ = ["explain"]


def explain(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    prior: PriorOptions,
    latex: Annotated[bool, typer.Option("--latex", help="Only the equations, in LaTeX.")] = False,
) -> None:
    """Explain a model in words and symbols, with advice, without sampling it."""
    categorical = parse_names(model.categorical)
    table = read_data(formula, data, categorical)
    from bayesmm.explanation.explain import explain as explain_model  # noqa: PLC0415

    explanation = explain_model(
        formula,
        table,
        model.family,
        parse_priors(prior.priors),
        link=model.link,
        categorical=categorical,
        success=model.success,
    )
    show_page(explanation.latex if latex else str(explanation))
