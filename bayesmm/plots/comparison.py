"""Models compared by how well they predict what they have not seen."""

from collections.abc import Callable
from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayesmm.errors import UsageError
from bayesmm.plots.beside import write_beside
from bayesmm.plots.marks import draw_intervals
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, single
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.comparison.compare import SMALL_DIFFERENCE, Comparison
from bayesmm.results.comparison.loo import KNOWN_GROUPS
from bayesmm.wording import option

__all__ = ["plot_compare"]

_NAME = 44  # letters of a line of the name of a model
_COLUMNS = ("model", "elpd", "se", "d_elpd", "d_se", "weight", "max_k", "how")


def plot_compare(comparison: Comparison, ax: Axes | None = None) -> Picture:
    """Draw elpd_m - elpd_best of each model with 1 and 2 standard errors of the difference.

    Parameters
    ----------
    comparison : Comparison
        What `bayesmm.compare` returns for fits.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Picture
        ``table``: ``model``, ``elpd``, ``se``, ``d_elpd``, ``d_se``, ``weight``, ``max_k``,
        ``how`` as in ``comparison.table``; ``lower``, ``upper``: d_elpd -+ 2 d_se;
        ``inner_lower``, ``inner_upper``: d_elpd -+ d_se; ``n_failed``: rows or groups for
        which PSIS cannot be trusted; ``place``: the height at which the model is drawn.

    Raises
    ------
    UsageError
        When it is given something else, or a comparison of ML fits, which has no elpd.

    References
    ----------
    Sivula, Magnusson, Matamoros and Vehtari (2025), Uncertainty in Bayesian leave-one-out
    cross-validation based model comparison, doi:10.48550/arXiv.2008.10296
    """
    if not isinstance(comparison, Comparison):
        raise UsageError(
            f"plot_compare draws what bayesmm.compare returns, got {type(comparison).__name__}."
        )
    if not comparison.loo:
        raise UsageError(
            "A comparison of ML fits has no elpd to draw; compare the Bayesian fits instead."
        )
    table = _numbers(comparison)
    names = [fill(model, _NAME) for model in table["model"]]
    lines = [line for name in names for line in name.split("\n")]
    longest = max(map(len, lines))
    with drawing():
        axes = single(ax, 5.4 + 0.065 * longest, 1.9 + 0.28 * len(names) + 0.16 * len(lines))
        axes.axvspan(-SMALL_DIFFERENCE, 0.0, color=MUTED, alpha=0.13, linewidth=0)
        axes.axvline(0.0, color=MUTED, linewidth=0.8)
        for trusted, part in table.groupby(table["n_failed"] == 0):
            draw_intervals(
                axes, part["place"], part, COLOURS["posterior"], point="d_elpd",
                marker="o" if trusted else "s", size=6.0,
            )  # fmt: skip
        name_ticks(axes.yaxis, table["place"], names)
        axes.set_ylim(-0.6, len(table) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("elpd minus that of the best model (left: predicts worse)")
        axes.set_title(f"{_what(comparison)}\ndifference of elpd ± 1 (thick) and 2 (thin) se")
        beside = [
            ("elpd", table["elpd"].map(_fixed(1))),
            ("weight", table["weight"].map(_fixed(2))),
        ]
        write_beside(axes, table["place"], beside)
        _legend(axes, table, new=ax is None)
    return Picture(axes.figure, table, _caption(comparison, table))


def _numbers(comparison: Comparison) -> pd.DataFrame:
    table = comparison.table[list(_COLUMNS)].copy()
    for prefix, times in (("", 2.0), ("inner_", 1.0)):
        table[f"{prefix}lower"] = table["d_elpd"] - times * table["d_se"]
        table[f"{prefix}upper"] = table["d_elpd"] + times * table["d_se"]
    table["n_failed"] = [len(comparison.loo[model].failed) for model in table["model"]]
    table["place"] = range(len(table))[::-1]
    return table


def _what(comparison: Comparison) -> str:
    """Return what is predicted: whom the comparison is about."""
    loo = next(iter(comparison.loo.values()))
    if loo.leave == "group":
        return f"Predicting a new group of {loo.factor}, {loo.n_units} left out in turn"
    notes = [note for one in comparison.loo.values() for note in one.notes]
    whose = " of a known group" if any(n.startswith(KNOWN_GROUPS) for n in notes) else ""
    return f"Predicting a new row{whose}, {loo.n_units} left out in turn"


def _fixed(decimals: int) -> Callable[[float], str]:
    return lambda value: f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _legend(ax: Axes, table: pd.DataFrame, *, new: bool) -> None:
    small = f"difference below {SMALL_DIFFERENCE:g}: small"
    handles = [Patch(color=MUTED, alpha=0.13, linewidth=0, label=small)]
    if table["n_failed"].any():
        mark = Line2D([], [], marker="s", linestyle="", color=COLOURS["posterior"])
        mark.set(markerfacecolor="white", label=f"PSIS fails for some: {option('refit', True)}")
        handles.append(mark)
    if new:
        ax.figure.legend(
            handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8
        )
    else:
        ax.legend(handles=handles, fontsize=7)


def _caption(comparison: Comparison, table: pd.DataFrame) -> str:
    text = (
        f"{_what(comparison)}: difference of the expected log predictive density (elpd) "
        f"of each model to that of {table['model'].iloc[0]}, the best, with 1 and 2 standard "
        f"errors; differences below {SMALL_DIFFERENCE:g} (shaded) are small. On the right elpd and "
        "the stacking weight."
    )
    failed = table[table["n_failed"] > 0]
    if len(failed):
        counts = ", ".join(f"{row.model} ({row.n_failed})" for row in failed.itertuples())
        text += f" Squares: PSIS cannot be trusted for some of what is left out: {counts}."
    return text
