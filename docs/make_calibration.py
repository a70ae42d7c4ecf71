"""Calibrate every structure and family, and write docs/CALIBRATION.md.

``python docs/make_calibration.py 100`` simulates and fits 100 data sets of every kind (seed 12,
4 chains of 250 draws) and keeps their ranks in docs/calibration.json: kinds that have as many are
left alone. ``python docs/make_calibration.py`` writes the page from that file. Of each kind the
design is made with seed 2026; of its responses only the scale is used, for default priors.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import Generator

import bayesmm
from bayesmm.family.known import FAMILIES
from bayesmm.plots.calibration import Calibration
from bayesmm.studies.uniformity import uniformity_p_value

FOLDER = Path(__file__).parent
KEPT, PAGE = FOLDER / "calibration.json", FOLDER / "CALIBRATION.md"
SEED, DESIGN_SEED = 12, 2026
ONE, SLOPES = "y ~ x + (1 | g)", "y ~ x + (x | g)"
# Of the models with a curved link or a response of one sign: data that a fit can be made to.
NARROW = {"Intercept": "Normal(1, 0.5)", "x": "Normal(0, 0.5)"}
OF_GROUPS = {"1|g_sigma": "HalfNormal(0.5)"}


@dataclass(frozen=True)
class Kind:
    """A model to calibrate."""

    formula: str
    family: str = "gaussian"
    priors: Mapping[str, str] = field(default_factory=dict)
    truth: Mapping[str, str] | None = None


STRUCTURES = {
    "linear model": Kind("y ~ x + z"),
    "random intercept": Kind(ONE),
    "random slopes": Kind(SLOPES),
    "random slopes, not correlated": Kind("y ~ x + (x || g)"),
    "three correlated effects": Kind("y ~ x + z + (x + z | g)"),
    "crossed": Kind("y ~ x + (1 | g) + (1 | h)"),
    "crossed, slopes": Kind("y ~ x + (x | g) + (1 | h)"),
    "nested": Kind("y ~ x + (1 | s / g)"),
    "priors of brms, x replaced": Kind(SLOPES, priors={"preset": "brms", "x": "Normal(0, 1)"}),
    "priors of rstanarm": Kind(SLOPES, priors={"preset": "rstanarm"}),
    "sigma with a predictor": Kind("y ~ x + (1 | g); sigma ~ x"),
    "sigma by group": Kind("y ~ x + (1 | g); sigma ~ 1 + (1 | g)"),
    "mean and sigma by group, correlated": Kind("y ~ x + (1 | p | g); sigma ~ 1 + (1 | p | g)"),
    "logistic, slopes": Kind("b ~ x + (x | g)", "bernoulli"),
    "logistic, crossed": Kind("b ~ x + (1 | g) + (1 | h)", "bernoulli"),
    "poisson, slopes": Kind("c ~ x + (x | g)", "poisson",
                            NARROW | OF_GROUPS | {"x|g_sigma": "HalfNormal(0.5)"}),
    "poisson, nested": Kind("c ~ x + (1 | s / g)", "poisson",
                            NARROW | {"1|s_sigma": "HalfNormal(0.5)"}),
    "zero inflation with a predictor": Kind("c ~ x + (1 | g); psi ~ x", "zero_inflated_poisson",
                                            NARROW | OF_GROUPS),
}  # fmt: skip
WRONG = {
    "fits with HalfNormal(0.3) for the sd of groups, truths of HalfNormal(1)": Kind(
        ONE, priors={"1|g_sigma": "HalfNormal(0.3)"}, truth={"1|g_sigma": "HalfNormal(1)"}
    ),
    "fits with Normal(0, 1) for x, truths of Normal(0.7, 1)": Kind(
        ONE, priors={"x": "Normal(0, 1)"}, truth={"x": "Normal(0.7, 1)"}
    ),
}
_RESPONSES = {"real": "y", "binary": "b", "binomial": "p(k, n)", "count": "c", "positive": "t",
              "proportion": "u"}  # fmt: skip


def families() -> dict[str, Kind]:
    """Return a random intercept of every family, with its default link."""
    found = {}
    for name, family in FAMILIES.items():
        if family.response not in _RESPONSES or family.random is None:
            continue
        priors = OF_GROUPS if family.response == "real" else NARROW | OF_GROUPS
        found[f"family {name}"] = Kind(f"{_RESPONSES[family.response]} ~ x + (1 | g)", name, priors)
    return found


def frame(rng: Generator) -> pd.DataFrame:
    """Return 72 rows in 12 groups, crossed with 6 items, nested in 4 sites."""
    g = np.repeat(np.arange(12), 6)
    n = len(g)
    trials = rng.integers(2, 12, n)
    return pd.DataFrame(
        {
            "x": rng.normal(size=n), "z": rng.normal(size=n),
            "g": [f"g{k:02d}" for k in g], "h": [f"h{k}" for k in np.tile(np.arange(6), 12)],
            "s": [f"s{k}" for k in g // 3], "n": trials, "k": rng.binomial(trials, 0.5),
            "y": rng.normal(size=n), "b": np.arange(n) % 2,
            "c": rng.poisson(2, n) * (rng.random(n) < 0.7),
            "t": rng.gamma(2, 1, n), "u": rng.beta(2, 2, n),
        }
    )  # fmt: skip


def kinds() -> dict[str, Kind]:
    """Return all of them."""
    return {**STRUCTURES, **families(), **WRONG}


def calibrated(kind: Kind, n: int) -> Calibration:
    """Return the calibration of a kind."""
    data = frame(np.random.default_rng(DESIGN_SEED))
    link = "log" if kind.family in ("gamma", "inverse_gaussian") else None
    return bayesmm.calibrate(
        kind.formula, data, kind.family, dict(kind.priors), n, link=link, seed=SEED, cores=1,
        truth=None if kind.truth is None else dict(kind.priors) | dict(kind.truth),
        progress=False,
    )  # fmt: skip


def simulate(n: int) -> None:
    """Calibrate every kind that has fewer data sets than `n`; one file holds what was found."""
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name, kind in kinds().items():
        if kept.get(name, {}).get("n", 0) >= n:
            continue
        try:
            found = calibrated(kind, n)
        except bayesmm.BayesmmError as reason:
            print(f"{name}: {reason}", file=sys.stderr)
            continue
        positions = {
            quantity: [round(value, 6) for value in found.positions[quantity]]
            for quantity in found.quantities
        }
        kept[name] = {
            "n": n, "formula": kind.formula, "family": kind.family, "refused": dict(found.refused),
            "not_usable": found.not_usable, "positions": positions,
        }  # fmt: skip
        KEPT.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{name}: {found.verdict}", file=sys.stderr, flush=True)


def page(kept: Mapping[str, Any]) -> str:
    """Return docs/CALIBRATION.md."""
    known = kinds()
    right = {name: own for name, own in kept.items() if name in known and name not in WRONG}
    wrong = {name: own for name, own in kept.items() if name in WRONG}
    fits = sum(_n(own) for own in right.values())
    quantities = sum(len(own["positions"]) for own in right.values())
    return _TEXT.format(
        fits=f"{fits:,}",
        kinds=len(right),
        quantities=quantities,
        expected=f"{len(right) * 0.01:.1f}",
        right="\n".join(_row(name, own) for name, own in right.items()),
        wrong="\n".join(_row(name, own) for name, own in wrong.items()),
    )


def _n(own: Mapping[str, Any]) -> int:
    return len(next(iter(own["positions"].values())))


def _row(name: str, own: Mapping[str, Any]) -> str:
    p = {quantity: uniformity_p_value(np.array(at)) for quantity, at in own["positions"].items()}
    worst = min(p, key=lambda quantity: p[quantity])
    together = min(1.0, p[worst] * len(p))
    verdict = "problem" if together < 0.001 else "look" if together < 0.01 else "ok"
    formula = own["formula"].replace("|", "\\|")
    shown = worst.replace("|", "\\|")
    return (
        f"| {name} | `{formula}` | {_n(own)} of {own['n']} | {own['not_usable']} | {len(p)} | "
        f"{together:.2g} | {shown} | {verdict} |"
    )


_HEAD = (
    "| model | formula | data sets fitted | draws not to be used | quantities | smallest p | of | "
    "verdict |\n|---|---|---:|---:|---:|---:|---|---|"
)
_TEXT = (
    """# Calibration

Made by `docs/make_calibration.py` from `docs/calibration.json`: {fits} fits of {kinds} models.

A truth is drawn from the priors, data from the truth, and the model is fitted to the data. The
truth is then a draw of its own posterior: its rank among the draws is uniform, for every model,
prior and size, if the engine draws from the posterior and from nothing else. Ranked are all
coefficients, sds, correlations and further parameters, the effects of the first level of each
factor, and the log likelihood of the data: {quantities} quantities. 72 rows, 12 groups; 4 chains of
250 draws, sampled again where the checks of a fit ask for it, as `bayesmm.fit` does; 99 of the
draws are ranked among.

*Smallest p*: the probability with which ranks of an exact posterior are as far from uniform, of all
quantities of the model together (the smallest times their number). "look" is below 0.01,
"problem" below 0.001: of {kinds} right models {expected} are expected to say look by chance. *Data
sets fitted*: the others were refused, as constant responses are; that is a rule on the data alone
and leaves the ranks uniform. *Draws not to be used*: fits whose own checks say so; they are ranked
with the others.

`bayesmm.calibrate` does the same for a model of yours.

"""
    + _HEAD
    + """
{right}

## What is wrong is found

The fits have other priors than the truths; ``tests/test_calibration.py`` has an engine that lacks
a Jacobian, too.

"""
    + _HEAD
    + """
{wrong}
"""
)


def main() -> None:
    """Simulate where asked, and write the page."""
    if len(sys.argv) > 1:
        simulate(int(sys.argv[1]))
    PAGE.write_text(page(json.loads(KEPT.read_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
