"""Shrinkage: arrows from the estimates without pooling to those of partial pooling."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.plots.group_choice import block_of
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.point_names import name_points
from bayesmm.plots.sizes import number_size_axis, places_by_size
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.marginal.grid import names_of
from bayesmm.results.partial_pooling.pooling import pooling

__all__ = ["shrinkage"]

_NAMED = 20  # so many groups have their names written beside them
_LISTED = 20
_PALE = 200  # of more groups marks are small and pale


def shrinkage(
    fit: FitRecord,
    ax: Axes | None = None,
    factor: str | None = None,
    effects: str | Sequence[str] | None = None,
) -> Picture:
    """Draw how far partial pooling moves each group from the estimate of its own rows alone.

    In the plane of two coefficients, or of one coefficient against the size of the groups; the
    cross, or the line, is complete pooling.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects, of a family with a maximum-likelihood fit.
    ax : Axes, optional
        Where to draw.
    factor : str, optional
        Grouping factor; default: the first with slopes, else the first.
    effects : str or pair of str, optional
        Effects that vary by the factor; default: the first two. One alone is drawn against the
        number of rows.

    Returns
    -------
    Picture
        ``table``: one row per group; ``grp``, ``level``, ``n_obs``, and for ``x`` (two effects)
        and ``y`` the ``term`` and the estimates ``no``, ``partial`` (posterior mean) and
        ``complete``: ``y_term``, ``y_no``, ... For one effect ``x`` is the place on the axis of
        sizes. ``no`` is NaN where the rows of a group do not determine it.

    Raises
    ------
    UsageError
        For an unknown factor or effect.
    UnsupportedModelError
        For a family and link without a maximum-likelihood fit.
    """
    block = block_of(fit.design, factor)
    pooled = pooling(fit).table
    pooled = pooled[pooled["grp"] == block.factor]
    chosen = _chosen(effects, list(dict.fromkeys(pooled["term"])))
    table = pooled[pooled["term"] == chosen[0]]
    table = table.drop_duplicates("level")[["grp", "level", "n_obs"]].reset_index(drop=True)
    axes = ("x", "y") if len(chosen) == 2 else ("y",)
    for axis, term in zip(axes, chosen, strict=True):
        three = pooled[pooled["term"] == term].pivot(
            index="level", columns="pooling", values="estimate"
        )
        three = three.loc[table["level"], ["no", "partial", "complete"]].add_prefix(f"{axis}_")
        table[f"{axis}_term"] = term
        table[list(three)] = three.to_numpy()
    if len(chosen) == 1:
        table["x"] = places_by_size(table["n_obs"], table["y_partial"])
    with drawing():
        (one,) = panels(ax, 1, width=6.2, height=4.6)
        x = _draw(one, table)
        label_outside(
            [one],
            new=ax is None,
            x=coefficient_label(fit, chosen[0]) if x is None else x,
            y=coefficient_label(fit, chosen[-1]),
            title=f"Shrinkage of the {len(table):,} groups of {block.factor}: no pooling "
            "\N{RIGHTWARDS ARROW} partial pooling",
            handles=one.get_legend_handles_labels()[0],
        )
    return Picture(one.figure, table, _caption(block.factor, table, chosen))


def _chosen(effects: str | Sequence[str] | None, known: list[str]) -> tuple[str, ...]:
    """Return the one or two effects to draw."""
    if effects is None:
        return tuple(known[:2])
    chosen = tuple(dict.fromkeys(names_of(effects)))
    if unknown := [name for name in chosen if name not in known]:
        hint = suggestion(unknown[0], known, label="Effects that vary")
        raise UsageError(f"'{unknown[0]}' does not vary between these groups. {hint}")
    if len(chosen) not in (1, 2):
        raise UsageError(f"effects are one or two of {', '.join(known)}; got {len(chosen)}.")
    return chosen


def _draw(ax: Axes, table: pd.DataFrame) -> str | None:
    """Draw the arrows, and return the name of the axis of sizes."""
    plane = "x_term" in table
    start = table[["x_no" if plane else "x", "y_no"]].to_numpy().T
    end = table[["x_partial" if plane else "x", "y_partial"]].to_numpy().T
    own = table["y_no"].notna().to_numpy()
    u, v = end - start
    few = len(table) <= _PALE
    size = 4.5 if few else 2.5
    ax.quiver(
        *start[:, own], u[own], v[own], angles="xy", scale_units="xy", scale=1, color=MUTED,
        units="inches", width=0.011, headwidth=5, headlength=6, minlength=0.5, zorder=2,
        alpha=0.8 if few else 0.4,
    )  # fmt: skip
    hollow = {"markerfacecolor": "white", "linestyle": ""}
    partial = {"marker": "o", "color": COLOURS["partial"], "markersize": size, "zorder": 4}
    ax.plot(
        *start[:, own], color=COLOURS["no"], marker="D", markersize=size - 0.5, zorder=3,
        label="no pooling", **hollow,
    )  # fmt: skip
    ax.plot(*end[:, own], linestyle="", label="partial pooling (posterior mean)", **partial)
    if not own.all():
        ax.plot(*end[:, ~own], label="the same, no estimate of its own", **partial, **hollow)
    complete = table.iloc[0]
    look = {"color": COLOURS["complete"], "label": "complete pooling"}
    if plane:
        ax.plot(
            complete["x_complete"], complete["y_complete"], "P", markersize=9, zorder=5,
            markeredgecolor="white", **look,
        )  # fmt: skip
    else:
        ax.axhline(complete["y_complete"], linestyle=":", linewidth=1.5, **look)
    name = None if plane else number_size_axis(ax, table["n_obs"])
    if len(table) <= _NAMED:
        start[:, ~own] = end[:, ~own]
        name_points(ax, *start, table["level"], size=7, marks=np.hstack([start, end]))
    return name


def _caption(factor: str, table: pd.DataFrame, chosen: tuple[str, ...]) -> str:
    what = " and ".join(chosen)
    against = "" if len(chosen) == 2 else ", against the number of rows"
    text = (
        f"Arrows from the estimate of {what} of each group of {factor} from its own rows alone to "
        f"its posterior mean{against}. Complete pooling is the same for all groups."
    )
    without = table["level"][table["y_no"].isna()].astype(str).tolist()
    if without:
        named = ", ".join(without[:_LISTED])
        more = f" and {len(without) - _LISTED:,} more" if len(without) > _LISTED else ""
        text += f" Too few rows for an estimate of their own: {named}{more}."
    return text
