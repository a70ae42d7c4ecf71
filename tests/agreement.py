"""Whether two samplers drew from the same posterior."""

import numpy as np
from arviz_stats.base import array_stats

_AXES = {"chain_axis": 0, "draw_axis": 1}


def assert_same_posterior(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Compare means and sds of draws (chain, draw, quantities), within 5 Monte Carlo errors."""
    for method, value in (("mean", np.mean), ("sd", np.std)):
        error = np.hypot(
            array_stats.mcse(ours, method=method, **_AXES),
            array_stats.mcse(theirs, method=method, **_AXES),
        )
        assert np.all(np.abs(value(ours, axis=(0, 1)) - value(theirs, axis=(0, 1))) <= 5 * error)
