"""Predictions over one predictor, the others held: the numbers of an effects plot."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError, refuse_unknown, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.plots.group_choice import is_constant
from bayesmm.results.marginal.grid import (
    names_of,
    predictor_levels,
    reference_grid,
    typed_values,
    typical_value,
)
from bayesmm.results.prediction.predict import predict
from bayesmm.results.prediction.prediction_rows import encoder_of, used_rows
from bayesmm.results.prediction.whom import WHO
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.wording import option

__all__ = ["INNER", "effect_curves"]

INNER = 0.5  # probability of the narrow interval
_POINTS = 81  # of a curve over a number
_FEW = 5  # values of a number that each get a curve of their own
_THESE = "these groups"


def effect_curves(
    fit: FitRecord,
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
        `bayesmm.results.prediction.predict.predict`. Default: the typical group, and where the
        link is not the identity also the population, whose mean is another.
    by : str, optional
        A second predictor, a curve for each of its levels; for a number of more than five values
        its mean and one sd on either side.
    kind : {"mean", "response", "link"}
        As in `predict`.
    at : mapping of str to value, optional
        Values of the other predictors, or several of `variable` and `by`. By default numbers
        are held at their means over the rows of the fit, factors at their most frequent levels; in
        ``these groups`` a predictor that does not vary within groups has each group's own value.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups and of responses.

    Returns
    -------
    pandas.DataFrame
        Columns `variable`, `by` (if given; see `bayesmm.data_columns.beside`), ``who``,
        ``groups`` (label of the group, empty where it is no single one), ``mean``, ``sd``,
        ``median``, ``lower``, ``upper``, ``inner_lower`` and ``inner_upper`` (50 %). ``attrs``:
        ``variable``, ``by``, ``kind``, ``held`` (value of
        each other predictor), ``typical`` (those of them that nobody gave), ``own`` (predictors at
        each group's own value).

    Raises
    ------
    UsageError
        For a column that is no predictor, several values of a held one, or an unknown `who`.
    """
    levels = predictor_levels(fit)
    variable = _first(levels) if variable is None else label_of(variable)
    by = None if by is None else label_of(by)
    whom = _whom(fit, who)
    _check(variable, by, levels)
    inner = [variable] if by is None else [by, variable]
    given = typed_values(at)
    values = _values(fit, levels, variable, by, given)
    rows = reference_grid(fit, inner, values, groups=True).rows
    own: list[str] = []
    of_data, parts = [], []
    for one in whom:
        wanted, groups = rows, np.full(len(rows), "", dtype=object)
        if one == _THESE:
            wanted, groups, own = _rows_of_groups(fit, rows, inner, levels, set(given))
        prediction = predict(fit, wanted, one, kind, prob, seed)
        narrow = moments(prediction.draws, INNER)
        _, found = apart(prediction.table)
        numbers = found[["mean", "sd", "median", "lower", "upper"]]
        about = pd.DataFrame({"who": one, "groups": groups})
        ends = {f"inner_{end}": narrow[end] for end in ("lower", "upper")}
        parts.append(pd.concat([about, numbers.assign(**ends)], axis="columns"))
        of_data.append(wanted[inner[::-1]])
    table = beside(*(pd.concat(frames, ignore_index=True) for frames in (of_data, parts)))
    held = {name: rows[name].iloc[0] for name in levels if name not in inner}
    table.attrs |= {
        "variable": variable,
        "by": by,
        "kind": kind,
        "held": held,
        "typical": [name for name in held if name not in given],
        "own": own,
    }
    return state_interval(table, prob)


def _first(levels: Mapping[str, tuple[str, ...] | None]) -> str:
    if not levels:
        raise UsageError("The model has no predictors to draw an effect of.")
    return next((name for name, labels in levels.items() if labels is None), next(iter(levels)))


def _whom(fit: FitRecord, who: str | Sequence[str] | None) -> tuple[str, ...]:
    if who is None:
        curved = fit.design.blocks and fit.design.family.link not in ("identity", "inverse")
        return ("typical group", "population") if curved else ("typical group",)
    whom = names_of(who)
    if unknown := [one for one in whom if one not in WHO]:
        raise UsageError(
            f"{option('who')} is {unknown[0]!r}. {suggestion(unknown[0], WHO, label='Possible')}"
        )
    if not fit.design.blocks and set(whom) - {"typical group"}:
        raise UsageError(
            "The model has no group effects: its predictions are the same whoever is meant. "
            "Leave who= out."
        )
    return whom


def _check(variable: str, by: str | None, levels: Mapping[str, tuple[str, ...] | None]) -> None:
    for name in (variable, by):
        if name is not None:
            refuse_unknown(name, levels, f"'{name}' is not a predictor.", "Predictors")
    if by == variable:
        raise UsageError(
            f"{option('by')} is the variable itself, '{variable}'; name another predictor."
        )


def _values(
    fit: FitRecord,
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
                f"{option('at')} has {np.size(value)} values of '{name}', which is held at one; "
                "give one, or "
                f"{option('by', name)}."
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
        if name not in (variable, by):
            values.setdefault(name, typical_value(data[name], found))
    return values


def _rows_of_groups(
    fit: FitRecord,
    rows: pd.DataFrame,
    inner: list[str],
    levels: Mapping[str, tuple[str, ...] | None],
    given: set[str],
) -> tuple[pd.DataFrame, NDArray[np.object_], list[str]]:
    """Return the rows for every combination of groups in the data, its label, what is its own."""
    data = used_rows(fit)
    formula = encoder_of(fit.design).formula
    factors = list(dict.fromkeys(name.value for name in formula.group_columns()))
    others = [name for name in levels if name not in (*inner, *factors) and name not in given]
    keys = pd.DataFrame({place: pd.factorize(data[name])[0] for place, name in enumerate(factors)})
    group = keys.groupby(list(keys)).ngroup()
    own = [name for name in others if is_constant(pd.factorize(data[name])[0], group)]
    # only the levels of `by` that a group has: a tree is in one treatment
    split = len(inner) == 2 and levels[inner[0]] is not None
    has = data[inner[0]].map(label_of).to_numpy() if split else np.full(len(data), "")
    first = ~keys.assign(by=has).duplicated().to_numpy()
    wants = rows[inner[0]].map(label_of).to_numpy() if split else np.full(len(rows), "")
    of_group, of_row = np.nonzero(has[first][:, None] == wants[None, :])
    groups = data.loc[first, [*factors, *own]].iloc[of_group].reset_index(drop=True)
    shared = rows.drop(columns=[*own, *(name for name in factors if name in rows)])
    labels = [":".join(map(label_of, row)) for row in groups[factors].to_numpy(dtype=object)]
    shared = shared.iloc[of_row].reset_index(drop=True)
    return pd.concat([groups, shared], axis="columns"), np.array(labels, dtype=object), own
