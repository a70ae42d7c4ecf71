"""Load a data set by name, list what there is, fetch what may not be shipped."""

import hashlib
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TextIO

import pandas as pd

from bayesmm.data.sources import RealFile, Source, sources
from bayesmm.errors import DataError, suggestion
from bayesmm.result_table import ResultTable, result_table
from bayesmm.writing import write_whole

__all__ = ["fetch_data", "has_data", "list_data", "load_data"]

FOLDER_VARIABLE = "BAYESMM_DATA"
SECONDS_TO_WAIT = 30


def load_data(name: str) -> pd.DataFrame:
    """Return a data set of the course as a data frame.

    Parameters
    ----------
    name : str
        A name of `list_data`, or the name of one of the five sets that may not be shipped (the
        name of its twin without ``_twin``); such a set is read from ``<name>.csv`` in the folder
        that the environment variable ``BAYESMM_DATA`` names.

    Returns
    -------
    pandas.DataFrame
        The rows in the order of the file, groupings and other labels as strings.
        ``attrs["name"]`` is the name; ``attrs["simulated"]`` tells whether the shipped numbers
        come from a random generator (False for a file of your own). ``attrs["units"]`` maps
        columns of numbers to their units, ``"1"`` for a pure number, where these are known; the
        axes of pictures show them. For data of your own write
        ``frame.attrs["units"] = {"Reaction": "ms", "Days": "day"}`` before the fit.

    Raises
    ------
    DataError
        If there is no such data set, or the set may not be shipped and was not found.

    Examples
    --------
    >>> sleepstudy = load_data("sleepstudy")
    >>> sleepstudy.shape
    (180, 3)
    >>> sleepstudy["Subject"].iloc[0]
    '308'
    >>> sleepstudy.attrs["units"]
    {'Reaction': 'ms', 'Days': 'day'}
    """
    shipped = sources()
    if name in shipped:
        source = shipped[name]
        file = resources.files("bayesmm.data").joinpath(f"{name}.csv")
        with file.open("r", encoding="utf-8", newline="") as text:
            frame = _read(text, source.factors)
        frame.attrs.update(name=name, simulated=source.simulated, units=source.units)
        return frame
    twins = _twins_by_real_name()
    if name in twins:
        return _load_own_file(twins[name])
    raise _unknown(name)


def has_data(name: str) -> bool:
    """Return whether `load_data` can read a set: it is shipped, or in the user's own folder."""
    twins = _twins_by_real_name()
    if name not in sources() and name not in twins:
        raise _unknown(name)
    return name in sources() or _own_file(twins[name].real) is not None


def list_data() -> ResultTable:
    """Return one row for each shipped data set.

    Returns
    -------
    ResultTable
        Columns `name`, `rows`, `simulated`, `description` and `origin`.
    """
    rows = (
        {
            "name": source.name,
            "rows": source.n_rows,
            "simulated": source.simulated,
            "description": source.title,
            "origin": source.origin,
        }
        for source in sources().values()
    )
    return result_table(pd.DataFrame(rows), "Data sets")


def fetch_data(name: str, folder: str | Path) -> Path:
    """Download a data set that may not be shipped from its public address.

    Set the environment variable ``BAYESMM_DATA`` to the folder to load it by its name.

    Parameters
    ----------
    name : str
        ``"ace_mindfuldecline"``, ``"lifesat_scot"`` or ``"labs"``. For ``"labs"`` it is the file
        of all 1,437 rows; which 1,000 of them were analysed in the course was never published.
    folder : str or pathlib.Path
        Where to save it; made if missing.

    Returns
    -------
    pathlib.Path
        The saved file.

    Raises
    ------
    DataError
        If the set has no public address, the address does not answer, or what it gives is not
        the file that it gave before (by its SHA-256 checksum); then nothing is saved.
    """
    real = _real_file(name)
    if real.address is None:
        raise DataError(f"No address is known that gives the file of '{name}'. {real.how}")
    path = Path(folder) / real.saved_as
    if path.exists():
        if _sha256(path.read_bytes()) == real.sha256:
            return path
        raise DataError(
            f"'{path}' exists and is another file than the one at {real.address}: "
            "move it away, or choose another folder."
        )
    # half of the time that importing this module takes, and few data sets are fetched
    from http.client import HTTPException  # noqa: PLC0415
    from urllib.request import urlopen  # noqa: PLC0415

    try:
        with urlopen(real.address, timeout=SECONDS_TO_WAIT) as answer:
            content = answer.read()
    except (OSError, HTTPException) as error:
        raise DataError(
            f"'{name}' could not be fetched from {real.address} ({error}). Try again later, or "
            f"save the file yourself as '{path}'."
        ) from error
    if _sha256(content) != real.sha256:
        raise DataError(
            f"What {real.address} gives is not the file of '{name}': its SHA-256 checksum is "
            f"{_sha256(content)} and should be {real.sha256}. Nothing was saved; look at the "
            "address in a browser to see whether the file was changed or moved."
        )
    return write_whole(path, content)


def _unknown(name: str) -> DataError:
    known = [*sources(), *_twins_by_real_name()]
    return DataError(f"There is no data set '{name}'. {suggestion(name, known, label='Data sets')}")


def _twins_by_real_name() -> dict[str, Source]:
    """Return the twins by the names of the sets that they stand in for."""
    return {twin.real.name: twin for twin in sources().values() if twin.real is not None}


def _real_file(name: str) -> RealFile:
    """Return the file to fetch for a name."""
    shipped, twins = sources(), _twins_by_real_name()
    if name in twins:
        return twins[name].real
    if name not in shipped:
        hint = suggestion(name, twins, label="Data sets to fetch")
        raise DataError(f"There is no data set '{name}' to fetch. {hint}")
    real = shipped[name].real
    if real is None:
        raise DataError(f"'{name}' comes with bayesmm: load_data('{name}') returns it.")
    raise DataError(
        f"'{name}' is the simulated twin, which comes with bayesmm: load_data('{name}') returns "
        f"it. The real set is called '{real.name}'."
    )


def _own_file(real: RealFile) -> Path | None:
    """Return the file of a set that may not be shipped, or None where the user has none."""
    folder = os.environ.get(FOLDER_VARIABLE)
    paths = (Path(folder) / file for file in real.files) if folder else ()
    return next((path for path in paths if path.is_file()), None)


def _load_own_file(twin: Source) -> pd.DataFrame:
    """Read the real set of a twin from the user's folder."""
    real = twin.real
    found = _own_file(real)
    if found is None:
        folder = os.environ.get(FOLDER_VARIABLE)
        looked = (
            f"the folder {FOLDER_VARIABLE}='{folder}' holds no {' or '.join(real.files)}"
            if folder
            else f"the environment variable {FOLDER_VARIABLE} names no folder to find it in"
        )
        raise DataError(
            f"'{real.name}' may not be shipped with bayesmm ({real.licence}), and {looked}. "
            f"load_data('{twin.name}') returns a simulated twin: the same design, estimates near "
            f"the published ones, no real measurement. {real.how}"
        )
    with found.open("r", encoding="utf-8", newline="") as text:
        frame = _read(text, twin.factors)
    wanted = [column.name for column in twin.columns]
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise DataError(
            f"'{found}' is not the file of '{real.name}': it has no column "
            f"{', '.join(missing)} (it has {', '.join(frame.columns)}). {real.how}"
        )
    frame.attrs.update(name=real.name, simulated=False, units=twin.units)
    return frame


def _read(text: TextIO, factors: Sequence[str]) -> pd.DataFrame:
    """Read CSV text, labels as strings."""
    return pd.read_csv(text, dtype=dict.fromkeys(factors, "str"))


def _sha256(content: bytes) -> str:
    """Return the checksum of a file's content as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()
