"""Tables that hold columns of the data beside columns of ours, apart whatever they are called.

Such a table is made by `beside` and read by `apart` and `label_in`, so that a predictor may be
called ``mean`` or ``term``; no other code puts the two into one frame.
"""

from collections.abc import Collection, Iterable, Sequence

import pandas as pd

__all__ = ["apart", "beside", "label_in", "labels_beside", "names_in_words"]

_KEY = "data_columns"  # of ``attrs``: the name in the data of each column that is the data's
_MARK = "data."


def beside(of_data: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the data, then ours.

    Ours keep their names. A column of the data that is called like one of ours, ``mean``, or
    like one before it, is called ``data.mean`` here; ``attrs["data_columns"]`` says of every
    column of the data, by its name in the table, how the data call it.

    Both have as many rows, in the same order. The ``attrs`` of ours are those of the result.
    """
    names = list(of_data.columns)
    labels = labels_beside(names, own.columns)
    table = pd.concat(
        [of_data.set_axis(labels, axis="columns"), own.set_axis(of_data.index, axis="index")],
        axis="columns",
    )
    table.attrs = {**own.attrs, _KEY: dict(zip(labels, names, strict=True))}
    return table


def labels_beside(names: Sequence[str], own: Iterable[str]) -> list[str]:
    """Return what columns of the data are called beside columns of ours."""
    ours = set(own)
    taken = ours | set(names)
    labels: list[str] = []
    for place, name in enumerate(names):
        label = name
        if name in ours or name in names[:place]:
            while label in taken:
                label = f"{_MARK}{label}"
            taken.add(label)
        labels.append(label)
    return labels


def apart(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the columns of the data, as the data call them, and ours; undoes `beside`."""
    known = _known(table)
    of_data = [name in known for name in table.columns]
    first, own = table.loc[:, of_data], table.loc[:, [not theirs for theirs in of_data]]
    first = first.set_axis([known[label] for label in first.columns], axis="columns")
    own.attrs = {key: value for key, value in table.attrs.items() if key != _KEY}
    return first, own


def label_in(table: pd.DataFrame, name: str) -> str:
    """Return what a column of the data is called in a table of `beside`."""
    return next((label for label, column in _known(table).items() if column == name), name)


def names_in_words(table: pd.DataFrame, only: Collection[str] | None = None) -> str:
    """Return a sentence on the columns of the data that have another name; empty without one.

    `table` is one of `beside`, and `only` its columns to speak of; default: all.
    """
    other = [
        f"'{name}' of the data is '{label}' here"
        for label, name in _known(table).items()
        if label != name and (only is None or label in only)
    ]
    return f"{', '.join(other)}, where a column of that name stands already." if other else ""


def _known(table: pd.DataFrame) -> dict[str, str]:
    return table.attrs.get(_KEY, {})
