"""Names of points, clear of each other and of the marks, within the axes."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from bayesmm.arrays import Array
from bayesmm.plots.style import INK, MUTED
from bayesmm.plots.text_room import inches, wrap

__all__ = ["name_points"]

_WIDTHS = ((1.6, 2), (1.1, 2), (0.8, 1))  # of a name [inch] and its lines: as wide as there is room
_NEAR = 5.0  # points between a mark and its name; of a name farther off a line leads to the mark
_DISTANCES = (5.0, 12.0, 22.0, 34.0, 48.0)
_SIDES = tuple((a, b) for a, b in product((1, -1, 0), (0, 1, -1)) if (a, b) != (0, 0))
_MARK = 3.0  # half the size of a mark [point]
_MOST_MARKS = 2_000  # of more the names stand clear of each other alone


def name_points(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    names: Sequence[object],
    *,
    size: float = 7.5,
    marks: tuple[ArrayLike, ArrayLike] | None = None,
) -> None:
    """Write names beside points, clear of each other and of the marks.

    Where each name stands is decided when the figure is drawn; long names stand in two lines, and
    are shortened in their middle. A name that has no room anywhere is left out.

    `size` is that of the letters [point]; `marks` are all marks of the picture, which the names
    avoid; default: the points.
    """
    own = np.column_stack([np.asarray(x, float), np.asarray(y, float)])
    texts = [
        ax.annotate(
            str(name),
            place,
            xytext=(_NEAR, 0.0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=size,
            color=INK,
            zorder=6,
            parse_math=False,
            path_effects=[withStroke(linewidth=1.6, foreground="white", alpha=0.8)],
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 0},
        )
        for place, name in zip(map(tuple, own), names, strict=True)
    ]
    for text in texts:
        text.set_in_layout(False)
    others = own if marks is None else np.column_stack([np.asarray(m, float) for m in marks])
    ax.add_artist(_Placing(ax, texts, np.vstack([own, others[:_MOST_MARKS]])))


class _Placing(Artist):
    """Draws nothing; places names before they are drawn, when the size of the axes is known."""

    def __init__(self, ax: Axes, texts: Sequence[Annotation], marks: Array) -> None:
        super().__init__()
        self._ax = ax
        self._texts = [(text, text.get_text()) for text in texts]
        self._marks = marks
        self.set_zorder(-1.0)
        self.set_in_layout(False)

    def draw(self, renderer: RendererBase) -> None:
        """Place every name."""
        to_pixels, scale = self._ax.transData, self._ax.figure.dpi / 72
        marks = to_pixels.transform(self._marks) / scale
        taken = np.column_stack([marks - _MARK, marks + _MARK])
        frame = np.asarray(self._ax.bbox.extents) / scale
        for text, name in self._texts:
            point = to_pixels.transform(text.xy) / scale
            box = _place(text, name, point, frame, taken)
            text.set_visible(box is not None)
            if box is not None:
                taken = np.vstack([taken, box])


def _place(text: Annotation, name: str, point: Array, frame: Array, taken: Array) -> Array | None:
    """Move a name to the nearest free place; return its box [point], None without room."""
    size = float(text.get_fontsize())
    for (width, lines), distance in product(_WIDTHS, _DISTANCES):
        shown = wrap(name, width, size, lines)
        wide = 72 * inches(shown, size)
        high = size * (1.2 * shown.count("\n") + 1.0)
        for side in _sides(point, frame):
            across, up = distance * np.array(side) / np.hypot(*side)
            left = point[0] + across - wide * (1 - side[0]) / 2
            low = point[1] + up - high * (1 - side[1]) / 2
            box = np.array([left, low, left + wide, low + high])
            if _is_free(box, frame, taken):
                text.set_text(shown)
                text.set_position((across, up))
                text.set_horizontalalignment({1: "left", 0: "center", -1: "right"}[side[0]])
                text.set_verticalalignment({1: "bottom", 0: "center", -1: "top"}[side[1]])
                if text.arrow_patch is not None:
                    text.arrow_patch.set_visible(distance > _DISTANCES[1])
                return box
    return None


def _sides(point: Array, frame: Array) -> tuple[tuple[int, int], ...]:
    """Return the sides of a point, those towards the middle of the axes first."""
    towards = 1 if point[0] < (frame[0] + frame[2]) / 2 else -1
    return tuple((towards * a, b) for a, b in _SIDES)


def _is_free(box: Array, frame: Array, taken: Array) -> bool:
    inside = (box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all()
    return bool(inside) and not bool(
        ((taken[:, :2] < box[2:]) & (taken[:, 2:] > box[:2])).all(axis=1).any()
    )
