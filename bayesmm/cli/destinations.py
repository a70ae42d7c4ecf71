"""Where results may go: refused before sampling, and the fit is saved before anything else."""

import os
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from bayesmm.cli.options import WritingOptions
from bayesmm.errors import BayesmmError, UsageError, one_line
from bayesmm.saved_folder import DATA, DRAWS, RECORD, SUMS, unfinished_folder
from bayesmm.writing import refuse_file

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["is_screen", "refuse_destinations", "refuse_same_file", "saved_first"]


def is_screen(path: Path | None) -> bool:
    """Return whether a file is standard output."""
    return str(path) == "-"


def refuse_destinations(writing: WritingOptions, report: Path | None, read: Path | None) -> None:
    """Raise when results would replace what should stay, or each other.

    `report` is its file, and `read` the file of the data.
    """
    save = None
    if writing.save is not None:
        from bayesmm.storage.files import refuse_taken  # noqa: PLC0415

        save = refuse_taken(writing.save, overwrite=writing.overwrite)
    if writing.out is not None:
        from bayesmm.output import refuse_results  # noqa: PLC0415

        if save is not None and Path(os.path.realpath(writing.out)) == save:
            raise UsageError(
                f"The fit and the tables cannot both be in '{writing.save}': name another folder "
                "for one of them (--save, --out)."
            )
        refuse_results(writing.out)
    files = {"--json": writing.json, "--report": report, "the data": read}
    refuse_same_file(files)
    for option, path in files.items():
        if save is not None and path is not None and option != "the data":
            _refuse_part(option, path, save)
    if report is not None:
        from bayesmm.report.file import report_path  # noqa: PLC0415

        report_path(report)


def refuse_same_file(files: dict[str, Path | None]) -> None:
    """Raise when two of these files are one, or one is a part of a saved fit."""
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path is None or is_screen(path):
            continue
        target = Path(os.path.realpath(path))
        if target in seen and (target.is_file() or not target.exists()):
            raise UsageError(
                f"'{path}' is named twice, for {seen[target]} and for {option}; name another file."
            )
        seen[target] = option
        if option != "the data":
            refuse_file(path)


def _refuse_part(option: str, path: Path, save: Path) -> None:
    target = Path(os.path.realpath(path))
    parts = {save / part for part in (RECORD, DATA, DRAWS, SUMS)}
    if target == save or parts & {target, *target.parents}:
        raise UsageError(
            f"'{path}' ({option}) would be a part of the saved fit; name another file."
        )


def saved_first(
    result: "Fit", writing: WritingOptions, *, salvaged: bool = False
) -> tuple[str, UsageError | None]:
    """Save a fit before anything else is made of it, unless the rest of it can still come.

    Returned are what to tell, and what to leave with at the end, when the name could not be had:
    the fit is saved under another one then, since sampling it again may take hours.
    """
    from bayesmm.sampling.draws import INCOMPLETE  # noqa: PLC0415

    kept = unfinished_folder(writing.save)
    if INCOMPLETE in result.facts and not salvaged and kept.is_dir():
        return (
            f"Not saved: the draws so far are kept in {kept}{os.sep}; 'bayesmm resume "
            f"{writing.save}' goes on, with --salvage it saves what is there",
            None,
        )
    try:
        folder = result.save(writing.save, overwrite=writing.overwrite)
        return f"Fit saved in {folder}{os.sep}", None
    except BayesmmError as problem:
        why = one_line(problem)
    other = writing.save.with_name(f"{writing.save.name}-{token_hex(3)}")
    try:
        result.save(other)
    except BayesmmError:
        return "", UsageError(f"The fit could not be saved: {why}")
    return "", UsageError(f"The fit was saved in '{other}' instead of '{writing.save}': {why}")
