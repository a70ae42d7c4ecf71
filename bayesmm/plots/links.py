"""Link functions: the mean against the linear predictor, and where the rows of a fit lie."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError
from bayesmm.family.known import FAMILIES
from bayesmm.family.links import LINKS
from bayesmm.fit_record import FitRecord
from bayesmm.plots.link_curves import SHAPES, link_curve, mean_linear_predictor, predictor_window
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, INK, MUTED, drawing, panels, single
from bayesmm.results.marginal.grid import names_of
from bayesmm.results.marginal.units import response_label, scale_label
from bayesmm.results.prediction.response_mean import mean_is_inverse_link

__all__ = ["links", "plot_links"]

# Those of means of numbers; that of angles is drawn when it is asked for.
_OF_MEANS = tuple(name for name in LINKS if name != "tan_half")
_ROOM = 0.12  # of the height of the curve, below and above
_TICK = 0.055  # height of the mark of a row, of the height of the axes
_THICK = 3.0


def plot_links(
    names: str | Sequence[str] = _OF_MEANS, ax: Axes | Sequence[Axes] | None = None
) -> Picture:
    """Draw link functions: the mean mu = g^-1(eta) against the linear predictor eta.

    Parameters
    ----------
    names : str or sequence of str
        Links: ``identity log inverse logit probit cloglog``, all by default; ``tan_half``.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per link.

    Returns
    -------
    Picture
        ``table``: ``link``, ``eta``, ``mean``, one row per point of a curve.

    Raises
    ------
    UsageError
        For an unknown link, or none.
    """
    chosen = names_of(names)
    if not chosen:
        raise UsageError(f"Name at least one link: {', '.join(LINKS)}.")
    curves = [link_curve(name) for name in chosen]
    with drawing():
        axes = panels(ax, len(chosen), width=3.4, height=2.9)
        for panel, curve in zip(axes, curves, strict=True):
            _curve(panel, curve)
            panel.set_xlabel("linear predictor η")
            panel.set_ylabel("mean μ")
            panel.set_title(_title(curve["link"].iloc[0]))
    lines = [f"{name} ({SHAPES[name].equation}; {_range(name)}{_default(name)})" for name in chosen]
    caption = (
        f"Mean μ against the linear predictor η of the links {', '.join(lines)}. Grey: means that "
        "the link cannot give."
    )
    return Picture(axes[0].figure, pd.concat(curves, ignore_index=True), caption)


def links(fit: FitRecord, ax: Axes | None = None) -> Picture:
    """Draw the link of a fit, and along its axis the linear predictor of every row.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Picture
        ``table``: ``part`` = ``"curve"``: ``link``, ``eta``, ``mean``, one row per point of the
        curve; ``part`` = ``"rows"``: ``row`` (position in the data) and ``eta``, the posterior
        mean of its linear predictor, with the effects of its groups.
    """
    name = fit.design.family.link
    eta = mean_linear_predictor(fit)
    curve = link_curve(name, predictor_window(name, eta))
    with drawing():
        axes = single(ax, 5.4, 3.8)
        _curve(axes, curve, thin=True)
        reached = link_curve(name, (float(eta.min()), float(eta.max())))
        axes.plot(reached["eta"], reached["mean"], color=COLOURS["posterior"], linewidth=_THICK)
        axes.vlines(
            eta, 0.0, _TICK, transform=axes.get_xaxis_transform(), color=INK, linewidth=0.8,
            alpha=float(np.clip(60 / len(eta), 0.08, 0.7)),
        )  # fmt: skip
        axes.set_xlabel(f"linear predictor η: {scale_label(fit, 'link')}")
        axes.set_ylabel(_mean_label(fit))
        whose = ", with its groups' effects" if fit.design.blocks else ""
        axes.set_title(
            f"{_title(name)}\nticks: posterior mean of η of each of {len(eta)} rows{whose}"
        )
    rows = pd.DataFrame({"part": "rows", "row": fit.design.rows, "eta": eta})
    table = pd.concat([curve.assign(part="curve"), rows], ignore_index=True)
    table["row"] = table["row"].astype("Int64")
    return Picture(axes.figure, table[["part", "link", "row", "eta", "mean"]], _caption(fit, eta))


def _curve(ax: Axes, curve: pd.DataFrame, *, thin: bool = False) -> None:
    """Draw a curve, shade the means that are impossible, and mark where it levels off."""
    shape = SHAPES[curve["link"].iloc[0]]
    low, high = np.nanmin(curve["mean"]), np.nanmax(curve["mean"])
    # an end of the range is shown where the curve comes near it
    room = _ROOM * (high - low)
    ends = [end for end in (shape.lower, shape.upper) if low - 2 * room < end < high + 2 * room]
    low, high = min([low, *ends]) - room, max([high, *ends]) + room
    ax.set_xlim(curve["eta"].iloc[0], curve["eta"].iloc[-1])
    ax.set_ylim(low, high)
    for end, beyond in ((shape.lower, low), (shape.upper, high)):
        if end in ends:
            ax.axhspan(end, beyond, color=MUTED, alpha=0.15, linewidth=0)
            ax.axhline(end, color=MUTED, linewidth=0.8, linestyle="--")
    if curve["mean"].isna().any():
        for line in (ax.axhline, ax.axvline):
            line(0.0, color=MUTED, linewidth=0.8, linestyle="--")
    ax.plot(curve["eta"], curve["mean"], color=COLOURS["posterior"], linewidth=1.0 if thin else 1.9)


def _title(name: str) -> str:
    return f"{name} link: {SHAPES[name].equation}, {_range(name)}"


def _range(name: str) -> str:
    """Return the means that a link can give."""
    if name == "inverse":
        return "μ ≠ 0"
    shape = SHAPES[name]
    if np.isinf(shape.lower):
        return "any μ"
    return (
        f"μ > {shape.lower:g}"
        if np.isinf(shape.upper)
        else f"{shape.lower:g} < μ < {shape.upper:g}"
    )


def _default(name: str) -> str:
    families = [family.name for family in FAMILIES.values() if family.link == name]
    return f"; default of {', '.join(families)}" if families else ""


def _mean_label(fit: FitRecord) -> str:
    family = fit.design.family
    if mean_is_inverse_link(family):
        return f"mean μ: {response_label(fit)}"
    return "mean μ of the distribution of the counts"


def _caption(fit: FitRecord, eta: np.ndarray) -> str:
    name = fit.design.family.link
    whose = " with the effects of its groups" if fit.design.blocks else ""
    return (
        f"Mean μ against the linear predictor η of {fit.formula}, {name} link "
        f"({SHAPES[name].equation}; {_range(name)}). Ticks, and the thick part of the curve: "
        f"posterior mean of η of each of {len(eta)} rows{whose}, from {eta.min():.4g} to "
        f"{eta.max():.4g}."
    )
