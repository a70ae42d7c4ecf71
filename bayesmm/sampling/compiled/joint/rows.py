"""Rows of the joint density: what the family needs of each, sorted, and alike ones merged."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.merged_rows import is_worth_merging
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.responses import Responses

__all__ = ["JointRows", "row_runs", "sorted_rows"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# A factor is taken run by run when its runs have this many rows on average.
_SHORTEST_RUN = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class JointRows:
    """Sorted rows, alike ones merged."""

    responses: Responses  # as they go into the kernel
    columns: Floats  # offset, columns of X and of Z, (m, n)
    codes: Integers  # level of each row per block, (K, n)
    n_merged: int  # number of rows that were merged into others


def sorted_rows(
    responses: Responses, columns: Floats, codes: Integers, n_alike: int = 0
) -> JointRows:
    """Return the rows sorted by level, rows with equal levels and columns merged if it pays.

    `columns`, (m, n), are all else that the linear predictor of a row depends on, `codes`, (K, n),
    the levels; `n_alike` rows were merged into these before. The factor with the fewest levels is
    the first key: its runs are the longest, and a factor nested in it falls into runs too.
    """
    if responses.silent is not None:
        kept = ~responses.silent
        columns, codes = columns[:, kept], codes[:, kept]
        spoken = tuple(c[kept] for c in responses.columns)
        responses = replace(responses, columns=spoken, silent=None)
    n = responses.columns[0].size
    same = responses.merging == "same"
    if same:
        columns = np.vstack([*(responses.columns[key] for key in responses.keys), columns])
    by_levels = sorted(range(len(codes)), key=lambda k: -int(codes[k].max(initial=0)))
    keys = [_row_hash(columns, n), *(codes[k] for k in by_levels)]
    order = np.lexsort(keys)
    columns, codes = columns[:, order], codes[:, order]
    changes = np.ones(n, dtype=bool)
    changes[1:] = np.any(columns[:, 1:] != columns[:, :-1], axis=0)
    changes[1:] |= np.any(codes[:, 1:] != codes[:, :-1], axis=0)
    starts = np.flatnonzero(changes)
    responses = replace(responses, columns=tuple(c[order] for c in responses.columns))
    n_merged = 0
    if is_worth_merging(starts.size, n + n_alike):
        responses = _merged(responses, starts)
        columns, codes = columns[:, starts], codes[:, starts]
        n_merged = n + n_alike - starts.size
    if same:
        columns = columns[len(responses.keys) :]
    return JointRows(
        responses, np.ascontiguousarray(columns), np.ascontiguousarray(codes), n_merged
    )


def row_runs(codes: Integers) -> tuple[Integers, Integers, NDArray[np.bool_]]:
    """Return the runs of equal level of each block in sorted rows, (K, n), cut at chunks.

    First the runs, (U, 3): first row, last row + 1 and level, of the blocks that have them; then
    the first run of each chunk, (K, chunks + 1); then whether the runs of a block are long enough
    to be used.
    """
    K, n = codes.shape
    edges = np.append(np.arange(0, n, CHUNK), n)
    runs = [np.empty((0, 3), dtype=np.int64)]
    starts = np.zeros((K, edges.size), dtype=np.int64)
    has_runs = np.zeros(K, dtype=bool)
    count = 0
    for k in range(K):
        cuts = np.flatnonzero(np.diff(codes[k])) + 1
        if n < _SHORTEST_RUN * (cuts.size + 1):
            continue
        has_runs[k] = True
        first = np.unique(np.concatenate([cuts, edges[:-1]]))
        runs.append(np.column_stack([first, np.append(first[1:], n), codes[k][first]]))
        starts[k] = count + np.searchsorted(first, edges)
        count += first.size
    return np.ascontiguousarray(np.vstack(runs)), starts, has_runs


def _row_hash(columns: Floats, n: int) -> Floats:
    """Return a number per row, equal for equal rows and almost surely not for others."""
    value = np.zeros(n)
    for k, column in enumerate(columns):
        value += column * np.sqrt(k + 2.0)
    return value


def _merged(responses: Responses, starts: Integers) -> Responses:
    """Return the responses of rows alike as those of one row."""
    if responses.merging == "sums":
        sums = tuple(np.add.reduceat(c, starts) for c in responses.columns)
        return replace(responses, columns=sums)
    if responses.merging == "same":
        columns = (
            own[starts] if key in responses.keys else np.add.reduceat(own, starts)
            for key, own in enumerate(responses.columns)
        )
        return replace(responses, columns=tuple(columns))
    y, w = responses.columns
    total = np.add.reduceat(w, starts)
    mean = np.add.reduceat(w * y, starts) / total
    sizes = np.diff(np.append(starts, y.size))
    within = float((w * (y - np.repeat(mean, sizes)) ** 2).sum())
    statistics = responses.statistics + np.array([0.0, within])
    return replace(responses, columns=(mean, total), statistics=statistics)
