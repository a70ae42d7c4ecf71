"""Do transported coordinates pay? Both, on data simulated from the priors and on known shapes.

Of each structure: how many fits fail the package's own diagnostics, the smallest ESS over every
quantity, leapfrog steps per draw, divergences, and time per gradient and per draw, in the
coordinates of centred levels (before) and in transported ones (after). Transported ones are taken
here wherever they can be, also where the engine finds them too dear; the table says so.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Priors
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.compiled import engine
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_problem
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import SHAPES

TITLE = "Transported coordinates: 4 x 1000 draws, before / after"
KEYS = ("structure",)
COLUMNS = {
    "structure": "structure",
    "sets": "sets",
    "failing": "failing",
    "ess": "min ESS, median",
    "least": "lowest",
    "leapfrogs": "leapfrogs",
    "divergences": "divergences",
    "per_leapfrog": "ESS per 1000 leapfrogs",
    "per_second": "ESS per CPU s",
    "engine": "engine takes",
}
SHAPES_MEASURED = ("sleepstudy", "cbpp", "grouseticks", "verbagg")
_SEED = 20


@dataclass(frozen=True, slots=True)
class Structure:
    """A model whose parameters and data are drawn from its priors.

    Attributes
    ----------
    family, formula : str
        As `bayesmm.fit` takes them.
    factors : callable
        Returns the levels of each factor in each row.
    slopes : int
        Effects per level of the first factor beside its intercept.
    scale, level : float
        Of the priors of coefficients and sds, and the mean of the intercept's.
    further : dict of str to str
        Priors of the further parameters.
    link : str, optional
        Of the family.
    """

    family: str
    formula: str
    factors: Callable[[], dict[str, np.ndarray]]
    slopes: int = 0
    scale: float = 1.0
    level: float = 0.0
    further: dict[str, str] | None = None
    link: str | None = None


def groups(levels: int, rows: int) -> Callable[[], dict[str, np.ndarray]]:
    """Return groups of as many rows each."""
    return lambda: {"g": np.repeat(np.arange(levels), rows)}


def nested(outer: int, inner: int, rows: int) -> Callable[[], dict[str, np.ndarray]]:
    """Return as many groups within each of some larger ones."""
    cells = np.repeat(np.arange(outer * inner), rows)
    return lambda: {"g": cells // inner, "h": cells}


def crossed(first: int, second: int, times: int) -> Callable[[], dict[str, np.ndarray]]:
    """Return two factors whose levels meet as many times each."""
    cells = np.tile(np.arange(first * second), times)
    return lambda: {"g": cells // second, "h": cells % second}


_ONE, _SLOPE = "y ~ x + (1 | g)", "y ~ x + (x | g)"
_TWO = "y ~ x + (1 | g) + (1 | h)"
STRUCTURES = {
    "bernoulli (x | g), 20 x 15": Structure("bernoulli", _SLOPE, groups(20, 15), 1),
    "bernoulli (1 | g), 15 x 8": Structure("bernoulli", _ONE, groups(15, 8)),
    "bernoulli (1 | g), 100 x 2": Structure("bernoulli", _ONE, groups(100, 2)),
    "bernoulli crossed, 12 x 10 x 2": Structure("bernoulli", _TWO, crossed(12, 10, 2)),
    "binomial (1 | g), 12 x 4": Structure("binomial", "p(y, n) ~ x + (1 | g)", groups(12, 4)),
    "poisson (x | g), 15 x 8": Structure("poisson", _SLOPE, groups(15, 8), 1, 0.5, 1.0),
    "poisson nested, 8 x 4 x 3": Structure("poisson", _TWO, nested(8, 4, 3), 0, 0.6, 1.0),
    "poisson, a level per row, 10 x 6": Structure("poisson", _TWO, nested(10, 6, 1), 0, 0.6, 1.0),
    "negativebinomial (1 | g), 12 x 10": Structure(
        "negativebinomial", _ONE, groups(12, 10), 0, 0.5, 1.0, {"alpha": "Gamma(4, 2)"}
    ),
    "gamma (1 | g), 12 x 8": Structure(
        "gamma", _ONE, groups(12, 8), 0, 0.5, 0.0, {"alpha": "Gamma(4, 1)"}, "log"
    ),
    "beta (1 | g), 12 x 8": Structure(
        "beta", _ONE, groups(12, 8), 0, 1.0, 0.0, {"kappa": "Gamma(4, 0.5)"}
    ),
    "t (x | g), 15 x 8": Structure(
        "t", _SLOPE, groups(15, 8), 1, 1.0, 0.0,
        {"sigma": "HalfNormal(1.5)", "nu": "Gamma(2, 0.1)"},
    ),
    "zero_inflated_poisson (1 | g), 12 x 10": Structure(
        "zero_inflated_poisson", _ONE, groups(12, 10), 0, 0.5, 1.0, {"psi": "Beta(4, 4)"}
    ),
    "bernoulli, large sds, 120 x 7": Structure("bernoulli", _ONE, groups(120, 7), 0, 4.0),
}  # fmt: skip


def drawn(structure: Structure, seed: int) -> tuple[Design, Priors, dict[str, float]]:
    """Return a data set with its priors, and the parameters that it was drawn with."""
    rng = np.random.default_rng([_SEED, seed, *structure.formula.encode(), structure.slopes])
    factors = structure.factors()
    n = factors["g"].size
    x = rng.normal(size=n)
    scale, q = structure.scale, 1 + structure.slopes
    priors = {"Intercept": f"Normal({structure.level}, {scale})", "x": f"Normal(0, {scale})"}
    truth = {"b0": rng.normal(structure.level, scale), "x": rng.normal(0, scale)}
    eta = truth["b0"] + truth["x"] * (x - x.mean())
    for factor, codes in factors.items():
        sds = np.abs(rng.normal(0, scale, q if factor == "g" else 1))
        names = ["1", "x"][: sds.size]
        priors |= {f"{name}|{factor}_sigma": f"HalfNormal({scale})" for name in names}
        truth |= {f"{name}|{factor}_sigma": sd for name, sd in zip(names, sds, strict=True)}
        u = rng.normal(size=(codes.max() + 1, sds.size))
        if sds.size == 2:
            r = truth[f"{factor}_corr"] = rng.uniform(-1, 1)
            priors[f"{factor}_corr"] = "LKJ(1)"
            u[:, 1] = r * u[:, 0] + np.sqrt(1 - r**2) * u[:, 1]
        u *= sds
        truth[f"first of {factor}"] = u[0, 0]
        eta = eta + u[codes, 0] + (u[codes, 1] * x if sds.size == 2 else 0.0)
    further = _further(structure, rng)
    truth |= further
    frame = pd.DataFrame({"x": x, **{f: [f"{c:03d}" for c in v] for f, v in factors.items()}})
    frame["n"] = rng.integers(1, 20, n)
    frame["y"] = _responses(structure.family, eta, further, frame["n"].to_numpy(), rng)
    design = build_design(
        structure.formula, frame, resolve_family(structure.family, structure.link)
    )
    return design, choose_priors(design, priors | (structure.further or {})), truth


def _further(structure: Structure, rng: np.random.Generator) -> dict[str, float]:
    """Draw the further parameters from their priors."""
    drawn = {}
    for name, text in (structure.further or {}).items():
        kind, _, inside = text.rstrip(")").partition("(")
        a, *b = (float(part) for part in inside.split(","))
        drawn[name] = {
            "Gamma": lambda a=a, b=b: rng.gamma(a, 1 / b[0]),
            "Beta": lambda a=a, b=b: rng.beta(a, b[0]),
            "HalfNormal": lambda a=a: abs(rng.normal(0, a)),
        }[kind]()
    return drawn


def _responses(
    family: str, eta: np.ndarray, further: dict[str, float], n: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the responses."""
    share, mean = 1 / (1 + np.exp(-eta)), np.exp(np.minimum(eta, 12.0))
    alpha, kappa = further.get("alpha", 1.0), further.get("kappa", 1.0)
    return {
        "bernoulli": lambda: (rng.random(eta.size) < share).astype(int),
        "binomial": lambda: rng.binomial(n, share),
        "poisson": lambda: rng.poisson(mean),
        "zero_inflated_poisson": lambda: (
            (rng.random(eta.size) < further["psi"]) * rng.poisson(mean)
        ),
        "negativebinomial": lambda: rng.negative_binomial(alpha, alpha / (alpha + mean)),
        "gamma": lambda: rng.gamma(alpha, mean / alpha) + 1e-300,
        "beta": lambda: np.clip(rng.beta(share * kappa, (1 - share) * kappa), 1e-9, 1 - 1e-9),
        "gaussian": lambda: eta + further["sigma"] * rng.normal(size=eta.size),
        "t": lambda: eta + further["sigma"] * rng.standard_t(further["nu"], eta.size),
    }[family]()


def measure(design: Design, priors: Priors, seed: int, *, transported: bool) -> Record:
    """Fit once in one kind of coordinates."""
    settings = SamplerSettings(tune=400, seed=seed)
    began = time.process_time()
    if transported:
        draws = engine.sample_transported(pilot(plain_model(design, priors)), settings)
    else:
        draws = engine.sample_joint(design, priors, settings, centred=informed_levels(design))
    seconds = time.process_time() - began
    found = diagnose(assemble(design, draws), design, settings)
    steps = draws.statistics["n_steps"]
    return {
        "failed": not found.ok,
        "ess": min(found.ess_bulk_min, found.ess_tail_min),
        "bulk": found.ess_bulk_min,
        "leapfrogs": float(steps.mean()),
        "divergences": found.divergences,
        "per_leapfrog": 1e3 * found.ess_bulk_min / float(steps.sum()),
        "per_second": found.ess_bulk_min / seconds,
    }


def compare(name: str, sets: list[tuple[Design, Priors]]) -> Record:
    """Return both kinds of coordinates side by side over some data sets."""
    runs = {
        transported: [
            measure(design, priors, 1 + i, transported=transported)
            for i, (design, priors) in enumerate(sets)
        ]
        for transported in (False, True)
    }

    def both(number: Callable[[list[Record]], str]) -> str:
        return f"{number(runs[False])} / {number(runs[True])}"

    def median(key: str, form: str) -> str:
        return both(lambda rs: format(float(np.median([r[key] for r in rs])), form))

    problems = {transport_problem(plain_model(design, priors)) for design, priors in sets}
    return {
        "structure": name,
        "sets": len(sets),
        "failing": both(lambda rs: str(sum(r["failed"] for r in rs))),
        "ess": median("bulk", ",.0f"),
        "least": both(lambda rs: format(min(r["bulk"] for r in rs), ",.0f")),
        "leapfrogs": median("leapfrogs", ".1f"),
        "divergences": both(lambda rs: str(sum(r["divergences"] for r in rs))),
        "per_leapfrog": median("per_leapfrog", ".0f"),
        "per_second": median("per_second", ",.0f"),
        "engine": "after" if problems == {None} else "before: too dear",
    }


def shape_sets(name: str, times: int) -> list[tuple[Design, Priors]]:
    """Return a known shape with its default priors, once per seed."""
    shape = SHAPES[name]
    design = build_design(shape.formula, shape.frame(), resolve_family(shape.family))
    return [(design, choose_priors(design))] * times


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("--sets", type=int, default=12, help="data sets per structure")
    parser.add_argument("--only", nargs="*", default=None, help="parts of the names to measure")
    chosen = parser.parse_args()
    count = 2 if chosen.quick else chosen.sets
    rows = []
    for name, structure in STRUCTURES.items():
        if chosen.only is None or any(part in name for part in chosen.only):
            rows.append(compare(name, [drawn(structure, i)[:2] for i in range(count)]))
            print(rows[-1], flush=True)
    for name in SHAPES_MEASURED:
        if chosen.only is None or any(part in name for part in chosen.only):
            rows.append(compare(name, shape_sets(name, 1 if chosen.quick else 3)))
            print(rows[-1], flush=True)
    show(TITLE, save("transport", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
