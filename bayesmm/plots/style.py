"""Colours, sizes and axes that all pictures share.

The colours are those of Okabe and Ito (2008), told apart by colour-blind eyes; a colour means the
same thing in every picture.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import matplotlib
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from bayesmm.errors import UsageError
from bayesmm.plots.layout import RoomForText

__all__ = [
    "COLOURS",
    "INK",
    "LINES",
    "MUTED",
    "colours_of",
    "drawing",
    "panels",
    "plain_logarithms",
    "shades",
    "single",
]

INK = "#1a1a1a"  # text, data
MUTED = "#767676"  # what is there for orientation only

# what is drawn, and its colour
COLOURS = MappingProxyType(
    {
        "posterior": "#0072B2",  # blue: what this package estimates, partial pooling
        "ml": "#D55E00",  # vermilion: maximum likelihood, no pooling's rival
        "complete": "#009E73",  # green: complete pooling
        "no": "#D55E00",  # vermilion: no pooling
        "partial": "#0072B2",  # blue: partial pooling is the posterior
        "prior": "#E69F00",  # orange
        "population": "#CC79A7",  # purple: averaged over groups
        "new": "#56B4E9",  # light blue: a new group
        "data": INK,
        "absurd": "#B2182B",  # red: what nobody expects
    }
)

_SETTINGS = {
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.facecolor": "white",
    "font.size": 9.0,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "bayesmm",  # the same picture is the same file
    "text.color": INK,
    "text.parse_math": False,  # a dollar in a name is a dollar
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the style of the package, without touching the user's settings."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def single(
    ax: Axes | Sequence[Axes] | np.ndarray | None, width: float = 6.0, height: float = 4.0
) -> Axes:
    """Return the user's axes, or new ones on a figure that no window manages.

    The size of a new figure is in inches; what the user gave may be a sequence that holds one.
    """
    if ax is None:
        return Figure(figsize=(width, height), layout=RoomForText()).add_subplot()
    return panels(ax, 1)[0]


def plain_logarithms(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers: 0.2, 1, 50."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter("")


def panels(
    ax: Axes | Sequence[Axes] | np.ndarray | None,
    count: int,
    columns: int = 3,
    width: float = 3.0,
    height: float = 2.6,
    *,
    share: bool = False,
) -> list[Axes]:
    """Return `count` axes: those of the user, or new ones in rows of `columns`.

    The size of a panel is in inches; with `share` new panels share both axes. One Axes of the user
    will do for one panel; fewer than there are panels are a `UsageError`.
    """
    if ax is None:
        columns = min(columns, count)
        rows = -(-count // columns)
        figure = Figure(figsize=(columns * width, rows * height + 0.4), layout=RoomForText())
        grid = figure.subplots(rows, columns, squeeze=False, sharex=share, sharey=share)
        for spare in grid.flat[count:]:
            spare.remove()
        return list(grid.flat[:count])
    given = [ax] if isinstance(ax, Axes) else list(np.asarray(ax, dtype=object).flat)
    if len(given) < count:
        raise UsageError(f"This picture has {count} panels, and ax holds {len(given)}.")
    return given[:count]


# Okabe and Ito (2008), without the yellow, which is faint on white
_CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1a1a1a")

LINES = ("-", "--", ":", "-.")


def colours_of(count: int) -> list[str]:
    """Return as many colours: of different hues, or, where these do not suffice, of a scale."""
    if count <= len(_CYCLE):
        return list(_CYCLE[:count])
    return shades(count)


def shades(count: int) -> list[str]:
    """Return as many colours of one scale, for what is in an order."""
    scale = colormaps["cividis"]
    return [to_hex(scale(0.9 * place / max(count - 1, 1))) for place in range(count)]
