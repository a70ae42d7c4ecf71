"""What families with zeros of their own share: psi, what it mixes, and first guesses."""

from dataclasses import replace

import numpy as np

from bayesmm.family.numeric import log, log1mexp, log1p, where
from bayesmm.family.parameter import Parameter, Search

__all__ = [
    "ALPHA_AT_START",
    "HURDLE_PSI",
    "INFLATED_PSI",
    "below_of",
    "mean_of_counts",
    "mixed_with_zeros",
    "or_zero",
    "with_log_share",
]

# alpha of negative binomial counts where chains start.
ALPHA_AT_START = 2.0
_ROUNDS = 30


def mean_of_counts(y):
    """Return the mean of Poisson counts whose positive ones have the mean of those observed."""
    positive = y[y > 0]
    observed = float(positive.sum() + 1.5) / (positive.size + 1)
    mean = observed
    for _ in range(_ROUNDS):
        mean = observed * -np.expm1(-mean)
    return float(mean)


def _share_above(y):
    """Return the share of positive responses, never 0 or 1."""
    n = y.size
    return float(np.clip((np.count_nonzero(y) + 0.5) / (n + 1.0), 0.5 / n, 1.0 - 0.5 / n))


def _share_of_counts(y):
    """Return a guess of the share of counts, of which some are 0."""
    n = y.size
    share = (np.count_nonzero(y) + 0.5) / (n + 1.0) / -np.expm1(-mean_of_counts(y))
    return float(np.clip(share, 0.5 / n, 1.0 - 0.5 / n))


HURDLE_PSI = Parameter(
    "psi",
    support="share",
    meaning="share of rows that are counts, or counts above 0 behind a hurdle",
    priors={
        "default": ("Beta", 2.0, 2.0),
        "brms": ("Beta", 1.0, 1.0),
        "rstanarm": ("Beta", 1.0, 1.0),
        "bambi": ("Beta", 2.0, 2.0),
    },
    start=lambda y, _spread: _share_above(y),
    search=Search(
        0.75,
        lambda _: (-20.0, 20.0),
        lambda psi, _: psi > 1 - 1e-6,
        "psi is at its bound 1: the data have no zeros besides those of the counts.",
    ),
    scales=False,
    names={"brms": "1 - hu", "glmmtmb": "ziformula = ~ 1"},
    complements=("hu", "zi"),
)
INFLATED_PSI = replace(
    HURDLE_PSI,
    start=lambda y, _spread: _share_of_counts(y),
    names={"brms": "1 - zi", "glmmtmb": "ziformula = ~ 1"},
    complements=("zi",),
)


def or_zero(draw):
    """Return what draws 0 with probability 1 - psi, and else what `draw` does."""

    def random(generator, rows):
        is_other = generator.random(rows.mu.shape) < rows.auxiliary["psi"]
        return np.where(is_other, draw(generator, rows), 0.0)

    return random


def mixed_with_zeros(others):
    """Return draws, mean and variance, as in `Family`, of 0 or a response of the other family."""

    def mean(rows):
        return rows.auxiliary["psi"] * others.response_mean(rows)

    def variance(rows):
        psi = rows.auxiliary["psi"]
        return psi * (others.variance(rows) + (1 - psi) * others.response_mean(rows) ** 2)

    return {"random": or_zero(others.random), "mean": mean, "variance": variance}


def with_log_share(counts):
    """Return the normaliser of counts, with the log share of zeros that are none, or of counts."""
    of_counts = counts.normaliser
    log_share = _log_share_of_first if counts.columns else _log_share
    if of_counts is None:
        return log_share

    def normaliser(y, *further):
        return of_counts(y, *further[:-1]) + log_share(y, further[-1])

    return normaliser


def below_of(log_above):
    """Return log P(Y <= y) from log P(Y > y), of what has zeros: it is never nearly 0."""

    def log_below(y, argument, *further):
        return log1mexp(-log_above(y, argument, *further))

    return log_below


def _log_share(y, psi):
    return where(y == 0.0, log1p(-psi), log(psi))


def _log_share_of_first(observed, psi):
    return where(observed[0] == 0.0, log1p(-psi), log(psi))
