"""Tables of results: data frames that print whole, whatever the width of the terminal."""

from typing import Any

import pandas as pd

from bayesmm.html.frame import frame_table
from bayesmm.html.table import table_html
from bayesmm.table_text import frame_text

__all__ = ["ResultTable", "interval_words", "result_table"]


class ResultTable(pd.DataFrame):
    """A pandas data frame that shows itself whole: title, interval, every column, every name.

    It is the data frame, and what pandas makes of it, a selection or a sorted copy, is one too;
    rounding is for display only. ``attrs`` may state the ``title``, and the ``probability`` and
    kind of the ``interval`` that ``lower`` and ``upper`` hold.
    """

    @property
    def _constructor(self) -> Any:
        return ResultTable

    @property
    def table(self) -> pd.DataFrame:
        """The same as a plain pandas data frame."""
        return pd.DataFrame(self).__finalize__(self)

    def to_polars(self) -> Any:
        """Return the table as a ``polars.DataFrame``; its index is left out.

        Raises
        ------
        ImportError
            Where polars is not installed.
        """
        try:
            import polars  # noqa: PLC0415  (optional)
        except ImportError as reason:
            raise ImportError("to_polars() needs polars: pip install polars") from reason
        return polars.DataFrame({str(name): _plain(self.iloc[:, k]) for k, name in
                                 enumerate(self.columns)})  # fmt: skip

    def __repr__(self) -> str:
        """Return all columns as text, set for this terminal."""
        shown = _with_index(self)
        if shown is None:  # made by the user: columns in levels, or two of one name
            return self.to_string(max_rows=pd.get_option("display.max_rows"))
        return frame_text(shown, _head(shown))

    def _repr_html_(self) -> str:
        shown = _with_index(self)
        if shown is None:
            return super()._repr_html_()
        return table_html(frame_table(shown, _head(shown), where="the table itself"))


def result_table(
    frame: pd.DataFrame, title: str = "", prob: float | None = None, interval: str = "equal-tailed"
) -> ResultTable:
    """Return a data frame as a table of results, over the same memory.

    Parameters
    ----------
    frame : DataFrame
        The numbers; its ``attrs`` are kept.
    title : str
        What they are, for the line above them.
    prob : float, optional
        Probability of the interval that ``lower`` and ``upper`` hold.
    interval : str
        Its kind.
    """
    table = ResultTable(frame).__finalize__(frame)
    if title:
        table.attrs["title"] = title
    if prob is not None:
        table.attrs |= {"probability": prob, "interval": interval}
    return table


def interval_words(prob: float, interval: str = "equal-tailed") -> str:
    """Return ``"95 % equal-tailed intervals"``."""
    kind, comma, more = interval.partition(", ")
    return f"{100 * prob:.6g} % {kind} intervals{comma}{more}"


def _head(table: pd.DataFrame) -> str:
    """Return what the table shows and, where it holds an interval, which."""
    parts = [table.attrs.get("title", "")]
    if "probability" in table.attrs and any(str(name) == "lower" for name in table.columns):
        attrs = table.attrs
        parts.append(interval_words(attrs["probability"], attrs.get("interval", "equal-tailed")))
    return ", ".join(filter(None, parts))


def _with_index(table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the columns with the index before them where it says something.

    None where the columns cannot be told by names: in levels, or two called alike.
    """
    names = list(table.columns)
    index = table.index
    says_something = not (index.nlevels == 1 and index.name is None and index.dtype.kind == "i")
    if says_something and len(table):
        levels = {str(name or ""): index.get_level_values(k) for k, name in
                  enumerate(index.names)}  # fmt: skip
        names = [*levels, *names]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    plain = pd.DataFrame(table).__finalize__(table)
    if not (says_something and len(table)):
        return plain
    joined = pd.DataFrame(levels).join(plain.reset_index(drop=True))
    joined.attrs = dict(table.attrs)
    return joined


def _plain(column: pd.Series) -> list[object]:
    if column.dtype.kind == "f":
        return column.tolist()
    pairs = zip(column.tolist(), column.isna(), strict=True)
    return [None if missing else value for value, missing in pairs]
