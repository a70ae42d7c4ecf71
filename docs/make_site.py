"""Build the site: ``uv run --group docs python docs/make_site.py``.

The sources are put together in ``build/site/source``: the pages of this folder, the notebooks, the
changelog, the page of the benchmarks, and the reference, which is made from the package. Links
between files of the checkout become links between pages. Sphinx makes ``build/site/html`` of them,
every warning an error, and the pages are searched for anything that a browser would fetch from
elsewhere.
"""

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
SOURCE, HTML = ROOT / "build/site/source", ROOT / "build/site/html"

sys.path.insert(0, str(FOLDER))

__all__ = ["fetched", "moved_links", "site_files"]

_LINK = re.compile(r"(?<!!)\[([^\]\[]*(?:\[[^\]]*\])?[^\]\[]*)\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
_PAGES = (".md", ".ipynb")


def site_files() -> dict[PurePosixPath, PurePosixPath]:
    """Return the files of the checkout that are part of the site, and their places in it."""
    found = {
        PurePosixPath("CHANGELOG.md"): PurePosixPath("changelog.md"),
        PurePosixPath("benchmarks/README.md"): PurePosixPath("explanation/benchmarks.md"),
    }
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        found[PurePosixPath("notebooks", path.name)] = PurePosixPath("tutorials", path.name)
    for kind in ("*.md", "*.png", "conf.py", "*.css"):
        for path in sorted(FOLDER.rglob(kind)):
            place = path.relative_to(FOLDER)
            found[PurePosixPath("docs", place)] = PurePosixPath(place)
    return found


def moved_links(
    text: str, origin: PurePosixPath, files: Mapping[PurePosixPath, PurePosixPath]
) -> str:
    """Return Markdown with its links to files of the checkout as links of the site.

    A link to a file that is no page keeps its words alone: the site is read without the checkout.

    Parameters
    ----------
    text : str
        The page.
    origin : PurePosixPath
        Its file in the checkout.
    files : mapping of PurePosixPath to PurePosixPath
        As `site_files` returns them.

    Raises
    ------
    FileNotFoundError
        For a link to what is not in the checkout.
    """

    def moved(link: re.Match[str]) -> str:
        words, written = link[1], link[2]
        target, mark, anchor = written.partition("#")
        if not target or "://" in target:
            return link[0]
        at = _resolved(origin.parent / target)
        if at in files:
            place = _relative(files[at], files[origin].parent)
            return f"[{words}]({place}{mark}{anchor})"
        if (ROOT / at).exists():
            return words
        if target.startswith(("reference/", "../reference/")):  # made, Sphinx knows whether
            return link[0]
        raise FileNotFoundError(f"{origin}: there is no {written}")

    parts = _BLOCK.split(text)
    return "".join(p if p.startswith("```") else _LINK.sub(moved, p) for p in parts)


def _resolved(path: PurePosixPath) -> PurePosixPath:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def _relative(target: PurePosixPath, start: PurePosixPath) -> str:
    return target.relative_to(start, walk_up=True).as_posix()


def put_together() -> None:
    """Write the sources of the site, all anew."""
    import reference_commands  # noqa: PLC0415  (they import the package)
    import reference_families  # noqa: PLC0415
    import reference_names  # noqa: PLC0415

    shutil.rmtree(SOURCE, ignore_errors=True)
    files = site_files()
    for origin, place in files.items():
        target = SOURCE / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.suffix in _PAGES:
            text = (ROOT / origin).read_text(encoding="utf-8")
            if origin.suffix == ".md":
                text = moved_links(text, origin, files)
            target.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(ROOT / origin, target)
    made = {
        "reference/families.md": reference_families.page(),
        "reference/command_line.md": reference_commands.page(),
        **reference_names.pages(),
    }
    for place, text in made.items():
        target = SOURCE / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


class _Fetched(HTMLParser):
    """The addresses that a browser fetches by itself when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "video", "audio", "source", "embed"):
            self.addresses.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in ("canonical", "next", "prev", "search"):
            self.addresses.append(given.get("href") or "")


def fetched(page: str) -> list[str]:
    """Return what a page makes a browser fetch from another place."""
    parser = _Fetched()
    parser.feed(page)
    return [a for a in parser.addresses if re.match(r"(?:\w+:)?//", a)]


def _from_elsewhere() -> Iterator[str]:
    for path in sorted(HTML.rglob("*.html")):
        for address in fetched(path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(HTML)} fetches {address}"
    for path in sorted(HTML.rglob("*.css")):
        for address in re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)",
                                  path.read_text(encoding="utf-8")):  # fmt: skip
            yield f"{path.relative_to(HTML)} fetches {address}"


def main() -> int:
    """Build the site; return the exit code."""
    from sphinx.cmd.build import build_main  # noqa: PLC0415  (of the group docs alone)

    put_together()
    shutil.rmtree(HTML, ignore_errors=True)
    code = build_main(
        ["-b", "html", "-W", "--keep-going", "-q", "-j", "auto",
         "-d", str(HTML.parent / "doctrees"), str(SOURCE), str(HTML)]
    )  # fmt: skip
    if code:
        return code
    elsewhere = list(_from_elsewhere())
    print("\n".join([*elsewhere, f"{HTML / 'index.html'}"]))
    return 1 if elsewhere else 0


if __name__ == "__main__":
    sys.exit(main())
