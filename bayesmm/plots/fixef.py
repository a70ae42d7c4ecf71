"""Forest of the common effects, with maximum likelihood beside."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.row_sums import column_sd
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.layout import RoomForText
from bayesmm.plots.marks import draw_intervals, percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels, plain_logarithms
from bayesmm.plots.tick_names import lines_of_names, name_ticks, room_of_names
from bayesmm.results.tables.beside_ml import fixef_beside_ml
from bayesmm.results.tables.coefficient_ratios import ratio_words
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.posterior import common_draws, named_draws
from bayesmm.special import ndtri
from bayesmm.wording import option

__all__ = ["fixef"]

_INNER = 0.5
_SIZE = 8.5  # letters of the names of terms
_APART = 0.16  # posterior above, ML below the height of a term

_SCALES = {"logit": "log odds", "log": "log mean"}


def fixef(
    fit: FitRecord,
    ax: Axes | None = None,
    prob: float = PROB,
    *,
    intercept: bool = True,
    exponentiate: bool = False,
    per_sd: bool = False,
) -> Picture:
    """Draw the common effects beta with two intervals each, and ML estimates +- z se beside.

    Parameters
    ----------
    fit : Fit
        A fitted model with common effects.
    ax : Axes or sequence of Axes, optional
        Where to draw: the intercept first, then the others.
    prob : float
        Probability of the wide equal-tailed interval, and of the ML interval; the narrow one
        has 50 %.
    intercept : bool
        Whether the intercept has a panel, of its own because its scale is another.
    exponentiate : bool
        Draw exp(beta), odds ratios or rate ratios (see `ratio_words`), on a log axis. Points
        are then medians.
    per_sd : bool
        Multiply each coefficient by the sd of its column, so that columns in different units
        can be compared.

    Returns
    -------
    Picture
        ``table``: ``term``, ``mean``, ``median``, ``lower``, ``upper``, ``inner_lower``,
        ``inner_upper``, ``ml_estimate``, ``ml_lower``, ``ml_upper`` (NaN without ML), ``panel``
        and ``place``, the height at which each is drawn.

    Raises
    ------
    UsageError
        When there is nothing to draw, or exp of a coefficient means nothing for the link.
    """
    table = _table(fit, prob, per_sd, exponentiate)
    if not intercept:
        table = table[table["panel"] != "intercept"]
    if table.empty:
        raise UsageError(
            f"The only common effect is the intercept; draw it with {option('intercept', True)}."
            if fit.design.mu.intercept
            else "The model has no common effects."
        )
    if exponentiate:
        names = _ratio_names(fit)
        table = table.drop(columns="mean")
    else:
        names = _scale_names(fit)
    with drawing():
        parts = [part for _, part in table.groupby("panel", sort=False)]
        axes = _axes(ax, [_labels(fit, part, exponentiate, per_sd) for part in parts])
        drawn = [
            _panel(one, part, fit, names, exponentiate=exponentiate, per_sd=per_sd)
            for one, part in zip(axes, parts, strict=True)
        ]
        axes[0].set_title(_title(fit, prob, exponentiate=exponentiate))
        if fit.ml is not None:
            axes[-1].legend(
                loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0, fontsize=8
            )
    table = state_interval(pd.concat(drawn, ignore_index=True), prob)
    return Picture(axes[0].figure, table, _caption(fit, prob, intercept, exponentiate, per_sd))


def _table(fit: FitRecord, prob: float, per_sd: bool, exponentiate: bool) -> pd.DataFrame:
    design = fit.design
    thresholds, predictors = design.family.thresholds, design.linear_predictors
    beside = fixef_beside_ml(fit, prob)
    terms = tuple(beside["term"])
    sizes = [np.ones(len(thresholds))]
    for own in predictors:
        sizes += [np.ones(int(own.intercept)), [column_sd(x, ddof=1) for x in own.X.T]]
    scale = np.concatenate(sizes) if per_sd else np.ones(len(terms))
    first = [named_draws(fit.own_draws, name)[..., None] for name in thresholds]
    of_each = (common_draws(fit.own_draws, design, own.parameter) for own in predictors)
    draws = np.concatenate([*first, *of_each], axis=-1) * scale
    change = np.exp if exponentiate else np.asarray
    outer, inner = moments(change(draws), prob), moments(change(draws), _INNER)
    estimate, error = beside["ml_estimate"] * scale, beside["ml_se"] * scale
    reach = ndtri((1 + prob) / 2) * error
    return pd.DataFrame(
        {
            "term": terms,
            **{name: outer[name] for name in ("mean", "median", "lower", "upper")},
            "inner_lower": inner["lower"],
            "inner_upper": inner["upper"],
            "ml_estimate": change(estimate),
            "ml_lower": change(estimate - reach),
            "ml_upper": change(estimate + reach),
            "panel": np.where(np.isin(terms, ("Intercept", *thresholds)), "intercept", "effects"),
        }
    )


def _labels(fit: FitRecord, part: pd.DataFrame, exponentiate: bool, per_sd: bool) -> list[str]:
    """Return the names of terms, with units where coefficients are drawn in them."""
    in_units = fit.design.family.link == "identity" and not exponentiate and not per_sd
    return [coefficient_label(fit, term) if in_units else term for term in part["term"]]


def _axes(ax: object, labels: list[list[str]]) -> list[Axes]:
    """Return one panel per part, as high as it has terms."""
    if ax is not None:
        return panels(ax, len(labels))
    every = [label for part in labels for label in part]
    row = 0.42 if lines_of_names(every, _SIZE) < 3 else 0.5
    heights = [len(part) + 0.6 for part in labels]
    size = (6.2 + max(1.0, room_of_names(every, _SIZE)), 1.0 + row * sum(heights))
    figure = Figure(figsize=size, layout=RoomForText())
    grid = figure.subplots(len(labels), 1, squeeze=False, height_ratios=heights)
    return list(grid.flat)


def _panel(
    ax: Axes,
    part: pd.DataFrame,
    fit: FitRecord,
    names: tuple[str, str],
    *,
    exponentiate: bool,
    per_sd: bool,
) -> pd.DataFrame:
    place = np.arange(len(part))[::-1]
    own = part["panel"].iloc[0] == "intercept"
    if not own:
        ax.axvline(1.0 if exponentiate else 0.0, color=MUTED, linewidth=0.8)
    if exponentiate:
        ax.set_xscale("log")
        plain_logarithms(ax.xaxis)
    shift = 0.0 if fit.ml is None else _APART
    point = "median" if exponentiate else "mean"
    draw_intervals(ax, place + shift, part, COLOURS["posterior"], point=point, label="posterior")
    if fit.ml is not None:
        draw_intervals(
            ax, place - shift, part, COLOURS["ml"], point="ml_estimate",
            outer=("ml_lower", "ml_upper"), inner=None, marker="D", size=4.5,
            label="REML" if fit.ml.reml else "ML",
        )  # fmt: skip
    name_ticks(ax.yaxis, place, _labels(fit, part, exponentiate, per_sd), _SIZE)
    ax.set_ylim(-0.6, len(part) - 0.4)
    ax.grid(visible=False, axis="y")
    per = "" if own else " per sd of the column" if per_sd else " per unit of the column"
    ax.set_xlabel(names[1] if own else names[0] + per)
    return part.assign(place=place)


def _ratio_names(fit: FitRecord) -> tuple[str, str]:
    ratio, level = ratio_words(fit.design.family)
    return f"{ratio}, log scale,", f"{level}{_at_zero(fit)}, log scale"


def _scale_names(fit: FitRecord) -> tuple[str, str]:
    design = fit.design
    if design.family.link == "identity":
        scale = design.response
    else:
        scale = _SCALES.get(design.family.link, f"{design.family.link} scale")
    return f"change of {scale}", scale + _at_zero(fit)


def _at_zero(fit: FitRecord) -> str:
    return " where all predictors are 0" if fit.design.mu.names else ""


def _title(fit: FitRecord, prob: float, *, exponentiate: bool) -> str:
    point = "median" if exponentiate else "mean"
    title = f"Common effects: posterior {point}, {percent(_INNER)} and {percent(prob)} intervals"
    if fit.ml is None:
        return f"{title}\nThere is no maximum-likelihood fit of this model."
    return f"{title}\n{'REML' if fit.ml.reml else 'ML'}: estimate ± {ndtri((1 + prob) / 2):.2f} se"


def _caption(fit: FitRecord, prob: float, intercept: bool, exponentiate: bool, per_sd: bool) -> str:
    point = "median" if exponentiate else "mean"
    parts = [
        f"Posterior {point} of each common effect of {fit.formula} with {percent(_INNER)} (thick) "
        f"and {percent(prob)} (thin) equal-tailed intervals"
        + (", as ratios on a log axis" if exponentiate else "")
        + (", per sd of the column" if per_sd else "")
        + "."
    ]
    if not intercept:
        parts.append("The intercept is left out.")
    if fit.ml is None:
        parts.append(f"There is no maximum-likelihood fit: {fit.ml_note}")
    else:
        parts.append(
            f"Beside it the {'REML' if fit.ml.reml else 'ML'} estimate with a normal "
            f"{percent(prob)} interval."
        )
    return " ".join(parts)
