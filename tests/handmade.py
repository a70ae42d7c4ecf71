"""Designs built from arrays, for tests that should not depend on the formula language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bayesmm.family.known import resolve_family
from bayesmm.model.block import Block, Effect, group_block
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN, Predictor, with_constants

__all__ = ["handmade_block", "handmade_design", "herd_intercepts", "herd_slopes", "varying_design"]


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
        known={} if optional[0] is None else {"trials": optional[0]},
        weights=optional[2],
        predictors=with_constants(mu, distribution),
        blocks=tuple(blocks),
        rows=np.arange(n, dtype=np.int64),
    )


def varying_design(
    design: Design,
    parameters: Mapping[str, Mapping[str, object]],
    blocks: Sequence[tuple] = (),
    offsets: Mapping[str, Sequence[float]] | None = None,
) -> Design:
    """Return a design some of whose further parameters have linear predictors of their own.

    Parameters
    ----------
    design : Design
        Of the formula of mu alone.
    parameters : mapping
        By parameter its columns.
    blocks : sequence of tuple
        Further blocks: factor, labels of the rows, effects ``(parameter, name, column)``.
    offsets : mapping, optional
        By parameter its offset.
    """
    for name, columns in parameters.items():
        X = [np.asarray(c, float) for c in columns.values()]
        X = np.column_stack(X or [np.empty((design.n_obs, 0))])
        offset = (offsets or {}).get(name)
        own = replace(
            design.predictor(name),
            X=np.ascontiguousarray(X),
            names=tuple(columns),
            offset=None if offset is None else np.asarray(offset, float),
        )
        design = design.with_predictor(own)
    made = []
    for factor, labels, effects in blocks:
        plain = {f"{p}_{n}": column for p, n, column in effects}
        block = handmade_block(factor, labels, plain, correlated=True)
        own = tuple(Effect(p, n, k) for k, (p, n, _) in enumerate(effects))
        made.append(replace(block, effects=own))
    return replace(design, blocks=(*design.blocks, *made))


def sleepstudy_design(frame: pd.DataFrame, *, correlated: bool = True) -> Design:
    """Return the design of ``Reaction ~ Days + (Days | Subject)``."""
    days = frame["Days"].to_numpy(float)
    block = handmade_block(
        "Subject", frame["Subject"], {"Intercept": 1.0, "Days": days}, correlated=correlated
    )
    return handmade_design(frame["Reaction"], {"Days": days}, [block])


def herd_slopes() -> Design:
    """Return a design of 12 rows with a slope in x, and one of each of 4 herds."""
    x = np.tile([0.0, 1.0, 2.0], 4)
    block = handmade_block("herd", np.repeat(list("abcd"), 3), {"Intercept": 1.0, "x": x})
    return handmade_design(x**2, {"x": x}, [block])


def herd_intercepts() -> Design:
    """Return a design of 12 rows with a slope in x, and an intercept of each of 6 herds."""
    x = np.linspace(-1, 1, 12)
    block = handmade_block("herd", list("aabbccddeeff"), {"Intercept": 1.0})
    return handmade_design(x**2, {"x": x}, [block])
