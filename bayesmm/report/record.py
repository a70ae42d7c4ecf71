"""What a report consists of: sections of parts, all of them text and pictures, nothing markup."""

from dataclasses import dataclass

from bayesmm.html.table import Table

__all__ = [
    "Code",
    "EquationBlock",
    "Facts",
    "Figure",
    "Items",
    "Paragraph",
    "Part",
    "Report",
    "Section",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    text: str
    leading: bool = False  # whether it is the one that a reader in a hurry should read


@dataclass(frozen=True, slots=True)
class Items:
    """A list under a line of text."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values."""

    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be read first."""

    # ``"fine"``, ``"note"``, ``"look"`` or ``"problem"``, said in words by the headline, too
    state: str
    about: str
    headline: str
    details: tuple[str, ...] = ()  # what was found and what to do


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture."""

    png: bytes
    caption: str  # what is to be seen, which interval, and about whom
    numbers: str  # the expression that gives the numbers drawn in it
    # size on the page [CSS pixels]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Code:
    """Text that keeps its lines."""

    title: str
    text: str
    folded: bool = False  # whether it is opened by a click; on paper it is always open


@dataclass(frozen=True, slots=True)
class EquationBlock:
    """A model in symbols."""

    title: str
    mathml: str  # the equations as markup, which the browser sets
    # the same to copy
    text: str
    latex: str


type Part = Paragraph | Items | Facts | Verdict | Figure | Code | EquationBlock | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with a heading."""

    anchor: str  # its name in an address: letters and ``-``
    heading: str
    intro: str  # a sentence for those who see such a thing for the first time; may be empty
    parts: tuple[Part, ...]  # what it shows, in order
    # whether it is an appendix that is opened by a click; on paper it is always open
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows.

    Attributes
    ----------
    title : str
        Its name.
    formula, family : str
        The model in one line.
    warning : str
        What must be known before anything else: that the data are simulated. May be empty.
    sections : tuple of Section
        In order; the first holds the answer.
    written : str
        By what and when the page was written.
    """

    title: str
    formula: str
    family: str
    warning: str
    sections: tuple[Section, ...]
    written: str
