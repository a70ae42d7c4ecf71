"""Data of another size with the design of those at hand: more levels of a factor, more rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError, suggestion
from bayesmm.sampling.limits import check_count
from bayesmm.wording import option

__all__ = ["ROWS", "extended"]

type Rows = NDArray[np.int64]

ROWS = "rows"  # the key of the number of rows


def extended(
    data: pd.DataFrame, sizes: Mapping[str, int], columns: Mapping[str, str]
) -> pd.DataFrame:
    """Return data with so many levels of each factor, and so many rows of each level.

    Levels are repeated in turn, all their rows with them: the 19th of 18 subjects is a copy of
    the first under a new name. Factors nested in an extended one get new names with it.
    ``"rows"`` are those of each level of the factor in `sizes` (of all data, without one): the
    rows at hand as often as they go into it, and of the rest some evenly spaced among them.

    `sizes` has by factor the number of levels, by ``"rows"`` that of rows, and `columns` those of
    the grouping factors of the model, by the factor's name.
    """
    known = [name for name, column in columns.items() if column in data.columns]
    for name, size in sizes.items():
        if name != ROWS and name not in known:
            raise UsageError(
                f"{option('sizes')} names '{name}', which is no grouping factor of one column. "
                + suggestion(name, [*known, ROWS], label="Sizes can be of")
            )
        check_count("sizes", size)
    frame = data.reset_index(drop=True)
    factors = [name for name in sizes if name != ROWS]
    for name in factors:
        frame = _more_levels(frame, columns[name], sizes[name], [columns[k] for k in known])
    if ROWS in sizes:
        if not factors:
            return frame.iloc[_spread(len(frame), sizes[ROWS])].reset_index(drop=True)
        codes, _ = pd.factorize(frame[columns[factors[0]]])
        chosen = [
            rows[_spread(len(rows), sizes[ROWS])]
            for rows in (np.flatnonzero(codes == level) for level in range(codes.max() + 1))
        ]
        frame = frame.iloc[np.concatenate(chosen)].reset_index(drop=True)
    return frame


def _more_levels(frame: pd.DataFrame, column: str, count: int, factors: list[str]) -> pd.DataFrame:
    codes, levels = pd.factorize(frame[column])
    inside = [
        name
        for name in factors
        if name != column and _is_nested(pd.factorize(frame[name])[0], codes)
    ]
    parts = []
    for place in range(count):
        turn, level = divmod(place, len(levels))
        part = frame.iloc[np.flatnonzero(codes == level)].copy()
        for name in (column, *inside):
            names = part[name].astype(str)
            part[name] = names if turn == 0 else names + f" ({turn + 1})"
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _is_nested(inner: Rows, outer: Rows) -> bool:
    """Return whether each level of a factor is in one level of the other, of which it has more."""
    pairs = pd.DataFrame({"inner": inner, "outer": outer}).drop_duplicates()
    return bool(pairs["inner"].is_unique) and inner.max() > outer.max()


def _spread(available: int, wanted: int) -> Rows:
    """Return `wanted` places among `available`: all as often as they go, the rest evenly."""
    times, rest = divmod(wanted, available)
    some = np.floor(np.arange(rest) * available / max(rest, 1)).astype(np.int64)
    return np.sort(np.concatenate([np.tile(np.arange(available), times), some]))
