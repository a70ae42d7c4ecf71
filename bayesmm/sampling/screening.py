"""Which of very many quantities may have converged least, by measures that need no ranks.

Ranks, folded ranks and autocorrelations of a factor of 100,000 levels take longer than sampling
it. Means and variances take a twentieth, and order quantities nearly alike: those that they hold
worst are judged in full, and so is a sample of the rest.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.posterior import level_chunks

__all__ = ["MANY", "Screened", "screen"]

type Array = NDArray[np.float64]

MANY = 1_000  # more quantities of one kind are screened
_WORST, _SAMPLE = 100, 100  # of each measure, and evenly spread over all
_CHUNK_VALUES = 250_000  # draws held at a time: 2 MB, so that the passes stay in the cache
_FEWEST_DRAWS = 20  # of a chain, so that batches of draws mean something


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """What a screen found."""

    places: NDArray[np.int64]  # the quantities to judge in full, in order
    stuck: NDArray[np.int64]  # those that never move or have a draw that is not finite


def screen(draws: Array) -> Screened:
    """Return which quantities to judge, of draws of shape (chain, draw, m).

    The worst by split R-hat and by the effective sample size of batch means, of the draws (as
    R-hat and bulk effective sample size) and of their distances from the mean (as folded R-hat
    and tail effective sample size); and every so many of all.
    """
    chains, kept, m = draws.shape
    if m <= MANY or kept < _FEWEST_DRAWS:
        return Screened(np.arange(m), np.empty(0, dtype=np.int64))
    measures = np.empty((4, m))
    stuck = np.zeros(m, dtype=bool)

    def fill(part: slice) -> None:
        values = np.ascontiguousarray(draws[:, :, part])
        stuck[part] = ~np.isfinite(values).all(axis=(0, 1)) | (np.ptp(values, axis=(0, 1)) == 0)
        with np.errstate(all="ignore"):  # those that are stuck
            measures[:2, part] = _rhat_and_cost(values)
            values -= values.mean(axis=(0, 1))
            np.abs(values, out=values)
            measures[2:, part] = _rhat_and_cost(values)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, level_chunks(m, chains * kept, _CHUNK_VALUES)))
    measures[:, stuck] = -np.inf
    measures = np.nan_to_num(measures, nan=np.inf)
    worst = np.argpartition(-measures, _WORST, axis=1)[:, :_WORST]
    spread = np.linspace(0, m - 1, _SAMPLE).astype(np.int64)
    places = np.union1d(worst.ravel(), spread)
    return Screened(places[~stuck[places]], np.flatnonzero(stuck))


def _rhat_and_cost(values: Array) -> tuple[Array, Array]:
    """Return split R-hat, and draws per effective draw by batch means, shape (m,) each."""
    chains, kept, m = values.shape
    half = kept // 2
    halves = values[:, : 2 * half].reshape(chains * 2, half, m)
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = half * halves.mean(axis=1).var(axis=0, ddof=1)
    batch = int(np.sqrt(kept))
    n_batches = kept // batch
    means = values[:, : n_batches * batch].reshape(chains * n_batches, batch, m).mean(axis=1)
    return between / within, batch * means.var(axis=0, ddof=1) / within
