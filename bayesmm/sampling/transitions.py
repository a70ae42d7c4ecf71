"""What the sampler recorded of its transitions; ArviZ's ``diagnose`` says the same in tests.

ArviZ takes a second to import, of which a summary has no need: it reads two counts and a ratio.
"""

from dataclasses import dataclass

import numpy as np

from bayesmm.sampling.drawn_arrays import DrawsGroup

__all__ = ["Transitions", "transitions"]


@dataclass(frozen=True, slots=True)
class Transitions:
    """Counts and ratios of the transitions of all chains; None of what was not recorded."""

    divergences: int | None  # transitions that diverged
    max_treedepth: int | None  # transitions that were cut at the maximum tree depth
    bfmi: tuple[float, ...] | None  # energy Bayesian fraction of missing information of each chain


def transitions(sample_stats: DrawsGroup) -> Transitions:
    """Return counts and ratios from the statistics of the sampler.

    They are ``diverging``, ``reached_max_treedepth``, ``energy``, as far as they were recorded.
    """
    return Transitions(
        divergences=_count(sample_stats, "diverging"),
        max_treedepth=_count(sample_stats, "reached_max_treedepth"),
        bfmi=_bfmi(sample_stats["energy"].values) if "energy" in sample_stats else None,
    )


def _count(sample_stats: DrawsGroup, name: str) -> int | None:
    return int(sample_stats[name].values.sum()) if name in sample_stats else None


def _bfmi(energy: np.ndarray) -> tuple[float, ...]:
    """Return E(change of energy)^2 / var(energy) of each chain, shape (chain, draw)."""
    changes = np.square(np.diff(energy, axis=1)).mean(axis=1)
    with np.errstate(invalid="ignore"):  # a chain that never moved has no variance, nor changes
        return tuple(float(ratio) for ratio in changes / np.var(energy, axis=1, ddof=1))
