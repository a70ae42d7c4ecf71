"""What stands outside the panels of a picture: one name per axis, a title, a legend."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from bayesmm.plots.text_room import inches

__all__ = ["label_outside", "legend_below", "show_outer_numbers"]

_SIZE = 9.0  # letters of a legend [point]
_HANDLE = 0.65  # inches of the line beside a text of a legend, with the room about it


def label_outside(
    axes: Sequence[Axes],
    *,
    new: bool,
    x: str = "",
    y: str = "",
    title: str = "",
    handles: Sequence[Artist] = (),
) -> None:
    """Name the axes, the picture and its series once for all panels.

    With `new` the figure is ours; in a figure of the user the names stand at the first panel.
    `handles` are labelled lines for the legend.
    """
    first, figure = axes[0], axes[0].figure
    if not new:
        first.set(xlabel=x, ylabel=y)
        first.set_title("\n".join(filter(None, [title, first.get_title(loc="left")])))
        if handles:
            first.legend(handles=handles, fontsize="small")
        return
    figure.suptitle(title, x=0.01, ha="left", fontsize="large")
    many = len(axes) > 1
    if many:
        figure.supylabel(y, fontsize="medium")
    else:
        first.set(xlabel=x, ylabel=y)
    if handles:
        # the layout would write the name of the axis and the legend over each other
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=_legend_columns([str(one.get_label()) for one in handles], figure.get_figwidth()),
            title=x if many else None,
            title_fontsize="medium",
        )
    elif many:
        figure.supxlabel(x, fontsize="medium")


def legend_below(ax: Axes, *, new: bool) -> None:
    """Write the legend of what is labelled in a panel below it, in a figure of ours."""
    handles, labels = ax.get_legend_handles_labels()
    if not new:
        ax.legend(handles, labels, fontsize="small")
        return
    columns = _legend_columns(labels, ax.figure.get_figwidth())
    ax.figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def show_outer_numbers(axes: Sequence[Axes], columns: int) -> None:
    """Write the numbers of the horizontal axis under panels that share it and have none below."""
    for ax in axes[-columns:]:
        ax.tick_params(axis="x", labelbottom=True)


def _legend_columns(labels: Sequence[str], width: float) -> int:
    """Return how many entries of a legend stand beside each other in `width` inches."""
    entries = [_HANDLE + inches(label, _SIZE) for label in labels]
    if sum(entries) <= width:
        return len(labels)
    return min(max(1, int(width / max(entries))), -(-len(labels) // 2))
