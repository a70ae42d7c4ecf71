"""Numbers as text in columns to the right of the axes, one per row of the picture."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from bayesmm.plots.style import INK, MUTED

__all__ = ["write_beside"]

_FIRST, _NEXT = 44.0, 46.0  # right edges of the columns [points], so that they never overlap


def write_beside(ax: Axes, place: ArrayLike, columns: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Write columns of text to the right of the axes.

    `place` is the height of each row; each of `columns`, from left to right, is a heading and its
    texts.
    """
    for index, (heading, texts) in enumerate(columns):
        offset = _FIRST + index * _NEXT
        ax.annotate(
            heading, (1.0, 1.0), xycoords="axes fraction", xytext=(offset, 4),
            textcoords="offset points", ha="right", va="bottom", color=MUTED, fontsize=8,
            annotation_clip=False,
        )  # fmt: skip
        for y, text in zip(place, texts, strict=True):
            ax.annotate(
                text, (1.0, y), xycoords=ax.get_yaxis_transform(), xytext=(offset, 0),
                textcoords="offset points", ha="right", va="center", color=INK, fontsize=8.5,
                annotation_clip=False,
            )  # fmt: skip
