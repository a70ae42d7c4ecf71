"""Posterior curves of survival, the steps of the data beside them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.plots.labels import axis_label
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.row_groups import row_groups
from bayesmm.plots.style import COLOURS, INK, colours_of, drawing, single
from bayesmm.results.checks.kaplan_meier import by_intervals, no_steps, survival_steps
from bayesmm.results.marginal.units import response_name
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.predicted_draws import predicted_draws
from bayesmm.results.prediction.prediction_rows import encode_rows
from bayesmm.results.prediction.survival import check_times
from bayesmm.results.tables.moments import PROB, interval_label, moments, state_interval
from bayesmm.wording import option

__all__ = ["survival"]

_POINTS = 81  # of a curve
_MOST_CURVES = 7  # told apart by colour
_VALUES = 20_000_000  # of rows, draws and times at once: 160 MB
_DRAWS = 1000


def survival(
    fit: FitRecord,
    ax: Axes | None = None,
    by: str | None = None,
    times: Sequence[float] | None = None,
    prob: float = PROB,
    n_draws: int | None = None,
) -> Picture:
    """Draw P(Y > t) averaged over the rows of the data, and the estimate of Kaplan and Meier.

    The curve is the mean over the rows of the survival of each, with the effects of its own group:
    what the steps, which know no predictors, are to be compared with. Of responses that are
    censored on the left or known by intervals the estimate is Turnbull's.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes, optional
        Where to draw.
    by : str, optional
        A grouping factor or a column of the data: a curve for each of its levels.
    times : sequence of float, optional
        Values t; by default evenly from 0 to the largest response.
    prob : float
        Probability of the equal-tailed intervals, of each t by itself.
    n_draws : int, optional
        Draws to use; by default up to 1,000, fewer of many rows.

    Returns
    -------
    Picture
        ``table``: columns ``part`` (``posterior`` or ``data``), that of `by`, ``time``, ``mean``,
        ``lower``, ``upper`` (posterior), ``survival`` and ``at_risk`` (data).

    Raises
    ------
    UsageError
        For an unknown column, or one of more than seven levels.

    References
    ----------
    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452
    Turnbull (1976), doi:10.1111/j.2517-6161.1976.tb01597.x
    """
    design = fit.design
    levels: tuple[str, ...] = ("",)
    codes = np.zeros(design.n_obs, dtype=np.int64)
    if by is not None:
        levels, codes = row_groups(fit, by)
        if len(levels) > _MOST_CURVES:
            raise UsageError(
                f"'{by}' has {len(levels)} levels, more than {_MOST_CURVES} curves that can be "
                f"told apart; name another column with {option('by')}."
            )
    places = _times(fit, times)
    reason = no_steps(design)
    parts = []
    curves = _curves(fit, codes, len(levels), places, n_draws)
    for index, level in enumerate(levels):
        numbers = moments(curves[index], prob)
        ends = {name: numbers[name] for name in ("mean", "lower", "upper")}
        own = pd.DataFrame({"part": "posterior", "level": level, "time": places} | ends)
        parts.append(own)
        if not reason:
            steps = survival_steps(design, codes == index).assign(part="data")
            parts.append(steps.assign(level=level))
    table = pd.concat(parts, ignore_index=True)
    first = ["part", "level", "time", "mean", "lower", "upper"]
    table = table[[*first, *(c for c in table.columns if c not in first)]]
    with drawing():
        ax, new = single(ax, 6.2, 3.8), ax is None
        intervals = by_intervals(design)
        _ink(ax, table, levels, slanted=intervals)
        label_outside(
            [ax],
            new=new,
            x=axis_label(fit, response_name(fit)),
            y="share above",
            title=f"Survival, {interval_label(prob)}",
            handles=_handles(
                levels, by, "" if reason else "Turnbull" if intervals else "Kaplan-Meier"
            ),
        )
    if by is None:
        table = table.drop(columns="level")
    else:
        table = table.rename(columns={"level": label_of(by)})
    caption = (
        f"Share of responses above each value: the posterior mean of the average over the rows of "
        f"the data{' and the groups they are of' if design.blocks else ''}"
        f"{'' if by is None else f', for each {label_of(by)}'}, with bands ({interval_label(prob)} "
        "at each value)"
        + (
            "; broken lines are the estimate of Turnbull from the data alone, without predictors, "
            "slanted where the data do not say when."
            if not reason and intervals
            else "; steps are the estimate of Kaplan and Meier from the data alone, without "
            "predictors."
            if not reason
            else f". There are no steps of the data: {reason}."
        )
    )
    return Picture(ax.figure, state_interval(table, prob), caption)


def _times(fit: FitRecord, times: Sequence[float] | None) -> np.ndarray:
    if times is not None:
        return np.sort(check_times(fit, "survival", times))
    y = fit.design.y
    first = min(0.0, y.min()) if fit.design.family.response == "real" else 0.0
    return np.linspace(first, y.max(), _POINTS)


def _curves(
    fit: FitRecord, codes: np.ndarray, n_levels: int, times: np.ndarray, n_draws: int | None
) -> np.ndarray:
    """Return draws of the survival averaged over the rows of each level: (level, ..., time)."""
    sizes = fit.own_draws["posterior"].sizes
    every = sizes["chain"] * sizes["draw"]
    affordable = max(sizes["chain"], _VALUES // max(1, fit.design.n_obs))
    wanted = min(every, _DRAWS, affordable) if n_draws is None else n_draws
    _, rows = encode_rows(fit, None, "known", "survival")
    chosen = choose_draws(fit.own_draws, wanted, fit.design.n_obs)
    averages = []
    for time in times:
        found = predicted_draws(fit, rows, "these groups", "survival", 0, chosen, np.array([time]))
        averages.append([found[..., codes == level].mean(axis=-1) for level in range(n_levels)])
    return np.moveaxis(np.array(averages), 0, -1)


def _ink(ax: Axes, table: pd.DataFrame, levels: Sequence[str], *, slanted: bool) -> None:
    colours = colours_of(len(levels)) if len(levels) > 1 else [COLOURS["posterior"]]
    for level, colour in zip(levels, colours, strict=True):
        own = table[table["level"] == level]
        curve, steps = (own[own["part"] == part] for part in ("posterior", "data"))
        ax.fill_between(
            curve["time"], curve["lower"], curve["upper"], color=colour, alpha=0.2, linewidth=0
        )
        ax.plot(curve["time"], curve["mean"], color=colour, linewidth=1.6)
        if len(steps):
            ink = colour if len(levels) > 1 else INK
            drawstyle = "default" if slanted else "steps-post"
            ax.plot(
                steps["time"], steps["survival"], drawstyle=drawstyle, color=ink, linewidth=1.0,
                linestyle="--",
            )  # fmt: skip
    ax.set_ylim(0.0, 1.02)
    ax.set_xlim(left=float(table["time"].min()))


def _handles(levels: Sequence[str], by: str | None, steps: str) -> tuple[Line2D, ...]:
    found = []
    if by is None:
        found.append(Line2D([], [], color=COLOURS["posterior"], linewidth=1.6, label="model"))
    else:
        colours = colours_of(len(levels))
        found += [
            Line2D([], [], color=colour, linewidth=1.6, label=f"{label_of(by)} {level}")
            for level, colour in zip(levels, colours, strict=True)
        ]
    if steps:
        ink = INK if by is None else "grey"
        found.append(Line2D([], [], color=ink, linewidth=1.0, linestyle="--", label=steps))
    return tuple(found)
