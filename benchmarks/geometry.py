"""Is the choice of centred or not right? Both on models of many shapes, beside transported levels.

The engine takes transported coordinates (`benchmarks/transport.py`) wherever they are not too
dear; elsewhere levels are centred by the rule of `bayesmm.sampling.compiled.joint.pilot`, of which
this is the table: min ESS of each parameterisation with the default priors, the ratio of the two,
and what the rule takes. Gaussian models have the joint density where a prior of a coefficient is no
mixture of normals, as that of a slope above 0 (where the shape says so).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayesmm.data import load_data
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.engine import sample_joint, sample_transported
from bayesmm.sampling.compiled.joint.pilot import informed_levels, level_shares
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.convergence import convergence
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from benchmarks.results import Record, arguments, save, show

TITLE = "Centred or not: min ESS of 4 x 1000 draws"
KEYS = ("shape",)
COLUMNS = {
    "shape": "shape",
    "share": "share",
    "non_centred": "non-centred",
    "centred": "centred",
    "ratio": "centred / non-centred",
    "chosen": "rule takes",
    "transported": "transported",
    "divergences": "divergences",
}

# family, levels, rows per level, sd of the effects, effects per level
SIMULATED = [
    ("bernoulli", 40, 5, 1.0, 1),
    ("bernoulli", 40, 15, 1.0, 1),
    ("bernoulli", 40, 40, 1.0, 1),
    ("bernoulli", 40, 100, 0.5, 1),
    ("bernoulli", 10, 30, 0.7, 1),
    ("bernoulli", 15, 60, 0.6, 1),
    ("bernoulli", 300, 10, 1.5, 1),
    ("poisson", 30, 4, 0.5, 1),
    ("poisson", 30, 10, 0.5, 1),
    ("poisson", 60, 1, 0.5, 1),
    ("poisson", 8, 30, 0.3, 1),
    ("poisson", 6, 100, 0.5, 1),
    ("poisson", 20, 20, 0.2, 1),
    ("poisson", 200, 5, 0.8, 1),
    ("bernoulli", 40, 15, 0.7, 2),
    ("bernoulli", 40, 60, 0.7, 2),
    ("poisson", 30, 10, 0.5, 2),
    ("poisson", 12, 40, 0.4, 2),
    ("gaussian", 8, 5, 1.0, 1),
    ("gaussian", 30, 3, 0.3, 1),
    ("gaussian", 12, 40, 2.0, 1),
    ("gaussian", 18, 10, 0.7, 2),
]


def simulated(family: str, groups: int, rows: int, sd: float, effects: int) -> Design:
    """Return the design of one simulated shape; the seed is the shape itself."""
    rng = np.random.default_rng([groups, rows, int(10 * sd), effects])
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=len(g))
    eta = 0.3 * x + rng.normal(0, sd, groups)[g]
    if effects == 2:
        eta = eta + rng.normal(0, sd, groups)[g] * x
    if family == "gaussian":
        y = rng.normal(eta)
    elif family == "poisson":
        y = rng.poisson(np.exp(eta))
    else:
        y = (rng.random(len(g)) < 1 / (1 + np.exp(-eta))).astype(int)
    frame = pd.DataFrame({"y": y, "x": x, "g": g})
    formula = f"y ~ x + ({'1' if effects == 1 else '1 + x'} | g)"
    return build_design(formula, frame, resolve_family(family))


def cbpp() -> Design:
    """Return a real and a hard case: 15 herds, few cases."""
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    return build_design(formula, load_data("cbpp"), resolve_family("binomial"))


def least_ess(draws: ParameterDraws) -> float:
    """Return the min bulk ESS over every parameter and effect."""
    shape = draws.beta.shape[:2]
    parts = [draws.intercept[..., None], draws.beta]
    for block in draws.blocks:
        parts += [block.sd, block.effects.reshape(*shape, -1)]
        if block.corr is not None:
            parts.append(block.corr[..., 1, :1])
    return float(convergence(np.concatenate(parts, axis=-1)).ess_bulk.min())


def measure(
    name: str, design: Design, seeds: int, prior: Mapping[str, str] | None = None
) -> Record:
    """Return the geometric mean over seeds of the min ESS of each kind of coordinates."""
    priors = choose_priors(design, prior)
    all_settings = [SamplerSettings(tune=400, seed=1 + k, cores=2) for k in range(seeds)]
    runs = {
        key: [
            sample_joint(design, priors, settings, centred=(key == "centred",) * len(design.blocks))
            for settings in all_settings
        ]
        for key in ("non_centred", "centred")
    }
    first = pilot(plain_model(design, priors))
    runs["transported"] = [sample_transported(first, settings) for settings in all_settings]
    found = {
        key: float(np.exp(np.mean([np.log(least_ess(run)) for run in own])))
        for key, own in runs.items()
    }
    diverged = [
        str(sum(int(run.statistics["diverging"].sum()) for run in own)) for own in runs.values()
    ]
    return {
        "shape": name,
        "share": float(np.median(level_shares(design)[0])),
        **found,
        "ratio": found["centred"] / found["non_centred"],
        "divergences": " / ".join(diverged),
        "chosen": "centred" if informed_levels(design)[0].mean() > 0.5 else "non-centred",
    }


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    shapes = SIMULATED[::6] if chosen.quick else SIMULATED
    designs = {
        f"{family}, {groups} x {rows}, sd {sd}, q = {effects}": simulated(
            family, groups, rows, sd, effects
        )
        for family, groups, rows, sd, effects in shapes
    }
    designs["cbpp"] = cbpp()
    seeds = 1 if chosen.quick else 3
    rows = [measure(name, design, seeds) for name, design in designs.items()]
    rows += [
        measure(f"{name}, a slope above 0", design, seeds, {"x": "HalfNormal(1)"})
        for name, design in designs.items()
        if name.startswith("gaussian")
    ]
    show(TITLE, save("geometry", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
