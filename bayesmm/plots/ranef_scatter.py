"""Two effects of each group against each other, with their estimated distribution."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bayesmm.arrays import Array
from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.columns import label_of
from bayesmm.model.names import effect_labels
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.point_names import name_points
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.prediction.parameters import posterior_parameters
from bayesmm.results.tables.coef import coef, common_mean
from bayesmm.results.tables.moments import PROB, interval_label, moments, state_interval
from bayesmm.results.tables.ranef import ranef
from bayesmm.sampling.posterior import correlation_draws
from bayesmm.wording import refuse_other

__all__ = ["ranef_scatter", "varying_pairs"]

_KINDS = ("ranef", "coef")
_ELLIPSES = {0.5: "-", 0.95: "--"}  # probability of each, and its line
_NAMED = 18  # groups with names; more would lie over each other
_PALE = 60  # of more groups intervals are pale


def varying_pairs(blocks: tuple[Block, ...]) -> dict[str, list[str]]:
    """Return the effects of every grouping factor that has at least two."""
    effects: dict[str, list[str]] = {}
    for block in blocks:
        effects.setdefault(block.factor, []).extend(effect_labels(block))
    return {factor: names for factor, names in effects.items() if len(names) > 1}


def ranef_scatter(
    fit: FitRecord,
    ax: Axes | None = None,
    factor: str | None = None,
    effects: tuple[str, str] | None = None,
    kind: str = "ranef",
    prob: float = PROB,
) -> Picture:
    """Draw two effects of each group with their intervals, and the ellipse of N(0, Sigma).

    Parameters
    ----------
    fit : Fit
        A fitted model in which two effects vary by a factor.
    ax : Axes, optional
        Where to draw.
    factor : str, optional
        Grouping factor; default: the first with two effects.
    effects : pair of str, optional
        Effects on the horizontal and the vertical axis; default: the first two.
    kind : {"ranef", "coef"}
        Deviations u, around 0, or coefficients beta + u.
    prob : float
        Probability of the equal-tailed intervals, of the groups and of the correlation.

    Returns
    -------
    Picture
        ``table``: one row per group: ``grp``, ``level``, ``n_obs``; ``x_term``, ``x_mean``,
        ``x_lower``, ``x_upper``; the same for ``y``. ``attrs``: ``covariance``, the posterior
        mean of the 2 x 2 part of Sigma; ``centre``; ``correlation`` with its ``mean``,
        ``lower``, ``upper`` (None where the model takes it as 0).

    Raises
    ------
    UsageError
        For an unknown factor, effect or kind.

    Notes
    -----
    The ellipses hold 50 % and 95 % of N(0, E Sigma): of the groups that the model expects, not
    of the posterior means drawn, which are closer together than the groups.
    """
    refuse_other("kind", kind, _KINDS)
    factor, chosen = _chosen(varying_pairs(fit.design.blocks), factor, effects)
    table = _table(fit, factor, chosen, kind, prob)
    covariance, correlation = _distribution(fit, factor, chosen)
    centre = np.array([common_mean(fit, term) if kind == "coef" else 0.0 for term in chosen])
    summary = None
    if correlation is not None:
        three = moments(correlation[..., None], prob)
        summary = {name: float(three[name][0]) for name in ("mean", "lower", "upper")}
    table = state_interval(table, prob)
    table.attrs |= {
        "covariance": covariance.tolist(),
        "centre": centre.tolist(),
        "correlation": summary,
    }
    with drawing():
        (one,) = panels(ax, 1, width=6.4, height=4.8)
        _draw(one, table, covariance, centre, prob)
        wording = "{}" if kind == "coef" else "deviation of {}"
        label_outside(
            [one],
            new=ax is None,
            x=wording.format(coefficient_label(fit, chosen[0])),
            y=wording.format(coefficient_label(fit, chosen[1])),
            title=f"The {len(table):,} groups of {factor}: "
            + _in_words(summary, prob).replace("-", "\N{MINUS SIGN}"),
            handles=[_handle(prob), *one.get_legend_handles_labels()[0]],
        )
    what = "coefficients" if kind == "coef" else "group effects"
    caption = (
        f"Posterior means of the {what} {chosen[1]} against {chosen[0]} of each group of {factor} "
        f"with {interval_label(prob)}, and ellipses that hold 50 % and 95 % of the estimated "
        f"normal distribution of groups (posterior mean of its covariance); "
        f"{_in_words(summary, prob)}."
    )
    return Picture(one.figure, table, caption)


def _chosen(
    possible: dict[str, list[str]], factor: str | None, effects: tuple[str, str] | None
) -> tuple[str, tuple[str, str]]:
    """Return the factor and the pair of effects."""
    if not possible:
        raise UsageError("No factor of the model has two effects that vary.")
    factor = next(iter(possible)) if factor is None else label_of(factor)
    refuse_unknown(
        factor, possible, f"Two effects do not vary by '{factor}'.", "Factors with two effects"
    )
    pair = tuple(possible[factor][:2]) if effects is None else tuple(effects)
    if isinstance(effects, str) or len(set(pair)) != 2:
        raise UsageError(f"effects are two of {', '.join(possible[factor])}; got {effects!r}.")
    for effect in pair:
        refuse_unknown(
            effect,
            possible[factor],
            f"'{effect}' does not vary by '{factor}'.",
            "Effects that vary",
        )
    return factor, pair


def _table(
    fit: FitRecord, factor: str, chosen: tuple[str, str], kind: str, prob: float
) -> pd.DataFrame:
    every = coef(fit, prob) if kind == "coef" else ranef(fit, prob)
    every = every[every["grp"] == factor]
    parts = []
    for axis, term in zip("xy", chosen, strict=True):
        part = every[every["term"] == term].reset_index(drop=True)
        if not parts:
            parts.append(part[["grp", "level", "n_obs"]])
        values = part[["mean", "lower", "upper"]].add_prefix(f"{axis}_")
        values.insert(0, f"{axis}_term", term)
        parts.append(values)
    return pd.concat(parts, axis="columns")


def _distribution(
    fit: FitRecord, factor: str, chosen: tuple[str, str]
) -> tuple[Array, Array | None]:
    """Return the posterior mean of the covariance of two effects, and draws of the correlation."""
    design = fit.design
    covariances = posterior_parameters(fit.own_draws, design).covariances
    places = {
        effect: (index, place)
        for index, block in enumerate(design.blocks)
        if block.factor == factor
        for place, effect in enumerate(effect_labels(block))
    }
    (first, a), (second, b) = places[chosen[0]], places[chosen[1]]
    mean = np.diag([covariances[i][..., k, k].mean() for i, k in ((first, a), (second, b))])
    draws = correlation_draws(fit.own_draws, design, first) if first == second else None
    if draws is None:
        return mean, None  # effects of different terms, or of (x || g), are uncorrelated
    mean[0, 1] = mean[1, 0] = covariances[first][..., a, b].mean()
    return mean, draws[..., a, b]


def _draw(ax: Axes, table: pd.DataFrame, covariance: Array, centre: Array, prob: float) -> None:
    colour, few = COLOURS["posterior"], len(table) <= _PALE
    alpha = 0.45 if few else float(np.clip(12.0 / len(table), 0.03, 0.2))
    ax.axhline(centre[1], color=MUTED, linewidth=0.7)
    ax.axvline(centre[0], color=MUTED, linewidth=0.7)
    bars = {"color": colour, "linewidth": 0.8, "alpha": alpha}
    ax.hlines(table["y_mean"], table["x_lower"], table["x_upper"], **bars)
    ax.vlines(table["x_mean"], table["y_lower"], table["y_upper"], **bars)
    ax.plot(
        table["x_mean"], table["y_mean"], "o", color=colour, markersize=4.0 if few else 2.0,
        zorder=3,
    )  # fmt: skip
    root = np.linalg.cholesky(covariance)
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    for share, style in _ELLIPSES.items():
        # |z|^2 of two normal variables is exponential with mean 2
        x, y = centre[:, None] + np.sqrt(-2 * np.log1p(-share)) * root @ circle
        ax.plot(
            x, y, style, color=COLOURS["population"], linewidth=1.5,
            label=f"{percent(share)} of groups",
        )  # fmt: skip
    _name_outer(ax, table, root, centre)


def _handle(prob: float) -> Line2D:
    """Return the entry of the groups in the legend: their marks with the lines through them."""
    return Line2D(
        [], [], color=COLOURS["posterior"], marker="o", markersize=4.0, linewidth=0.8,
        label=f"each group, {percent(prob)} interval",
    )  # fmt: skip


def _name_outer(ax: Axes, table: pd.DataFrame, root: Array, centre: Array) -> None:
    """Name the groups outside the inner ellipse, or, of many, outside the outer one."""
    places = table[["x_mean", "y_mean"]].to_numpy()
    distance = (np.linalg.solve(root, (places - centre).T) ** 2).sum(axis=0)
    for share in _ELLIPSES:
        outer = distance > -2 * np.log1p(-share)
        if outer.sum() <= _NAMED:
            name_points(ax, *places[outer].T, table["level"][outer], size=7, marks=places.T)
            return


def _in_words(summary: dict[str, float] | None, prob: float) -> str:
    if summary is None:
        return "no correlation in the model"
    low, high = summary["lower"], summary["upper"]
    return f"correlation {summary['mean']:.2f}, {percent(prob)} interval {low:.2f} to {high:.2f}"
