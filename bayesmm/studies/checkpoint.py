"""What a study has computed so far, in a file that survives the process."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from bayesmm.errors import UsageError
from bayesmm.model.design import Design
from bayesmm.sampling.versions import library_version
from bayesmm.wording import option
from bayesmm.writing import refuse_file, write_whole

__all__ = ["Checkpoint", "design_digest", "open_checkpoint"]

_FORMAT = 1
_LARGEST = 1 << 30  # bytes of a checkpoint that is read: a study of ours has far fewer


class Checkpoint:
    """Results of tasks by their number; what is added is on the disk when `add` returns."""

    def __init__(self, results: dict[int, dict[str, Any]], file: TextIO | None) -> None:
        self.results = results
        self._file = file

    def add(self, number: int, result: Mapping[str, Any]) -> None:
        """Keep the result of a task."""
        if self._file is not None:
            self._file.write(json.dumps({"task": number, "result": result}) + "\n")
            self._file.flush()


@contextmanager
def open_checkpoint(
    path: str | Path | None, name: str, identity: Mapping[str, Any], seed: int
) -> Iterator[Checkpoint]:
    """Yield what a file holds of a study, open for more; without a file nothing is kept.

    The first line says which study it is, each further one is a result. A last line that was not
    finished, when the process was killed, is computed again.

    `path` is made where there is none, `identity` is what the results depend on. The file of
    another study, or one that is no checkpoint, is a `UsageError`.
    """
    if path is None:
        yield Checkpoint({}, None)
        return
    target = refuse_file(path)
    said = {"study": name, "seed": seed, "bayesmm": library_version("bayesmm"), **identity}
    said = json.loads(json.dumps(said))
    results = _read(target, path, said) if target.exists() else {}
    lines = [json.dumps({"format": _FORMAT, **said})]
    lines += [json.dumps({"task": k, "result": result}) for k, result in results.items()]
    write_whole(target, "".join(f"{line}\n" for line in lines))
    with target.open("a", encoding="utf-8") as file:
        yield Checkpoint(results, file)


def _read(target: Path, path: str | Path, said: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Return the results in a file."""
    no_checkpoint = UsageError(
        f"'{path}' is no checkpoint of a study, and is left as it is. Name another file with "
        f"{option('checkpoint')}."
    )
    if target.stat().st_size > _LARGEST:
        raise no_checkpoint
    try:
        *whole, last = target.read_text(encoding="utf-8").split("\n")
        first = json.loads(whole[0] if whole else last)
        rows = [json.loads(line) for line in whole[1:]]
        results = {int(row["task"]): row["result"] for row in rows}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise no_checkpoint from None
    if not isinstance(first, dict) or first.get("format") != _FORMAT:
        raise no_checkpoint
    for key, value in said.items():
        if first.get(key) != value:
            raise UsageError(
                f"'{path}' is the checkpoint of another study: its {key} is {first.get(key)!r}, "
                f"here it is {value!r}. Name another file with {option('checkpoint')}, or delete "
                "that one."
            )
    return results


def design_digest(design: Design) -> str:
    """Return a checksum of everything in a design that a study of it depends on."""
    digest = hashlib.sha256()
    words = (design.formula, design.family.name, design.family.link, design.response)
    digest.update("\n".join(words).encode())
    bounds = [values for name, values in sorted(design.known.items()) if name != "trials"]
    arrays = [design.y, design.trials, design.weights, *bounds]
    for predictor in design.predictors:
        arrays += [predictor.X, predictor.offset]
    for block in design.blocks:
        digest.update("\n".join((block.factor, *block.levels)).encode("utf-8", "backslashreplace"))
        arrays += [block.columns.codes, block.columns.Z]
    for array in arrays:
        digest.update(b"none" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
