"""R-hat and effective sample size of many quantities at once.

The definitions are those of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), and the
numbers are ArviZ's to rounding error (a test holds the two together). ArviZ goes through a
Python loop over quantities; sorting and transforming whole chunks costs a fifth of it, which is
what makes a check of every group effect of a large model affordable.
"""

import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.quantile import quantile_of_ordered

__all__ = [
    "CHUNK_VALUES",
    "MEASURES",
    "Convergence",
    "convergence",
    "convergences",
    "effective_size",
]

CHUNK_VALUES = 64_000  # draws held at a time: 0.5 MB, so that the passes stay in the cache
MEASURES = ("rhat", "ess_bulk", "ess_tail")
TAIL = (0.05, 0.95)

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Convergence:
    """Convergence of m quantities.

    Attributes
    ----------
    rhat : ndarray, shape (m,)
        Rank-normalised split R-hat, the larger of bulk and folded; NaN with one chain.
    ess_bulk : ndarray, shape (m,)
        Effective sample size of the rank-normalised draws.
    ess_tail : ndarray, shape (m,)
        Smaller effective sample size of the 5 % and the 95 % quantile.
    """

    rhat: Array
    ess_bulk: Array
    ess_tail: Array

    def at(self, place: int | tuple[int, ...]) -> dict[str, float]:
        """Return the measures of one quantity, by their names."""
        return {name: float(getattr(self, name)[place]) for name in MEASURES}


def convergence(draws: Array) -> Convergence:
    """Return R-hat, bulk and tail effective sample size of every quantity.

    Draws are of shape (chain, draw, m) or (chain, draw). NaN where a quantity never moves, has a
    draw that is not finite, or has fewer than four draws per chain.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221
    """
    return convergences([draws])[0]


def convergences(arrays: Sequence[Array]) -> list[Convergence]:
    """Return the `convergence` of the quantities of each array, by several threads."""
    results, jobs = [], []
    for draws in arrays:
        chains, kept = draws.shape[:2]
        flat = draws.reshape(chains, kept, -1)
        n_quantities = flat.shape[2]
        result = Convergence(*(np.full(n_quantities, np.nan) for _ in range(3)))
        results.append(result)
        if kept < 4:
            continue
        step = max(1, CHUNK_VALUES // (chains * kept))
        parts = (slice(start, start + step) for start in range(0, n_quantities, step))
        jobs += [(result, flat, part) for part in parts]
    # sorting and Fourier transforms release the interpreter lock; each job has its own rows
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        deque(pool.map(_judge, jobs), maxlen=0)  # raises what a thread raised
    return results


def effective_size(draws: Array) -> float:
    """Return the effective sample size of the mean of draws, shape (chain, draw)."""
    return float(_ess(_split(draws[None]))[0])


def _judge(job: tuple[Convergence, Array, slice]) -> None:
    """Fill in the result for a part of the quantities, shape (chain, draw, m)."""
    result, flat, part = job
    values = np.ascontiguousarray(np.moveaxis(flat[:, :, part], 2, 0))  # (m, chain, draw)
    moves = np.isfinite(values).all(axis=(1, 2)) & (np.ptp(values, axis=(1, 2)) > 0)
    if moves.any():
        rhat, bulk, tail = _chunk(values if moves.all() else values[moves])
        result.rhat[part][moves] = rhat
        result.ess_bulk[part][moves] = bulk
        result.ess_tail[part][moves] = tail


def _chunk(values: Array) -> tuple[Array, Array, Array]:
    """Return the three measures for values of shape (m, chain, draw), all of which move."""
    m, chains, kept = values.shape
    split = _split(values)
    normal, ordered_split = _normal_scores(split)
    bulk = _ess(normal)
    # with an odd number of draws the split leaves one of each chain out
    ordered = np.sort(values.reshape(m, -1), axis=1) if kept % 2 else ordered_split
    cuts = (quantile_of_ordered(ordered, q)[:, None, None] for q in TAIL)
    below = [_ess(_split((values <= cut).astype(float))) for cut in cuts]
    if chains < 2:
        return np.full(m, np.nan), bulk, np.minimum(*below)
    centre = quantile_of_ordered(ordered_split, 0.5)
    folded, _ = _normal_scores(np.abs(split - centre[:, None, None]))
    return np.maximum(_rhat(normal), _rhat(folded)), bulk, np.minimum(*below)


def _split(values: Array) -> Array:
    """Cut each chain into its first and last half; the middle draw of an odd number goes."""
    half = values.shape[2] // 2
    return np.concatenate((values[:, :, :half], values[:, :, -half:]), axis=1)


def _normal_scores(values: Array) -> tuple[Array, Array]:
    """Return the normal quantiles of the ranks of all draws of a quantity, and these in order."""
    m = len(values)
    flat = values.reshape(m, -1)
    size = flat.shape[1]
    order = np.argsort(flat, axis=1)
    order += size * np.arange(m)[:, None]  # places among all values, which numpy finds faster
    ordered = np.take(flat, order)
    # Blom's offset 3/8; average ranks are multiples of 1/2, so one table serves all quantities
    table = _score_table(size)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    scores = np.empty(flat.size)
    scores[order[~tied]] = table[::2]
    scores[order[tied]] = np.take(table, _tied_places(ordered[tied]))
    return scores.reshape(values.shape), ordered


@lru_cache(maxsize=4)
def _score_table(size: int) -> Array:
    quantile = NormalDist().inv_cdf  # SciPy's is quicker, and takes much longer to import
    places = (np.arange(2, 2 * size + 1) / 2 - 0.375) / (size + 0.25)
    return np.array([quantile(place) for place in places.tolist()])


def _tied_places(ordered: Array) -> NDArray[np.int64]:
    """Return twice the average place (from 0) of each value of rows that are in order."""
    size = ordered.shape[1]
    place = np.arange(size)
    differs = ordered[:, 1:] != ordered[:, :-1]
    first = np.zeros(ordered.shape, dtype=np.int64)
    first[:, 1:] = np.where(differs, place[1:], 0)
    last = np.full(ordered.shape, size - 1)
    last[:, :-1] = np.where(differs, place[:-1], size - 1)
    return np.maximum.accumulate(first, axis=1) + np.flip(
        np.minimum.accumulate(np.flip(last, axis=1), axis=1), axis=1
    )


def _rhat(values: Array) -> Array:
    n = values.shape[2]
    between = n * values.mean(axis=2).var(axis=1, ddof=1)
    within = values.var(axis=2, ddof=1).mean(axis=1)
    # chains that are each stuck at a value of their own have no variance within, and the distances
    # of draws on two values from their median none at all
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((between / within + n - 1) / n)


def _ess(values: Array) -> Array:
    """Return the effective sample size of values of shape (m, chain, n), already split."""
    m, chains, n = values.shape
    total = chains * n
    means = values.mean(axis=2)
    lags = _autocovariance(values - means[:, :, None])
    variance = lags[:, 0] * n / (n - 1.0)
    pooled = lags[:, 0] + (means.var(axis=1, ddof=1) if chains > 1 else 0.0)
    moving = pooled > np.finfo(float).resolution
    rho = np.ones((m, n + n % 2))
    rho[:, 1:n] = 1 - (variance[:, None] - lags[:, 1:]) / np.where(moving, pooled, 1)[:, None]
    # the estimator pools within and between variance, so lag 0 is 1 by definition
    rho[:, 0] = 1
    pairs = rho[:, 0::2] + rho[:, 1::2]
    last_possible = max(0, (n - 3) // 2)
    positive = pairs[:, : last_possible + 1] > 0
    positive[:, last_possible] = False
    last = np.argmin(positive, axis=1)  # Geyer: sums of pairs count while they are positive
    monotone = np.minimum.accumulate(pairs, axis=1)
    counted = np.where(np.arange(pairs.shape[1]) < last[:, None], monotone, 0).sum(axis=1)
    even = np.take_along_axis(rho[:, 0::2], last[:, None], axis=1)[:, 0]
    pair = np.take_along_axis(pairs, last[:, None], axis=1)[:, 0]
    tau = -1 + 2 * counted + np.where((even > 0) | (pair >= 0), even, 0)
    # an antithetic chain may not count for more than log10(total) times its length
    return np.where(moving, total / np.maximum(tau, 1 / np.log10(total)), total)


def _autocovariance(centred: Array) -> Array:
    """Return the mean over chains of the biased autocovariance at lags 0 to n - 1.

    The mean is taken of the power spectra, so one inverse transform serves all chains.
    """
    n = centred.shape[2]
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    spectrum = np.fft.rfft(centred, n=size, axis=2)
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.fft.irfft(power, n=size, axis=1)[:, :n] / n
