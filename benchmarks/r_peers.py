"""Peers in R, where R has them; each script of `peers/` fits one shape and reports as JSON."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.measure import run_process
from benchmarks.real_data import has_r_package
from benchmarks.shapes import shape_named

__all__ = ["R_PEERS", "run_r_peer"]

R_PEERS = ("lme4", "rstanarm", "brms")
SEED = 1


def run_r_peer(peer: str, name: str, limit: float = 600.0) -> dict[str, Any]:
    """Fit a shape with a package of R; return what its script reports, or ``note`` why not.

    Parameters
    ----------
    peer : str
        One of `R_PEERS`.
    name : str
        Name of a shape.
    limit : float
        Seconds after which the peer is stopped.
    """
    row: dict[str, Any] = {"shape": name, "tool": peer}
    if not has_r_package(peer):
        return row | {"note": f"R or its package {peer} is not installed"}
    shape = shape_named(name)
    frame = shape.frame()
    factors = [column for column in frame if not pd.api.types.is_numeric_dtype(frame[column])]
    formula = shape.for_r
    if peer == "brms" and shape.family == "binomial":
        formula = shape.for_bambi.replace("p(incidence, size)", "incidence | trials(size)")
    family = "bernoulli" if shape.family == "bernoulli" else shape.family
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        frame.to_csv(path, index=False)
        script = f"benchmarks/peers/{peer}.R"
        command = ["Rscript", script, str(path), ",".join(factors), formula, family, str(SEED)]
        process = run_process(command, limit=limit)
    row["process"] = process.seconds
    if process.status != 0:
        last = process.output.strip().splitlines()[-1:] or ["no output"]
        return row | {"note": last[0][:160]}
    return row | json.loads(process.output.splitlines()[-1])
