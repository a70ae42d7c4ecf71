"""Fits of every kind of model with synthetic draws, for tests of saving; nothing is sampled."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.family.known import resolve_family
from bayesmm.fitted import Fit
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior

__all__ = ["CASES", "RECORD", "Case", "example_data", "fit_of", "rewrite"]

RECORD = "fit.json"

# Values of the parameters that each family can have; the others are 3 (0.1).
AUXILIARY = {"psi": (0.6, 0.02), "nu": (5.0, 0.3)}


def example_data() -> pd.DataFrame:
    """Return 60 rows with columns of every kind."""
    rng = np.random.default_rng(5)
    n = 60
    x = rng.normal(size=n)
    count = rng.poisson(3, size=n).astype(float)
    frame = pd.DataFrame(
        {
            "y": 1.0 + x + rng.normal(size=n),
            "x": x,
            "a/b": rng.normal(size=n),
            "größe Δ": rng.uniform(1, 2, size=n),
            "n": rng.integers(5, 9, size=n),
            "count": count,
            "exposure": rng.uniform(0.5, 2, size=n),
            "w": rng.uniform(0.5, 2, size=n),
            "year": rng.choice([1999, 2000, 2002], size=n),
            "flag": rng.random(n) < 0.5,
            "answer": rng.choice(["no", "yes"], size=n),
            "g": [f"g{k % 6}" for k in range(n)],
            "h": [f"site {k % 4}/α=1" for k in range(n)],
        }
    )
    frame["hits"] = rng.binomial(frame["n"], 0.4)
    frame["share"] = rng.uniform(0.05, 0.95, size=n)
    frame["dose"] = pd.Categorical(
        rng.choice(["low", "mid", "high"], size=n),
        categories=["low", "mid", "never", "high"],
        ordered=True,
    )
    frame["bin"] = pd.cut(frame["x"], [-5.0, -0.3, 0.3, 5.0])
    frame["gap"] = np.where(np.arange(n) % 7 == 0, np.nan, frame["x"])
    frame.attrs = {"name": "example", "units": {"y": "ms"}, "notes": ("A note.",)}
    return frame


@dataclass(frozen=True)
class Case:
    """A model of `example_data`."""

    formula: str
    family: str = "gaussian"
    link: str | None = None
    priors: str | Mapping[str, str | Prior] | None = None
    categorical: tuple[str, ...] = ()
    change: Callable[[pd.DataFrame], object] = lambda frame: frame


CASES: Mapping[str, Case] = {
    "names with strokes": Case("y ~ I(x/2) + `a/b` + (1 + I(x/2) | h/g)"),
    "other letters": Case("y ~ `größe Δ` + (`größe Δ` || g)"),
    "no groups": Case("answer ~ x", "bernoulli"),
    "no intercept": Case("y ~ 0 + x + (0 + x | g)"),
    "trials": Case("p(hits, n) ~ x + (1 | g)", "binomial"),
    "successes and failures": Case("cbind(hits, I(n - hits)) ~ x + (1 | g)", "binomial", "probit"),
    "offset": Case("count ~ x + offset(log(exposure)) + (1 | g)", "poisson"),
    "weights": Case("y | weights(w) ~ x + (1 | g)"),
    "rows left out": Case("y ~ gap + (1 | g)"),
    "splines": Case("y ~ bs(x, df = 4) + poly(`a/b`, 2) + scale(w) + (1 | g)"),
    "natural spline": Case("y ~ ns(x, df = 3) + center(w)"),
    "ordered factor": Case("y ~ dose + (1 | g)"),
    "sum contrasts": Case("y ~ C(answer, Sum) * x + (1 | g)"),
    "numbers as categories": Case("y ~ year + (1 | g)", categorical=("year",)),
    "intervals": Case("y ~ bin + flag + (1 | year)"),
    "crossed": Case("y ~ x + (1 | g) + (0 + x | g) + (1 | h)"),
    "t": Case("y ~ x + (1 | g)", "t"),
    "negative binomial": Case("count ~ x + (1 | g)", "negativebinomial"),
    "zero inflated": Case("count ~ x + (1 | g)", "zero_inflated_poisson"),
    "hurdle": Case("count ~ x + (1 | g)", "hurdle_negativebinomial"),
    "gamma": Case("exposure ~ x + (1 | g)", "gamma", "log"),
    "beta": Case("share ~ x + (1 | g)", "beta"),
    "priors of brms": Case("y ~ x + (x | g)", priors="brms"),
    "priors of rstanarm": Case("y ~ x + (x | g)", priors="rstanarm"),
    "priors of bambi": Case("y ~ x + (x | g)", priors="bambi"),
    "own priors": Case(
        "y ~ x + (x | g)",
        priors={
            "preset": "brms",
            "x": Prior("StudentT", (3.0, 1 / 3, np.float64(2.0) / 7)),
            "Intercept": "Flat()",
            "g_corr": "LKJ(2)",
            "1|g_sigma": "Exponential(0.1)",
        },
    ),
    "an index": Case("y ~ x + (1 | g)", change=lambda f: f.set_index(["h", "year"])),
    "dates as groups": Case(
        "y ~ x + (1 | day)",
        change=lambda f: f.assign(
            day=[pd.Timestamp("2024-01-01") + pd.Timedelta(days=k % 5) for k in range(len(f))]
        ),
    ),
}


def fit_of(case: Case) -> Fit:
    """Return a fit with draws that nobody sampled, of a design that is real."""
    data = case.change(example_data())
    family = resolve_family(case.family, case.link)
    design = build_design(case.formula, data, family, categorical=case.categorical)
    # positive means for every link, and small slopes
    drawn = synthetic_draws(
        design, intercept=(0.6, 0.05), beta=(0.05, 0.02), auxiliary=AUXILIARY,
        sd=(0.4, 0.03), effects=(0.0, 0.1), draws=50,
    )  # fmt: skip
    fit = synthetic_fit(design, drawn, priors=choose_priors(design, case.priors))
    facts = {"path": "synthetic", "integrated": ("x",), "number": np.int64(3), "none": None}
    return replace(fit, own_data=data, facts=facts)


def rewrite(
    folder: Path, change: Callable[[dict], object], name: str = RECORD, *, sign: bool = True
) -> None:
    """Change what the record says, with a fitting checksum unless the change is to be seen."""
    record = json.loads((folder / name).read_text())
    change(record)
    if sign:
        head = ("what", "format", "sha256")
        said = {key: value for key, value in record.items() if key not in head}
        record["sha256"] = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    (folder / name).write_text(json.dumps(record))
