"""Texts of a drawn figure that overlap each other, or reach beyond the figure."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

__all__ = ["faults_of_text"]

_TOUCH = 1.5  # pixels that boxes may share, which hold room for letters that a text need not have


def faults_of_text(figure: Figure, dots_per_inch: float = 100) -> list[str]:
    """Return a sentence for every two texts that overlap and for each that is clipped.

    The boxes are those of the renderer, turned texts by their corners.
    """
    figure.set_dpi(dots_per_inch)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = [(text, _corners(text, renderer)) for text in _drawn(figure)]
    faults = []
    whole = figure.bbox
    for text, corners in boxes:
        low, high = corners.min(axis=0), corners.max(axis=0)
        if (low < -_TOUCH).any() or (high > whole.max + _TOUCH).any():
            faults.append(f"clipped: {text.get_text()!r} at {low.round()} to {high.round()}")
    for (one, a), (two, b) in combinations(boxes, 2):
        if _overlap(a, b):
            faults.append(f"overlap: {one.get_text()!r} and {two.get_text()!r}")
    return faults


def _drawn(figure: Figure) -> Iterator[Text]:
    """Yield the texts that are seen: of ticks those within the axes."""
    ticks: dict[Text, bool] = {}
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                ticks[tick.label1] = ticks[tick.label2] = False
            for tick in axis._update_ticks():  # the ones in view; there is no public way
                ticks[tick.label1], ticks[tick.label2] = (
                    tick.label1.get_visible(), tick.label2.get_visible(),
                )  # fmt: skip
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and ticks.get(text, True):
            yield text


def _corners(text: Text, renderer: object) -> np.ndarray:
    """Return the corners of a text in pixels, without the empty room of its lines."""
    turned = text.get_rotation()
    if isinstance(text, Annotation):
        text.update_positions(renderer)
    if turned % 90 == 0:
        box = Text.get_window_extent(text, renderer)
        return _shrunk(box, turned)
    # the box of a turned text is that of its corners: turn it upright about its anchor, and back
    x, y = text.get_transform().transform(text.get_unitless_position())
    text.set_rotation(0.0)
    flat = _shrunk(Text.get_window_extent(text, renderer), 0.0)
    text.set_rotation(turned)
    angle = np.radians(turned)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (flat - [x, y]) @ turn.T + [x, y]


def _shrunk(box: Bbox, turned: float) -> np.ndarray:
    room = np.array([0.0, _TOUCH]) if turned % 180 == 0 else np.array([_TOUCH, 0.0])
    low, high = box.min + room, box.max - room
    return np.array([low, [high[0], low[1]], high, [low[0], high[1]]])


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two rectangles overlap: no side of either parts them."""
    for corners in (a, b):
        for edge in np.diff(corners[:3], axis=0):
            length = np.hypot(*edge)
            if length == 0:
                return False
            across = np.array([-edge[1], edge[0]]) / length
            p, q = a @ across, b @ across
            if p.max() <= q.min() + _TOUCH / 2 or q.max() <= p.min() + _TOUCH / 2:
                return False
    return True
