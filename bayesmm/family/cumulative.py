"""Ordered categories as parts of a latent scale: P(Y <= k) = F(c_k - mu).

F is the inverse of the link: logistic, normal, or 1 - exp(-exp(x)). mu is on the latent scale,
where the predictors move it; the thresholds c_1 < ... < c_(K-1) take the place of an intercept.

References
----------
McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x. Buerkner and Vuorre (2019),
doi:10.1177/2515245918823199.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import exp, expm1, is_positive, log1mexp, log_ndtr, softplus, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.thresholds import (
    DISC,
    LATENT,
    LATENT_VARIANCES,
    WITHOUT_BOUNDS,
    with_thresholds,
)
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

# Log probability between two points of the latent distribution that are `gap` apart; of the lowest
# category only `upper` counts, of the highest only `lower`. Differences of distribution functions,
# which would cancel, are never formed.


def _logit_share(lowest, highest, lower, upper, gap):
    below = where(highest, 0.0, softplus(-upper))
    above = where(lowest, 0.0, softplus(lower))
    return where(lowest, 0.0, where(highest, 0.0, log1mexp(gap))) - below - above


def _probit_share(lowest, highest, lower, upper, gap):
    # two points above 0 as their mirror images, where the distribution function is small
    mirrored = is_positive(lower + upper)
    far = log_ndtr(where(mirrored, -lower, upper))
    near = log_ndtr(where(mirrored, -upper, lower))
    end = log_ndtr(where(lowest, upper, -lower))
    return where(lowest, end, where(highest, end, far + log1mexp(far - near)))


def _cloglog_share(lowest, highest, lower, upper, gap):
    start = exp(lower)
    more = where(lowest, exp(upper), start * expm1(gap))
    return where(highest, 0.0, log1mexp(more)) - where(lowest, 0.0, start)


_SHARES = {"logit": _logit_share, "probit": _probit_share, "cloglog": _cloglog_share}


def _between_gaps(K: int) -> Callable:
    """Return the function that places a row between its thresholds, the first of which is 0."""

    def placed(y, eta, further):
        lower = upper = -eta
        gap = 0.0 * eta + 1.0
        for k in range(K - 2):
            upper = upper + where(y > k + 1.5, further[k], 0.0)
            lower = lower + where(y > k + 2.5, further[k], 0.0)
            gap = where((y > k + 1.5) & (y < k + 2.5), further[k], gap)
        return lower, upper, gap

    def of_two(y, eta, further):
        return -eta, -eta, 0.0 * eta + 1.0

    return placed if K > 2 else of_two


@cache
def _density(link: str, K: int, scaled: bool) -> LogDensity:
    """Return the log density of K categories, with `disc` as the last parameter where scaled."""
    share, placed = _SHARES[link], _between_gaps(K)

    def kernel(y, eta, *further):
        lower, upper, gap = placed(y, eta, further)
        lowest, highest = y < 1.5, y > K - 0.5
        # what does not count is a number that every function has
        upper = where(highest, lower + 1.0, upper)
        lower = where(lowest, upper - 1.0, lower)
        return share(lowest, highest, lower, upper, gap)

    def scaled_kernel(y, eta, *further):
        lower, upper, gap = placed(y, eta, further)
        lowest, highest, disc = y < 1.5, y > K - 0.5, further[-1]
        upper = where(highest, lower + 1.0, upper)
        lower = where(lowest, upper - 1.0, lower)
        return share(lowest, highest, disc * lower, disc * upper, disc * gap)

    return LogDensity(scaled_kernel if scaled else kernel, arguments=LATENT)


def _shares(inverse, distances):
    """Return F(c_k - mu) - F(c_(k-1) - mu)."""
    below = [inverse(z) for z in distances]
    inside = [high - low for low, high in pairwise(below)]
    return [below[0], *inside, 1.0 - below[-1]]


def _of_categories(family: Family, labels: tuple[str, ...]) -> Family:
    """Return the family of these categories."""
    density = _density(family.link, len(labels), DISC in family.parameters)
    return with_thresholds(family, labels, density, ordered=True)


FAMILY = Family(
    "cumulative",
    response="ordered",
    without_tails=WITHOUT_BOUNDS,
    parameters=(Parameter("mu", links=tuple(_SHARES)),),
    optional=(DISC,),
    latent=True,
    shares=_shares,
    of_categories=_of_categories,
    on_link_scale=LATENT_VARIANCES,
    compiled={"logit": "bayesmm.sampling.compiled.kernels.cumulative"},
    words=Words(
        models={"logit": "proportional odds", "probit": "ordered probit"},
        equation=("Cumulative", "{mu}", "{c}"),
        category=("P({} ≤ k)", " − "),
        names={"bambi": "cumulative", "brms": "cumulative", "ordinal": "clm"},
        unweighted=frozenset({"bambi"}),
        synonyms=("ordinal", "clm", "clmm", "polr", "orderedlogistic"),
    ),
)
