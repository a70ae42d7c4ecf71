"""Tables of results: data frames that print whole, whatever the width of the terminal."""

from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.html.frame import frame_table
from bayesmm.html.table import Table, table_html
from bayesmm.table_latex import table_latex
from bayesmm.table_text import frame_text
from bayesmm.table_word import write_word
from bayesmm.writing import refuse_file, write_whole

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

    def to_latex(  # type: ignore[override]  # pandas' has options of its own: ``.table.to_latex``
        self,
        path: str | Path | None = None,
        *,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        r"""Return the table in LaTeX, all rows and columns, the numbers as printed.

        For a document with ``\usepackage{booktabs}``; the names of the data are escaped.

        Parameters
        ----------
        path : str or Path, optional
            A file for it, ``"effects.tex"``.
        caption : str, optional
            Text above it; default: what the table is, and its interval. ``""``: the ``tabular``
            alone.
        label : str, optional
            For ``\ref``.

        Returns
        -------
        str
            The lines.
        """
        text = table_latex(self._whole(), caption, label)
        if path is not None:
            write_whole(refuse_file(Path(path).expanduser()), text)
        return text

    def to_docx(self, path: str | Path, *, caption: str | None = None) -> Path:
        """Write the table to a document of Word, all rows and columns, the numbers as printed.

        Parameters
        ----------
        path : str or Path
            The file, ``"effects.docx"``. A file of that name is replaced in one step.
        caption : str, optional
            The paragraph above it; default: what the table is, and its interval.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UsageError
            When the name does not end in ``.docx``, or python-docx is not installed.
        """
        return write_word(self._whole(), path, caption)

    def _whole(self) -> Table:
        """Return all of it as text, as it is printed."""
        shown = _with_index(self)
        if shown is None:  # made by the user: columns in levels, or two of one name
            flat = pd.DataFrame(self).reset_index()
            flat.columns = [_flat(name) for name in flat.columns]
            flat.columns = [
                name if list(flat.columns).count(name) == 1 else f"{name} ({k})"
                for k, name in enumerate(flat.columns)
            ]
            shown = flat
        return frame_table(shown, _head(shown), most=max(len(shown), 1))

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

    The ``attrs`` of the frame are kept. `title` is for the line above the numbers; `prob` is the
    probability of the interval that ``lower`` and ``upper`` hold, and `interval` its kind.
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


def _flat(name: object) -> str:
    """Return a name in levels as one text."""
    parts = name if isinstance(name, tuple) else (name,)
    return " ".join(str(part) for part in parts if str(part))


def _plain(column: pd.Series) -> list[object]:
    if column.dtype.kind == "f":
        return column.tolist()
    pairs = zip(column.tolist(), column.isna(), strict=True)
    return [None if missing else value for value, missing in pairs]
