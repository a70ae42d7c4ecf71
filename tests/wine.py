"""The bitterness of wine (Randall 1989), as R's ordinal has it: 72 ratings of 9 judges."""

import pandas as pd

__all__ = ["wine"]

_RATINGS = "233444551213235423325544323232532343333332322454112223232223333412323244"


def wine() -> pd.DataFrame:
    """Return the data: each judge rated two bottles of each temperature and contact."""
    return pd.DataFrame(
        {
            "rating": [int(digit) for digit in _RATINGS],
            "temp": (["cold"] * 4 + ["warm"] * 4) * 9,
            "contact": ["no", "no", "yes", "yes"] * 18,
            "judge": [f"j{judge}" for judge in range(1, 10) for _ in range(8)],
        }
    )
