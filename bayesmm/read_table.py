"""Tables from files: the separator and the encoding are found, not assumed."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from bayesmm.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_table"]

_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")


def read_table(path: str | Path) -> "pd.DataFrame":
    """Read a CSV or TSV file (any common separator and encoding), Parquet, Arrow or Excel.

    Parameters
    ----------
    path : str or Path
        The file; its ending says what it is.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        When there is no such file, or it cannot be read as a table.
    """
    import pandas as pd  # noqa: PLC0415

    path = Path(path)
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.")
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return pd.read_parquet(path)
        if ending in (".arrow", ".feather"):
            return pd.read_feather(path)
        if ending in (".xlsx", ".xls"):
            return pd.read_excel(path)
        encoding = _encoding(path)
        frame = pd.read_csv(path, sep=_separator(path, encoding), encoding=encoding)
    except ImportError as problem:
        raise DataError(f"Reading '{path.name}' needs another package: {problem}") from None
    except (ValueError, OSError) as problem:
        first = str(problem).splitlines()[0]
        raise DataError(f"'{path}' cannot be read as a table: {first}") from None
    return frame.rename(columns=lambda name: str(name).strip())


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise DataError(f"'{path}' is empty.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        # A character may be cut at the end of the part that was read.
        start[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _separator(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding) as file:
        head = [line for line, _ in zip(file, range(20), strict=False) if line.strip()]
    try:
        return csv.Sniffer().sniff("".join(head), delimiters=",;\t|").delimiter
    except csv.Error:
        # One column, or text that confuses the sniffer: the most frequent mark of the header.
        return max(",;\t|", key=head[0].count)
