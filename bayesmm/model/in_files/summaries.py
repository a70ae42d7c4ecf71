"""The second pass over files: sums of every column, and the rows that pilots look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.block import Block
from bayesmm.model.block_columns import Indicator
from bayesmm.model.design import Design
from bayesmm.model.leading_levels import MOST_LEVELS, leading_levels
from bayesmm.model.predictor import Predictor
from bayesmm.model.row_sums import RunningSums, less_offset, total
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = ["SummarisedRows", "summarise_parts"]

# Rows of the first levels that are kept; more are no pilot.
_MOST_LEADING = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class SummarisedRows:
    """A design whose arrays are sums, and the first rows of its levels."""

    design: Design  # with `RowsInFiles` for arrays
    # for each block with correlated effects the rows of its first levels
    leading: dict[int, Design]


class _Levels:
    """How many rows each level of a block has, and whether each column has one value in it."""

    def __init__(self, block: Block) -> None:
        self._first = np.full((block.n_groups, block.n_effects), np.nan)
        self.found = np.ones(block.n_effects, dtype=bool)
        self.counts = np.zeros(block.n_groups, dtype=np.int64)

    def add(self, columns: Indicator) -> None:
        """Add some rows."""
        codes, Z = columns.codes, columns.Z
        self.counts += np.bincount(codes, minlength=len(self.counts))
        first = self._first
        unseen = np.flatnonzero(np.isnan(first[codes, 0]))[::-1]
        first[codes[unseen]] = Z[unseen]
        for k in np.flatnonzero(self.found):
            self.found[k] = not (Z[:, k] != first[codes, k]).any()


class _Leading:
    """The rows of the first levels of a block."""

    def __init__(self, index: int, block: Block) -> None:
        self._index, self._block = index, block
        self.design: Design | None = None

    def add(self, part: Design) -> None:
        """Add those of some rows, and leave out levels that turn out not to be needed."""
        codes = part.blocks[self._index].columns.codes
        new = _rows_of(part, np.flatnonzero(codes < MOST_LEVELS))
        every = new if self.design is None else _joined(self.design, new)
        codes = every.blocks[self._index].columns.codes
        counts = np.cumsum(np.bincount(codes, minlength=self._block.n_groups))
        wanted = leading_levels(counts, self._block.n_effects)
        # one level more, by whose rows the next to count them sees that they are enough
        self.design = _rows_of(every, np.flatnonzero(codes <= wanted))
        if self.design.n_obs > _MOST_LEADING:
            factor = self._block.factor
            raise UnsupportedModelError(
                f"The levels of {factor} have more than {_MOST_LEADING:,} rows each, of which the "
                "correlation of their effects cannot be looked at in memory; write || for "
                f"independent effects of {factor}."
            )


def summarise_parts(whole: Design, parts: Iterable[Design]) -> SummarisedRows:
    """Return a design with the sums of its rows.

    `whole` has the names and levels of the whole design; `parts` are its rows, `row_sums.CHUNK` at
    a time.
    """
    y, less, weights, logs, offset = (RunningSums() for _ in range(5))
    X = [RunningSums(products=True) for _ in whole.predictors]
    Z = [RunningSums() for _ in whole.blocks]
    levels = [_Levels(block) for block in whole.blocks]
    leading = {
        index: _Leading(index, block)
        for index, block in enumerate(whole.blocks)
        if block.covariance.correlated
    }
    n_obs = 0
    for part in parts:
        n_obs += part.n_obs
        y.add(part.y, part.weights)
        if part.weights is not None:
            weights.add(part.weights)
            logs.add(np.log(part.weights))
        if part.mu.offset is not None:
            offset.add(part.mu.offset)
            less.add(less_offset(part.y, part.mu.offset), part.weights)
        for sums, predictor in zip(X, part.predictors, strict=True):
            sums.add(predictor.X)
        for sums, within, block in zip(Z, levels, part.blocks, strict=True):
            sums.add(block.columns.Z, part.weights)
            within.add(block.columns)
        for own in leading.values():
            own.add(part)
    known = None if whole.mu.offset is None else offset.found()
    response = y.found() if known is None else y.found().with_less(less.found())
    return SummarisedRows(
        replace(
            whole,
            y=response,
            weights=None
            if whole.weights is None
            else weights.found().with_logs(total(logs.found())),
            rows=RowsInFiles(n_obs, None),
            predictors=tuple(
                _predictor(p, sums, n_obs, known if p is whole.mu else None)
                for p, sums in zip(whole.predictors, X, strict=True)
            ),
            blocks=tuple(
                _block(b, sums.found(), within, n_obs)
                for b, sums, within in zip(whole.blocks, Z, levels, strict=True)
            ),
        ),
        {index: own.design for index, own in leading.items() if own.design is not None},
    )


def _predictor(
    predictor: Predictor, sums: RunningSums, n_obs: int, offset: RowsInFiles | None
) -> Predictor:
    """Return a predictor with sums for its columns; no columns need no memory."""
    X = sums.found() if predictor.names else np.empty((n_obs, 0))
    return replace(predictor, X=X, offset=offset)


def _block(block: Block, sums: RowsInFiles, levels: _Levels, n_obs: int) -> Block:
    Z = RowsInFiles(
        *(n_obs, sums.columns),
        is_matrix=True,
        centre=sums.centre,
        constant_within=levels.found,
        weighted=sums.weighted,
    )
    return replace(block, columns=Indicator(RowsInFiles(n_obs, None, counts=levels.counts), Z))


def _rows_of(part: Design, rows: NDArray[np.int64]) -> Design:
    """Return a design of some rows of a small one."""
    return replace(
        part,
        y=part.y[rows],
        weights=None if part.weights is None else part.weights[rows],
        rows=part.rows[rows],
        predictors=tuple(predictor.take(rows) for predictor in part.predictors),
        blocks=tuple(replace(b, columns=b.columns.take(rows)) for b in part.blocks),
    )


def _joined(first: Design, second: Design) -> Design:
    """Return the design of the rows of two small ones."""

    def both(one: NDArray, other: NDArray) -> NDArray:
        return np.concatenate([one, other])

    def columns(one: Sequence, other: Sequence) -> zip:
        return zip(one, other, strict=True)

    return replace(
        first,
        y=both(first.y, second.y),
        weights=None if first.weights is None else both(first.weights, second.weights),
        rows=both(first.rows, second.rows),
        predictors=tuple(
            replace(
                a,
                X=both(a.X, b.X),
                offset=None if a.offset is None else both(a.offset, b.offset),
            )
            for a, b in columns(first.predictors, second.predictors)
        ),
        blocks=tuple(
            replace(
                a,
                columns=Indicator(
                    both(a.columns.codes, b.columns.codes), both(a.columns.Z, b.columns.Z)
                ),
            )
            for a, b in columns(first.blocks, second.blocks)
        ),
    )
