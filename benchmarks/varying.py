"""What do models cost in which further parameters vary? In the engine's coordinates and in others.

Of each model: the smallest ESS over every quantity, leapfrog steps per draw, divergences and ESS
per 1,000 leapfrogs, of the joint density with effects that are not centred (before) and as the
engine samples it (after). The simulated counts have excess zeros whose share depends on x and
differs between the groups. With ``--peers`` brms, glmmTMB and Bambi beside, one seed each.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.data.load import load_data
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.priors import Priors
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.compiled import choice
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from benchmarks.results import Record, arguments, save, show
from benchmarks.varying_peers import PEERS, run_peer

__all__ = ["MODELS", "Measured", "VaryingModel", "measured", "prepared"]

TITLE = "Parameters that vary: joint density with effects not centred / as the engine samples"
KEYS = ("model", "tool")
COLUMNS = {
    "model": "model",
    "tool": "tool",
    "draws": "draws",
    "seeds": "seeds",
    "ess": "min ESS, median",
    "least": "lowest",
    "leapfrogs": "leapfrogs",
    "divergences": "divergences",
    "per_leapfrog": "ESS per 1000 leapfrogs",
    "per_second": "ESS per CPU s",
    "note": "",
}


@dataclass(frozen=True, slots=True)
class VaryingModel:
    """A model and how it is sampled: 4 chains of `draws`."""

    formulas: tuple[str, ...]
    data: str
    family: str = "gaussian"
    draws: int = 1000


_ZEROS = ("counts with excess zeros", "zero_inflated_negativebinomial")
MODELS: Mapping[str, VaryingModel] = {
    "sleepstudy, sigma ~ 1 + (1 | Subject)": VaryingModel(
        ("Reaction ~ Days + (Days | Subject)", "sigma ~ 1 + (1 | Subject)"),
        "sleepstudy",
        draws=2000,
    ),
    "sleepstudy, (Days | p | Subject), sigma ~ 1 + (1 | p | Subject)": VaryingModel(
        ("Reaction ~ Days + (Days | p | Subject)", "sigma ~ 1 + (1 | p | Subject)"),
        "sleepstudy",
        draws=2000,
    ),
    "sleepstudy, (Days | p | Subject), sigma ~ Days + (1 | p | Subject)": VaryingModel(
        ("Reaction ~ Days + (Days | p | Subject)", "sigma ~ Days + (1 | p | Subject)"),
        "sleepstudy",
        draws=2000,
    ),
    "40 groups x 20, zi ~ x": VaryingModel(("y ~ x + (1 | g)", "zi ~ x"), *_ZEROS),
    "40 groups x 20, zi ~ x + (1 | g)": VaryingModel(
        ("y ~ x + (1 | g)", "zi ~ x + (1 | g)"), *_ZEROS
    ),
    "40 groups x 20, (1 | p | g), zi ~ x + (1 | p | g)": VaryingModel(
        ("y ~ x + (1 | p | g)", "zi ~ x + (1 | p | g)"), *_ZEROS
    ),
}


def excess_zeros(groups: int = 40, rows: int = 20, seed: int = 7) -> pd.DataFrame:
    """Return negative binomial counts, alpha = 2, of which a share that varies is missing."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=g.size)
    missing = 1 / (1 + np.exp(0.5 - 0.9 * x - rng.normal(0, 0.7, groups)[g]))
    mean = np.exp(1.2 + 0.4 * x + rng.normal(0, 0.5, groups)[g])
    counts = rng.poisson(mean * rng.gamma(2.0, 0.5, g.size))
    kept = rng.random(g.size) > missing
    return pd.DataFrame({"y": counts * kept, "x": x, "g": [f"{k:02d}" for k in g]})


def data_of(model: VaryingModel) -> pd.DataFrame:
    """Return the data of a model."""
    return excess_zeros() if model.data == _ZEROS[0] else load_data(model.data)


def prepared(model: VaryingModel) -> tuple[Design, Priors]:
    """Return the design in the columns that it is sampled in, and its default priors."""
    design = build_design(list(model.formulas), data_of(model), resolve_family(model.family))
    priors = choose_priors(design)
    return prior_design(design, priors), priors


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A run: smallest ESS of every quantity, leapfrogs in all, divergences, CPU seconds."""

    ess: float
    leapfrogs: int
    divergences: int
    seconds: float
    draws: ParameterDraws

    @property
    def per_leapfrog(self) -> float:
        """ESS per 1,000 leapfrogs."""
        return 1e3 * self.ess / self.leapfrogs


def measured(model: VaryingModel, seed: int, *, ours: bool) -> Measured:
    """Sample a model once: as the engine does, or with effects that are not centred."""
    design, priors = prepared(model)
    ready = choice.prepare(design, priors)
    settings = SamplerSettings(draws=model.draws, tune=ready.tune, seed=seed)
    began = time.process_time()
    if ours:
        draws = ready.sample(settings)
    else:
        plain = (False,) * len(design.blocks)
        draws = sample_joint(design, priors, settings, centred=plain)
    seconds = time.process_time() - began
    found = diagnose(assemble(design, draws), design, settings)
    steps = int(draws.statistics["n_steps"].sum())
    return Measured(found.ess_bulk_min, steps, found.divergences, seconds, draws)


def compare(name: str, seeds: int) -> Record:
    """Return both ways side by side."""
    model = MODELS[name]
    runs = {
        ours: [measured(model, seed, ours=ours) for seed in range(1, 1 + seeds)]
        for ours in (False, True)
    }

    def both(form: str, number) -> str:
        return " / ".join(format(number(runs[ours]), form) for ours in (False, True))

    kept = 4 * model.draws
    return {
        "model": name,
        "tool": "bayesmm",
        "draws": kept,
        "seeds": seeds,
        "ess": both(",.0f", lambda rs: float(np.median([r.ess for r in rs]))),
        "least": both(",.0f", lambda rs: min(r.ess for r in rs)),
        "leapfrogs": both(".1f", lambda rs: np.median([r.leapfrogs / kept for r in rs])),
        "divergences": both("d", lambda rs: sum(r.divergences for r in rs)),
        "per_leapfrog": both(".1f", lambda rs: float(np.median([r.per_leapfrog for r in rs]))),
        "per_second": both(",.0f", lambda rs: float(np.median([r.ess / r.seconds for r in rs]))),
    }


def peer_row(name: str, peer: str) -> Record:
    """Return what another package needs for a model; 4 chains of 1,000 draws, one seed."""
    model = MODELS[name]
    found = run_peer(peer, model.formulas, data_of(model), model.family, seed=1)
    row: Record = {"model": name, "tool": peer, "seeds": 1, "note": found.get("note", "")}
    if "ess" in found:
        ess, leapfrogs = found["ess"], found["leapfrogs"]
        row |= {
            "draws": 4000,
            "ess": f"{ess:,.0f}",
            "leapfrogs": f"{leapfrogs:.1f}",
            "divergences": f"{found['divergences']:d}",
            "per_leapfrog": f"{ess / (4 * leapfrogs):.1f}",
            "per_second": f"{ess / found['seconds']:,.0f}",
        }
    elif "seconds" in found:
        row["note"] = f"{found['note']}, {found['seconds']:.1f} CPU s"
    return row


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", default=None, help="parts of the names to measure")
    chosen = parser.parse_args()
    rows = []
    for name in MODELS:
        if chosen.only is None or any(part in name for part in chosen.only):
            rows.append(compare(name, 1 if chosen.quick else 3))
            print(rows[-1], flush=True)
            for peer in PEERS if chosen.peers else ():
                rows.append(peer_row(name, peer))
                print(rows[-1], flush=True)
    show(TITLE, save("varying", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
