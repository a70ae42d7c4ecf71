"""Small pieces of correct English: lists, counts, numbers."""

from collections.abc import Sequence

__all__ = ["counted", "listed", "number", "rounded_percent"]


def listed(items: Sequence[str]) -> str:
    """Return ``"a"``, ``"a and b"`` or ``"a, b and c"``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(n: int, singular: str, plural: str | None = None) -> str:
    """Return ``"1 row"``, ``"2 rows"``, ``"1,000 rows"``."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def number(value: float) -> str:
    """Return a number with four significant digits, and all digits before the point."""
    if 1e4 <= abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def rounded_percent(part: int, whole: int) -> str:
    """Return ``"22 %"``; a part that is not nothing is never 0 %."""
    share = 100 * part / whole
    return "under 1 %" if 0 < share < 1 else f"{share:.0f} %"
