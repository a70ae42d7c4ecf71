"""What is known about each data set: where it comes from, its columns, what may be done with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

__all__ = ["Column", "RealFile", "Source", "sources"]

_NOT_STATED = "not stated"  # unit of a column of numbers whose source does not say it


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a data set.

    `unit` is ``"1"`` for a pure number, ``""`` for labels, ``"not stated"`` where nobody says it.
    """

    name: str
    unit: str
    description: str


@dataclass(frozen=True, slots=True)
class RealFile:
    """The file that a twin stands in for, which may not be shipped."""

    name: str  # the name to load it by
    files: tuple[str, ...]  # file names that are looked for in the folder of the user's own data
    # where `fetch_data` gets it; None where no address is known to give this very file
    address: str | None
    saved_as: str  # the name under which `fetch_data` saves it
    sha256: str  # checksum of what the address gives (or gave the authors of this package)
    # what is known of its licence, and how to come by it
    licence: str
    how: str


@dataclass(frozen=True, slots=True)
class Source:
    """A shipped data set: its CSV file is ``<name>.csv`` beside this module."""

    # what it is and where it comes from
    name: str
    title: str
    origin: str
    licence: str
    sha256: str  # checksum of the CSV file
    n_rows: int
    simulated: bool  # whether the numbers come from a random generator and not from observation
    factors: tuple[str, ...]  # columns of labels, read as strings even where they look like numbers
    columns: tuple[Column, ...]  # every column, in the order of the file
    real: RealFile | None  # for a twin, the file that it stands in for

    @property
    def units(self) -> dict[str, str]:
        """Units of the columns of numbers, where they are known."""
        return {c.name: c.unit for c in self.columns if c.unit not in ("", _NOT_STATED)}


@cache
def sources() -> Mapping[str, Source]:
    """Return every shipped data set by its name."""
    text = resources.files("bayesmm.data").joinpath("sources.json").read_text(encoding="utf-8")
    return MappingProxyType(
        {name: _source(name, entry) for name, entry in json.loads(text).items()}
    )


def _source(name: str, entry: dict) -> Source:
    """Make the record of one entry of sources.json."""
    real = entry["real"]
    return Source(
        **(entry | {"name": name, "factors": tuple(entry["factors"])})
        | {
            "columns": tuple(Column(**column) for column in entry["columns"]),
            "real": real and RealFile(**(real | {"files": tuple(real["files"])})),
        }
    )
