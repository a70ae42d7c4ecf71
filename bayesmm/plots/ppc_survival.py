"""The survival of the data, by the steps of Kaplan and Meier, over that of replicated data."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.within import CENSORING
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, label_lines, level_panels
from bayesmm.plots.style import COLOURS, drawing
from bayesmm.results.checks.kaplan_meier import by_intervals, no_steps, survival_steps
from bayesmm.results.marginal.units import response_name

__all__ = ["survival_curves"]

_LINES = 50
_FURTHER = 1.2  # of the largest value of the data, up to which replicates are drawn


def survival_curves(
    fit: FitRecord, y_rep: Array, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw the steps of the data over those of 50 replicates; see `bayesmm.plots.ppc.ppc`.

    Replicates are not censored, and so their steps are shares of responses; truncated ones enter
    where those of the data do.
    """
    del prob  # lines, no interval
    design = fit.design
    if reason := no_steps(design):
        raise UsageError(f"The data have no steps of survival to compare with: {reason}.")
    known = {name: values for name, values in design.known.items() if name not in CENSORING}
    plain = replace(design, known=known)
    chosen = np.arange(min(_LINES, len(y_rep))) * len(y_rep) // min(_LINES, len(y_rep))
    intervals = by_intervals(design)
    end = _FURTHER * float(design.y.max()) if design.y.max() > 0 else float(design.y.max())

    def numbers(rows: Array, _: Array) -> pd.DataFrame:
        own = np.isin(np.arange(design.n_obs), rows)
        return _table(design, plain, y_rep, chosen, own, end)

    def ink(axis: Axes, table: pd.DataFrame) -> None:
        _ink(axis, table, slanted=intervals)

    with drawing():
        # the places of the rows in the place of their responses, which are not all known
        axes, table = level_panels(np.arange(design.n_obs), y_rep, ax, groups, numbers, ink)
        of = response_name(fit)
        label_lines(axes, fit, len(chosen), new=ax is None, x=of, y="share above")
    method = "Turnbull" if intervals else "Kaplan and Meier"
    caption = (
        f"Share of responses above each value: the estimate of {method} from the data (thick) and "
        f"that from {len(chosen)} replicated data sets of the same rows"
        f"{' and groups' * bool(design.blocks)} (blue), none of whose responses is censored"
        f"{'' if groups is None else f', for each {groups[0]}'}. A model that fits produces curves "
        "among which that of the data lies."
    )
    return Picture(axes[0].figure, table, caption)


def _table(
    design: Design,
    plain: Design,
    y_rep: Array,
    chosen: NDArray[np.int64],
    rows: NDArray[np.bool_],
    end: float,
) -> pd.DataFrame:
    """Return the steps of some rows of the data and of replicates, as far as they are drawn."""
    parts = [survival_steps(design, rows).assign(of="data", replicate=-1)]
    for place in chosen:
        steps = survival_steps(replace(plain, y=y_rep[place]), rows)
        steps = steps[steps["time"] <= end]
        last = steps.iloc[[-1]].assign(time=end)  # the step goes on to the end of the axis
        both = pd.concat([steps, last], ignore_index=True)
        parts.append(both.assign(of="replicate", replicate=int(place)))
    table = pd.concat(parts, ignore_index=True)
    return table[["of", "replicate", "time", "survival"]]


def _ink(ax: Axes, table: pd.DataFrame, *, slanted: bool) -> None:
    for _, line in table[table["of"] == "replicate"].groupby("replicate"):
        ax.plot(
            line["time"], line["survival"], drawstyle="steps-post", color=COLOURS["posterior"],
            linewidth=0.6, alpha=0.35,
        )  # fmt: skip
    data = table[table["of"] == "data"]
    style = "default" if slanted else "steps-post"
    ax.plot(data["time"], data["survival"], drawstyle=style, color=COLOURS["data"], linewidth=1.8)
    ax.set_ylim(0.0, 1.02)
    ax.set_xlim(float(table["time"].min()), float(table["time"].max()))
