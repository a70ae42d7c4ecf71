"""Hurdles: P(0) = 1 - psi and, above the hurdle, P(y) = psi counts(y) / (1 - counts(0))."""

from collections.abc import Callable

import numpy as np

from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, log1mexp, where
from bayesmm.family.poisson import count_base
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.family.zeros import (
    ALPHA_AT_START,
    HURDLE_PSI,
    below_of,
    mean_of_counts,
    or_zero,
    with_log_share,
)

__all__ = ["hurdle"]


def hurdle(counts: Family, positive: Callable, limits: dict, words: Words) -> Family:
    """Return the hurdle family of these counts.

    The positive counts come from `counts`, the kernel of whose log density is log P(0) at 0;
    ``positive(generator, rows)`` draws counts, given that they are positive. `limits` and `words`
    are as in `Family`.
    """
    dispersed = "alpha" in counts.auxiliary
    of_counts, counts_above = counts.density.kernel, counts.density.log_above
    counts_between = counts.density.interval

    def kernel(y, log_mu, *further):
        zero = of_counts(0.0, log_mu, *further[:-1])
        above = of_counts(y, log_mu, *further[:-1]) - log1mexp(-zero)
        return where(y == 0.0, 0.0, above)

    def log_above(y, log_mu, *further):
        some = log1mexp(-of_counts(0.0, log_mu, *further[:-1]))
        return log(further[-1]) + counts_above(y, log_mu, *further[:-1]) - some

    def log_between(lower, upper, log_mu, *further):
        some = log1mexp(-of_counts(0.0, log_mu, *further[:-1]))
        return log(further[-1]) + counts_between(lower, upper, log_mu, *further[:-1]) - some

    def odds_of_zero(rows):
        rate = -counts.log_density(np.zeros_like(rows.mu), rows)
        # beyond 700 expm1 overflows and the odds are 0
        return 1 / np.expm1(np.minimum(rate, 700.0))

    def share(rows):
        zero = counts.below(np.zeros_like(rows.mu), rows)
        return zero, rows.auxiliary["psi"] / (1 - zero)

    def proportional(rows):
        return rows.auxiliary["psi"] * rows.mu

    def mean(rows):
        return rows.auxiliary["psi"] * (rows.mu + rows.mu * odds_of_zero(rows))

    def variance(rows):
        c = share(rows)[1]
        return c * (counts.variance(rows) + (1 - c) * rows.mu**2)

    def below(y, rows):
        zero, c = share(rows)
        return 1 - rows.auxiliary["psi"] + c * (counts.below(y, rows) - zero)

    def score(y, rows):
        first, information = counts.score_in_mean(y, rows)
        at_zero, _ = counts.score_in_mean(np.zeros_like(rows.mu), rows)
        zero, _ = share(rows)
        above = first + zero / (1 - zero) * at_zero
        # that of the counts before they are cut, which is more
        return np.where(y == 0, 0.0, above), rows.auxiliary["psi"] * information

    def zero_rows(y, mu, mu_derivative):
        # A zero says nothing of the counts; a response above it has the moments of positive
        # Poisson counts.
        with np.errstate(divide="ignore"):
            above = mu / -np.expm1(-mu)
            own = above * (1.0 + mu - above)
            spread = own * (1.0 + mu / ALPHA_AT_START) if dispersed else own
            return above, own / mu * mu_derivative, np.where(y == 0, np.inf, spread)

    name = f"hurdle_{counts.name}"
    return Family(
        name,
        response="count",
        parameters=(*counts.parameters, HURDLE_PSI),
        density=LogDensity(
            kernel,
            with_log_share(counts.density),
            count_base,
            LOGARITHMS,
            silent=(0.0,),
            log_below=below_of(log_above),
            log_above=log_above,
            log_between=log_between,
        ),
        random=or_zero(positive),
        below=below,
        mean=mean,
        variance=variance,
        proportional=proportional,
        score=score,
        zero_rows=zero_rows,
        level=mean_of_counts,
        estimation=Estimation(),
        limits=limits,
        words=words,
    )
