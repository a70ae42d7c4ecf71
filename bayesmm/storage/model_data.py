"""The data of a fit as a file that gives the design of the fit again, to the last bit."""

from pathlib import Path

from bayesmm.errors import BayesmmError, UsageError, one_line
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.storage.data_hash import model_columns
from bayesmm.storage.frame import StoredFrame, read_frame, write_frame
from bayesmm.storage.sameness import differences

__all__ = ["write_data"]


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
