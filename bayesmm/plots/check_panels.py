"""How the numbers behind each check are drawn."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from bayesmm.fit_record import FitRecord
from bayesmm.plots.effect_qq import draw_effect_quantiles
from bayesmm.plots.influence import draw_distances, draw_pareto
from bayesmm.plots.point_names import name_points
from bayesmm.plots.residual_tables import normal_scores
from bayesmm.plots.residuals import draw_quantiles
from bayesmm.plots.style import COLOURS, MUTED
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.checks.curvature import CURVATURE
from bayesmm.results.checks.effect_shape import EFFECT_SHAPE
from bayesmm.results.checks.few_groups import FEW_GROUPS
from bayesmm.results.checks.group_influence import GROUP_INFLUENCE
from bayesmm.results.checks.missing_slopes import MISSING_SLOPES
from bayesmm.results.checks.outliers import OUTLIERS
from bayesmm.results.checks.overdispersion import OVERDISPERSION
from bayesmm.results.checks.prior_weight import PRIOR_WEIGHT
from bayesmm.results.checks.record import FALSE_ALARMS, LOOK
from bayesmm.results.checks.residual_shape import RESIDUAL_SHAPE
from bayesmm.results.checks.row_influence import ROW_INFLUENCE
from bayesmm.results.checks.spread import CONSTANT_SPREAD, SKEW_AND_TAILS
from bayesmm.results.checks.zeros import ZEROS
from bayesmm.special import ndtri

__all__ = ["PANELS"]

_NAMED = 3
_BINS = 25


def _residuals(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    draw_quantiles(ax, normal_scores(table))


def _effects(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    draw_effect_quantiles(ax, table)
    ax.set(xlabel="normal quantile", ylabel="effect / its sd")


def _outliers(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    size = float(np.clip(60 / np.sqrt(len(table)), 2.0, 4.0))
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    # beyond these lines one of so many rows is expected with the probability of a false alarm
    limit = -ndtri((1 - (1 - FALSE_ALARMS[LOOK]) ** (1 / len(table))) / 2)
    for end in (-limit, limit):
        ax.axhline(end, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    ax.plot(table["row"], table["quantile"], "o", color=COLOURS["data"], markersize=size, alpha=0.6)
    far = table.loc[table["quantile"].abs().nlargest(_NAMED).index]
    name_points(ax, far["row"], far["quantile"], list(far["row"]), size=7)
    ax.set(xlabel="row of the data", ylabel="quantile residual")


def _rows(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    draw_pareto(ax, table.assign(label=table["row"], place=table["row"]))


def _groups(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    draw_distances(ax, table.rename(columns={"level": "label"}), about)
    ax.set_ylabel("distance D")


def _overdispersion(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    ax.plot(
        table["observed"], table["replicated"], "o", color=COLOURS["posterior"], markersize=2.5,
        alpha=0.5,
    )  # fmt: skip
    ends = [table.min().min(), table.max().max()]
    ax.plot(ends, ends, color=MUTED, linewidth=0.8)
    ax.set(xlabel="mean squared Pearson residual: data", ylabel="replicates")


def _scores(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    """Draw each score in its standard deviations; the lines are where one alone is a look."""
    place = np.arange(len(table))[::-1]
    names = table.drop(columns=["z", "p"]).astype(str).agg(", degree ".join, axis=1)
    limit = -ndtri(FALSE_ALARMS[LOOK] / len(table) / 2)
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    for end in (-limit, limit):
        ax.axvline(end, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    ax.plot(table["z"], place, "o", color=COLOURS["posterior"], markersize=5)
    name_ticks(ax.yaxis, place, names, 6.5 if len(table) > 8 else 7.5)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel("score in its standard deviations")


def _zeros(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    ax.hist(table["zeros"], bins=_BINS, color=COLOURS["posterior"], alpha=0.45)
    observed = int(np.sum(fit.design.y == 0))
    ax.axvline(observed, color=COLOURS["data"], linewidth=1.8)
    ax.set(xlabel="zeros in replicates; line: in the data", ylabel="replicates")


def _few(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    count = int(table["n_groups"].iloc[0])
    ax.axvline(10, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    ax.plot([count], [0.0], "o", color=COLOURS["posterior"], markersize=7)
    ax.set_xscale("log")
    ax.set_xlim(1, max(30, 2 * count))
    ticks = [value for value in (1, 3, 10, 30, 100, 1000, 10_000) if value <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, [f"{value:,}" for value in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks([])
    ax.set_xlabel(f"levels of {about}: {count}")


def _priors(ax: Axes, table: pd.DataFrame, about: str, fit: FitRecord) -> None:
    place = np.arange(len(table))[::-1]
    ax.axvline(0.05, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    ax.plot(table["prior"], place, "o", color=COLOURS["prior"], markersize=5, label="prior")
    ax.plot(
        table["likelihood"], place, "D", color=COLOURS["posterior"], markersize=4,
        markerfacecolor="white", label="likelihood",
    )  # fmt: skip
    name_ticks(ax.yaxis, place, table["variable"], 6.5 if len(table) > 8 else 7.5)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_xlabel("power-scaling sensitivity")
    ax.legend(fontsize=7, loc="best")


type Ink = Callable[[Axes, pd.DataFrame, str, FitRecord], None]

# By the name of the check.
PANELS: Mapping[str, Ink] = {
    RESIDUAL_SHAPE.name: _residuals,
    EFFECT_SHAPE.name: _effects,
    OUTLIERS.name: _outliers,
    ROW_INFLUENCE.name: _rows,
    GROUP_INFLUENCE.name: _groups,
    SKEW_AND_TAILS.name: _scores,
    CONSTANT_SPREAD.name: _scores,
    CURVATURE.name: _scores,
    MISSING_SLOPES.name: _scores,
    OVERDISPERSION.name: _overdispersion,
    ZEROS.name: _zeros,
    FEW_GROUPS.name: _few,
    PRIOR_WEIGHT.name: _priors,
}
