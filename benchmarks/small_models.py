"""Small multilevel models of many structures, their data drawn anew for each seed.

Sizes at which fits take a fraction of a second and at which sampling is hardest: few groups, few
rows of each, sds that may be near 0. The truth is drawn too, near the default priors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["STRUCTURES", "Structure"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Structure:
    """A model, and the layout of its data.

    Attributes
    ----------
    formula, family : str
        As `bayesmm.fit` takes them.
    layout : callable
        ``generator -> DataFrame`` of predictors and factors.
    level : float
        Linear predictor where the predictors are 0.
    scale : float
        Of the coefficients and of the sds, which are half-normal.
    """

    formula: str
    family: str
    layout: Callable[[Generator], pd.DataFrame]
    level: float = 0.0
    scale: float = 1.0

    def simulated(self, seed: int) -> pd.DataFrame:
        """Return one data set; every seed has a truth of its own."""
        random = np.random.default_rng([seed, *self.formula.encode(), *self.family.encode()])
        frame = self.layout(random)
        eta = self.level + random.normal(0, self.scale) * frame["x"].to_numpy()
        for term in self.formula.partition("~")[2].split("(")[1:]:
            effects, _, rest = term.partition("|")
            for factor in _factors(rest.partition(")")[0].strip()):
                codes = frame.groupby(factor).ngroup().to_numpy()
                columns = [np.ones(len(frame))] + [frame["x"].to_numpy()] * ("x" in effects)
                for column in columns:
                    sd = abs(random.normal(0, self.scale))
                    eta += column * sd * random.normal(size=codes.max() + 1)[codes]
        return frame.assign(**_RESPONSES[self.family](random, eta))


def _factors(group: str) -> list[list[str]]:
    """Return the columns of each factor of ``g`` or ``a/b``."""
    names = group.split("/")
    return [names[: k + 1] for k in range(len(names))]


def grouped(groups: int, rows: int, mean: float = 0.0) -> Callable[[Generator], pd.DataFrame]:
    """Return a layout of groups of as many rows each."""

    def layout(random: Generator) -> pd.DataFrame:
        g = np.repeat(np.arange(groups), rows)
        return pd.DataFrame({"x": random.normal(mean, 1, len(g)), "g": g.astype(str)})

    return layout


def crossed(a: int, b: int) -> Callable[[Generator], pd.DataFrame]:
    """Return a layout in which every level of a meets every level of b once."""

    def layout(random: Generator) -> pd.DataFrame:
        first, second = np.repeat(np.arange(a), b), np.tile(np.arange(b), a)
        x = random.normal(size=a * b)
        return pd.DataFrame({"x": x, "a": first.astype(str), "b": second.astype(str)})

    return layout


def nested(a: int, b: int, rows: int) -> Callable[[Generator], pd.DataFrame]:
    """Return a layout of b groups within each of a larger groups."""

    def layout(random: Generator) -> pd.DataFrame:
        small = np.repeat(np.arange(a * b), rows)
        large = small // b
        x = random.normal(size=len(small))
        return pd.DataFrame({"x": x, "a": large.astype(str), "b": small.astype(str)})

    return layout


def _chance(eta: Array) -> Array:
    return 1 / (1 + np.exp(-eta))


def _negative_binomial(random: Generator, eta: Array) -> dict[str, Array]:
    shape, mean = random.gamma(4, 0.5), np.exp(np.minimum(eta, 8))
    return {"y": random.negative_binomial(shape, shape / (shape + mean))}


_RESPONSES: Mapping[str, Callable[[Generator, Array], dict[str, Array]]] = {
    "gaussian": lambda r, eta: {"y": eta + abs(r.normal(0, 1.5)) * r.normal(size=len(eta))},
    "bernoulli": lambda r, eta: {"y": (r.random(len(eta)) < _chance(eta)).astype(int)},
    "binomial": lambda r, eta: {"y": r.binomial(8, _chance(eta)), "n": np.full(len(eta), 8)},
    "poisson": lambda r, eta: {"y": r.poisson(np.exp(np.minimum(eta, 8)))},
    "negativebinomial": _negative_binomial,
}

STRUCTURES: Mapping[str, Structure] = {
    "gaussian, intercepts": Structure("y ~ x + (1 | g)", "gaussian", grouped(8, 5)),
    "gaussian, slopes": Structure("y ~ x + (x | g)", "gaussian", grouped(12, 6, mean=1.0)),
    "gaussian, nested": Structure("y ~ x + (1 | a/b)", "gaussian", nested(6, 4, 3)),
    "bernoulli, intercepts": Structure("y ~ x + (1 | g)", "bernoulli", grouped(15, 8)),
    "bernoulli, slopes": Structure("y ~ x + (x | g)", "bernoulli", grouped(15, 12, mean=1.0)),
    "bernoulli, crossed": Structure("y ~ x + (1 | a) + (1 | b)", "bernoulli", crossed(12, 10)),
    "binomial, intercepts": Structure("p(y, n) ~ x + (1 | g)", "binomial", grouped(12, 4)),
    "poisson, slopes": Structure("y ~ x + (x | g)", "poisson", grouped(12, 8), 1.0, 0.5),
    "poisson, a level per row": Structure(
        "y ~ x + (1 | a/b)", "poisson", nested(8, 6, 1), 1.0, 0.6
    ),
    "negative binomial, intercepts": Structure(
        "y ~ x + (1 | g)", "negativebinomial", grouped(12, 10), 1.0, 0.5
    ),
}
