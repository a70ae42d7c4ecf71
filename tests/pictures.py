"""Reading back what matplotlib was told to draw."""

import numpy as np
from matplotlib.collections import LineCollection

__all__ = ["segments_of"]


def segments_of(lines: LineCollection) -> np.ndarray:
    """Return the ends of lines, shape (line, end, x and y)."""
    return np.array(lines.get_segments())
