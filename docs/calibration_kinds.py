"""The models of docs/CALIBRATION.md: structures, families, those of the benchmarks, wrong ones.

A kind is a formula with the data whose rows it has, and priors where the default ones make data
that no fit can be made to (a mean of exp(10)).
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from bayesmm.family.known import FAMILIES, OF_CATEGORIES

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.structures import ALL
from benchmarks.transport import Structure

__all__ = ["WRONG", "Kind", "kinds"]

DESIGN_SEED = 2026
ONE, SLOPES = "y ~ x + (1 | g)", "y ~ x + (x | g)"
# Of the models with a curved link or a response of one sign: data that a fit can be made to.
NARROW = {"Intercept": "Normal(1, 0.5)", "x": "Normal(0, 0.5)"}
OF_GROUPS = {"1|g_sigma": "HalfNormal(0.5)"}
_NARROW_SLOPES = NARROW | OF_GROUPS | {"x|g_sigma": "HalfNormal(0.5)"}


def rows() -> pd.DataFrame:
    """Return 72 rows in 12 groups, crossed with 6 items, nested in 4 sites."""
    rng = np.random.default_rng(DESIGN_SEED)
    g = np.repeat(np.arange(12), 6)
    n = len(g)
    trials = rng.integers(2, 12, n)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n), "z": rng.normal(size=n),
            "g": [f"g{k:02d}" for k in g], "h": [f"h{k}" for k in np.tile(np.arange(6), 12)],
            "s": [f"s{k}" for k in g // 3], "n": trials, "k": rng.binomial(trials, 0.5),
            "y": rng.normal(size=n), "b": np.arange(n) % 2,
            "c": rng.poisson(2, n) * (rng.random(n) < 0.7),
            "t": rng.gamma(2, 1, n), "u": rng.beta(2, 2, n),
        }
    )  # fmt: skip
    # of later kinds, after what was drawn before
    frame["a"] = rng.vonmises(0.0, 1.0, n)
    frame["o"] = 1 + np.arange(n) % 4
    frame["m"] = np.array(["one", "three", "two"])[np.arange(n) % 3]
    frame["e"] = np.arange(n) % 3 > 0
    frame["v"] = frame["y"].abs()
    frame["time"] = rng.uniform(0.5, 3.0, n)
    frame[["one", "two", "three"]] = rng.multinomial(12, [0.5, 0.3, 0.2], n)
    return frame


@dataclass(frozen=True)
class Kind:
    """A model to calibrate.

    Attributes
    ----------
    formula, family, link : str
        As `bayesmm.calibrate` takes them.
    priors, truth : mapping
        Those of the fits, and those of the truths where they differ.
    rows : callable
        Returns the data whose rows there are.
    broken : bool
        Whether the engine lacks a Jacobian.
    """

    formula: str
    family: str = "gaussian"
    priors: Mapping[str, str] = field(default_factory=dict)
    truth: Mapping[str, str] | None = None
    link: str | None = None
    rows: Callable[[], pd.DataFrame] = rows
    broken: bool = False


STRUCTURES = {
    "linear model": Kind("y ~ x + z"),
    "random intercept": Kind(ONE),
    "random slopes": Kind(SLOPES),
    "random slopes, not correlated": Kind("y ~ x + (x || g)"),
    "three correlated effects": Kind("y ~ x + z + (x + z | g)"),
    "crossed": Kind("y ~ x + (1 | g) + (1 | h)"),
    "crossed, slopes": Kind("y ~ x + (x | g) + (1 | h)"),
    "nested": Kind("y ~ x + (1 | s / g)"),
    "no intercept, levels of a factor": Kind("y ~ 0 + h + x + (1 | g)"),
    "priors of brms, x replaced": Kind(SLOPES, priors={"preset": "brms", "x": "Normal(0, 1)"}),
    "priors of rstanarm": Kind(SLOPES, priors={"preset": "rstanarm"}),
    "a slope above 0": Kind(ONE, priors={"x": "HalfNormal(1)"}),
    "sigma with a predictor": Kind("y ~ x + (1 | g); sigma ~ x"),
    "sigma by group": Kind("y ~ x + (1 | g); sigma ~ 1 + (1 | g)"),
    "sigma by item": Kind("y ~ x + (x | g); sigma ~ 0 + h"),
    "sigma by item, narrower": Kind("y ~ x + (1 | g); sigma ~ 0 + h", priors={
        f"sigma_h[h{k}]": "Normal(0, 0.5)" for k in range(6)}),
    "mean and sigma by group, correlated": Kind("y ~ x + (1 | p | g); sigma ~ 1 + (1 | p | g)"),
    "logistic, slopes": Kind("b ~ x + (x | g)", "bernoulli"),
    "logistic, crossed": Kind("b ~ x + (1 | g) + (1 | h)", "bernoulli"),
    "poisson, slopes": Kind("c ~ x + (x | g)", "poisson", _NARROW_SLOPES),
    "poisson, nested": Kind("c ~ x + (1 | s / g)", "poisson",
                            NARROW | {"1|s_sigma": "HalfNormal(0.5)"}),
    "poisson, a rate": Kind("c | rate(time) ~ x + (1 | g)", "poisson", NARROW | OF_GROUPS),
    "poisson, a slope between limits": Kind("c ~ x + (1 | g)", "poisson", OF_GROUPS | {
        "Intercept": "Normal(1, 0.5)", "x": "Uniform(-0.3, 1)"}),
    "zero inflation with a predictor": Kind("c ~ x + (1 | g); psi ~ x", "zero_inflated_poisson",
                                            NARROW | OF_GROUPS),
    "hurdle by group": Kind("c ~ x + (1 | g); psi ~ 1 + (1 | g)", "hurdle_poisson",
                            NARROW | OF_GROUPS | {"psi_1|g_sigma": "HalfNormal(0.5)"}),
    "dispersion with a predictor": Kind("c ~ x + (1 | g); alpha ~ x", "negativebinomial",
                                        NARROW | OF_GROUPS),
    "precision with a predictor": Kind("u ~ x + (1 | g); kappa ~ x", "beta", NARROW | OF_GROUPS | {
        "kappa_Intercept": "Normal(2, 0.5)", "kappa_x": "Normal(0, 0.3)"}),
    "cumulative, slopes": Kind("o ~ x + (x | g)", "cumulative"),
    "cumulative, crossed": Kind("o ~ x + (1 | g) + (1 | h)", "cumulative"),
    "cumulative, discrimination": Kind("o ~ x + (1 | g); disc ~ 0 + x", "cumulative"),
    "censored times": Kind("t | cens(event = e) ~ x + (1 | g)", "weibull", NARROW | OF_GROUPS),
    "truncated": Kind("v | trunc(0, ) ~ x + (1 | g)", "gaussian",
                      {"Intercept": "Normal(0.5, 0.5)", "x": "Normal(0, 0.5)",
                       "sigma": "HalfNormal(1)"} | OF_GROUPS),
}  # fmt: skip
WRONG = {
    "fits with HalfNormal(0.3) for the sd of groups, truths of HalfNormal(1)": Kind(
        ONE, priors={"1|g_sigma": "HalfNormal(0.3)"}, truth={"1|g_sigma": "HalfNormal(1)"}
    ),
    "fits with Normal(0, 0.3) for x, truths of Normal(0.3, 0.3)": Kind(
        ONE, priors={"x": "Normal(0, 0.3)"}, truth={"x": "Normal(0.3, 0.3)"}
    ),
    "an engine without the Jacobian of sigma = exp(x), 4 rows": Kind(
        "y ~ 1", rows=lambda: rows().iloc[:4], broken=True
    ),
}
_RESPONSES = {"real": "y", "binary": "b", "binomial": "p(k, n)", "count": "c", "positive": "t",
              "proportion": "u", "angle": "a", "ordered": "o", "unordered": "m",
              "multinomial": "cbind(one, two, three)"}  # fmt: skip
# Default priors are right where the linear predictor is on the scale of y or of a category.
_FREE = ("real", "ordered", "unordered", "multinomial")

# Of a smaller kappa many shares are within rounding of 1: data that `calibrate` refuses.
_MODERATE = {"zero_one_inflated_beta": {"kappa": "Gamma(20, 2)"}}


def families() -> dict[str, Kind]:
    """Return a random intercept of every family that draws responses, with its default link."""
    found = {}
    for name, family in {**FAMILIES, **OF_CATEGORIES}.items():
        if family.without_random:
            continue
        free = family.response in _FREE and not family.decisions
        priors = OF_GROUPS if free else NARROW | OF_GROUPS
        if family.response in ("unordered", "multinomial"):  # predictors for all but one category
            priors = {}
        formula = f"{_RESPONSES[family.response]} ~ x + (1 | g)"
        found[f"family {name}"] = Kind(formula, name, priors | _MODERATE.get(name, {}))
    return found


def _of_benchmark(own: Structure) -> Kind:
    """Return a structure of benchmarks/structures.py with its rows and its priors."""
    scale = own.scale

    def frame() -> pd.DataFrame:
        rng = np.random.default_rng(DESIGN_SEED)
        factors = own.factors()
        n = factors["g"].size
        levels = {f: [f"{f}{k:03d}" for k in codes] for f, codes in factors.items()}
        trials = rng.integers(5, 20, n)
        # the responses are used for their kind alone: all priors are given
        y = {"real": rng.normal(size=n), "count": rng.poisson(3.0, n),
             "positive": rng.gamma(2.0, 1.0, n), "proportion": rng.beta(2.0, 2.0, n),
             "binomial": rng.binomial(trials, 0.5), "binary": np.arange(n) % 2}  # fmt: skip
        return pd.DataFrame({"x": rng.normal(size=n), "n": trials, **levels,
                             "y": y[FAMILIES[own.family].response]})  # fmt: skip

    priors = {"Intercept": f"Normal({own.level}, {scale})", "x": f"Normal(0, {scale})"}
    priors |= {f"1|{factor}_sigma": f"HalfNormal({scale})" for factor in own.factors()}
    if own.slopes:
        priors |= {"x|g_sigma": f"HalfNormal({scale})", "g_corr": "LKJ(1)"}
    return Kind(own.formula, own.family, priors | (own.further or {}), link=own.link, rows=frame)


def kinds() -> dict[str, Kind]:
    """Return all of them, in the order of the page."""
    of_benchmarks = {f"benchmark: {name}": _of_benchmark(own) for name, own in ALL.items()}
    return {**STRUCTURES, **families(), **of_benchmarks, **WRONG}
