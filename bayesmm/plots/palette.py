"""Colours and lines of series that have no meaning of their own: levels of a factor, chains."""

from matplotlib import colormaps
from matplotlib.colors import to_hex

__all__ = ["LINES", "colours_of", "shades"]

# Okabe and Ito (2008), without the yellow, which is faint on white
_CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#1a1a1a")

LINES = ("-", "--", ":", "-.")


def colours_of(count: int) -> list[str]:
    """Return as many colours: of different hues, or, where these do not suffice, of a scale."""
    if count <= len(_CYCLE):
        return list(_CYCLE[:count])
    return shades(count)


def shades(count: int) -> list[str]:
    """Return as many colours of one scale, for what is in an order."""
    scale = colormaps["cividis"]
    return [to_hex(scale(0.9 * place / max(count - 1, 1))) for place in range(count)]
