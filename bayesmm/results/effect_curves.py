"""Predictions over one predictor, the others held: the numbers of an effects plot."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayesmm.errors import UsageError, suggestion
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.results.grid import names_of, predictor_levels, reference_grid
from bayesmm.results.moments import PROB, moments, state_interval
from bayesmm.results.predict import WHO, predict
from bayesmm.results.prediction_rows import encoder_of, used_rows

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["INNER", "effect_curves"]

INNER = 0.5  # probability of the narrow interval
_POINTS = 81  # of a curve over a number
_FEW = 5  # values of a number that each get a curve of their own
_OWN = ("who", "groups", "inner_lower", "inner_upper")
_THESE = "these groups"


def effect_curves(
    fit: "Fit",
    variable: str | None = None,
    who: str | Sequence[str] | None = None,
    by: str | None = None,
    kind: str = "mean",
    at: Mapping[str, object] | None = None,
    prob: float = PROB,
    seed: int = 0,
) -> pd.DataFrame:
    """Predict the response over the values of one predictor.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variable : str, optional
        Predictor; default: the first number of the formula, else the first factor.
    who : str or sequence of str, optional
        One or several of ``these groups``, ``new group``, ``typical group``, ``population``, see
        `bayesmm.results.predict.predict`. Default: the typical group, and where the link is not
        the identity also the population, whose mean is another.
    by : str, optional
        A second predictor, a curve for each of its levels; for a number of more than five values
        its mean and one sd on either side.
    kind : {"mean", "response", "link"}
        As in `predict`.
    at : mapping of str to value, optional
        Values of the other predictors, or several of `variable` and `by`. By default numbers
        are held at their means over the rows of the fit, factors at their first levels; in
        ``these groups`` a predictor that does not vary within groups has each group's own value.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups and of responses.

    Returns
    -------
    pandas.DataFrame
        Columns `variable`, `by` (if given), ``who``, ``groups`` (label of the group, empty where
        it is no single one), ``mean``, ``sd``, ``median``, ``lower``, ``upper``, ``inner_lower``
        and ``inner_upper`` (50 %). ``attrs``: ``variable``, ``by``, ``kind``, ``held`` (value of
        each other predictor), ``own`` (predictors at each group's own value).

    Raises
    ------
    UsageError
        For a column that is no predictor, several values of a held one, or an unknown `who`.
    """
    levels = predictor_levels(fit)
    variable = _first(levels) if variable is None else variable
    whom = _whom(fit, who)
    _check(variable, by, levels)
    inner = [variable] if by is None else [by, variable]
    values = _values(fit, levels, variable, by, dict(at or {}))
    rows = reference_grid(fit, inner, values, groups=True).rows
    own: list[str] = []
    parts = []
    for one in whom:
        wanted = rows
        if one == _THESE:
            wanted, own = _rows_of_groups(fit, rows, inner, levels, set(at or {}))
        prediction = predict(fit, wanted, one, kind, prob, seed)
        narrow = moments(prediction.draws, INNER)
        parts.append(
            prediction.table.assign(
                who=one,
                groups=wanted["groups"] if one == _THESE else "",
                inner_lower=narrow["lower"],
                inner_upper=narrow["upper"],
            )
        )
    table = pd.concat(parts, ignore_index=True)
    columns = [
        *reversed(inner), "who", "groups", "mean", "sd", "median", "lower", "upper",
        "inner_lower", "inner_upper",
    ]  # fmt: skip
    held = {name: rows[name].iloc[0] for name in levels if name not in inner}
    table.attrs = {
        "variable": variable,
        "by": by,
        "kind": kind,
        "held": held,
        "own": own,
    }
    return state_interval(table[columns], prob)


def _first(levels: Mapping[str, tuple[str, ...] | None]) -> str:
    if not levels:
        raise UsageError("The model has no predictors to draw an effect of.")
    return next((name for name, of in levels.items() if of is None), next(iter(levels)))


def _whom(fit: "Fit", who: str | Sequence[str] | None) -> tuple[str, ...]:
    if who is None:
        curved = fit.design.blocks and fit.design.family.link not in ("identity", "inverse")
        return ("typical group", "population") if curved else ("typical group",)
    whom = names_of(who)
    if unknown := [one for one in whom if one not in WHO]:
        raise UsageError(f"who is {unknown[0]!r}. {suggestion(unknown[0], WHO, label='Possible')}")
    if not fit.design.blocks and set(whom) - {"typical group"}:
        raise UsageError(
            "The model has no group effects: its predictions are the same whoever is meant. "
            "Leave who= out."
        )
    return whom


def _check(variable: str, by: str | None, levels: Mapping[str, tuple[str, ...] | None]) -> None:
    for name in (variable, by):
        if name is not None and name not in levels:
            raise UsageError(
                f"'{name}' is not a predictor. {suggestion(name, levels, label='Predictors')}"
            )
    if by == variable:
        raise UsageError(f"by is the variable itself, '{variable}'; name another predictor.")
    if taken := [name for name in levels if name in _OWN]:
        raise UsageError(
            f"The predictor '{taken[0]}' has the name of a column that the table needs; rename it."
        )


def _values(
    fit: "Fit",
    levels: Mapping[str, tuple[str, ...] | None],
    variable: str,
    by: str | None,
    at: dict[str, object],
) -> dict[str, object]:
    """Return the values of the grid: many of the variable, some of `by`, one of the others."""
    data = used_rows(fit)
    for name, value in at.items():
        if name not in (variable, by) and np.size(value) != 1:
            raise UsageError(
                f"at has {np.size(value)} values of '{name}', which is held at one; give one, or "
                f"by='{name}'."
            )
    values = dict(at)
    if levels[variable] is None:
        numbers = read_numbers(variable, data[variable])
        values.setdefault(variable, np.linspace(numbers.min(), numbers.max(), _POINTS))
    if by is not None and levels[by] is None:
        numbers = read_numbers(by, data[by])
        distinct, spread = np.unique(numbers), numbers.mean() + numbers.std() * np.arange(-1, 2)
        values.setdefault(by, distinct if len(distinct) <= _FEW else spread)
    for name, found in levels.items():
        if found is not None and name not in (variable, by):
            values.setdefault(name, found[0])
    return values


def _rows_of_groups(
    fit: "Fit",
    rows: pd.DataFrame,
    inner: list[str],
    levels: Mapping[str, tuple[str, ...] | None],
    given: set[str],
) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows for every combination of groups in the data, and what is their own."""
    data = used_rows(fit)
    formula = encoder_of(fit.design).formula
    factors = list(dict.fromkeys(name.value for name in formula.group_columns()))
    others = [name for name in levels if name not in (*inner, *factors) and name not in given]
    varies = data.groupby(factors, observed=True)[others].nunique().max() if others else {}
    own = [name for name in others if varies[name] <= 1]
    # only the levels of `by` that a group has: a tree is in one treatment
    by = inner[0] if len(inner) == 2 and levels[inner[0]] is not None else None
    groups = data[[*factors, *own]].assign(_by="" if by is None else data[by].map(label_of))
    groups = groups.drop_duplicates([*factors, "_by"])
    groups["groups"] = [":".join(map(label_of, row)) for row in groups[factors].to_numpy()]
    shared = rows.drop(columns=[*own, *(name for name in factors if name in rows)])
    shared = shared.assign(_by="" if by is None else rows[by].map(label_of))
    return groups.merge(shared, on="_by").drop(columns="_by"), own
