"""A horizontal axis of group sizes, with groups of one size beside each other."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from numpy.typing import ArrayLike, NDArray

__all__ = ["number_size_axis", "places_by_size"]

_WIDE = 10.0  # sizes that differ by more than this factor stand on a log scale
_APART = 0.7  # of the way to the next size is taken by groups of one size
_MOST = 0.2  # and at most so much of the axis
_FEW = 8


def places_by_size(sizes: ArrayLike, values: ArrayLike) -> NDArray[np.float64]:
    """Return where groups stand on the axis: at their size, those of one size beside each other.

    `values` order groups of the same size.
    """
    sizes, values = np.asarray(sizes, dtype=float), np.asarray(values, dtype=float)
    log = _is_wide(sizes)
    found, of_group, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    centre = np.log(found) if log else found
    gaps = np.diff(centre)
    reach = centre[-1] - centre[0] if len(found) > 1 else 1.0 / _MOST
    free = np.minimum(np.append(gaps, np.inf), np.insert(gaps, 0, np.inf))
    width = np.minimum(_APART * free, _MOST * reach)
    order = np.lexsort((values, of_group))
    rank = np.empty(len(sizes))
    rank[order] = np.concatenate([np.arange(count) for count in counts])
    share = (rank - (counts - 1)[of_group] / 2) / np.maximum(counts - 1, 1)[of_group]
    place = centre[of_group] + share * width[of_group]
    return np.exp(place) if log else place


def number_size_axis(ax: Axes, sizes: ArrayLike) -> str:
    """Scale and number the horizontal axis for these sizes, and return its name."""
    sizes = np.asarray(sizes, dtype=float)
    found = np.unique(sizes)
    if len(found) == 1:
        ax.set_xticks([])
        return f"groups in order, {found[0]:,.0f} {'row' if found[0] == 1 else 'rows'} each"
    if _is_wide(sizes):
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_minor_locator(NullLocator())
        return "rows of the data in the group (log scale)"
    if len(found) <= _FEW:
        ax.set_xticks(found, [f"{size:,.0f}" for size in found])
    return "rows of the data in the group"


def _is_wide(sizes: NDArray[np.float64]) -> bool:
    return bool(sizes.max() > _WIDE * sizes.min())
