"""Files that appear whole or not at all, none in a saved fit's place; lines on standard error."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from bayesmm.errors import UsageError
from bayesmm.saved_folder import DATA, DRAWS, RECORD, SUMS, is_saved_fit

__all__ = ["refuse_file", "tell", "write_whole"]


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """Write a file that is replaced in one step, or left as it was; its folder is made.

    A link stays one and its file is replaced; a pipe or a device is written to.

    A `UsageError` says when the disk refuses, or the file is a part of a saved fit.
    """
    target = refuse_file(path)
    # half a letter, as a name of a file can hold, is in no encoding
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_special(target):
            with target.open("wb") as file:
                file.write(data)
        else:
            _replace(target, data)
    except OSError as problem:
        raise UsageError(f"'{path}' cannot be written: {problem.strerror or problem}.") from problem
    return Path(path)


def refuse_file(path: str | Path) -> Path:
    """Return where a file would be written, links followed; refused before any work.

    That is when it is a folder, or a part of a saved fit, which would be damaged.
    """
    try:
        target = Path(os.path.realpath(Path(path).expanduser()))
    except (OSError, RuntimeError, ValueError) as problem:
        raise UsageError(f"{str(path)!r} is no name of a file: {problem}.") from None
    if target.is_dir():
        raise UsageError(f"'{path}' is a folder; name a file in it.")
    for folder in target.parents:
        part = target.relative_to(folder).parts[0]
        if part in (RECORD, DATA, DRAWS, SUMS) and is_saved_fit(folder):
            raise UsageError(
                f"'{path}' is a part of the fit that is saved in '{folder}'; name another file."
            )
    return target


def tell(message: str) -> None:
    """Write a line to standard error, if there is one and somebody listens."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"bayesmm: {message}\n")
        sys.stderr.flush()


def _is_special(target: Path) -> bool:
    try:
        return not stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        return False


def _replace(target: Path, data: bytes) -> None:
    draft = target.with_name(f".{target.name[:100]}.writing-{token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(stat.S_IMODE(target.stat().st_mode))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
