"""A table that prints with sentences below it."""

from html import escape
from textwrap import wrap
from typing import Any

__all__ = ["NotedTable"]

_WIDTH = 100


class NotedTable:
    """What has a ``table`` and ``notes``, and prints as the one above the others.

    Attributes
    ----------
    table : ResultTable
        The numbers.
    notes : tuple of str
        What to know about them, a sentence each.
    """

    __slots__ = ()

    table: Any
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the table and what to know about it."""
        lines = repr(self.table).splitlines()
        for sentence in self.notes:
            lines += wrap(sentence, _WIDTH)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        notes = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.notes)
        return f"{self.table._repr_html_()}{notes}"
