"""Designs that several tests of maximum likelihood use, and comparisons with estimates of R."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design

from bayesmm.family.known import resolve_family
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.build import build_design
from bayesmm.model.design import Design

__all__ = ["assert_estimates", "crossed_design", "design_of"]


def design_of(formula: str, data: pd.DataFrame, family="gaussian", link=None) -> Design:
    return build_design(formula, data, resolve_family(family, link))


def assert_estimates(
    found: MLFit,
    estimates: Sequence[float],
    errors: Sequence[float],
    sds: Sequence[float],
    further: Mapping[str, float],
    gap: float = 2e-3,
    share: float = 2e-3,
) -> None:
    """Compare estimates, to `gap` standard errors, and all other numbers, to a share of them."""
    se = np.array(errors)
    np.testing.assert_array_less(np.abs(found.estimates - estimates), gap * se)
    np.testing.assert_allclose(found.standard_errors, se, rtol=share)
    ours = [sd for block in found.blocks for sd in block.sd]
    np.testing.assert_allclose(ours, sds, rtol=share)
    assert found.auxiliary == pytest.approx(further, rel=share)


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
