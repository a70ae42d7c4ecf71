"""The rows over which lines of groups are drawn: over one predictor, all others held."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.columns import kind_of, label_of
from bayesmm.model.encoding import EncodedRows
from bayesmm.plots.group_choice import Across, is_constant, own_predictors
from bayesmm.results.marginal.grid import predictor_levels, typical_value, typical_words
from bayesmm.results.prediction.prediction_rows import encode_rows, encoder_of, used_rows

__all__ = [
    "GroupGrid",
    "encode_group_rows",
    "group_data",
    "group_grid",
    "panel_names",
    "typical_rows",
]


@dataclass(frozen=True, slots=True, eq=False)
class GroupGrid:
    """Rows to predict, several per group."""

    rows: pd.DataFrame  # as the formula reads them
    # of each row ``level``, ``panel`` (levels of `by`) and ``x`` (place on the axis)
    about: pd.DataFrame
    # predictors held at one value: numbers at their mean, factors at their most frequent level
    held: dict[str, object]
    # predictors at each group's own value, and what the typical group has there
    own: dict[str, object]
    # other grouping factors, crossed with these groups or finer, whose effects are 0
    averaged: tuple[str, ...] = ()

    def in_words(self, *, typical: bool = False) -> str:
        """Return what is held, as sentences; of the typical group too, if it is drawn."""
        parts = [
            f"{name} at its {typical_words(value)}, {_text(value)}"
            for name, value in self.held.items()
        ]
        for name, value in self.own.items():
            of_typical = f" (the typical group at the {typical_words(value)}, {_text(value)})"
            parts.append(f"{name} at each group's own value{of_typical if typical else ''}")
        text = f"Other predictors: {'; '.join(parts)}." if parts else ""
        if self.averaged:
            zero = f"Effects of {' and '.join(self.averaged)} are held at 0, their average."
            text = f"{text} {zero}".strip()
        return text


def group_grid(
    fit: FitRecord,
    block: Block,
    levels: NDArray,
    across: Across | None,
    by: Sequence[str] = (),
    points: int = 40,
    *,
    own_range: bool = False,
) -> GroupGrid:
    """Return rows for some groups over the values of a predictor.

    `levels` are codes of the groups. Without `across`, the predictor on the axis, there is one row
    per group; a group has rows for those levels of the factors `by` that it has in the data. A
    numeric predictor has as many values as `points`, over all data or with `own_range` over the
    range of each group (and level of `by`).
    """
    data = used_rows(fit).reset_index(drop=True)
    known = predictor_levels(fit)
    data = data[_columns_needed(fit)]
    cells = pd.DataFrame({"code": block.columns.codes, "panel": _labels(data, by)})
    cells = cells[cells["code"].isin(levels)]
    order = {code: place for place, code in enumerate(levels)}
    first = cells.drop_duplicates()
    first = first.sort_values("code", key=lambda code: code.map(order), kind="stable")
    values = [np.zeros(1)] * len(first)
    if across is not None:
        x = across.values
        if own_range:
            of_cell = dict(list(pd.Series(x).groupby([cells["code"], cells["panel"]])))
            parts = [of_cell[cell] for cell in first.itertuples(index=False, name=None)]
        else:
            parts = [x] * len(first)
        values = [_values(part, across, points) for part in parts]
    n_rows = [len(part) for part in values]
    rows = data.loc[np.repeat(first.index, n_rows)].reset_index(drop=True)
    x = np.concatenate(values)
    own = own_predictors(fit, block.factor)
    inner = set(by) if across is None else {across.column, *by}
    held = {
        name: typical_value(data[name], known[name]) for name in known if name not in {*inner, *own}
    }
    rows = rows.assign(**{name: _filled(data, name, value, len(x)) for name, value in held.items()})
    if across is not None:
        rows[across.column] = _on_axis(data, across, x)
    about = first.loc[np.repeat(first.index, n_rows)].reset_index(drop=True)
    about["level"] = np.array(block.levels, dtype=object)[about.pop("code")]
    others = dict.fromkeys(b.factor for b in fit.design.blocks if not _is_part(b, block))
    typical = {n: typical_value(data[n], known[n]) for n in own if n not in inner}
    return GroupGrid(rows, about.assign(x=x), held, typical, tuple(others))


def typical_rows(
    fit: FitRecord, grid: GroupGrid, across: Across, points: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows for the typical group in every panel of a grid, and what they are about.

    They reach from the first to the last value of the groups in the panel. Predictors that are
    at each group's own value there are at their mean or most frequent level here.
    """
    known, data = predictor_levels(fit), used_rows(fit)
    about, parts = [], []
    for panel, index in grid.about.groupby("panel", sort=False).groups.items():
        x = _values(grid.about.loc[index, "x"], across, points)
        row = grid.rows.loc[index[:1], list(known)]
        parts.append(row.loc[np.repeat(row.index, len(x))])
        about.append(pd.DataFrame({"panel": panel, "x": x}))
    about, rows = (pd.concat(frames, ignore_index=True) for frames in (about, parts))
    rows = rows.assign(**{n: _filled(data, n, value, len(rows)) for n, value in grid.own.items()})
    rows[across.column] = _on_axis(data, across, about["x"].to_numpy())
    return about, rows


def group_data(
    fit: FitRecord, block: Block, levels: NDArray, across: Across | None, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the rows of the data of some groups: ``level``, ``panel``, ``x``, and the response.

    ``y`` of a binomial response is the proportion of successes.
    """
    design = fit.design
    response = design.y if design.trials is None else design.y / design.trials
    frame = pd.DataFrame(
        {
            "level": np.array(block.levels, dtype=object)[block.columns.codes],
            "panel": _labels(used_rows(fit), by),
            "x": 0.0 if across is None else across.values,
            "y": response,
        }
    )
    return frame[np.isin(block.columns.codes, levels)].reset_index(drop=True)


def encode_group_rows(fit: FitRecord, block: Block, rows: pd.DataFrame) -> EncodedRows:
    """Return rows as the model sees them, with the effects of one factor and of coarser ones.

    Effects of factors that are not the same in all rows of a group, such as those crossed with
    it, are 0: their columns Z are.
    """
    _, encoded = encode_rows(fit, rows, "known", "mean")
    blocks = tuple(
        (Z, labels)
        if _is_part(other, block)
        else (np.zeros_like(Z), np.full(len(rows), other.levels[0], dtype=object))
        for other, (Z, labels) in zip(fit.design.blocks, encoded.blocks, strict=True)
    )
    return replace(encoded, blocks=blocks)


def _is_part(other: Block, block: Block) -> bool:
    """Return whether a block is of the same factor or of a coarser one."""
    return other.factor == block.factor or is_constant(other.columns.codes, block.columns.codes)


def _columns_needed(fit: FitRecord) -> list[str]:
    formula = encoder_of(fit.design).formula
    groups = (name.value for name in formula.group_columns())
    return list(dict.fromkeys([*predictor_levels(fit), *groups]))


def panel_names(fit: FitRecord, by: Sequence[str]) -> list[str]:
    """Return the panels in the order of the levels of the factors `by`."""
    known = predictor_levels(fit)
    return [_panel(by, labels) for labels in product(*(known[name] for name in by))]


def _labels(data: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Return the panel of every row."""
    if not by:
        return [""] * len(data)
    cells = zip(*(data[name].map(label_of) for name in by), strict=True)
    return [_panel(by, labels) for labels in cells]


def _panel(by: Sequence[str], labels: Sequence[str]) -> str:
    return ", ".join(f"{name}: {label}" for name, label in zip(by, labels, strict=True))


def _values(part: NDArray | pd.Series, across: Across, points: int) -> NDArray[np.float64]:
    if across.levels:
        return np.unique(part)
    low, high = float(np.min(part)), float(np.max(part))
    return np.linspace(low, high, points) if high > low else np.array([low])


def _on_axis(data: pd.DataFrame, across: Across, x: NDArray[np.float64]) -> NDArray:
    """Return places on the axis as values of the column."""
    values = np.array(across.levels, dtype=object)[x.astype(int)] if across.levels else x
    return _as_column(data[across.column], values)


def _filled(data: pd.DataFrame, name: str, value: object, count: int) -> NDArray:
    return _as_column(data[name], np.full(count, value, dtype=object))


def _as_column(column: pd.Series, values: NDArray) -> NDArray:
    # numbers that are also used as categories, in x + factor(x), must stay numbers
    return values.astype(float if kind_of(column.name, column) == "numeric" else object)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"'{value}'"
