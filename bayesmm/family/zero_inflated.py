"""Zero-inflated counts: P(y) = (1 - psi) [y = 0] + psi counts(y)."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, softplus, where
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.family.zeros import (
    ALPHA_AT_START,
    INFLATED_PSI,
    below_of,
    mean_of_counts,
    mixed_with_zeros,
    with_log_share,
)

__all__ = ["zero_inflated"]


def _odds_against(psi):
    """Return the log odds of psi, in the words of `numeric`."""
    # not log1p: compiled, that is a call in every row
    return log(psi) - log(1.0 - psi)


def _itself(observed):
    return observed


def _first(observed):
    return observed[0]


def zero_inflated(
    counts: Family, limits: dict, words: Words, start: Callable = INFLATED_PSI.start
) -> Family:
    """Return the zero-inflated family of these counts.

    The kernel of the log density of the `counts` is log P(0) at 0. `limits` and `words` are as in
    `Family`, and `start`, where chains start with psi, as in `Parameter`.
    """
    density = counts.density
    dispersed = "alpha" in counts.auxiliary
    of_counts, counts_above = density.kernel, density.log_above
    counts_between = density.log_above and density.interval
    response_of = _first if density.columns else _itself

    def kernel(observed, argument, *further):
        count = of_counts(observed, argument, *further[:-1])
        zero = response_of(observed) == 0.0
        return where(zero, softplus(_odds_against(further[-1]) + count), count)

    def log_above(y, argument, *further):
        return log(further[-1]) + counts_above(y, argument, *further[:-1])

    def log_between(lower, upper, argument, *further):
        return log(further[-1]) + counts_between(lower, upper, argument, *further[:-1])

    def log_density(y, rows):
        psi = rows.auxiliary["psi"]
        count = np.log(psi) + counts.log_density(y, rows)
        with np.errstate(divide="ignore"):  # a psi of 1, which the kernel takes for no number
            no_count = np.log1p(-psi)
        return np.where(y == 0, np.logaddexp(no_count, count), count)

    def below(y, rows):
        psi = rows.auxiliary["psi"]
        return 1 - psi + psi * counts.below(y, rows)

    def score(y, rows):
        first, information = counts.score_in_mean(y, rows)
        psi = rows.auxiliary["psi"]
        zero = psi * counts.below(np.zeros_like(rows.mu), rows)
        # as if it were known which zeros are counts: more information than there is
        return np.where(y == 0, zero / (1 - psi + zero), 1.0) * first, psi * information

    def zero_rows(y, mu, mu_derivative):
        # A zero is a count with its probability at mu, as in a step of the EM algorithm: its
        # variance is divided by that.
        log_zero = -ALPHA_AT_START * np.log1p(mu / ALPHA_AT_START) if dispersed else -mu
        spread = mu * (1.0 + mu / ALPHA_AT_START) if dispersed else mu
        psi = INFLATED_PSI.first(y, 1.0)
        count = psi * np.exp(log_zero)
        with np.errstate(divide="ignore"):  # the variance of a row that says nothing is infinite
            return mu, mu_derivative, spread * np.where(y == 0, (1.0 - psi + count) / count, 1.0)

    mixed = mixed_with_zeros(counts)
    name = f"zero_inflated_{counts.name}"
    return Family(
        name,
        response=counts.response,
        parameters=(*counts.parameters, replace(INFLATED_PSI, start=start)),
        density=replace(
            density,
            kernel=kernel,
            normaliser=with_log_share(density),
            log_below=counts_above and below_of(log_above),
            log_above=counts_above and log_above,
            log_between=counts_between and log_between,
        ),
        own_log_density=log_density,
        **mixed,
        below=below,
        without_tails=counts.without_tails,
        proportional=mixed["mean"],
        score=score,
        zero_rows=zero_rows if density.of_logarithm else None,
        level=mean_of_counts if density.of_logarithm else None,
        estimation=Estimation(several_modes=True),
        limits=limits,
        words=words,
    )
