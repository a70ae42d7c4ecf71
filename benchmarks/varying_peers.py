"""Other packages on the models of `benchmarks.varying`: brms, glmmTMB (maximum likelihood), Bambi.

Priors are the packages' own: the posteriors are alike, not the same. Bambi has no correlation
between effects. Seconds are of the processor, of all processes, without compiling.
"""

import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from arviz_stats.base import array_stats

from benchmarks.bambi_peer import NO_CORRELATION
from benchmarks.measure import run_process
from benchmarks.real_data import has_r_package
from benchmarks.results import Record

__all__ = ["PEERS", "run_peer"]

PEERS = ("brms", "glmmTMB", "bambi")
_LIMIT = 900.0
_KEPT = 4000
# What R writes below the message of an error.
_AFTER_AN_ERROR = ("Calls:", "Execution halted")


def run_peer(
    peer: str, formulas: tuple[str, ...], frame: pd.DataFrame, family: str, seed: int
) -> Record:
    """Fit a model with a package; return ``ess``, ``leapfrogs`` per draw, ..., or a ``note``.

    Parameters
    ----------
    peer : str
        One of `PEERS`.
    formulas : tuple of str
        That of mu and that of the other parameter.
    frame : DataFrame
        The data.
    family : str
        gaussian or zero_inflated_negativebinomial.
    seed : int
        Of the sampler.
    """
    if peer == "bambi":
        return _bambi(formulas, frame, family, seed)
    if not has_r_package(peer):
        return {"note": f"R or its package {peer} is not installed"}
    if peer == "glmmTMB" and any("| p |" in own for own in formulas):
        return {"note": "no effects that are correlated across formulas"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        frame.to_csv(path, index=False)
        command = ["Rscript", "benchmarks/peers/varying.R", str(path), ";".join(formulas)]
        process = run_process([*command, family, str(seed), peer], limit=_LIMIT)
    if process.status != 0:
        lines = [own.strip() for own in process.output.strip().splitlines()]
        said = [own for own in lines if own and not own.startswith(_AFTER_AN_ERROR)]
        return {"note": (said or ["no output"])[-1][:160]}
    found = json.loads(process.output.splitlines()[-1])
    if peer == "glmmTMB":
        return {"seconds": found["cpu"], "note": f"log likelihood {found['log_likelihood']:.2f}"}
    return {
        "ess": found["min_ess"],
        "leapfrogs": found["leapfrogs"],
        "divergences": found["divergences"],
        "seconds": found["cpu"],
    }


def _bambi(formulas: tuple[str, ...], frame: pd.DataFrame, family: str, seed: int) -> Record:
    """Fit with Bambi through nutpie, labels of correlations left out."""
    import bambi  # noqa: PLC0415  (seconds)
    import nutpie  # noqa: PLC0415

    # ours and brms's zi is 1 - psi: the same terms, of the other sign
    own = [f.replace("| p |", "|").replace("zi ~", "psi ~") for f in formulas]
    model = bambi.Model(bambi.Formula(*own), frame, family=family)
    model.build()
    compiled = nutpie.compile_pymc_model(model.backend.model)
    began = time.process_time()
    tree = nutpie.sample(
        compiled, draws=1000, tune=1000, chains=4, cores=min(2, os.cpu_count() or 1), seed=seed,
        progress_bar=False,
    )  # fmt: skip
    seconds = time.process_time() - began
    posterior = tree["posterior"].dataset
    axes = {"chain_axis": 0, "draw_axis": 1}
    least = np.inf
    for name, values in posterior.data_vars.items():
        if str(name).endswith("_offset") or values.dims[:2] != ("chain", "draw"):
            continue
        flat = values.values.reshape(*values.shape[:2], -1)
        if flat.shape[-1] <= len(frame) // 2:  # not the rows
            least = min(least, float(np.min(array_stats.ess(flat, method="bulk", **axes))))
    statistics = tree["sample_stats"].dataset
    correlated = any("+ " in part or "Days" in part for part in _groups(formulas))
    return {
        "ess": least,
        "leapfrogs": float(statistics["n_steps"].values.sum()) / _KEPT,
        "divergences": int(statistics["diverging"].values.sum()),
        "seconds": seconds,
        "note": NO_CORRELATION if correlated else "",
    }


def _groups(formulas: tuple[str, ...]) -> list[str]:
    """Return the terms of groups."""
    return [part.split(")")[0] for own in formulas for part in own.split("(")[1:]]
