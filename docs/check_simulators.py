"""Data sets whose model holds, and data sets whose model is wrong in one known way.

Each simulator returns what ``bayesmm.fit`` takes: formula, data, family. Sizes are those of small
studies: 60 to 200 rows, 10 to 20 groups; coefficients and standard deviations differ between data
sets.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["RIGHT", "WRONG", "Simulated"]

type Array = NDArray[np.float64]
type Simulated = tuple[str, pd.DataFrame, str]

_ONE, _SLOPE = "y ~ x + (1 | g)", "y ~ x + (x | g)"


def _groups(n_groups: int, per_group: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(n_groups), per_group)


def _frame(y: Array, **columns: Array) -> pd.DataFrame:
    named = {
        name: [f"{name}{k:02d}" for k in values]
        if values.dtype.kind == "i" and name in "gh"
        else values
        for name, values in columns.items()
    }
    return pd.DataFrame({"y": y, **named})


def _sd(rng: Generator) -> float:
    return float(rng.uniform(0.3, 1.0))


def _mean(rng: Generator, g: Array, x: Array, *, scale: float = 1.0, slopes: bool = False) -> Array:
    """Return b0 + b1 x + u_g, with slopes that vary where asked."""
    n = g.max() + 1
    eta = rng.normal(0, 0.5) + rng.normal(0, 0.5) * x + scale * _sd(rng) * rng.normal(size=n)[g]
    return eta + scale * 0.6 * rng.normal(size=n)[g] * x if slopes else eta


def _linear(rng: Generator) -> Simulated:
    x, z = rng.normal(size=(2, 60))
    return "y ~ x + z", _frame(1 + 0.5 * x + rng.normal(size=60), x=x, z=z), "gaussian"


def _gaussian(slopes: bool) -> Callable[[Generator], Simulated]:
    def simulate(rng: Generator) -> Simulated:
        g = _groups(15, 8)
        x = rng.normal(size=len(g))
        y = _mean(rng, g, x, slopes=slopes) + rng.normal(size=len(g))
        return _SLOPE if slopes else _ONE, _frame(y, x=x, g=g), "gaussian"

    return simulate


def _crossed(rng: Generator) -> Simulated:
    g, h = (part.ravel() for part in np.meshgrid(np.arange(12), np.arange(10)))
    x = rng.normal(size=len(g))
    y = _mean(rng, g, x) + _sd(rng) * rng.normal(size=10)[h] + rng.normal(size=len(g))
    return "y ~ x + (1 | g) + (1 | h)", _frame(y, x=x, g=g, h=h), "gaussian"


def _nested(rng: Generator) -> Simulated:
    g, h = _groups(10, 12), np.tile(_groups(4, 3), 10)
    x = rng.normal(size=len(g))
    y = _mean(rng, g, x) + _sd(rng) * rng.normal(size=40)[4 * g + h] + rng.normal(size=len(g))
    return "y ~ x + (1 | g/h)", _frame(y, x=x, g=g, h=h), "gaussian"


def _t(rng: Generator) -> Simulated:
    g = _groups(15, 8)
    x = rng.normal(size=len(g))
    y = _mean(rng, g, x) + rng.standard_t(4, size=len(g))
    return _ONE, _frame(y, x=x, g=g), "t"


def _counts(
    formula: str,
    draw: Callable[[Generator, Array], Array],
    family: str,
    *,
    groups: bool = True,
    slopes: bool = False,
) -> Callable[[Generator], Simulated]:
    def simulate(rng: Generator) -> Simulated:
        g = _groups(15, 8)
        x = rng.normal(size=len(g))
        eta = _mean(rng, g, x, scale=0.7 if groups else 0.0, slopes=slopes)
        return formula, _frame(draw(rng, np.exp(1 + 0.6 * eta)), x=x, g=g), family

    return simulate


def _poisson(rng: Generator, mu: Array) -> Array:
    return rng.poisson(mu)


def _negativebinomial(rng: Generator, mu: Array, size: float = 2.0) -> Array:
    return rng.poisson(rng.gamma(size, mu / size))


def _zeros_added(rng: Generator, mu: Array) -> Array:
    return rng.poisson(mu) * (rng.random(len(mu)) < 0.75)


def _gamma(rng: Generator, mu: Array) -> Array:
    return rng.gamma(3.0, mu / 3.0)


def _bernoulli(*, groups: bool, curved: float = 0.0) -> Callable[[Generator], Simulated]:
    def simulate(rng: Generator) -> Simulated:
        g = _groups(20, 10)
        x = rng.normal(size=len(g))
        eta = _mean(rng, g, x, scale=float(groups)) + curved * (x**2 - 1)
        y = (rng.random(len(g)) < expit(eta)).astype(int)
        return _ONE if groups else "y ~ x", _frame(y, x=x, g=g), "bernoulli"

    return simulate


def _binomial(concentration: float | None) -> Callable[[Generator], Simulated]:
    def simulate(rng: Generator) -> Simulated:
        g = _groups(15, 5)
        x, n = rng.normal(size=len(g)), rng.integers(3, 20, len(g))
        p = expit(_mean(rng, g, x))
        if concentration is not None:
            p = rng.beta(concentration * p, concentration * (1 - p))
        return "p(y, n) ~ x + (1 | g)", _frame(rng.binomial(n, p), x=x, n=n, g=g), "binomial"

    return simulate


def _gaussian_fault(change: Callable[[Generator, Array, Array, Array], Array]
                    ) -> Callable[[Generator], Simulated]:  # fmt: skip
    """Return a random intercept whose mean and errors become a response by `change`."""

    def simulate(rng: Generator) -> Simulated:
        g = _groups(15, 8)
        x = rng.normal(size=len(g))
        return _ONE, _frame(change(rng, _mean(rng, g, x), x, g), x=x, g=g), "gaussian"

    return simulate


def _outlier(rng: Generator, mean: Array, x: Array, g: Array) -> Array:
    y = mean + rng.normal(size=len(x))
    y[rng.integers(len(x))] += 6.0
    return y


def _odd_group(rng: Generator, mean: Array, x: Array, g: Array) -> Array:
    return mean + 6.0 * (g == 0) + rng.normal(size=len(x))


RIGHT: Mapping[str, Callable[[Generator], Simulated]] = {
    "linear model": _linear,
    "random intercept": _gaussian(slopes=False),
    "random slopes": _gaussian(slopes=True),
    "crossed": _crossed,
    "nested": _nested,
    "t": _t,
    "gamma": _counts(_ONE, _gamma, "gamma"),
    "poisson, no groups": _counts("y ~ x", _poisson, "poisson", groups=False),
    "poisson": _counts(_ONE, _poisson, "poisson"),
    "poisson, slopes": _counts(_SLOPE, _poisson, "poisson", slopes=True),
    "negative binomial": _counts(_ONE, _negativebinomial, "negativebinomial"),
    "binomial": _binomial(None),
    "logistic, no groups": _bernoulli(groups=False),
    "logistic": _bernoulli(groups=True),
}
WRONG: Mapping[str, Callable[[Generator], Simulated]] = {
    "overdispersed counts": _counts(_ONE, _negativebinomial, "poisson"),
    "overdispersed proportions": _binomial(4.0),
    "a quarter of zeros added": _counts(_ONE, _zeros_added, "poisson"),
    "curved effect": _gaussian_fault(
        lambda rng, mean, x, g: mean + 0.4 * x**2 + rng.normal(size=len(x))
    ),
    "curved effect, logistic": _bernoulli(groups=True, curved=0.6),
    "heavy tails": _gaussian_fault(lambda rng, mean, x, g: mean + rng.standard_t(3, size=len(x))),
    "skewed errors": _gaussian_fault(
        lambda rng, mean, x, g: mean + rng.gamma(1.5, 1.0, size=len(x))
    ),
    "uneven spread": _gaussian_fault(
        lambda rng, mean, x, g: mean + np.exp(0.4 * x) * rng.normal(size=len(x))
    ),
    "missing random slope": _gaussian_fault(
        lambda rng, mean, x, g: mean + 0.6 * rng.normal(size=15)[g] * x + rng.normal(size=len(x))
    ),
    "missing random slope, counts": _counts(_ONE, _poisson, "poisson", slopes=True),
    "one row 6 sds off": _gaussian_fault(_outlier),
    "one group 6 sds off": _gaussian_fault(_odd_group),
}
