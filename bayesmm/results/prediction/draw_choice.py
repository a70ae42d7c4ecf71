"""Which draws a long computation uses: all, or some spread evenly over every chain."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UsageError
from bayesmm.sampling.drawn_arrays import Draws

__all__ = ["LARGEST_RESULT", "choose_draws"]

LARGEST_RESULT = 50_000_000  # values held by default: 400 MB


def choose_draws(draws: Draws, n_draws: int | None, values_per_draw: int) -> NDArray[np.int64]:
    """Return the indices of the draws of each chain to use.

    `n_draws` are those wanted over all chains, rounded up to a multiple of the number of chains;
    default: all, or as many as keep the result, of so many values per draw, within `LARGEST_RESULT`
    values.
    """
    sizes = draws["posterior"].sizes
    n_chains, kept = sizes["chain"], sizes["draw"]
    every = n_chains * kept
    if n_draws is None:
        n_draws = min(every, max(LARGEST_RESULT // max(1, values_per_draw), n_chains))
    if not 1 <= n_draws <= every:
        raise UsageError(f"n_draws is {n_draws}; the fit has 1 to {every} draws to choose from.")
    per_chain = -(-n_draws // n_chains)
    return np.arange(per_chain) * kept // per_chain
