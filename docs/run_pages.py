"""Run the code of the pages: ``python docs/run_pages.py [--write] [PAGE ...]``.

The blocks of a page run in their order, those in Python in one set of names, those of the shell
line by line; all in one folder of their own, which is empty before. A block ``text`` after a block
is what it printed. ``--write`` puts the present output there; `tests/test_pages.py` compares it.

Of the shell only lines that begin with ``bayesmm`` run; what else a page may show stands in
`INSTALLATION`.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ELSEWHERE", "FOLDER", "INSTALLATION", "Block", "blocks", "executed", "pages"]

FOLDER = Path(__file__).parent
_FENCE = re.compile(
    r"^```(?P<language>python|sh|text)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)

# Lines of the shell that are not run: they would fetch packages or a checkout.
INSTALLATION = frozenset(
    {
        "git clone URL bayesmm",
        "cd bayesmm",
        "pip install uv",
        "uv sync",
        "uv add ../bayesmm",
        "uv run bayesmm run correlated_slopes",
        "uv run --group docs python docs/make_site.py",
        "uv run pytest",
        "pip install ../bayesmm",
        'pip install "../bayesmm[excel]"',
        "uv build --wheel",
    }
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code.

    Attributes
    ----------
    language : str
        ``"python"`` or ``"sh"``.
    code : str
        The lines.
    shown : str or None
        What the page says it prints; None where it says nothing.
    span : tuple of int
        Where that stands in the page.
    """

    language: str
    code: str
    shown: str | None = None
    span: tuple[int, int] = (0, 0)


# Pages whose code runs in a way of its own, and what holds that it does.
ELSEWHERE = {
    "GALLERY.md": "tests/test_gallery.py",
    "FOR_R_USERS.md": "tests/test_for_r_users.py",
    "how_to/from_bambi.md": "tests/test_coming_from.py",
    "how_to/from_glmmtmb.md": "tests/test_coming_from.py",
    "how_to/from_statsmodels.md": "tests/test_coming_from.py",
}


def pages() -> dict[str, Path]:
    """Return the pages of this folder that have code, by their places in it."""
    found = {p.relative_to(FOLDER).as_posix(): p for p in sorted(FOLDER.rglob("*.md"))}
    return {
        name: path
        for name, path in found.items()
        if name not in ELSEWHERE and blocks(path.read_text(encoding="utf-8"))
    }


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page that are run, each with what it is said to print."""
    found: list[Block] = []
    end = None
    for fence in _FENCE.finditer(page):
        if fence["language"] != "text":
            found.append(Block(fence["language"], fence["code"]))
            end = fence.end()
        elif found and end is not None and not page[end : fence.start()].strip():
            last = found.pop()
            found.append(Block(last.language, last.code, fence["code"], fence.span("code")))
            end = None
    return found


def executed(page: str, names: dict[str, Any]) -> Iterator[tuple[Block, str]]:
    """Run the blocks of a page in the present folder; yield each with what it printed.

    Parameters
    ----------
    page : str
        The page in Markdown.
    names : dict of str to object
        The names that its Python makes are put here.
    """
    for block in blocks(page):
        printed = io.StringIO()
        if block.language == "python":
            with contextlib.redirect_stdout(printed):
                exec(block.code, names)
        else:
            for line in _commands(block.code):
                printed.write(_of_shell(line))
        yield block, printed.getvalue()


def _commands(code: str) -> Iterator[str]:
    """Yield the commands of a block, continued lines joined, remarks left out."""
    for line in code.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s+# .*$", "", line).strip()
        if command and not command.startswith("#") and command not in INSTALLATION:
            yield command


def _of_shell(line: str) -> str:
    """Run a line of ``bayesmm``; return what it printed, its exit code with it where not 0."""
    program, *arguments = shlex.split(line)
    if program != "bayesmm":
        raise ValueError(f"a page may show bayesmm and what INSTALLATION lists, not: {line}")
    sent = None
    if "<" in arguments:
        sent = Path(arguments.pop()).read_text(encoding="utf-8")
        arguments.remove("<")
    done = subprocess.run(
        [sys.executable, "-m", "bayesmm", *arguments], input=sent, capture_output=True, text=True,
        check=False, env={**os.environ, "COLUMNS": "100"},
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{line}\nleft with {done.returncode}: {done.stderr}")
    return done.stdout


def written_anew(page: str) -> str:
    """Return a page with the output that its blocks print now."""
    for block, printed in reversed(list(executed(page, {}))):
        if block.shown is not None:
            start, end = block.span
            page = f"{page[:start]}{_tidy(printed)}{page[end:]}"
    return page


def _tidy(printed: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in printed.strip("\n").splitlines())


def main() -> None:
    """Run the named pages, or all; print what each block prints, or write it."""
    write = "--write" in sys.argv
    chosen = [name for name in sys.argv[1:] if name != "--write"]
    known = pages()
    for name in chosen or known:
        text = known[name].read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            if write:
                known[name].write_text(written_anew(text), encoding="utf-8")
                print(name, flush=True)
                continue
            for block, printed in executed(text, {}):
                print(f"{block.code}---\n{printed}", flush=True)


if __name__ == "__main__":
    main()
