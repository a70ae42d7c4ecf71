"""Saving with real processes that are killed at every step, or that race; run by its test.

A process of its own, with nothing heavy in it, because it forks some hundred times. It prints what
did not hold, a line each, and how often a process was killed.
"""

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from bayesmm.errors import UsageError
from bayesmm.saved_folder import DATA, DRAWS, RECORD, WHAT, is_saved_fit
from bayesmm.storage import files
from bayesmm.storage.leftovers import put_back

wrong: list[str] = []


def expect(held: bool, *words: object) -> None:
    """Remember what does not hold."""
    if not held:
        wrong.append(" ".join(map(str, words)))


def save(target: Path, label: str, *, overwrite: bool) -> None:
    """Write a folder with the parts of a saved fit, all of one label."""
    with files.new_folder(files.place(target), overwrite=overwrite) as made:
        (made / DRAWS / "posterior").mkdir(parents=True)
        (made / DRAWS / "posterior" / "zarr.json").write_text(label)
        (made / DATA).write_text(label)
        (made / RECORD).write_text(json.dumps({"what": WHAT, "format": 1, "label": label}))


def label_of(target: Path) -> str | None:
    """Return which fit a folder holds; None when its parts are not all of one."""
    if not is_saved_fit(target):
        return None
    labels = {
        json.loads((target / RECORD).read_text())["label"],
        (target / DATA).read_text(),
        (target / DRAWS / "posterior" / "zarr.json").read_text(),
    }
    return labels.pop() if len(labels) == 1 else None


def forked(work, *arguments: object) -> int:
    """Run a function in a child; return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work(*arguments)
    except UsageError:
        os._exit(2)
    except BaseException as problem:
        sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
        os._exit(1)
    os._exit(0)


def killed_at(step: int, work, *arguments: object) -> bool:
    """Run a function in a child that is killed at one of its steps on the disk."""

    def run() -> None:
        left = [step]

        def hook(event: str, _: tuple) -> None:
            if event.startswith(("os.", "open", "shutil.", "ctypes.call", "fcntl.")):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        work(*arguments)

    _, status = os.waitpid(forked(run), 0)
    return os.WIFSIGNALED(status)


def kills(folder: Path, exists: bool) -> int:
    """Kill a save at each of its steps, until there are no more."""
    step, target = 0, folder / "fit"
    while True:
        step += 1
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if exists:
            save(target, "former", overwrite=False)
            (target / "thesis.tex").write_text("years")
            (target / "notes").mkdir()
            (target / "notes" / "one.txt").write_text("one")
        was_killed = killed_at(step, lambda: save(target, "new", overwrite=True))
        where = f"killed at step {step}, exists={exists}:"
        put_back(target)
        if exists:
            expect(label_of(target) in ("former", "new"), where, "no fit", os.listdir(folder))
            expect((target / "thesis.tex").read_text() == "years", where, "thesis")
            expect((target / "notes" / "one.txt").read_text() == "one", where, "notes")
        else:
            expect(not target.exists() or label_of(target) == "new", where, "half a fit")
        save(target, "later", overwrite=True)
        expect(label_of(target) == "later", where, "a later save")
        expect(os.listdir(folder) == ["fit"], where, "left", os.listdir(folder))
        expect(not exists or (target / "notes" / "one.txt").exists(), where, "notes later")
        if not was_killed:
            return step


def races(folder: Path) -> None:
    """Let processes save one name at the same time."""
    for k in range(4):
        for overwrite in (False, True):
            target = folder / f"fit{k}{overwrite}"
            go = os.pipe()

            def work(label: str, target=target, overwrite=overwrite, go=go) -> None:
                os.read(go[0], 1)
                save(target, label, overwrite=overwrite)

            children = [forked(work, str(n)) for n in range(3)]
            os.write(go[1], b"xxx")
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            if overwrite:  # who finds the name in another's hands at the last step is refused
                expect(0 in codes and {0, 2} >= set(codes), "codes of a race", codes, overwrite)
            else:
                expect(sorted(codes) == [0, 2, 2], "codes of a race", codes, overwrite)
            winner = label_of(target)
            expect(winner is not None, "no fit after a race", overwrite)
            expect(winner is None or codes[int(winner)] == 0, "a refused fit has the name", codes)
    # what a racer had moved aside when another took the name is removed by the next save
    save(folder / "last", "last", overwrite=False)
    hidden = [name for name in os.listdir(folder) if name.startswith(".")]
    expect(not hidden, "left by races", hidden)


def taken_meanwhile(folder: Path) -> None:
    """Take the name while a fit is written, by a fit, a foreign folder and a file."""
    for kind in ("fit", "folder", "file", "swapped"):
        target = folder / kind
        if kind == "swapped":
            save(target, "former", overwrite=False)
        try:
            with files.new_folder(target, overwrite=kind in ("folder", "swapped")) as made:
                (made / RECORD).write_text(json.dumps({"what": WHAT, "format": 1}))
                if kind == "fit":
                    save(target, "faster", overwrite=False)
                elif kind == "file":
                    target.write_text("mine")
                else:
                    shutil.rmtree(target, ignore_errors=True)
                    target.mkdir()
                    (target / DATA).write_text("mine")
            expect(False, kind, "was replaced")
        except UsageError:
            pass
        if kind == "fit":
            expect(label_of(target) == "faster", "the faster fit is gone")
        else:
            kept = target if kind == "file" else target / DATA
            expect(kept.read_text() == "mine", kind, "is gone")
    expect(sorted(os.listdir(folder)) == ["file", "fit", "folder", "swapped"], os.listdir(folder))


def main(folder: Path) -> None:
    """Print what did not hold."""
    assert threading.active_count() == 1
    (folder / "races").mkdir()
    (folder / "taken").mkdir()
    steps = []
    for swaps in (True, False):
        if not swaps:  # as on disks that cannot exchange two names
            files.exchange = lambda *_: False
        steps += [kills(folder / "kills", True), kills(folder / "kills", False)]
        races(folder / "races")
        taken_meanwhile(folder / "taken")
        for name in ("races", "taken"):
            shutil.rmtree(folder / name)
            (folder / name).mkdir()
    print("\n".join(wrong))
    print(f"killed at {sum(steps) - len(steps)} steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
