"""The multilevel estimate of a group mean against the size of the group."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import LINES, MUTED, colours_of, drawing, single
from bayesmm.results.partial_pooling.multilevel_mean import multilevel_mean

__all__ = ["plot_multilevel_mean"]

_FIRST = {"y_group": 7.0, "y_all": 4.0, "sigma_y": 3.0, "sigma_alpha": 1.5}

# one change at a time shows what each number does
DEFAULT_CASES: Mapping[str, Mapping[str, float]] = {
    "sigma_y = 3, sigma_alpha = 1.5, y_all = 4": _FIRST,
    "y_all = 1": {**_FIRST, "y_all": 1.0},
    "sigma_y = 6": {**_FIRST, "sigma_y": 6.0},
    "sigma_alpha = 3.5": {**_FIRST, "sigma_alpha": 3.5},
}


def plot_multilevel_mean(
    cases: Mapping[str, Mapping[str, float]] | None = None,
    n: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Picture:
    """Draw the partially pooled mean of a group against its number of rows.

    alpha_j = w y_group + (1 - w) y_all with w = (n / sigma_y^2) / (n / sigma_y^2 +
    1 / sigma_alpha^2): from the overall mean at n = 0 to the group's own as n grows.

    Parameters
    ----------
    cases : mapping of str to mapping, optional
        Per line its name in the legend and the arguments of `bayesmm.multilevel_mean`:
        ``y_group``, ``y_all``, ``sigma_y``, ``sigma_alpha``, and ``beta``, ``x_group`` for the
        version with a predictor. Default: four cases that differ from the first in one number.
    n : sequence of numbers, optional
        Sizes of the group [rows]; default 0 to 100.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Picture
        ``table``: columns ``case``, ``n``, ``mean``.

    References
    ----------
    Gelman and Hill (2006), Data Analysis Using Regression and Multilevel/Hierarchical Models,
    equation 12.1, doi:10.1017/CBO9780511790942
    """
    chosen = DEFAULT_CASES if cases is None else cases
    if not chosen:
        raise UsageError("cases is empty; name at least one set of numbers, or leave it out.")
    sizes = np.arange(101.0) if n is None else np.asarray(n, dtype=float)
    lines = [
        pd.DataFrame({"case": name, "n": sizes, "mean": multilevel_mean(sizes, **numbers)})
        for name, numbers in chosen.items()
    ]
    with drawing():
        own = single(ax, 6.0, 4.0)
        for i, (line, colour) in enumerate(zip(lines, colours_of(len(lines)), strict=True)):
            name = line["case"].iloc[0]
            style = LINES[i % len(LINES)]
            own.plot(line["n"], line["mean"], style, color=colour, label=name, linewidth=1.6)
        for level in {float(numbers["y_group"]) for numbers in chosen.values()}:
            own.axhline(level, color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
            own.annotate(
                "the group's own mean",
                (1.0, level),
                xycoords=("axes fraction", "data"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="right",
                color=MUTED,
            )
        own.set(xlabel="rows in the group, n", ylabel="multilevel estimate of the group's mean")
        own.set_title("Partial pooling for known variances, by size of the group")
        own.legend()
    caption = (
        "Partially pooled mean of one group against its number of rows, for variances taken as "
        f"known: {'; '.join(chosen)}. Without rows it is the mean of all groups; with many rows "
        "it is the mean of its own."
    )
    return Picture(own.figure, pd.concat(lines, ignore_index=True), caption)
