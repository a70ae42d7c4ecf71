"""Names of levels along an axis: in lines, smaller or turned where they would meet each other."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from bayesmm.plots.text_room import LINE, fits, inches, wrap

__all__ = ["fit_names", "lines_of_names", "name_ticks", "room_of_names"]

_POINTS = 72.0
_WIDEST = 2.4  # of names beside an axis [inch]
_SHARE = 0.42  # of a panel that these names take at most
_BELOW = 1.5  # height of turned names below an axis [inch]
_LINES = 3  # of a name below an axis
_FULL = 0.9  # of the distance to the next name that a name takes
_TURNED = 30.0  # degrees
_BEYOND = 0.2  # of the ends of the axes [inch]
_SMALLEST = 5.0  # letters [point]
_SMALLER = (8.0, 7.5, 7.0, 6.5)


type _Shown = tuple[tuple[str, ...], float, float]  # texts, size of the letters, angle


class _Names(FixedFormatter):
    """The names of ticks, which are written as far as there is room."""

    def __init__(self, names: Sequence[str], size: float) -> None:
        super().__init__(list(names))
        self.names, self.size = tuple(names), size
        self.shown: _Shown | None = None


def name_ticks(axis: Axis, places: ArrayLike, names: Sequence[object], size: float = 9.0) -> None:
    """Write names of levels at places of an axis.

    The names are given whole; how much of them is written is decided when the figure is drawn.
    `size` is that of the letters where there is room [point].
    """
    axis.set_major_locator(FixedLocator(np.asarray(places, dtype=float).tolist()))
    axis.set_major_formatter(_Names([str(name) for name in names], size))
    axis.set_tick_params(labelsize=size)


def room_of_names(names: Sequence[object], size: float = 9.0) -> float:
    """Return how wide names beside an axis will be [inch], to make a figure wider by it."""
    return min(_WIDEST, max((inches(str(name), size) for name in names), default=0.0))


def lines_of_names(names: Sequence[object], size: float = 9.0) -> int:
    """Return how many lines the longest name beside an axis needs, of those it may have."""
    width = room_of_names(names, size)
    return max((wrap(str(n), width, size, _LINES).count("\n") + 1 for n in names), default=1)


def fit_names(ax: Axes, place: Bbox, panel: float) -> bool:
    """Set the names of both axes in the room that there is; return whether they changed.

    `place` says where its axes are, `panel` the width with all that is beside them, both in inches.
    """
    changed = False
    for axis, fit in ((ax.xaxis, _below), (ax.yaxis, _beside)):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, _Names) and formatter.names:
            before = formatter.shown
            formatter.shown = fit(axis, formatter, place, panel)
            changed |= formatter.shown != before
            for label in axis.get_ticklabels():
                label.set_parse_math(False)  # a dollar in a name is a dollar
    return changed


def _beside(axis: Axis, formatter: _Names, place: Bbox, panel: float) -> _Shown:
    """Set names beside an axis: as many lines as their places are high."""
    slot = _slot(axis, place.height) * _POINTS
    width = min(_WIDEST, _SHARE * panel)
    largest = min(formatter.size, max(_SMALLEST, slot / LINE))
    # smaller letters where these leave names whole; else names are shortened in the largest
    for size in (largest, *(size for size in _SMALLER if size < largest), largest):
        lines = min(_LINES, max(1, int(slot / (LINE * size))))
        if all(fits(name, width, size, lines) for name in formatter.names):
            break
    formatter.seq = [wrap(name, width, size, lines) for name in formatter.names]
    axis.set_tick_params(labelsize=size)
    return (*formatter.seq,), size, 0.0


def _below(axis: Axis, formatter: _Names, place: Bbox, panel: float) -> _Shown:
    """Set names below an axis: in lines, or turned where these would meet."""
    slot, turned = _slot(axis, place.width), 0.0
    for size in (formatter.size, *(size for size in _SMALLER if size < formatter.size)):
        if all(fits(name, _FULL * slot, size, _LINES) for name in formatter.names):
            formatter.seq = [wrap(name, _FULL * slot, size, _LINES) for name in formatter.names]
            break
    else:
        size = min(formatter.size, max(_SMALLEST, slot * _POINTS / LINE))
        # two lines of turned letters are as far apart as they are high over sin of the angle
        room = slot * np.sin(np.radians(_TURNED)) * _POINTS / (LINE * size)
        turned = _TURNED if room >= 1 else 90.0
        width = min(_BELOW, 0.4 * panel)
        lines = int(room) if turned == _TURNED else int(slot * _POINTS / (LINE * size))
        lines = max(1, min(2, lines))
        # no word is broken for the sake of a second line
        formatter.seq = [
            wrap(n, width, size, lines if fits(n, width, size, lines) else 1)
            for n in formatter.names
        ]
    axis.set_tick_params(labelsize=size)
    for label in axis.get_ticklabels():
        label.set(
            rotation=turned, rotation_mode="anchor" if turned else "default",
            ha="right" if turned else "center", va="center" if turned == 90.0 else "top",
        )  # fmt: skip
    return (*formatter.seq,), size, turned


def _slot(axis: Axis, length: float) -> float:
    """Return the distance of neighbouring ticks [inch] on an axis of a length."""
    low, high = sorted(axis.get_view_interval())
    places = np.asarray(axis.get_majorticklocs(), dtype=float)
    if high <= low:
        return length
    apart = np.diff(np.sort(places)).min(initial=high - low) / (high - low) * length
    edge = min(places.min() - low, high - places.max()) / (high - low) * length
    # names at the ends reach beyond the axes, a little
    return float(min(apart, 2 * (edge + _BEYOND)))
