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
    """A paragraph.

    Attributes
    ----------
    text : str
        What it says.
    leading : bool
        Whether it is the one that a reader in a hurry should read.
    """

    text: str
    leading: bool = False


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
    """What is to be read first.

    Attributes
    ----------
    state : str
        ``"fine"``, ``"note"``, ``"look"`` or ``"problem"``, said in words by the headline, too.
    about : str
        What was judged.
    headline : str
        The verdict in one sentence.
    details : tuple of str
        What was found and what to do.
    """

    state: str
    about: str
    headline: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture.

    Attributes
    ----------
    png : bytes
        The file.
    caption : str
        What is to be seen, which interval, and about whom.
    numbers : str
        The expression that gives the numbers drawn in it.
    width, height : int
        Size on the page [CSS pixels].
    """

    png: bytes
    caption: str
    numbers: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Code:
    """Text that keeps its lines.

    Attributes
    ----------
    title : str
        What it is.
    text : str
        The lines.
    folded : bool
        Whether it is opened by a click; on paper it is always open.
    """

    title: str
    text: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class EquationBlock:
    """A model in symbols.

    Attributes
    ----------
    title : str
        What it is.
    mathml : str
        The equations as markup, which the browser sets.
    text, latex : str
        The same to copy.
    """

    title: str
    mathml: str
    text: str
    latex: str


type Part = Paragraph | Items | Facts | Verdict | Figure | Code | EquationBlock | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with a heading.

    Attributes
    ----------
    anchor : str
        Its name in an address: letters and ``-``.
    heading : str
        What it is about.
    intro : str
        A sentence for those who see such a thing for the first time; may be empty.
    parts : tuple of Part
        What it shows, in order.
    folded : bool
        Whether it is an appendix that is opened by a click; on paper it is always open.
    """

    anchor: str
    heading: str
    intro: str
    parts: tuple[Part, ...]
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
