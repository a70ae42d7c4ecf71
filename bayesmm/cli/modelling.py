"""``bayesmm ml`` and ``bayesmm script``: the estimate beside the posterior, and the code."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bayesmm.cli.arguments import files_named, of_model, read_data
from bayesmm.cli.completion import languages
from bayesmm.cli.destinations import is_screen, refuse_same_file
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import DataFile, Folder, Formula, Json, ModelOptions, Prob, Quiet, Reml
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, write_object

__all__ = ["ml", "script"]


def ml(
    formula: Formula,
    data: DataFile,
    model: ModelOptions,
    reml: Reml = True,
    prob: Prob = 0.95,
    json: Json = None,
    quiet: Quiet = False,
) -> None:
    """Estimate a model by maximum likelihood, as lme4 does; nothing is sampled."""
    refuse_same_file({"--json": json, "the data": data})
    table = files_named(data) or read_data(formula, data, model)
    from bayesmm import api  # noqa: PLC0415

    estimate = api.ml(formula, table, model.family, reml=reml, **of_model(model))
    page = estimate.summary(prob)
    if json is not None:
        write_object(_said(estimate, prob), json)
    if not quiet and not is_screen(json):
        show_page(page)
    for sentence in () if estimate.converged else ("The search did not converge.",):
        note(f"bayesmm: {sentence}")


def _said(estimate: Any, prob: float) -> dict[str, Any]:
    """Return an estimate as plain values."""
    return {
        "formula": estimate.design.formula,
        "family": estimate.design.family.name,
        "method": estimate.method,
        "reml": estimate.reml,
        "n_obs": int(estimate.design.n_obs),
        "loglik": estimate.loglik,
        "n_parameters": estimate.n_parameters,
        "aic": estimate.aic,
        "bic": estimate.bic,
        "converged": estimate.converged,
        "singular": list(estimate.singular),
        "probability": prob,
        "fixef": records(estimate.fixef(prob)),
        "varcorr": records(estimate.varcorr()),
        "ranef": records(estimate.ranef()),
        "auxiliary": dict(estimate.auxiliary),
    }


def script(
    folder: Folder,
    language: Annotated[
        str,
        typer.Option(
            help="bayesmm, pymc, bambi, lme4, brms or rstanarm.", autocompletion=languages
        ),
    ] = "bayesmm",
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
) -> None:
    """Write the code that makes a saved fit again, here or in another package."""
    refuse_same_file({"--out": out})
    fit = loaded(folder)
    code = fit.script(language)
    if out is None or is_screen(out):
        show_page(str(code))
    else:
        from bayesmm.writing import write_whole  # noqa: PLC0415

        write_whole(out, f"{code}\n")
        note(f"Code written to {out}")
    leave_with(fit)
