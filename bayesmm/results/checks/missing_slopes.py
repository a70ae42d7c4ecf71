"""Whether an effect varies between groups where the model has it the same for all."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.model.design import Block
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Check, Finding, by_tail
from bayesmm.results.checks.row_scores import Rows
from bayesmm.results.checks.score import posterior_score

__all__ = ["MISSING_SLOPES"]

type Array = NDArray[np.float64]

_VARIES = 1e-8  # of the variance of a column


def _find(context: CheckContext) -> list[Finding]:
    tried = []
    for block, name, column in _candidates(context):

        def between(rows: Rows, block: Block = block, column: Array = column) -> Array:
            pull = rows.score * column
            # of pairs of rows alone: more spread than the family allows says nothing here
            return _sums(block, pull) ** 2 - _sums(block, pull**2)

        found = posterior_score(context.scores, between)
        tried.append((f"{name}|{block.factor}", found.z, found.more))
    table = pd.DataFrame(tried, columns=["effect", "z", "p"])
    worst = table.loc[table["p"].idxmin()]
    verdict = by_tail(worst["p"], len(table))
    words = f"Most varying of the effects that are the same for all groups: {worst['effect']}, "
    words += f"at {worst['z']:+.1f} sds."
    if verdict != FINE:
        name, _, factor = str(worst["effect"]).rpartition("|")
        words += f" Let it vary: ({name} | {factor})."
    value = min(1.0, float(worst["p"]) * len(table))
    return [Finding(verdict, "groups", "P(any varies as much)", value, words, table)]


def _candidates(context: CheckContext) -> Iterator[tuple[Block, str, Array]]:
    """Yield a block of each factor, and each column that varies within its groups but not by it.

    The column is measured from its mean in each group, so that the groups' levels say nothing.
    """
    design = context.design
    for factor in design.factors:
        blocks = [block for block in design.blocks if block.factor == factor]
        vary = {effect for block in blocks for effect in block.effects}
        for name, column in zip(design.names, design.X.T, strict=True):
            within = column - _means(blocks[0], column)
            if name not in vary and within.var() > _VARIES * column.var():
                yield blocks[0], name, within / within.std()


def _means(block: Block, column: Array) -> Array:
    total = np.bincount(block.codes, weights=column, minlength=block.n_groups)
    return (total / np.bincount(block.codes, minlength=block.n_groups))[block.codes]


def _sums(block: Block, values: Array) -> Array:
    """Return the sums over the rows of each group, shape (S, J)."""
    order = np.argsort(block.codes, kind="stable")
    starts = np.searchsorted(block.codes[order], np.arange(block.n_groups))
    return np.add.reduceat(values[:, order], starts, axis=1)


MISSING_SLOPES = Check(
    "same effect in all groups",
    "Products of the residuals of two rows of a group, times a common effect's column that does "
    "not vary by the group, their posterior means: P(any as large) below .01 look, below .001 "
    "problem.",
    lambda context: context.family.has_moments and any(_candidates(context)),
    _find,
)
