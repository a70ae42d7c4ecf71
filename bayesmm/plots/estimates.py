"""Points and intervals of any table of estimates: contrasts, means, slopes, hypotheses, R2."""

from collections.abc import Iterator
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError
from bayesmm.model.columns import is_numeral, label_of
from bayesmm.plots.beside import write_beside
from bayesmm.plots.marks import draw_intervals, percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, single
from bayesmm.plots.tick_names import name_ticks, room_of_names
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import moments
from bayesmm.special import ndtri

__all__ = ["plot_estimates"]

_INNER = 0.5
_APART = 0.16  # of posterior and ML from the middle of their row
_HEADING = 0.75  # height of a row that only names those below
_LINE = 76  # letters of a line of the title
_BAND = ("simultaneous_lower", "simultaneous_upper")

# columns of probabilities, and what stands above them
_BESIDE = {"prob_positive": "P(> 0)", "probability": "P(true)", "in_rope": "in ROPE"}


def plot_estimates(estimates: Estimates, ax: Axes | None = None) -> Picture:
    """Draw the posterior means of a table of estimates with their intervals, ML beside.

    Parameters
    ----------
    estimates : Estimates
        What `Fit.contrasts`, `Fit.emmeans`, `Fit.slopes`, `Fit.hypothesis`, `Fit.r2` or
        `Fit.icc` returns.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Picture
        ``table``: the rows of ``estimates.table`` with ``place``, the height at which each is
        drawn, ``inner_lower`` and ``inner_upper`` (50 % interval), and, where the table has a
        standard error of the ML estimate, ``ml_lower`` and ``ml_upper``: estimate -+ z se.

    Raises
    ------
    UsageError
        When it is given something else, or a table without rows.
    """
    if not isinstance(estimates, Estimates):
        raise UsageError(
            f"plot_estimates draws what fit.contrasts, fit.emmeans, fit.slopes, fit.hypothesis, "
            f"fit.r2 or fit.icc returns, got {type(estimates).__name__}."
        )
    if not len(estimates.table):
        raise UsageError("These estimates have no rows; there is nothing to draw.")
    of_data, table = _numbers(estimates)
    ticks = _rows(of_data, table)
    table["place"] = [place for place, _, is_row in ticks if is_row]
    height = 1.9 + 0.36 * (ticks[0][0] + 1)
    with drawing():
        axes = single(ax, 5.6 + max(1.0, room_of_names([label for _, label, _ in ticks])), height)
        _draw(axes, table)
        name_ticks(axes.yaxis, [t[0] for t in ticks], [t[1] for t in ticks])
        for label, (_, _, is_row) in zip(axes.get_yticklabels(), ticks, strict=True):
            label.set_fontweight("normal" if is_row else "bold")
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.6, ticks[0][0] + 0.6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(table.attrs["quantity"])
        axes.set_title(_title(table))
        write_beside(
            axes,
            table["place"],
            [(heading, table[column].map(_probability)) for column, heading in _beside(table)],
        )
        _legend(axes, new=ax is None)
    return Picture(axes.figure, beside(of_data, table), _caption(table))


def _numbers(estimates: Estimates) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the columns of the data, and ours with what is drawn besides them."""
    of_data, own = apart(estimates.table)
    table = own.copy()
    inner = moments(estimates.draws, _INNER)
    table["inner_lower"], table["inner_upper"] = inner["lower"], inner["upper"]
    if "ml_se" in table:
        reach = ndtri((1 + table.attrs["probability"]) / 2) * table["ml_se"]
        table["ml_lower"] = table["ml_estimate"] - reach
        table["ml_upper"] = table["ml_estimate"] + reach
    return of_data, table


def _rows(of_data: pd.DataFrame, table: pd.DataFrame) -> list[tuple[float, str, bool]]:
    """Return place, label and whether it is a row of the table, from the top.

    The last column before the numbers names the row; those before it stand above the rows that
    share them. A last column that is the same everywhere, as the term of slopes, says nothing.
    """
    named = pd.concat([of_data, table.iloc[:, : table.columns.get_loc("mean")]], axis="columns")
    if named.shape[1] > 1 and named.iloc[:, -1].nunique() == 1:
        named = named.iloc[:, :-1]
    found: list[tuple[float, str, bool]] = []
    above, place = None, 0.0
    for row in named.itertuples(index=False, name=None):
        *outer, own = (_label(n, v) for n, v in zip(named, row, strict=True))
        heading = ", ".join(outer)
        if outer and heading != above:
            found.append((place, heading, False))
            place, above = place - _HEADING, heading
        found.append((place, own, True))
        place -= 1.0
    lowest = found[-1][0]
    return [(where - lowest, label, is_row) for where, label, is_row in found]


def _label(name: str, value: object) -> str:
    """Return the label of a level; a number needs the name of its column."""
    if isinstance(value, float | np.floating) and not float(value).is_integer():
        return f"{name} = {value:.4g}"
    text = label_of(value)
    return f"{name} = {text}" if is_numeral(text) else text


def _draw(ax: Axes, table: pd.DataFrame) -> None:
    prob = percent(table.attrs["probability"])
    place, ml = table["place"].to_numpy(), _ml_column(table)
    if _is_difference(table):
        ax.axvline(0.0, color=MUTED, linewidth=0.8)
    if "rope_lower" in table:
        low, high = table[["rope_lower", "rope_upper"]].iloc[0]
        ax.axvspan(low, high, color=MUTED, alpha=0.15, linewidth=0, label="ROPE")
    up = 0.0 if ml is None else _APART
    if _BAND[0] in table:
        ax.hlines(
            place + up, table[_BAND[0]], table[_BAND[1]], color=COLOURS["posterior"], alpha=0.25,
            linewidth=8.0, label=f"{prob} band of all together",
        )  # fmt: skip
    draw_intervals(ax, place + up, table, COLOURS["posterior"], label="posterior")
    if ml is not None and "ml_lower" in table:
        draw_intervals(
            ax, place - up, table, COLOURS["ml"], point=ml, outer=("ml_lower", "ml_upper"),
            inner=None, marker="D", size=4.5, label="ML",
        )  # fmt: skip
    elif ml is not None:
        ax.plot(
            table[ml], place - up, "D", color=COLOURS["ml"], markerfacecolor="white",
            markersize=4.5, label="ML",
        )  # fmt: skip


def _ml_column(table: pd.DataFrame) -> str | None:
    """Return the column of the ML estimate, None where there is no such estimate."""
    for name in ("ml_estimate", "ml"):
        if name in table and table[name].notna().any():
            return name
    return None


def _is_difference(table: pd.DataFrame) -> bool:
    return "prob_positive" in table or "hypothesis" in table


def _beside(table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for column, heading in _BESIDE.items():
        if column in table:
            yield column, heading


def _probability(value: float) -> str:
    """Return a share of the draws with three decimals; none that rounds to 0 or 1."""
    return "< 0.001" if value < 0.0005 else "> 0.999" if value > 0.9995 else f"{value:.3f}"


def _legend(ax: Axes, *, new: bool) -> None:
    handles, labels = ax.get_legend_handles_labels()
    if len(handles) < 2:
        return
    if new:
        ax.figure.legend(
            handles, labels, loc="outside lower center", ncols=len(handles), fontsize=8
        )
    else:
        ax.legend(handles, labels, fontsize=7)


def _title(table: pd.DataFrame) -> str:
    about = table.attrs
    intervals = f"posterior mean, {percent(_INNER)} and {percent(about['probability'])} intervals"
    return f"{fill(about['title'], _LINE)}\n{intervals}"


def _caption(table: pd.DataFrame) -> str:
    about = table.attrs
    prob = percent(about["probability"])
    text = (
        f"{about['title']}: posterior means ({about['quantity']}) with {percent(_INNER)} "
        f"(thick) and {prob} (thin) equal-tailed intervals"
    )
    if _BAND[0] in table:
        text += f"; the pale band holds all {about['family']} at once with probability {prob}"
    text += "."
    beside = [heading for _, heading in _beside(table)]
    if beside:
        text += f" The numbers on the right are posterior probabilities: {', '.join(beside)}."
    ml = _ml_column(table)
    if ml is not None:
        text += " Diamonds: maximum likelihood (REML for gaussian models)"
        text += f" with a normal {prob} interval." if "ml_lower" in table else "."
    return text
