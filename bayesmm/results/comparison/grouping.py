"""Which rows belong together when groups are left out, and designs of some of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.family.response_rows import known_of_rows
from bayesmm.model.block import Block
from bayesmm.model.columns import label_of
from bayesmm.model.design import Design
from bayesmm.wording import option

__all__ = ["Grouping", "design_of_rows", "grouping_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The groups that are left out one at a time."""

    factor: str
    levels: tuple[str, ...]
    codes: NDArray[np.int64]  # (n_obs,): level of each row


def grouping_of(designs: Sequence[Design], factor: str | None = None) -> Grouping:
    """Return the groups of a factor that at least one of the designs has.

    The designs are of the same rows. `factor` can be left out when there is only one.
    """
    blocks: dict[str, Block] = {}
    for design in designs:
        for block in design.blocks:
            blocks.setdefault(block.factor, block)
    if not blocks:
        raise UsageError("There are no groups to leave out: the models have no group effects.")
    if factor is None:
        if len(blocks) > 1:
            raise UsageError(
                f"Say which groups are left out with {option('factor')}, one of "
                f"{', '.join(blocks)}."
            )
        factor = next(iter(blocks))
    factor = label_of(factor)
    refuse_unknown(factor, blocks, f"'{factor}' is not a grouping factor.", "Grouping factors")
    block = blocks[factor]
    return Grouping(factor, block.levels, block.columns.codes)


def design_of_rows(
    design: Design, rows: NDArray[np.int64] | slice, *, all_levels: bool = False
) -> Design:
    """Return the design of some of the rows.

    With `all_levels` the levels that the rows do not meet are kept, so that draws of the whole
    design fit.
    """

    def chosen(values):
        return None if values is None else np.ascontiguousarray(values[rows])

    return replace(
        design,
        y=chosen(design.y),
        known=known_of_rows(design.known, rows),
        weights=chosen(design.weights),
        predictors=tuple(predictor.take(rows) for predictor in design.predictors),
        blocks=tuple(_block_of_rows(block, rows, all_levels) for block in design.blocks),
        rows=chosen(design.rows),
    )


def _block_of_rows(block: Block, rows: NDArray[np.int64] | slice, all_levels: bool) -> Block:
    columns = block.columns.take(rows)
    if all_levels:
        return replace(block, columns=columns)
    kept, codes = np.unique(columns.codes, return_inverse=True)
    return replace(
        block,
        columns=columns.with_codes(codes.astype(np.int64)),
        levels=tuple(block.levels[k] for k in kept),
    )
