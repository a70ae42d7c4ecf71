"""When rows alike are merged into one."""

__all__ = ["is_worth_merging"]

# Merging pays when it saves this share of the rows.
_WORTH_MERGING = 0.25


def is_worth_merging(n_distinct: int, n_rows: int) -> bool:
    """Return whether rows are merged that have so many distinct predictors and levels."""
    return n_distinct <= (1.0 - _WORTH_MERGING) * n_rows
