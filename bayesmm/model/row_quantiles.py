"""Medians of rows that are counted, or that come in parts and are more than memory holds."""

from collections.abc import Callable, Iterator

import numpy as np

from bayesmm.arrays import Array

__all__ = ["median_of_counts", "median_of_parts"]

type Read = Callable[[], Iterator[Array]]

# Numbers that are sorted in memory: 8 MiB.
_FEW = 2**20
_BINS = 2**12


def median_of_counts(values: Array, counts: Array) -> float:
    """Return the median of numbers each of which is there so many times."""
    order = np.argsort(values)
    upto = np.cumsum(counts[order])
    n = int(upto[-1])
    middle = np.searchsorted(upto, [(n - 1) // 2, n // 2], side="right")
    return float(np.mean(values[order][middle]))


def median_of_parts(read: Read) -> float:
    """Return the median of numbers that are read several times, in any order: NumPy's.

    The rows are counted in bins, then in bins of the one that holds the middle, until what it
    holds can be sorted; so the median is exact.

    `read` yields the numbers, some at a time.
    """
    n, least, most = 0, np.inf, -np.inf
    for part in read():
        n += len(part)
        least, most = min(least, part.min()), max(most, part.max())
    first = _at_rank(read, (n - 1) // 2, float(least), float(most), n)
    if n % 2:
        return first
    n_upto, above = 0, np.inf
    for part in read():
        is_above = part > first
        n_upto += len(part) - int(is_above.sum())
        above = min(above, part[is_above].min(initial=np.inf))
    return float(np.mean([first, first if n_upto > n // 2 else above]))


def _at_rank(read: Read, rank: int, low: float, high: float, n_within: int) -> float:
    """Return the number of some rank from 0, which lies from `low` to `high`."""
    while n_within > _FEW and np.nextafter(low, high) < high:
        edges = np.unique(np.append(np.linspace(low, high, _BINS), high))
        counts, n_below = np.zeros(len(edges), dtype=np.int64), 0
        for part in read():
            n_below += int((part < low).sum())
            own = part[(part >= low) & (part <= high)]
            counts += np.bincount(np.searchsorted(edges, own, "right") - 1, minlength=len(edges))
        place = int(np.searchsorted(n_below + np.cumsum(counts), rank, side="right"))
        low, high = edges[place], edges[min(place + 1, len(edges) - 1)]
        # one more than the bin has may lie on its upper edge: those are another bin's
        n_within = int(counts[place])
    n_below, found, times = 0, [], []
    for part in read():
        n_below += int((part < low).sum())
        values, counts = np.unique(part[(part >= low) & (part <= high)], return_counts=True)
        found.append(values)
        times.append(counts)
    values, counts = np.concatenate(found), np.concatenate(times)
    order = np.argsort(values)
    upto = n_below + np.cumsum(counts[order])
    return float(values[order][np.searchsorted(upto, rank, side="right")])
