"""The data of a fit as files that give the design of the fit again, to the last bit."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayesmm.errors import BayesmmError, UsageError, one_line
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.saved_folder import DATA
from bayesmm.storage.data_hash import model_columns
from bayesmm.storage.files import checksum
from bayesmm.storage.frame import StoredFrame, read_frame, write_frame
from bayesmm.storage.kept_rows import read_rows, refuse_no_files, write_rows
from bayesmm.storage.sameness import differences

__all__ = ["design_and_data", "write_data", "write_data_of"]


def write_data_of(
    design: Design, data: object, folder: Path
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Write the data, or what is kept of rows in files; return what is said of them, and notes."""
    if design.source is not None:
        refuse_no_files(data)
        return write_rows(design, folder), ()
    stored = write_data(design, data, folder / DATA)
    said = {"file": DATA, "sha256": checksum(folder / DATA)} | stored.description
    return {"data": said}, stored.notes


def write_data(design: Design, data: object, path: Path) -> StoredFrame:
    """Write the data so that they give the design of the fit."""
    found: tuple[str, ...] = ()
    for as_read in (False, True):
        stored = write_frame(data, path, model_columns(design), as_read=as_read)
        found = _changed(design, read_frame(path, stored.description))
        if not found:
            return stored
    raise UsageError(
        f"The data frame was changed since the fit, or cannot be kept: {', '.join(found)} "
        "would be other numbers. Save a fit before its frame is changed, or fit again."
    )


def _changed(design: Design, frame: object) -> tuple[str, ...]:
    """Return in what the data that were written do not give the design of the fit."""
    # by its name, as it is read: the data say which categories there are
    family = resolve_family(design.family.name, design.family.link)
    try:
        again = build_design(
            design.formula,
            frame,
            family,
            categorical=design.categorical,
            success=design.success,
        )
    except BayesmmError as problem:
        return (one_line(problem),)
    return differences(again, design)


def design_and_data(target: Path, record: Mapping[str, Any]) -> tuple[Design, Any]:
    """Return the design, built again, and the data: a frame, or the files that hold the rows.

    The checksums of the folder are right.
    """
    family = resolve_family(record["family"], record["link"])
    if "files" in record:
        return read_rows(target, record, family)
    data = read_frame(target / DATA, record["data"])
    design = build_design(
        record["formula"],
        data,
        family,
        categorical=record["categorical"],
        success=record["success"] if "success" in record else _success_of_notes(record["design"]),
    )
    return design, data


def _success_of_notes(described: Mapping[str, Any]) -> str | None:
    """Return which value was success in a fit of a version that did not store it by itself."""
    for note in described.get("notes", ()):
        if found := re.fullmatch(
            r"Response '.*': '(.*)' counts as success, '.*' as failure\.", note
        ):
            return found[1]
    return None
