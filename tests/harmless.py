"""A data frame in which nothing is worth a look, to plant things in."""

import numpy as np
import pandas as pd

__all__ = ["harmless_frame"]


def harmless_frame() -> pd.DataFrame:
    """Return 240 rows in 24 groups of 10, crossed with 11 others, and columns of every kind."""
    generator = np.random.default_rng(4)
    n = 240
    data = pd.DataFrame(
        {
            "x": generator.normal(size=n),
            "z": generator.normal(size=n),
            "f": np.tile(["a", "b", "c", "d"], n // 4),
            "g": np.repeat([f"g{k}" for k in range(24)], 10),
            "h": [f"h{k % 11}" for k in range(n)],
            "exposure": generator.uniform(1, 3, size=n),
            "my size": generator.normal(size=n),
            "a_b": generator.normal(size=n),
        }
    )
    data["y"] = data.x + generator.normal(size=n)
    data["count"] = generator.poisson(3.0, size=n)
    data["won"] = generator.integers(0, 2, size=n)
    data["share"] = generator.uniform(0.1, 0.9, size=n)
    data["w"] = generator.uniform(0.5, 2.0, size=n)
    return data
