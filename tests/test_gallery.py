"""The gallery shows every picture, as the code beside it draws it."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import make_gallery

import bayesmm
from bayesmm.plots.menu import PLOTS

DOCS = Path(make_gallery.__file__).parent
PAGE = (DOCS / "GALLERY.md").read_text(encoding="utf-8")


def words(caption: str) -> str:
    return re.sub(r"-?\d[\d.,]*", "#", caption)


def test_every_picture_is_shown():
    shown = {entry.plot for entry in make_gallery.GALLERY}
    assert set(PLOTS) <= shown
    assert {name for name in bayesmm.__all__ if name.startswith("plot_")} <= shown


def test_the_page_is_the_one_that_the_script_writes():
    captions = dict(reversed(pair) for pair in re.findall(r"!\[(.*?)\]\(gallery/(.*?)\)", PAGE))
    assert make_gallery.page(captions) == PAGE


@pytest.mark.parametrize("entry", make_gallery.GALLERY, ids=lambda entry: entry.image)
def test_every_image_is_there(entry):
    image = (DOCS / "gallery" / entry.image).read_bytes()
    assert image.startswith(b"\x89PNG")
    assert len(image) < 400_000


@pytest.mark.slow
def test_captions_are_those_of_the_pictures():
    """But for numbers, and verdicts on numbers, which depend on the machine's last bits."""
    for entry in make_gallery.GALLERY:
        shown = re.search(rf"!\[(.*?)\]\(gallery/{re.escape(entry.image)}\)", PAGE)[1]
        drawn = make_gallery.drawn(entry).caption
        if entry.plot in ("check", "plot_compare"):
            shown, drawn = shown.split(". ")[0], drawn.split(". ")[0]
        assert words(shown) == words(drawn)
