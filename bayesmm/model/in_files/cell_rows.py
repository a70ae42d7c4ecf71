"""One row for all rows alike: what discrete responses of few distinct rows are fitted from."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.model.block_columns import Indicator
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.design import Design
from bayesmm.model.merged_rows import is_worth_merging
from bayesmm.model.prior_columns import prior_columns
from bayesmm.model.row_sums import RunningSums
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = ["CellRows"]

# Distinct rows that are kept: at most 1 GiB while two tables of 13 columns are joined.
_MOST = 5_000_000
# Rows that wait until they are looked through for those alike.
_AT_ONCE = 2**19
_REMEDY = (
    "Round numbers, or group them into classes, in the files, so that more rows are alike, or "
    "read some of the rows into a data frame."
)


class CellRows:
    """Distinct rows of everything that a likelihood of discrete responses reads, and how many.

    Rows are alike that have the same levels, columns of X and Z, response and known numbers; their
    weights, which count rows in the likelihood, are added.

    The design is that of the rows that the model was learnt of: names and levels.
    """

    def __init__(self, design: Design) -> None:
        self._factors = tuple(dict.fromkeys(block.factor for block in design.blocks))
        self._known = tuple(design.known)
        self._has_offset = design.mu.offset is not None
        self._has_weights = design.weights is not None
        self._found: list[tuple[Array, Array]] = []
        self._n_kept = self._n_waiting = 0
        self._sums = {name: RunningSums() for name in self._known}
        self._shares = RunningSums()

    def add(self, part: Design) -> None:
        """Add some rows."""
        for name, sums in self._sums.items():
            sums.add(part.known[name])
        if part.trials is not None:
            self._shares.add(part.y / part.trials, part.weights)
        weights = [part.weights] if self._has_weights else []
        found = _distinct(self._table(part), np.vstack([np.ones(part.n_obs), *weights]))
        self._found.append(found)
        self._n_waiting += found[0].shape[1]
        if self._n_waiting > max(_AT_ONCE, self._n_kept // 2):
            self._join()

    def summarised(self, design: Design) -> Design:
        """Return a design of sums with those of the known numbers, and of shares of trials."""
        known = {name: sums.found() for name, sums in self._sums.items()}
        y: RowsInFiles = design.y
        if "trials" in known:
            y = y.with_shares(self._shares.found())
        return replace(design, y=y, known=known)

    def kept(self) -> Iterator[tuple[str, Array]]:
        """Yield the names and numbers of what was found."""
        table, counts = self._joined()
        yield "table", table
        yield "counts", counts

    def restore(self, kept: Mapping[str, Array]) -> None:
        """Take what `kept` had of the same model."""
        self._found = [(kept["table"], np.atleast_2d(kept["counts"]))]

    def rows(self, whole: Design, centrings: Centrings | None) -> Design:
        """Return a design of the distinct rows, whose weights say how many rows each stands for.

        `whole` is the design of all rows, `centrings` how its columns differ from those of the
        formula. When so few rows are alike that memory would not merge them, the model is not
        supported.
        """
        table, counts = self._joined()
        p, n_factors = len(whole.mu.names), len(self._factors)
        codes = dict(zip(self._factors, table[:n_factors].astype(np.int64), strict=True))
        known = dict(zip(self._known, table[len(table) - len(self._known) :], strict=True))
        at = n_factors + p
        blocks = []
        for block in whole.blocks:
            Z = np.ascontiguousarray(table[at : at + block.columns.Z.shape[1]].T)
            blocks.append(replace(block, columns=Indicator(codes[block.factor], Z)))
            at += Z.shape[1]
        offset = table[at] if self._has_offset else None
        at += self._has_offset
        n_predictors = _n_distinct(table[:at])
        if not is_worth_merging(n_predictors, whole.n_obs):
            raise UnsupportedModelError(
                f"{whole.n_obs:,} rows have {n_predictors:,} distinct combinations of predictors "
                "and groups: too few are alike for a fit of rows in files, and all of them fit "
                "into memory. Read the files into a data frame."
            )
        X = np.ascontiguousarray(table[n_factors : n_factors + p].T)
        cells = replace(
            whole,
            y=table[at],
            known=known,
            weights=counts[-1],
            repeats=counts[0],
            predictors=(replace(whole.mu, X=X, offset=offset),),
            blocks=tuple(blocks),
            rows=np.arange(counts.shape[1]),
            source=None,
        )
        changed = prior_columns(cells, centrings)
        mu = replace(changed.mu, means=whole.mu.centre)
        return replace(changed, predictors=(mu,), whole=whole)

    def _table(self, part: Design) -> Array:
        """Return levels, columns of X and Z, offset, response and known numbers, shape (k, n)."""
        codes = {block.factor: block.columns.codes for block in part.blocks}
        columns = [part.mu.X, *(block.columns.Z for block in part.blocks)]
        table = np.vstack(
            [
                *(codes[factor].astype(np.float64) for factor in self._factors),
                *(own.T for own in columns),
                *([part.mu.offset] if self._has_offset else []),
                part.y,
                *part.known.values(),
            ]
        )
        return table + 0.0  # -0 is 0

    def _joined(self) -> tuple[Array, Array]:
        if self._n_waiting or len(self._found) != 1:
            self._join()
        return self._found[0]

    def _join(self) -> None:
        tables, counts = zip(*self._found, strict=True)
        table, n_alike = _distinct(np.hstack(tables), np.hstack(counts))
        if table.shape[1] > _MOST:
            raise UnsupportedModelError(
                f"More than {_MOST:,} rows differ in their predictors, groups or response, which "
                f"is the most of which sums are kept in memory. {_REMEDY}"
            )
        self._found = [(table, n_alike)]
        self._n_kept, self._n_waiting = table.shape[1], 0


def _distinct(table: Array, counts: Array) -> tuple[Array, Array]:
    """Return the distinct columns of a table, and the sums of counts of those alike, shape (c, n).

    Two that have the same hash and are not alike may leave one of them twice, which is right too.
    """
    order = np.argsort(_hashes(table), kind="stable")
    table = table[:, order]
    starts = np.flatnonzero(_changes(table))
    return np.ascontiguousarray(table[:, starts]), np.add.reduceat(counts[:, order], starts, axis=1)


def _n_distinct(table: Array) -> int:
    return int(_changes(table[:, np.argsort(_hashes(table), kind="stable")]).sum())


def _changes(table: Array) -> NDArray[np.bool_]:
    changes = np.ones(table.shape[1], dtype=bool)
    changes[1:] = False
    for column in table:
        changes[1:] |= column[1:] != column[:-1]
    return changes


def _hashes(table: Array) -> NDArray[np.uint64]:
    """Return a number for each column of a table, equal for equal ones."""
    found = np.zeros(table.shape[1], dtype=np.uint64)
    for column in table:
        found ^= np.ascontiguousarray(column).view(np.uint64)
        found *= np.uint64(0x9E3779B97F4A7C15)  # the golden ratio: bits of all places mix
        found ^= found >> np.uint64(29)
    return found
