"""Predictions over a predictor, with bands, and the data underneath."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bayesmm.data_columns import label_in
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.plots.effect_curves import INNER, effect_curves
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.marks import draw_intervals, percent
from bayesmm.plots.outcomes import is_zero_one, proportions_handle, proportions_words
from bayesmm.plots.picture import Picture
from bayesmm.plots.response_points import WIDTH, draw_response
from bayesmm.plots.style import COLOURS, INK, MUTED, colours_of, drawing, panels
from bayesmm.plots.text_room import inches, wrap
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.marginal.grid import predictor_levels, typical_words
from bayesmm.results.tables.moments import PROB

__all__ = ["effects"]

_COLOUR_OF = {
    "these groups": MUTED,
    "new group": COLOURS["new"],
    "typical group": COLOURS["posterior"],
    "population": COLOURS["population"],
}
_LINE_OF = {"these groups": "-", "new group": ":", "typical group": "-", "population": "--"}
_MARKER_OF = {"these groups": "_", "new group": "s", "typical group": "o", "population": "D"}
_BAND = 0.18
_LINE = 84  # letters of a line of the title
_LEGEND = 1.7  # width of the names in the legend [inch]


def effects(
    fit: FitRecord,
    variable: str | None = None,
    by: str | None = None,
    ax: Axes | None = None,
    who: str | Sequence[str] | None = None,
    kind: str = "mean",
    at: Mapping[str, object] | None = None,
    prob: float = PROB,
    seed: int = 0,
    *,
    data: bool = True,
) -> Picture:
    """Draw predictions over one predictor: a line and band, or for a factor points and intervals.

    Parameters
    ----------
    fit : Fit
        A fitted model with predictors.
    variable, by, who, kind, at, prob, seed
        As in `bayesmm.plots.effect_curves.effect_curves`. Those of ``these groups`` are thin
        lines without bands, one per group.
    ax : Axes, optional
        Where to draw.
    data : bool
        Whether the rows of the fit are drawn underneath, proportions for a binomial response;
        never on the scale of the link.

    Returns
    -------
    Picture
        ``table``: the predictions, as `effect_curves` returns them.
    """
    table = effect_curves(fit, variable, who, by, kind, at, prob, seed)
    variable, by = table.attrs["variable"], table.attrs["by"]
    levels = predictor_levels(fit)[variable]
    whom = list(dict.fromkeys(table["who"]))
    labels = [""] if by is None else _labels(fit, table, by)
    hues = dict(zip(labels, colours_of(len(labels)), strict=True))
    with drawing():
        longest = max(inches(label, 8.0) for label in [by or "", *labels])
        (axes,) = panels(ax, 1, width=6.2 + max(0.4, min(_LEGEND, longest)), height=3.6)
        column = label_in(table, variable)
        draw = _Lines(axes, column) if levels is None else _Points(axes, column, levels)
        series = [(one, label) for one in whom for label in labels]
        for index, (one, label) in enumerate(series):
            part = table[table["who"] == one]
            if by is not None:
                part = part[part[label_in(table, by)].map(_text) == label]
            colour = hues[label] if by is not None else _COLOUR_OF[one]
            draw(part, one, colour, (index + 0.5) / len(series) - 0.5)
        hidden = 0
        if data and kind != "link":
            hidden = draw_response(fit, axes, table, levels, hues, kind)
        squares = data and kind != "link" and is_zero_one(fit)
        axes.set_xlabel(axis_label(fit, variable))
        axes.set_ylabel(_response(fit, kind))
        axes.set_title(_title(fit, table, whom))
        _legend(fit, axes, whom, hues, by, lines=levels is None, squares=squares)
    caption = _caption(fit, table, whom, hidden)
    if squares:
        caption = f"{caption} {proportions_words(variable, levels or ())}"
    return Picture(axes.figure, table, caption)


class _Lines:
    """Draws curves over a number, a column of the table."""

    def __init__(self, ax: Axes, column: str) -> None:
        self.ax, self.column = ax, column

    def __call__(self, part: pd.DataFrame, who: str, colour: str, shift: float) -> None:
        if who == "these groups":
            for _, group in part.groupby("groups", sort=False):
                self.ax.plot(
                    group[self.column], group["mean"], color=colour, linewidth=0.7, alpha=0.6
                )
            return
        x = part[self.column]
        self.ax.fill_between(
            x, part["lower"], part["upper"], color=colour, alpha=_BAND, linewidth=0
        )
        self.ax.plot(
            x, part["mean"], color=colour, linestyle=_LINE_OF[who], linewidth=1.9, zorder=3
        )


class _Points:
    """Draws points with intervals at the levels of a factor, series beside each other."""

    def __init__(self, ax: Axes, column: str, levels: tuple[str, ...]) -> None:
        self.ax, self.column = ax, column
        self.place = {level: index for index, level in enumerate(levels)}
        name_ticks(ax.xaxis, range(len(levels)), levels)
        ax.set_xlim(-0.5, len(levels) - 0.5)
        ax.grid(visible=False, axis="x")

    def __call__(self, part: pd.DataFrame, who: str, colour: str, shift: float) -> None:
        place = part[self.column].map(label_of).map(self.place) + WIDTH * shift
        if who == "these groups":
            self.ax.plot(
                place, part["mean"], _MARKER_OF[who], color=colour, markersize=9, alpha=0.8
            )
            return
        draw_intervals(self.ax, place, part, colour, marker=_MARKER_OF[who], upright=True, size=5.5)


def _labels(fit: FitRecord, table: pd.DataFrame, by: str) -> list[str]:
    """Return the labels of the series, in the order of the levels or of the numbers."""
    levels, values = predictor_levels(fit)[by], table[label_in(table, by)]
    if levels is None:
        return [_text(value) for value in sorted(set(values))]
    found = set(values.map(_text))
    return [level for level in levels if level in found]


def _text(value: object) -> str:
    if isinstance(value, float | np.floating) and not float(value).is_integer():
        return f"{value:.4g}"
    return label_of(value)


def _response(fit: FitRecord, kind: str) -> str:
    link = fit.design.family.link
    if kind == "mean" or (kind == "link" and link == "identity"):
        return response_label(fit)
    if kind == "link":
        return "log odds" if link == "logit" else f"{link} scale"
    return axis_label(fit, fit.design.response)


def _title(fit: FitRecord, table: pd.DataFrame, whom: list[str]) -> str:
    about = table.attrs
    what = {"mean": "Expected response", "link": "Linear predictor", "response": "A new response"}
    interval = f"mean and {percent(about['probability'])} interval"
    if not fit.design.blocks:
        parts = [interval]
    else:
        banded = [one for one in whom if one != "these groups"]
        parts = [f"{interval} for {_join(banded)}"] if banded else []
        parts += ["means for these groups"] if "these groups" in whom else []
    parts += [f"{name} = {_text(value)}" for name, value in _held(table)]
    return f"{what[about['kind']]} over {about['variable']}\n" + fill(", ".join(parts), _LINE)


def _held(table: pd.DataFrame) -> list[tuple[str, object]]:
    """Return what all series are held at."""
    about = table.attrs
    only = set(table["who"]) == {"these groups"}
    return [pair for pair in about["held"].items() if not (only and pair[0] in about["own"])]


def _join(names: Sequence[str]) -> str:
    listed = [("the " if name in ("typical group", "population") else "") + name for name in names]
    listed = ["a new group" if name == "new group" else name for name in listed]
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else listed[0]


def _legend(
    fit: FitRecord,
    ax: Axes,
    whom: list[str],
    hues: Mapping[str, str],
    by: str | None,
    *,
    lines: bool,
    squares: bool,
) -> None:
    def handle(colour: str, who: str, label: str) -> Line2D:
        if lines:
            width = 0.8 if who == "these groups" else 1.8
            return Line2D([], [], color=colour, linestyle=_LINE_OF[who], lw=width, label=label)
        marker = _MARKER_OF[who]
        fill = colour if marker == "o" else "white"
        return Line2D(
            [], [], color=colour, marker=marker, markerfacecolor=fill, linestyle="", label=label
        )

    handles = []
    if by is not None:
        named = {label: wrap(label, _LEGEND, 8.0, 3) for label in hues}
        handles += [handle(hues[label], "typical group", named[label]) for label in hues]
    if fit.design.blocks and (by is None or len(whom) > 1):
        handles += [handle(_COLOUR_OF[one] if by is None else INK, one, one) for one in whom]
    handles += [proportions_handle()] * squares
    if len(handles) > 1 or squares:
        ax.legend(
            handles=handles, title=by and wrap(by, _LEGEND, 8.0, 3), alignment="left",
            loc="upper left", fontsize=8, bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0,
            title_fontsize=8,
        )  # fmt: skip


def _caption(fit: FitRecord, table: pd.DataFrame, whom: list[str], hidden: int) -> str:
    about = table.attrs
    what = {
        "mean": "Posterior mean of the expected response",
        "link": "Posterior mean of the linear predictor",
        "response": "Predictive mean of a new response",
    }[about["kind"]]
    people = f" for {_join(whom)}" if fit.design.blocks else ""
    text = f"{what} over {about['variable']}{people}"
    text += f" with {percent(about['probability'])} equal-tailed intervals"
    if predictor_levels(fit)[about["variable"]] is not None:
        text += f" (thick: {percent(INNER)})"
    text += "."
    held = [
        f"{name} = {_text(value)}" + f" ({typical_words(value)})" * (name in about["typical"])
        for name, value in _held(table)
    ]
    if held:
        text += f" Other predictors held at {', '.join(held)}."
    if about["own"]:
        text += f" Each of these groups is at its own {', '.join(about['own'])}."
    if hidden:
        text += f" {hidden} rows lie above the axis and are marked at its upper edge."
    return text
