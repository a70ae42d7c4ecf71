"""brms and Bambi on the models of `benchmarks.beyond`, with the priors of the fit.

brms runs the script that `fit.script("brms")` writes. Bambi gets the priors by the names that it
has for our parameters; what it has no such name for keeps its own prior, and then no mean is
compared.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.bambi_peer import sample_bambi
from benchmarks.measure import min_ess, run_process
from benchmarks.real_data import has_r_package
from benchmarks.results import Record

__all__ = ["BambiModel", "Means", "means_of", "run_bambi", "run_brms"]

_LIMIT = 1800.0

# Name of a quantity: its posterior mean and the Monte Carlo error of that.
type Means = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class BambiModel:
    """A model as Bambi writes it.

    Attributes
    ----------
    formulas : tuple of str
        That of the mean first.
    priors : mapping of str to str or mapping
        Bambi's name of a parameter and ours of the one whose prior it takes; for another
        parameter with a formula, such a mapping of its own.
    names : mapping of str to str
        Name of a quantity in Bambi's draws, and ours of the same; those compared.
    ordered : str
        Column that is an ordered response.
    note : str
        In what the model differs.
    """

    formulas: tuple[str, ...]
    priors: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    ordered: str = ""
    note: str = ""


def run_brms(fit: Any, frame: pd.DataFrame) -> Record:
    """Return what brms needs for the model of a fit, or a note why it did not run."""
    if not has_r_package("brms"):
        return {"note": "R or its package brms is not installed"}
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(Path(folder) / "data.csv", index=False)
        script = Path(folder) / "script.R"
        script.write_text(str(fit.script("brms")), encoding="utf-8")
        done = run_process(["Rscript", "benchmarks/peers/beyond.R", str(script)], limit=_LIMIT)
    lines = done.output.strip().splitlines() or ["no output"]
    if done.status != 0:
        return {"note": " ".join(lines[-3:])[:160]}
    found = json.loads(lines[-1])
    return found | {"means": {name: tuple(own) for name, own in found["means"].items()}}


def run_bambi(fit: Any, frame: pd.DataFrame, model: BambiModel, seed: int) -> Record:
    """Return what Bambi with nutpie needs for a model, or a note why it did not run."""
    import arviz  # noqa: PLC0415  (seconds)
    import bambi  # noqa: PLC0415

    if model.ordered:
        frame = frame.assign(**{model.ordered: pd.Categorical(frame[model.ordered], ordered=True)})
    began = time.process_time()
    own = bambi.Model(
        bambi.Formula(*model.formulas),
        frame,
        family=fit.design.family.name,
        priors=_priors(fit, model.priors),
    )
    own.build()
    found = sample_bambi(own, seed, cores=1, clock=time.process_time)
    str(arviz.summary(found.posterior))
    whole = time.process_time() - began
    least = min_ess(found.posterior)
    return {
        "min_ess": least.least,
        "quantity": least.quantity,
        "leapfrogs": float(found.statistics["n_steps"].values.mean()),
        "divergences": int(found.statistics["diverging"].values.sum()),
        "sampling": found.seconds["sample"],
        "whole": whole,
        "means": means_of(found.posterior),
        "note": model.note,
    }


def _priors(fit: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the priors of a fit by Bambi's names; of a group effect that of its sd."""
    import bambi  # noqa: PLC0415

    found: dict[str, Any] = {}
    for theirs, ours in names.items():
        if not isinstance(ours, str):
            found[theirs] = _priors(fit, ours)
            continue
        prior = fit.priors[ours]
        own = bambi.Prior(prior.distribution, **prior.named)
        found[theirs] = bambi.Prior("Normal", mu=0.0, sigma=own) if "|" in theirs else own
    return found


def means_of(posterior: Any) -> Means:
    """Return mean and Monte Carlo error of every quantity that is no group effect.

    A quantity of an array of several is called by its labels: ``"x[bus]"``.
    """
    from arviz_stats.base import array_stats  # noqa: PLC0415

    found: Means = {}
    for name, variable in posterior.data_vars.items():
        if "|" in str(name) and variable.ndim > 2 and not str(name).endswith("_sigma"):
            continue  # a threshold "1|2" is one number
        values = variable.transpose("chain", "draw", ...)
        flat = values.values.reshape(*values.shape[:2], -1)
        ess = np.atleast_1d(array_stats.ess(flat, chain_axis=0, draw_axis=1, method="bulk"))
        for k, place in enumerate(np.ndindex(values.shape[2:])):
            labels = [str(values[d].values[i]) for d, i in zip(values.dims[2:], place, strict=True)]
            own = flat[:, :, k]
            called = f"{name}[{', '.join(labels)}]" if flat.shape[2] > 1 else str(name)
            found[called] = (float(own.mean()), float(own.std() / np.sqrt(ess[k])))
    return found
