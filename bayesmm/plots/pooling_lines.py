"""What complete, no and partial pooling say of the mean response of some groups."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.links import LINKS
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.names import effect_labels
from bayesmm.plots.group_grid import GroupGrid, encode_group_rows
from bayesmm.results.partial_pooling.pooling import Pooling, complete_pooling
from bayesmm.results.prediction.response_mean import mean_is_inverse_link
from bayesmm.sampling.posterior import common_draws, effect_draws
from bayesmm.wording import either

__all__ = ["pooling_lines"]


def pooling_lines(fit: FitRecord, block: Block, grid: GroupGrid, pooled: Pooling) -> pd.DataFrame:
    """Return g^-1(eta) at the three estimates of the coefficients that vary between groups.

    Complete: eta = X b, with b of the common part of the model alone. No and partial:
    eta = Z b_g + the rest, where b_g is the group's estimate and the rest, further common effects
    and coarser factors, is at its posterior mean in both, as in `separate_fits`.

    All blocks of the factor of `block` count. Columns ``grp``, ``level``, ``what`` ("complete",
    "no", "partial"), ``x``, ``y``; NaN for a group without an estimate of its own. Zero-inflated
    and hurdle families, whose mean response is not g^-1(eta), are not supported.
    """
    design = fit.design
    if not mean_is_inverse_link(design.family):
        raise UnsupportedModelError(
            f"The mean of the {design.family.name} family depends on more than the pooled "
            f"coefficients; see {either('fit.plot.group_lines()', 'the picture group_lines')}."
        )
    encoded = encode_group_rows(fit, block, grid.rows)
    columns = encoded.mu.matrix
    complete = complete_pooling(design, pooled.table.attrs["probability"])["estimate"]
    beta = common_draws(fit.own_draws, design).mean(axis=(0, 1))
    own = [b for b in design.blocks if b.factor == block.factor]
    effects = [effect for b in own for effect in effect_labels(b)]
    rest = columns @ np.where([term in effects for term in design.mu.terms], 0.0, beta)
    rest += _coarser(fit, block, encoded)
    Z = np.column_stack(
        [Z for b, (Z, _) in zip(design.blocks, encoded.blocks, strict=True) if b in own]
    )
    eta = {
        "complete": columns @ complete.loc[list(design.mu.terms)].to_numpy(),
        **{
            kind: rest + (Z * _coefficients(pooled, block, effects, kind, grid)).sum(axis=1)
            for kind in ("no", "partial")
        },
    }
    inverse = LINKS[design.family.link_of_mu].inverse
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "grp": block.factor,
                    "level": grid.about["level"],
                    "what": kind,
                    "x": grid.about["x"],
                    "y": inverse(values + encoded.mu.known),
                }
            )
            for kind, values in eta.items()
        ],
        ignore_index=True,
    )


def _coarser(fit: FitRecord, block: Block, encoded: EncodedRows) -> Array:
    """Return the part of other factors, whose columns are 0 unless they are coarser."""
    part = np.zeros(encoded.mu.n_obs)
    for other, (Z, labels) in zip(fit.design.blocks, encoded.blocks, strict=True):
        if other.factor == block.factor:
            continue
        places = {level: code for code, level in enumerate(other.levels)}
        codes = [places[label] for label in labels]
        for draws, column in zip(effect_draws(fit.own_draws, other), Z.T, strict=True):
            part += draws.mean(axis=(0, 1))[codes] * column
    return part


def _coefficients(
    pooled: Pooling, block: Block, effects: list[str], kind: str, grid: GroupGrid
) -> Array:
    """Return the estimates of the group of every row, shape (row, effect)."""
    table = pooled.table
    table = table[(table["grp"] == block.factor) & (table["pooling"] == kind)]
    wide = table.pivot(index="level", columns="term", values="estimate")
    return wide.loc[grid.about["level"], effects].to_numpy()
