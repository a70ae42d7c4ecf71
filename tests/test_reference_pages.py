"""The reference of the site: every public name, every family and option, no more and no less."""

import inspect
import re
import sys
from pathlib import Path, PurePosixPath

import pytest
import typer.main

import bayesmm
from bayesmm.cli.app import app
from bayesmm.family.known import FAMILIES
from bayesmm.fit_record import FitRecord
from bayesmm.plots.menu import PLOTS

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import make_site
import reference_commands
import reference_families
import reference_names

MADE = reference_names.pages()


def grouped(groups) -> list[str]:
    return [name for names in groups.values() for name in names]


def test_every_public_name_stands_in_one_list():
    """A new name goes into a group of docs/reference_names.py."""
    assert sorted(grouped(reference_names.FUNCTIONS)) == sorted(bayesmm.__all__)


def test_every_public_name_of_a_fit_stands_in_one_list():
    """Methods, properties and fields of `Fit`; a new one goes into docs/reference_names.py."""
    public = {name for name in dir(bayesmm.Fit) if not name.startswith("_")}
    public |= set(FitRecord.__dataclass_fields__)
    assert sorted(grouped(reference_names.METHODS)) == sorted(public - reference_names.INTERNAL)


def test_every_name_has_a_page_that_documents_it():
    for name in bayesmm.__all__:
        if name != "Fit":
            assert f":: bayesmm.{name}\n" in MADE[f"reference/python/{name}.md"]
    for name in grouped(reference_names.METHODS):
        if inspect.isfunction(getattr(bayesmm.Fit, name, None)):
            assert f":: bayesmm.Fit.{name}\n" in MADE[f"reference/fit/{name}.md"]
    for name, plot in PLOTS.items():
        assert f".{plot.module}.{name}\n" in MADE[f"reference/pictures/{name}.md"]


def test_every_row_of_a_list_says_something():
    for name in ("reference/python.md", "reference/fit.md", "reference/pictures.md"):
        rows = re.findall(r"^\| (.+?) \| (.*) \|$", MADE[name], re.MULTILINE)
        assert len(rows) > 15
        assert [left for left, right in rows if not right.strip()] == []


def test_made_pages_link_to_each_other():
    places = {*MADE, "reference/families.md", "reference/command_line.md", "ARCHITECTURE.md",
              "GALLERY.md"}  # fmt: skip
    for place, text in MADE.items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            at = make_site._resolved(PurePosixPath(place).parent / target)
            assert at.as_posix() in places, (place, target)


def test_every_family_and_its_parameters():
    page = reference_families.page()
    for family in FAMILIES.values():
        section = page.partition(f"\n## {family.name}\n")[2].partition("\n## ")[0]
        for name in (*family.links, *family.auxiliary):
            assert f"`{name}`" in section, (family.name, name)
    assert "`HalfStudentT(3, s)`" in page  # grows with the response
    assert "y ~ Poisson(mu),  log(mu) = eta" in page


def test_every_command_and_option():
    page = reference_commands.page()
    group = typer.main.get_command(app)
    context = group.make_context("bayesmm", [], resilient_parsing=True)
    for name in group.list_commands(context):
        section = page.partition(f"\n## bayesmm {name}\n")[2].partition("\n## ")[0]
        assert section, name
        for parameter in group.get_command(context, name).params:
            argument = parameter.param_type_name == "argument"
            for written in [parameter.metavar] if argument else parameter.opts:
                assert written in section, (name, written)
    assert "\n## bayesmm data fetch\n" in page


FILES = make_site.site_files()


@pytest.mark.parametrize(
    ("origin", "link", "expected"),
    [
        ("docs/FOR_R_USERS.md", "[a](FORMULAS.md#x)", "[a](FORMULAS.md#x)"),
        ("docs/how_to/priors.md", "[a](../../CHANGELOG.md)", "[a](../changelog.md)"),
        ("CHANGELOG.md", "[a](docs/GALLERY.md)", "[a](GALLERY.md)"),
        ("docs/GALLERY.md", "[a](../models/dyestuff.py)", "a"),
        ("docs/GALLERY.md", "[a](https://doi.org/10.1)", "[a](https://doi.org/10.1)"),
        ("docs/GALLERY.md", "```\n[a](nowhere.md)\n```", "```\n[a](nowhere.md)\n```"),
    ],
)
def test_links_of_the_checkout_become_links_of_the_site(origin, link, expected):
    assert make_site.moved_links(link, PurePosixPath(origin), FILES) == expected


def test_a_link_to_nothing_is_found():
    with pytest.raises(FileNotFoundError, match=r"there is no nowhere\.md"):
        make_site.moved_links("[a](nowhere.md)", PurePosixPath("docs/GALLERY.md"), FILES)


def test_every_link_of_the_sources_leads_somewhere():
    for origin in FILES:
        if origin.suffix == ".md":
            make_site.moved_links(
                (make_site.ROOT / origin).read_text(encoding="utf-8"), origin, FILES
            )


def test_what_a_page_fetches_from_elsewhere_is_found():
    page = (
        '<script src="https://cdn.example/x.js"></script><link rel="stylesheet" href="a.css">'
        '<img src="//cdn.example/y.png"><a href="https://example.org">told</a><img src="b.png">'
    )
    assert make_site.fetched(page) == ["https://cdn.example/x.js", "//cdn.example/y.png"]
