"""Designs that several tests of maximum likelihood use."""

import numpy as np
import pandas as pd
from handmade import handmade_block, handmade_design

from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design

__all__ = ["crossed_design", "design_of"]


def design_of(formula: str, data: pd.DataFrame, family="gaussian", link=None) -> Design:
    return build_design(formula, data, resolve_family(family, link))


def crossed_design(n: int = 120, *, correlated: bool = True, **optional):
    """Return a gaussian design with a random slope crossed with a second factor."""
    rng = np.random.default_rng(20)
    x, z = rng.normal(size=n) + 3, rng.normal(size=n)
    g, h = rng.integers(9, size=n), rng.integers(6, size=n)
    u = rng.normal(size=(9, 2)) * [1.0, 0.6]
    y = 2 + x + u[g, 0] + u[g, 1] * x + rng.normal(size=6)[h] + rng.normal(size=n) * 0.8
    blocks = [
        handmade_block("h", h, {"Intercept": 1.0}),
        handmade_block("g", g, {"Intercept": 1.0, "x": x}, correlated=correlated),
    ]
    return handmade_design(y, {"x": x, "z": z}, blocks, **optional)
