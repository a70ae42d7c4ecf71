"""Is the choice of a basis for correlated effects right? Both, on many shapes, beside the choice.

The table behind the rule of `bayesmm.sampling.compiled.collapsed.bases`: smallest bulk ESS per
gradient when sampled in sds and correlations of the effects, and in those of uncorrelated
combinations; their ratio; fits of all seeds of which a check failed; and what the rule takes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pandas as pd

import bayesmm
from bayesmm.data import load_data
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.sampling.compiled.collapsed import bases
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import shape_named

TITLE = "A basis for correlated effects or not: smallest ESS per gradient, 4 x 1000 draws"
KEYS = ("shape",)
COLUMNS = {
    "shape": "shape",
    "effects": "in the effects",
    "basis": "in the basis",
    "ratio": "basis / effects",
    "failed": "failed checks",
    "seeds": "seeds",
    "chosen": "chosen",
}

# mean of x (its sd is 1), sd of the slopes (that of the intercepts is 1), levels, rows per level
SIMULATED = [
    (mean, sd, levels, rows)
    for sd, levels, rows in ((0.5, 30, 8), (0.15, 15, 10), (1.0, 60, 4))
    for mean in (0.0, 1.0, 1.5, 2.0, 3.0, 5.0)
]
SHAPES_OF_DATA = ("sleepstudy", "sitka")
COURSE = {
    "lifesat_scot_twin": "lifesat ~ age + (age | dwelling)",
    "dapr3_lme4output_twin": "y ~ x + (x | group)",
    "ace_mindfuldecline_twin": "ACE ~ visit * condition + (visit | ppt)",
}


def simulated(mean: float, sd: float, levels: int, rows: int) -> pd.DataFrame:
    """Return data of one simulated shape; the seed is the shape itself."""
    rng = np.random.default_rng([int(10 * mean), int(100 * sd), levels, rows])
    g, z = np.repeat(np.arange(levels), rows), rng.normal(size=levels * rows)
    u = rng.normal(size=(levels, 2)) * [1.0, sd]
    y = u[g, 0] + (0.3 + u[g, 1]) * z + rng.normal(size=len(g))
    return pd.DataFrame({"y": y, "x": z + mean, "g": g.astype(str)})


@contextmanager
def always(basis: bool) -> Iterator[None]:
    """Sample in a basis wherever there can be one, or nowhere."""
    part, worth = (2.0, -np.inf) if basis else (0.0, np.inf)
    with patch.object(bases, "_UNCORRELATED", part), patch.object(bases, "_WORTH", worth):
        yield


def sampled(formula: str, data: pd.DataFrame, seeds: int) -> tuple[float, int]:
    """Return the mean over seeds of the smallest ESS per gradient, and how many fits failed."""
    worth, failed = [], 0
    for seed in range(1, seeds + 1):
        fit = bayesmm.fit(formula, data, seed=seed, max_effort=1, progress=False)
        steps = float(np.mean(fit.own_draws["sample_stats"]["n_steps"]))
        worth.append(fit.diagnostics.ess_bulk_min / steps)
        failed += bool(fit.diagnostics.findings)
    return float(np.mean(worth)), failed


def measure(name: str, formula: str, data: pd.DataFrame, seeds: int) -> Record:
    """Return one row: both coordinates, and the rule's choice."""
    design = build_design(formula, data, resolve_family("gaussian"))
    plan = make_plan(design)
    positive = np.zeros((1 + sum(f.n_effects for f in plan.factors), 6))
    chosen = bases.block_bases(design, plan, positive).any()
    with always(False):
        effects, failed = sampled(formula, data, seeds)
    with always(True):
        basis, failed_in_basis = sampled(formula, data, seeds)
    return {
        "shape": name,
        "effects": effects,
        "basis": basis,
        "ratio": basis / effects,
        "failed": f"{failed} / {failed_in_basis}",
        "seeds": seeds,
        "chosen": "basis" if chosen else "effects",
    }


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    seeds = 2 if chosen.quick else 10
    shapes = SIMULATED[::6] if chosen.quick else SIMULATED
    models = {
        f"{levels} x {rows}, sd {sd:g}, x around {mean:g}": (
            "y ~ x + (x | g)",
            simulated(mean, sd, levels, rows),
        )
        for mean, sd, levels, rows in shapes
    }
    if not chosen.quick:
        of_data = (shape_named(name) for name in SHAPES_OF_DATA)
        models |= {shape.name: (shape.formula, shape.frame()) for shape in of_data}
        models |= {name: (formula, load_data(name)) for name, formula in COURSE.items()}
    rows = [measure(name, *model, seeds) for name, model in models.items()]
    show(TITLE, save("bases", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
