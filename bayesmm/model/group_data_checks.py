"""Checks of group effects before any sampling: how many there are, and what their columns say."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.cells import told_apart
from bayesmm.errors import DataError
from bayesmm.family.record import Family
from bayesmm.model.block import Block
from bayesmm.model.data_checks import NO_ROW, check_magnitude, has_residual
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.names import effect_label
from bayesmm.model.predictor import MEAN
from bayesmm.model.row_sums import extremes
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = ["check_blocks", "check_group_size"]

# More are hours of sampling, and no model that a person means.
_MOST_EFFECTS = 200


def check_group_size(part: GroupPart, n_groups: int, n_rows: int, family: Family) -> None:
    """Raise when a term has too few levels, or more group effects than rows, as lme4 does.

    ``(x || g)`` is ``(1 | g) + (0 + x | g)`` in short, and its effects count apart, as lme4 counts
    those of every covariance matrix.

    The columns of the effects, of one predictor, do not exist yet; there are J = `n_groups` levels.
    A family with a residual sd needs more rows than group effects of mu; others, and effects of
    further parameters, need as many.
    """
    factor, correlated = part.group.factor, part.group.correlated
    residual = part.predictor == MEAN and has_residual(family)
    if n_groups < 2:
        raise DataError(
            f"Grouping factor '{factor}' has one level in the rows used; leave its term out, or "
            "use a factor with several levels."
        )
    width = part.width
    if width > _MOST_EFFECTS:
        raise DataError(
            f"Each level of '{factor}' has {width:,} effects; at most {_MOST_EFFECTS} are "
            "possible: leave effects out of this term."
        )

    def fits(n_effects: int) -> bool:
        return n_rows > n_effects or (n_rows == n_effects and not residual)

    per_level = width if correlated else 1
    if fits(per_level * n_groups):
        return
    if per_level == 1:
        remedy = (
            "with one row per level the effects cannot be told from the residual: leave the term "
            "out, or group rows"
        )
    else:
        remedy = "the data cannot tell these apart: leave effects out of this term"
        remedy += ", or write || for independent effects" if fits(n_groups) else ""
    raise DataError(
        f"There are {n_rows:,} rows for {per_level * n_groups:,} group effects of '{factor}' "
        f"({n_groups:,} levels, {per_level:,} for each); {remedy}."
    )


def check_blocks(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield a sentence for each effect that tells how levels differ in spread, not in slope.

    No row in the column of an effect is a `DataError`.
    """
    with_intercept = {
        (b.factor, effect.predictor) for b in blocks for effect in b.effects if effect.is_intercept
    }
    for block in blocks:
        for own, column in block.effect_columns():
            effect = effect_label(own)
            check_magnitude(column, f"Predictor {effect} of the groups")
            if extremes(column) == (0.0, 0.0):
                raise DataError(NO_ROW.format(effect))
        # Without an intercept a column that is constant in a group scales that group's effect,
        # as in (0 + man | g) + (0 + woman | g).
        yield from _constant_slopes(
            block, {predictor for factor, predictor in with_intercept if factor == block.factor}
        )


def _constant_slopes(block: Block, predictors: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each effect on some predictors that is constant within every group."""
    constant = _constant_within_levels(block)
    for own, column in block.effect_columns():
        if own.is_intercept or own.predictor not in predictors:
            continue
        if not constant[own.column]:
            continue
        effect = effect_label(own)
        least, most = extremes(column)
        if least == most:
            yield (
                f"{effect} is constant ({told_apart([least])[0]}): the data cannot tell its "
                f"effects by {block.factor} from the intercepts; leave {effect} out of the group "
                "term."
            )
        else:
            yield (
                f"{effect} does not vary within any level of {block.factor}: no level has a slope "
                f"of its own, and the sd of {effect} by {block.factor} says how the spread of the "
                f"levels changes with {effect}. (1 | {block.factor}) has one spread."
            )


def _constant_within_levels(block: Block) -> NDArray[np.bool_]:
    """Return of each column of a block whether every level has one value of it, shape (m,)."""
    if isinstance(block.columns.Z, RowsInFiles):
        return block.columns.Z.constant_within
    codes, Z = block.columns.codes, block.columns.Z
    first = np.empty(block.n_groups, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return np.array([not (z != z[first][codes]).any() for z in Z.T], dtype=bool)
