"""How far rank histograms of chains that mix perfectly go up and down: a band for all at once."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.convergence import convergence

__all__ = ["independent_draws", "rank_band", "thinning"]

type Counts = NDArray[np.int64]

_SIMULATIONS = 4000  # the probability of the band is right to about sqrt(.05 .95 / 4000) = .003


def thinning(draws: NDArray[np.float64]) -> int:
    """Return every how many draws of a quantity are about independent of each other.

    The number of draws over the sum of the effective sample sizes within the chains: chains that
    are far apart have few effective draws together, but not each for itself.

    `draws` are of shape (chain, draw).
    """
    alone = [float(convergence(chain[None]).ess_bulk[0]) for chain in draws]
    effective = np.nansum(alone)  # a chain that never moves has none
    if not effective > 0:
        return 1
    return int(np.clip(round(draws.size / effective), 1, draws.shape[1]))


def independent_draws(chains: int, draws: int, sizes: Counts, simulations: int) -> Counts:
    """Return how many draws of each chain fall into each bin of ranks when all are independent.

    Every order of the ranks is equally likely, so bin after bin is filled by draws without
    replacement from what is left of the chains.

    `sizes`, shape (bin,), are the ranks in each bin; they sum to ``chains * draws``. The counts are
    of shape (simulation, chain, bin).
    """
    generator = np.random.default_rng(0)
    left = np.full((simulations, chains), draws)
    counts = np.zeros((simulations, chains, len(sizes)), dtype=np.int64)
    for place, size in enumerate(sizes):
        wanted = np.full(simulations, size)
        others = left.sum(axis=1)
        for chain in range(chains):
            others -= left[:, chain]
            taken = generator.hypergeometric(left[:, chain], others, wanted)
            counts[:, chain, place] = taken
            wanted -= taken
            left[:, chain] -= taken
    return counts


@lru_cache(maxsize=32)
def rank_band(chains: int, draws: int, bins: int, prob: float) -> tuple[Counts, Counts, Counts]:
    """Return the band that holds the rank histograms of all chains with probability `prob`.

    In each bin the central interval of the hypergeometric distribution of its count, of that
    probability, the same in all bins, with which all counts of all chains are inside at once.

    Returns the ranks in each bin, and the smallest and the largest count of one chain, each of
    shape (bin,). `draws` are the independent ones of each chain.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), Statistics and Computing 32, 32,
    doi:10.1007/s11222-022-10090-6
    """
    total = chains * draws
    sizes = np.diff(np.ceil(np.arange(bins + 1) * total / bins).astype(np.int64))
    counts = independent_draws(chains, draws, sizes, _SIMULATIONS)
    # bins differ in size by one at most: a table of each size serves all of them
    tails = {int(size): _tails(total, draws, int(size)) for size in np.unique(sizes)}
    smallest = np.ones(_SIMULATIONS)
    for place, size in enumerate(sizes):
        tail = tails[int(size)][counts[:, :, place]]
        smallest = np.minimum(smallest, tail.min(axis=1))
    # counts are discrete: at least `prob` of the pictures of independent draws are inside
    edge = np.quantile(smallest, 1 - prob, method="lower")
    inside = [np.flatnonzero(tails[int(size)] >= edge) for size in sizes]
    return sizes, np.array([k[0] for k in inside]), np.array([k[-1] for k in inside])


def _tails(total: int, draws: int, size: int) -> NDArray[np.float64]:
    """Return min(P(K <= k), P(K >= k)) for k = 0 to the largest count of a bin."""
    count = np.arange(min(size, draws) + 1)
    from scipy.stats import hypergeom  # noqa: PLC0415  (half a second; few pictures need it)

    law = hypergeom(total, draws, size)
    return np.minimum(law.cdf(count), law.sf(count - 1))
