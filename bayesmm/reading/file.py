"""A table from a file, whatever its format."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile, is_zipfile

from bayesmm.errors import DataError
from bayesmm.exact_integers import LARGEST_EXACT

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["read_table"]

type Table = tuple["pd.DataFrame", tuple[str, ...]]

# A workbook is an archive: a small file can unpack to more than any memory holds.
_MOST_UNPACKED = 2 * 2**30

# The extra of bayesmm that brings a package.
_EXTRAS = {"openpyxl": "'bayesmm[excel]'"}

_FROM_R = "R's own format is not read; in R: write.csv(data, 'data.csv', row.names = FALSE)."
_REFUSED: Mapping[str, str] = {
    **dict.fromkeys((".rds", ".rda", ".rdata"), _FROM_R),
    **dict.fromkeys(
        (".sav", ".dta", ".sas7bdat", ".mat", ".json", ".h5"),
        "This format is not read; save the table as CSV or Parquet.",
    ),
    **dict.fromkeys(
        (".gz", ".bz2", ".xz", ".zst", ".zip", ".7z", ".tar", ".tgz"),
        "It is compressed; unpack it first.",
    ),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".npy", ".npz"),
        "Such a file can run code when it is read; save the table as CSV or Parquet.",
    ),
}


def read_table(path: str | Path, *, text: Sequence[str] = ()) -> "pd.DataFrame":
    """Read a table from a file; its ending says what it is, everything else is found.

    Parameters
    ----------
    path : str or Path
        ``.parquet``; ``.arrow`` or ``.feather``; ``.xlsx``, ``.xlsm``, ``.xls`` or ``.ods`` (the
        first sheet); anything else is read as text: comma, semicolon, tab, bar or white space
        between the columns; UTF-8, UTF-16, UTF-32 or Windows-1252; decimal point or comma.
    text : sequence of str
        Columns that stay text, as they stand in the file. A column of digits is text without
        being named here where a number would lose something: whole numbers that begin with a
        zero (``001``), one number written in two ways (``1.1`` and ``1.10``), whole numbers
        beyond 2^53 beside missing values.

    Returns
    -------
    DataFrame
        Columns named as in the file. A first column without a name that counts the rows is left
        out. ``attrs["notes"]`` says what the user should know about how the file was read.

    Raises
    ------
    DataError
        When there is no such file, or it cannot be read as a table.
    """
    path = path if isinstance(path, Path) else Path(path)
    if not path.is_file():
        folder = ": it is a folder" if path.is_dir() else ""
        raise DataError(f"There is no file '{path}'{folder}.")
    ending = path.suffix.lower()
    if ending in _REFUSED:
        raise DataError(f"'{path}' cannot be read as a table. {_REFUSED[ending]}")
    package, reader = _READERS.get(ending, ("", _read_text))
    try:
        frame, notes = reader(path, text)
    except ImportError:
        raise DataError(
            f"Reading '{path.name}' needs the package {package}: pip install "
            f"{_EXTRAS.get(package, package)}. Or save the table as CSV."
        ) from None
    except (ValueError, OSError, KeyError, NotImplementedError, BadZipFile) as problem:
        raise DataError(f"'{path}' cannot be read as a table: {_first_line(problem)}.") from None
    frame, numbered = _without_row_numbers(frame)
    frame.attrs["notes"] = (*notes, *numbered)
    return frame


def _first_line(problem: Exception) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0].removeprefix("Error tokenizing data. C error: ").rstrip(".")


def _read_text(path: Path, text: Sequence[str]) -> Table:
    from bayesmm.reading.text import read_text  # noqa: PLC0415  (pandas is heavy)

    return read_text(path, text)


def _read_parquet(path: Path, text: Sequence[str]) -> Table:
    import pandas as pd  # noqa: PLC0415

    from bayesmm.reading.packed import refuse_packed  # noqa: PLC0415

    refuse_packed(path)
    frame = pd.read_parquet(path)
    if any(kind.kind == "f" for kind in frame.dtypes):
        import pyarrow.parquet as pq  # noqa: PLC0415

        frame = _exact(frame, pq.read_table(path))
    return _with_texts(_with_index(frame), text), ()


def _read_arrow(path: Path, text: Sequence[str]) -> Table:
    """Return the table of an Arrow file, or of an Arrow stream that was saved."""
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import feather  # noqa: PLC0415

    with path.open("rb") as file:
        if file.read(4) in (b"ARRO", b"FEA1"):
            frame, table = pd.read_feather(path), feather.read_table(path)
        else:
            file.seek(0)
            with pa.ipc.open_stream(file) as stream:
                table = stream.read_all()
            frame = table.to_pandas()
    return _with_texts(_with_index(_exact(frame, table)), text), ()


def _exact(frame: "pd.DataFrame", table: "pa.Table") -> "pd.DataFrame":
    from bayesmm.exact_integers import with_exact_integers  # noqa: PLC0415

    return with_exact_integers(frame, table)


def _with_texts(frame: "pd.DataFrame", text: Sequence[str]) -> "pd.DataFrame":
    """Return the frame with some columns of numbers as text."""
    import pandas as pd  # noqa: PLC0415

    named = [name for name in frame.columns if name in text]
    numbers = [name for name in named if pd.api.types.is_numeric_dtype(frame[name].dtype)]
    for name in numbers:
        if frame[name].dtype.kind == "f" and (frame[name].abs() >= LARGEST_EXACT).any():
            raise DataError(
                f"Column '{name}' of the file holds whole numbers beyond 15 digits as "
                "floating-point numbers, of which the last digits are lost; store them as text "
                "where the file is made."
            )
    return frame.astype(dict.fromkeys(numbers, "str")) if numbers else frame


def _read_excel(path: Path, text: Sequence[str]) -> Table:
    import pandas as pd  # noqa: PLC0415

    from bayesmm.reading.as_written import settle_texts  # noqa: PLC0415

    with path.open("rb") as file:
        old = file.read(4) == b"\xd0\xcf\x11\xe0"
    if not old and not is_zipfile(path):
        raise DataError(f"'{path}' cannot be read as a table: it is no workbook.")
    if not old:
        with ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MOST_UNPACKED:
            raise DataError(
                f"'{path}' unpacks to {unpacked / 2**30:,.0f} GiB; at most "
                f"{_MOST_UNPACKED / 2**30:,.0f} GiB are read. Save the table as CSV."
            )
    with pd.ExcelFile(path) as book:
        sheet, *others = book.sheet_names
        # pandas renames the second of two columns of one name; the first row has the names.
        first = pd.read_excel(book, sheet_name=sheet, header=None, nrows=1)
        cells = pd.read_excel(book, sheet_name=sheet, dtype=object)
    frame = cells.apply(settle_texts) if len(cells) else cells
    names = [" ".join(str(name).split()) for name in frame.columns]
    if len(first) and first.shape[1] == len(names):
        written = first.iloc[0]
        names = [
            name if pd.isna(cell) else " ".join(str(cell).split())
            for name, cell in zip(names, written, strict=True)
        ]
    frame.columns = names
    frame = _with_texts(frame, text)
    return frame, (f"Sheet '{sheet}' of {len(others) + 1} was read.",) if others else ()


_EXCEL = ("openpyxl", _read_excel)
_READERS: Mapping[str, tuple[str, Callable[[Path, Sequence[str]], Table]]] = {
    ".parquet": ("pyarrow", _read_parquet),
    ".pq": ("pyarrow", _read_parquet),
    ".arrow": ("pyarrow", _read_arrow),
    ".feather": ("pyarrow", _read_arrow),
    ".xlsx": _EXCEL,
    ".xlsm": _EXCEL,
    ".xls": ("xlrd", _read_excel),
    ".ods": ("odfpy", _read_excel),
}


def _with_index(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the frame with an index that has a name as a column."""
    return frame.reset_index() if any(frame.index.names) else frame


def _without_row_numbers(frame: "pd.DataFrame") -> Table:
    """Return the frame without the row numbers that R's and pandas's writers put first."""
    import numpy as np  # noqa: PLC0415

    if not len(frame) or frame.shape[1] < 2 or frame.columns[0] != "Unnamed: 0":
        return frame, ()
    first = frame.iloc[:, 0]
    counts = np.arange(len(frame))
    if first.dtype.kind != "i" or not (np.array_equal(first - first.iloc[0], counts)):
        return frame, ()
    if first.iloc[0] not in (0, 1):
        return frame, ()
    note = "The first column of the file, without a name, counts the rows and was left out."
    return frame.iloc[:, 1:], (note,)
