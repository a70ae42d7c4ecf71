"""Rank histograms of the chains, and the band that all of them stay in when chains mix."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.stats import rankdata

from bayesmm.fit_record import FitRecord
from bayesmm.plots.chains import chain_legend, chain_styles, chosen_quantities, describe, heading
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.scalar_draws import ScalarDraws
from bayesmm.plots.style import MUTED, drawing, panels
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.sampling.convergence import convergence

__all__ = ["independent_draws", "rank", "rank_band", "thinning"]

_BINS = 20


def rank(
    fit: FitRecord,
    ax: Axes | None = None,
    names: str | Sequence[str] | None = None,
    count: int = 6,
    prob: float = PROB,
) -> Picture:
    """Draw how often the draws of each chain have each rank among the draws of all chains.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per quantity.
    names, count
        As in `bayesmm.plots.trace.trace`.
    prob : float
        Probability of the band, in which all shares of a quantity lie at once when its chains
        draw from the same distribution. Draws are thinned until they are about independent,
        as the band takes them to be.

    Returns
    -------
    Picture
        ``table``: ``quantity``, ``chain``, ``bin`` (from 0), ``share`` of the draws of that
        chain, ``lower``, ``upper``, ``every``: every how many draws were ranked.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221;
    Säilynoja, Bürkner and Vehtari (2022), doi:10.1007/s11222-022-10090-6 (the band)
    """
    quantities = chosen_quantities(fit, names, count)
    chains = quantities[0].draws.shape[0]
    parts = [_table(one, prob) for one in quantities]
    with drawing():
        axes = panels(ax, len(quantities), columns=3, width=3.0, height=1.9)
        for one, quantity, part in zip(axes, quantities, parts, strict=True):
            _panel(one, part)
            every = part["every"].iloc[0]
            thinned = f", every {_ordinal(every)} draw" if every > 1 else ""
            one.set_title(describe(quantity) + thinned, fontsize="small")
        label_outside(
            axes,
            new=ax is None,
            x="rank among all draws / their number",
            y="share of draws",
            title=f"{heading('Ranks', names, len(quantities))} "
            f"(band: {percent(prob)}, all shares of a panel at once)",
            handles=chain_legend(chains),
        )
    caption = (
        f"Histograms of the ranks of the draws of each of {chains} chains among all draws, for "
        f"{len(quantities)} quantities, thinned to about independent draws. When chains mix, all "
        f"shares of a panel lie in its band at once with probability {percent(prob)}."
    )
    return Picture(
        axes[0].figure, state_interval(pd.concat(parts, ignore_index=True), prob), caption
    )


def _table(quantity: ScalarDraws, prob: float) -> pd.DataFrame:
    step = thinning(quantity.draws)
    kept = quantity.draws[:, ::step]
    chains, draws = kept.shape
    sizes, lower, upper = rank_band(chains, draws, _BINS, prob)
    places = rankdata(kept).reshape(chains, draws)
    # ties have the middle of their ranks, which may lie between two
    bins = np.searchsorted(np.cumsum(sizes), places - 0.5, side="right")
    counts = np.stack([np.bincount(row, minlength=_BINS) for row in bins])
    return pd.DataFrame(
        {
            "quantity": quantity.label,
            "chain": np.repeat(np.arange(chains), _BINS),
            "bin": np.tile(np.arange(_BINS), chains),
            "share": (counts / draws).ravel(),
            "lower": np.tile(lower / draws, chains),
            "upper": np.tile(upper / draws, chains),
            "every": step,
        }
    )


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _panel(ax: Axes, table: pd.DataFrame) -> None:
    edges = np.arange(_BINS + 1) / _BINS
    first = table[table["chain"] == 0]
    ax.stairs(
        first["upper"], edges, baseline=first["lower"], fill=True, color=MUTED, alpha=0.2,
        linewidth=0,
    )  # fmt: skip
    ax.axhline(1 / _BINS, color=MUTED, linewidth=0.8)
    chains = table["chain"].nunique()
    for (_, part), style in zip(table.groupby("chain"), chain_styles(chains), strict=True):
        ax.stairs(part["share"], edges, baseline=None, linewidth=1.2, **style)
    ax.set_ylim(bottom=0)


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
