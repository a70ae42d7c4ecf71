"""``bayesmm explain`` and ``bayesmm prior-predictive``: a model before it is sampled."""

from typing import Annotated, Any

import typer

from bayesmm.cli.arguments import of_model, parse_priors, read_data
from bayesmm.cli.destinations import is_screen, refuse_same_file
from bayesmm.cli.drawing import save_picture
from bayesmm.cli.options import DataFile, Formula, Json, ModelOptions, Picture, PriorOptions, Quiet
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, show_sentences, write_object

__all__ = ["explain", "prior_predictive"]


def explain(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    prior: PriorOptions,
    latex: Annotated[bool, typer.Option("--latex", help="Only the equations, in LaTeX.")] = False,
) -> None:
    """Explain a model in words and symbols, with advice, without sampling it."""
    table = read_data(formula, data, model)
    from bayesmm.explanation.explain import explain as explain_model  # noqa: PLC0415

    explanation = explain_model(
        formula, table, model.family, parse_priors(prior.priors), **of_model(model)
    )
    show_page(explanation.latex if latex else str(explanation))


def prior_predictive(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    prior: PriorOptions,
    draws: Annotated[int, typer.Option(help="Number of data sets, at least 100.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same data sets.")] = 0,
    out: Picture = None,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Draw the data sets that the priors of a model expect; say what is absurd in them."""
    refuse_same_file({"--out": out, "--json": json, "the data": data})
    table = read_data(formula, data, model)
    from bayesmm.plots.prior_predictive import prior_predictive as expected  # noqa: PLC0415

    found = expected(
        formula,
        table,
        model.family,
        parse_priors(prior.priors),
        **of_model(model),
        draws=draws,
        seed=seed,
    )
    path = None if out is None else save_picture(found.plot(), out)
    if json is not None:
        write_object(_said(found, seed), json)
    if not quiet and not is_screen(json):
        warned = "bold red" if found.absurd else "green"
        show_sentences(str(found.table), [(warned, one) for one in found.words], [found.rule])
    elif found.absurd:
        note("\n".join(f"bayesmm: {sentence}" for sentence in found.words))
    if path is not None and not quiet:
        note(f"Picture written to {path}")


def _said(found: Any, seed: int) -> dict[str, Any]:
    """Return what the priors expect as plain values."""
    return {
        "formula": found.design.formula,
        "family": found.design.family.name,
        "priors": {name: str(prior) for name, prior in found.priors.items()},
        "data_sets": int(found.yrep.shape[0]),
        "seed": seed,
        "absurd": found.absurd,
        "words": list(found.words),
        "table": records(found.table),
    }
