"""The layout of our figures: no title, label or name of a level is wider than its place.

Texts are set at every drawing, so that they follow the figure when its size is changed, and what
was written stays known. Only figures of our own have this layout; those of the user have theirs.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bayesmm.plots.text_room import wrap
from bayesmm.plots.tick_names import fit_names

__all__ = ["RoomForText"]

_LINES = 3  # of a title, and of the name of an axis
_GAP = 0.1  # between texts beside each other [inch]


class RoomForText(ConstrainedLayoutEngine):
    """Constrained layout that sets texts in lines of the width that there is."""

    def __init__(self) -> None:
        super().__init__()
        self._written: WeakKeyDictionary[Text, tuple[str, str]] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type["RoomForText"], tuple[()]]:
        """Return a new one: a figure may be pickled, what its texts were before not."""
        return RoomForText, ()

    def execute(self, fig: Figure) -> None:
        """Lay out, set texts in the room that this gave them, and lay out again if one changed."""
        self._set_texts(fig)
        super().execute(fig)
        if self._set_texts(fig):
            super().execute(fig)

    def _set_texts(self, figure: Figure) -> bool:
        """Set every text of a figure, and return whether any is another than before."""
        changed = False
        width, height = figure.get_size_inches()
        places = {ax: _in_inches(ax.get_position(), width, height) for ax in figure.axes}
        for ax, place in places.items():
            left, right = _neighbours(place, places.values(), width)
            for title in _titles(ax):
                changed |= self._set(title, right - place.x0 - _GAP)
            changed |= self._set(ax.xaxis.label, _room_below(place, left, right, width))
            changed |= self._set(ax.yaxis.label, place.height)
            changed |= fit_names(ax, place, _panel_width(ax, width))
        for text in figure.texts:
            room = width - 2 * _GAP
            if text.get_rotation() == 90.0:  # the name of all vertical axes, beside them
                low = min(place.y0 for place in places.values())
                high = max(place.y1 for place in places.values())
                text.set_y((low + high) / 2 / height)
                room = high - low
            changed |= self._set(text, room)
        for legend in figure.legends:
            changed |= self._set(legend.get_title(), width - 2 * _GAP)
        return changed

    def _set(self, text: Text, room: float) -> bool:
        """Set a text in lines, from what was written and not from what an earlier drawing made."""
        whole, shown = self._written.get(text, ("", ""))
        if text.get_text() != shown:
            whole = text.get_text()
        shown = wrap(whole, max(room, 0.3), float(text.get_fontsize()), _LINES)
        text.set_parse_math(False)  # a dollar in a name is a dollar
        self._written[text] = (whole, shown)
        if text.get_text() == shown:
            return False
        text.set_text(shown)
        return True


def _in_inches(place: Bbox, width: float, height: float) -> Bbox:
    return Bbox.from_extents(
        place.x0 * width, place.y0 * height, place.x1 * width, place.y1 * height
    )


def _neighbours(place: Bbox, others: Iterable[Bbox], width: float) -> tuple[float, float]:
    """Return where the panel on the left ends and that on the right begins [inch]."""
    beside = [other for other in others if other.y0 < place.y1 and other.y1 > place.y0]
    left = max((other.x1 for other in beside if other.x1 <= place.x0), default=0.0)
    right = min((other.x0 for other in beside if other.x0 >= place.x1), default=width)
    return left, right


def _room_below(place: Bbox, left: float, right: float, width: float) -> float:
    """Return how long a text in the middle below a panel is that ends halfway to its neighbours."""
    low = (left + place.x0) / 2 if left else 0.0
    high = (right + place.x1) / 2 if right < width else width
    middle = (place.x0 + place.x1) / 2
    return 2 * min(middle - low, high - middle) - _GAP


def _titles(ax: Axes) -> list[Text]:
    """Return the titles of a panel: its texts besides those that were written into it."""
    return [one for one in ax.get_children() if isinstance(one, Text) and one not in ax.texts]


def _panel_width(ax: Axes, width: float) -> float:
    spec = ax.get_subplotspec()
    return width if spec is None else width / spec.get_gridspec().ncols
