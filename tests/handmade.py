"""Designs built from arrays, for tests that should not depend on the formula language."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Block, Design

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
    correlated = correlated and len(effects) > 1
    return Block(factor, tuple(effects), correlated, codes, levels, np.ascontiguousarray(Z))


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
    return Design(
        formula="handmade",
        family=resolve_family(family, link),
        response="y",
        y=y,
        trials=optional[0],
        offset=optional[1],
        weights=optional[2],
        intercept=intercept,
        X=np.ascontiguousarray(X.reshape(n, len(columns))),
        names=tuple(columns),
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
