"""What every plot returns: the figure, the numbers drawn in it, and what it shows in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from bayesmm.result_table import result_table
from bayesmm.writing import write_whole

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Picture:
    """A figure and its numbers; ``figure, table = fit.plot.NAME()`` unpacks it.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        What was drawn.
    table : ResultTable
        What was drawn as numbers, tidy: one row per mark.
    caption : str
        One to three sentences for those who cannot see it: what is shown, which interval, and
        about whom.
    """

    figure: Figure
    table: pd.DataFrame
    caption: str

    def __post_init__(self) -> None:
        """Make the table one that prints whole."""
        object.__setattr__(self, "table", result_table(self.table))

    def __iter__(self) -> Iterator[object]:
        """Yield the figure, then the table."""
        yield self.figure
        yield self.table

    def png(self, dots_per_inch: float = 144) -> bytes:
        """Return the figure as a PNG file."""
        file = BytesIO()
        self.figure.savefig(file, format="png", dpi=dots_per_inch)
        return file.getvalue()

    def save(self, path: str | Path, dots_per_inch: float = 144) -> Path:
        """Write the figure to a file; the ending of its name (png, svg, pdf) says the format.

        The file appears whole or not at all; without an ending it gets that of PNG.
        """
        path = Path(path)
        path = path if path.suffix else path.with_name(f"{path.name}.png")
        file = BytesIO()
        self.figure.savefig(file, format=path.suffix[1:], dpi=dots_per_inch)
        return write_whole(path, file.getvalue())

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """Show the figure in a notebook, its caption as alternative text."""
        return self.png(96), {"alt": self.caption}

    def __repr__(self) -> str:
        """Return the caption."""
        return f"Picture: {self.caption}"
