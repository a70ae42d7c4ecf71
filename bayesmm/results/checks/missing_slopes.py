"""Whether an effect varies between groups where the model has it the same for all."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.names import effect_labels
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.row_scores import ScoredRows
from bayesmm.results.checks.score import posterior_score

__all__ = ["MISSING_SLOPES"]

_VARIES = 1e-8  # of the variance of a column


def _find(context: CheckContext) -> list[Finding]:
    tried = []
    for block, name, column in _candidates(context):

        def between(rows: ScoredRows, block: Block = block, column: Array = column) -> Array:
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
        vary = {name for block in blocks for name in effect_labels(block)}
        for name, column in zip(design.mu.names, design.mu.X.T, strict=True):
            within = column - _means(blocks[0], column)
            if name not in vary and within.var() > _VARIES * column.var():
                yield blocks[0], name, within / within.std()


def _means(block: Block, column: Array) -> Array:
    total = np.bincount(block.columns.codes, weights=column, minlength=block.n_groups)
    return (total / np.bincount(block.columns.codes, minlength=block.n_groups))[block.columns.codes]


def _sums(block: Block, values: Array) -> Array:
    """Return the sums over the rows of each group, shape (S, J)."""
    codes, J = block.columns.codes, block.n_groups
    # draw by draw: putting the rows of all draws in order would copy them
    return np.array([np.bincount(codes, weights=row, minlength=J) for row in values])


MISSING_SLOPES = FitCheck(
    "same effect in all groups",
    "Products of the residuals of two rows of a group, times a common effect's column that does "
    "not vary by the group, their posterior means: P(any as large) below .01 look, below .001 "
    "problem.",
    lambda context: context.family.has_moments and any(_candidates(context)),
    _find,
    replicates=True,
)
