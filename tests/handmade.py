"""Designs built from arrays, for tests that should not depend on the formula language."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.family.known import resolve_family
from bayesmm.model.block import Block, group_block
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN, Predictor, with_constants

__all__ = ["handmade_block", "handmade_design"]


def handmade_block(
    factor: str, labels: Sequence, effects: Mapping[str, object], *, correlated: bool = True
) -> Block:
    """Return a block from a label per row and a column (or 1) per effect."""
    labels = [str(x) for x in labels]
    levels = tuple(dict.fromkeys(labels))
    index = {level: i for i, level in enumerate(levels)}
    codes = np.array([index[x] for x in labels], dtype=np.int64)
    n = len(codes)
    Z = np.column_stack([np.broadcast_to(np.asarray(c, float), (n,)) for c in effects.values()])
    Z = np.ascontiguousarray(Z)
    return group_block(factor, tuple(effects), codes, levels, Z, correlated=correlated)


def handmade_design(
    y: Sequence[float],
    columns: Mapping[str, object],
    blocks: Sequence[Block] = (),
    *,
    family: str = "gaussian",
    link: str | None = None,
    intercept: bool = True,
    trials: Sequence[float] | None = None,
    offset: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
) -> Design:
    """Return a design without an encoder."""
    y = np.ascontiguousarray(y, dtype=float)
    n = len(y)
    X = np.column_stack([np.asarray(c, float) for c in columns.values()] or [np.empty((n, 0))])
    optional = [
        None if v is None else np.ascontiguousarray(v, dtype=float)
        for v in (trials, offset, weights)
    ]
    distribution = resolve_family(family, link)
    X = np.ascontiguousarray(X.reshape(n, len(columns)))
    mu = Predictor(MEAN, distribution.link, intercept, X, tuple(columns), optional[1])
    return Design(
        formula="handmade",
        family=distribution,
        response="y",
        y=y,
        trials=optional[0],
        weights=optional[2],
        predictors=with_constants(mu, distribution),
        blocks=tuple(blocks),
        rows=np.arange(n, dtype=np.int64),
    )


def sleepstudy_design(frame: pd.DataFrame, *, correlated: bool = True) -> Design:
    """Return the design of ``Reaction ~ Days + (Days | Subject)``."""
    days = frame["Days"].to_numpy(float)
    block = handmade_block(
        "Subject", frame["Subject"], {"Intercept": 1.0, "Days": days}, correlated=correlated
    )
    return handmade_design(frame["Reaction"], {"Days": days}, [block])
