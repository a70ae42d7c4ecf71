"""A page of HTML taken apart, for tests."""

from collections import defaultdict
from html.parser import HTMLParser

__all__ = ["Page"]

_VOID = frozenset({"br", "img", "meta", "link", "hr", "input"})


class Page(HTMLParser):
    """Tags in order with their attributes, the text of each kind of element, and all text.

    Attributes
    ----------
    tags : list of (str, list of (str, str))
        Every opening tag.
    cells : mapping of str to list of str
        Text of each element of a kind, that of the elements inside included.
    text : str
        All text.
    open : list of str
        Elements that were never closed.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.cells: dict[str, list[str]] = defaultdict(list)
        self.text = ""
        self.open: list[str] = []
        self._inside: list[tuple[str, list[str]]] = []

    def count(self, tag: str) -> int:
        """Return how many elements of a kind there are."""
        return sum(name == tag for name, _ in self.tags)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of a kind."""
        return [dict(attributes) for name, attributes in self.tags if name == tag]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, attrs))
        if tag not in _VOID:
            self.open.append(tag)
            self._inside.append((tag, []))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()
        name, texts = self._inside.pop()
        self.cells[name].append("".join(texts))

    def handle_data(self, data):
        self.text += data
        for _, texts in self._inside:
            texts.append(data)
