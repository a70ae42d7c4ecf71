"""Sentences that compare: found on every page, named, and false when the numbers say otherwise."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from notebooks.claims import Claim, is_comparison, sentences, unplaced, unsupported, verify
from notebooks.sentences import CLAIMS

ROOT = Path(__file__).parents[1]
PAGES = [
    *sorted(ROOT.glob("notebooks/*.ipynb")),
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in ("FOR_R_USERS.md", "tasks.md", "tutorials/five_minutes.md")),
]


def markdown(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_every_page_has_claims():
    assert {path.stem for path in PAGES} == set(CLAIMS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_sentence_that_compares_is_held_against_the_numbers(path):
    assert not unsupported(markdown(path), CLAIMS[path.stem])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_claims_are_of_sentences_that_are_there(path):
    assert not unplaced(markdown(path), CLAIMS[path.stem])


@pytest.mark.parametrize("page", CLAIMS)
def test_a_claim_can_fail_or_says_why_it_need_not(page):
    for claim in CLAIMS[page]:
        assert bool(claim.holds) != bool(claim.because), claim.says
        for expression in claim.holds:
            names = {node.id for node in ast.walk(ast.parse(expression)) if type(node) is ast.Name}
            assert names - {"np", "pd"}, f"{expression} is of no number of the page"
        for named in re.findall(r"tests/\w+\.py", claim.because):
            assert (ROOT / named).exists(), named


@pytest.mark.parametrize(
    "sentence",
    [
        "With 32 cars the posterior is wider and its mean farther from zero.",
        "The model with one slope for all is too sure of itself.",
        "The population's risk is higher in every period.",
        "The weights go from 0 to 1.",
        "The two agree.",
        "Slopes that differ",
    ],
)
def test_a_comparison_is_seen(sentence):
    assert is_comparison(sentence)
    assert unsupported(f"# A page\n\nSome words first. {sentence}", ()) == [sentence]
    assert not unsupported(sentence, [Claim(sentence[:20], because="read")])


@pytest.mark.parametrize(
    "text",
    ["Does a day cost more than 5 ms?", "See `y > 5`.", "Herds of cattle.", "```\n3 > 2\n```"],
)
def test_no_comparison_is_seen_elsewhere(text):
    assert not unsupported(text, ())


def test_sentences_of_a_page():
    page = (
        "# Head\nOne `a.b` here. Two\nlines.\n\n- item 1. More\n- item 2\n\n| a | b |\n| 1 | 2 |\n"
    )
    assert sentences(page) == [
        "# Head", "One `a.b` here.", "Two lines.", "- item 1.", "More", "- item 2",
    ]  # fmt: skip


def test_what_is_false_fails_with_its_sentence():
    true, false = Claim("a is less", ("a < b",)), Claim("a is more", ("a > b",))
    verify([true], {"a": 1, "b": 2})
    with pytest.raises(AssertionError, match=r"a is more.*not true: a > b"):
        verify([true, false], {"a": 1, "b": 2})
    with pytest.raises(AssertionError, match="no comparison"):
        verify([Claim("a", ("a",))], {"a": 1})
    assert unplaced("a is less than b.", [true, false]) == ["a is more"]
