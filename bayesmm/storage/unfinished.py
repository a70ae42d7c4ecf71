"""A fit whose draws are kept on disk as they come: begun, read again, and removed when saved.

``NAME.unfinished`` stands beside the folder that the fit will have. ``unfinished.json`` says what
is fitted, ``data.parquet`` holds the data, and ``run-000`` ... the draws (`sampling.kept_draws`);
of rows in files it has what a saved fit has of them (`kept_rows`), so that none is read again.
It is read with the care of a saved fit: nothing in it is code, and sizes are compared first.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayesmm.errors import SavedFitError, UsageError
from bayesmm.family.known import is_known
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import INCOMPLETE
from bayesmm.sampling.limits import check_settings
from bayesmm.sampling.versions import other_versions, versions
from bayesmm.saved_folder import DATA, SUMS, UNFINISHED_RECORD, is_unfinished_fit, unfinished_folder
from bayesmm.storage.fences import refuse_links_within
from bayesmm.storage.files import checksum, damage_told, place
from bayesmm.storage.forms import refuse_other_types
from bayesmm.storage.model_data import design_and_data, write_data_of
from bayesmm.storage.record import UNFINISHED, read_priors, read_record, write_priors, write_record
from bayesmm.storage.sameness import describe_design
from bayesmm.wording import either

__all__ = [
    "UnfinishedFit",
    "begin_unfinished",
    "end_unfinished",
    "read_unfinished",
    "refuse_finished",
]


@dataclass(frozen=True, slots=True, eq=False)
class UnfinishedFit:
    """The parts of an unfinished fit."""

    folder: Path  # where its draws are
    # the model and its data
    design: Design
    priors: Priors
    data: Any
    arguments: Mapping[str, Any]  # how to sample, as in `bayesmm.fit`
    others: tuple[str, ...]  # which versions differ here


def begin_unfinished(
    folder: str | Path, design: Design, priors: Priors, data: Any, arguments: Mapping[str, Any]
) -> Path:
    """Make the folder in which the draws of a fit are kept until it is saved.

    `folder` is that which the saved fit will have, `arguments` say how to sample:
    `forms.ARGUMENTS`. Draws of another fit that are kept there, and a family of the user's own, are
    a `UsageError`.
    """
    kept = unfinished_folder(place(folder))
    if not is_known(design.family):
        raise UsageError(
            f"'{design.family.name}' is not one of the families of bayesmm, and is not known when "
            "the fit is continued; its draws cannot be kept on disk."
        )
    if kept.exists():
        raise UsageError(
            f"'{kept}' holds draws of a fit that was not finished: continue it, "
            f"{either(f"bayesmm.resume('{folder}')", f'bayesmm resume {folder}')}, or remove "
            "that folder."
        )
    try:
        kept.mkdir(parents=True)
        record = {
            "formula": design.formula,
            "family": design.family.name,
            "link": design.family.link,
            "categorical": list(design.categorical),
            "success": design.success,
            "priors": write_priors(priors),
            "arguments": dict(arguments),
            "versions": versions(),
            "design": describe_design(design),
        }
        record |= write_data_of(design, data, kept)[0]
        write_record(record, kept, UNFINISHED)  # last: without it the folder is nothing
    except OSError as problem:
        raise UsageError(f"'{kept}' cannot be written: {problem.strerror or problem}.") from problem
    return kept


def read_unfinished(folder: str | Path) -> UnfinishedFit:
    """Return the parts of an unfinished fit.

    `folder` was named for it, or is that in which its draws are. A `SavedFitError` says when there
    is none, or it was changed, or this bayesmm makes another model of it.
    """
    kept = refuse_finished(folder)
    with damage_told(kept):
        return _read(kept)


def refuse_finished(folder: str | Path) -> Path:
    """Return where the draws of an unfinished fit are."""
    kept = unfinished_folder(place(folder))
    if not is_unfinished_fit(kept):
        raise SavedFitError(
            f"'{folder}' is no unfinished fit: there is no '{kept.name}' with draws beside it."
        )
    return kept


def _read(kept: Path) -> UnfinishedFit:
    refuse_links_within(kept)
    record = read_record(kept, UNFINISHED)
    refuse_other_types(record, kept, unfinished=True)
    check_settings(record["arguments"])
    sums = {SUMS: record["files"]["sums"]} if "files" in record else {}
    for file, part in ({DATA: record["data"]} | sums).items():
        if checksum(kept / file) != part["sha256"]:
            raise SavedFitError(f"'{kept / file}' was changed since the fit was begun; fit again.")
    design, data = design_and_data(kept, record)
    now, then = describe_design(design), record["design"]
    if found := [key for key in now if key != "notes" and now[key] != then.get(key)]:
        raise SavedFitError(
            f"This bayesmm makes another model of the formula and the data in '{kept}' "
            f"({', '.join(found)}); continue with the version that began it, bayesmm "
            f"{record['versions'].get('bayesmm', 'unknown')}."
        )
    others = other_versions(record["versions"], "begun")
    return UnfinishedFit(
        kept, design, read_priors(record["priors"]), data, record["arguments"], others
    )


def end_unfinished(fit: FitRecord, folder: Path) -> None:
    """Remove the draws that were kept for a fit that is saved now; those of another one stay.

    `folder` is where the fit is saved.
    """
    kept = unfinished_folder(folder)
    if not is_unfinished_fit(kept) or INCOMPLETE in fit.facts:
        return
    try:
        record = read_record(kept, UNFINISHED)
        same = (record["formula"], record["arguments"]["seed"], record["priors"]) == (
            fit.formula,
            fit.settings.seed,
            write_priors(fit.priors),
        )
    except (SavedFitError, KeyError, TypeError):
        return
    if same and describe_design(fit.design) == record["design"]:
        (kept / UNFINISHED_RECORD).unlink()  # first: what is left of a kill is nothing
        shutil.rmtree(kept, ignore_errors=True)
