"""The rows of the data under a picture of predictions."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.plots.outcomes import draw_proportions, is_zero_one, observed_proportions
from bayesmm.plots.style import COLOURS
from bayesmm.results.prediction.prediction_rows import used_rows

__all__ = ["WIDTH", "draw_response"]

WIDTH = 0.6  # of all series of one level of a factor
_TALLEST = 3.0  # an axis reaches at most so many times the height of the predictions
_JITTER = 0.16


def draw_response(
    fit: FitRecord,
    ax: Axes,
    table: pd.DataFrame,
    levels: tuple[str, ...] | None,
    hues: Mapping[str, str],
    kind: str,
) -> int:
    """Draw the response of every row, partially transparent; return how many are off the axis.

    A binomial response is drawn as the proportion of successes, its area as the trials, when
    the picture is of probabilities. Points of a factor or a 0/1 response are spread a little so
    that they can be told apart, and squares are the observed proportions. Where few rows are far
    above all predictions the axis stops below them, and they are marked at its upper edge.

    `table` is from `effect_curves`, `levels` are those of the variable when it is a factor, `hues`
    the colour of each level of ``by``, and `kind` that of the prediction.
    """
    design, data = fit.design, used_rows(fit)
    variable, by = table.attrs["variable"], table.attrs["by"]
    spread = np.random.default_rng(0).uniform(-_JITTER, _JITTER, size=(2, design.n_obs))
    size = np.full(design.n_obs, 9.0)
    y = design.y
    if design.trials is not None and kind == "mean":
        y, size = y / design.trials, 14.0 * design.trials / design.trials.mean()
    labels = None
    # a `by` of numbers has curves at chosen values, which are no colours of the data
    if by is not None and data[by].map(label_of).isin(list(hues)).all():
        labels = data[by].map(label_of)
    if levels is None:
        x = read_numbers(variable, data[variable])
    else:
        x = data[variable].map(label_of).map(_places(levels)).to_numpy(float) + spread[0]
        if labels is not None:
            # beside each other, as the predictions are
            x += labels.map(_places(hues)).to_numpy(float) * WIDTH / len(hues) - WIDTH / 2
            x += WIDTH / (2 * len(hues)) + (1 / len(hues) - 1) * spread[0]
    if is_zero_one(fit):
        _proportions(fit, ax, data[variable], labels, levels, hues)
        y = y + 0.15 * spread[1]
    colours = COLOURS["data"] if labels is None else labels.map(dict(hues)).to_list()
    top = _top(table, y)
    above = y > top
    alpha = float(np.clip(5.0 / np.sqrt(design.n_obs), 0.18, 0.5))
    marks = {"c": colours, "alpha": alpha, "linewidths": 0, "zorder": 1}
    ax.scatter(x, np.minimum(y, top), s=np.where(above, 0.0, size), **marks)
    if above.any():
        ax.set_ylim(top=top)
        ax.scatter(
            x[above],
            np.full(above.sum(), top),
            marker="^",
            s=16,
            clip_on=False,
            **_of(marks, above),
        )
    return int(above.sum())


def _proportions(
    fit: FitRecord,
    ax: Axes,
    column: pd.Series,
    labels: pd.Series | None,
    levels: tuple[str, ...] | None,
    hues: Mapping[str, str],
) -> None:
    """Draw the proportions of ones, for each colour; of levels on the left of the predictions."""
    if levels is None:
        x = read_numbers(column.name, column)
    else:
        x = column.map(label_of).map(_places(levels)).to_numpy(float)
    for index, label in enumerate([""] if labels is None else hues):
        rows = np.ones(len(x), bool) if labels is None else (labels == label).to_numpy()
        found = observed_proportions(x[rows], fit.design.y[rows], levels or ())
        if levels is not None:
            found["x"] += WIDTH * (index / max(1, len(hues)) - 0.5)
        draw_proportions(ax, found, COLOURS["data"] if labels is None else hues[label])


def _places(labels: Iterable[str]) -> dict[str, int]:
    return {label: index for index, label in enumerate(labels)}


def _of(marks: dict[str, object], chosen: np.ndarray) -> dict[str, object]:
    colours = marks["c"]
    if isinstance(colours, list):
        colours = [colour for colour, wanted in zip(colours, chosen, strict=True) if wanted]
    return marks | {"c": colours}


def _top(table: pd.DataFrame, y: np.ndarray) -> float:
    """Return where the axis ends: beyond all rows, unless that would flatten the predictions."""
    highest, lowest = table["upper"].max(), min(table["lower"].min(), y.min())
    limit = lowest + _TALLEST * (highest - lowest)
    # an axis is cut for a few rows, not for a fifth of them
    return limit if y.max() > limit and np.mean(y > limit) < 0.2 else np.inf
