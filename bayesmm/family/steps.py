"""Families of ordered categories that are reached step by step: `sratio`, `cratio` and `acat`.

Step k leads from category k to k + 1, and has a threshold c_k of its own, in no order with others.
"""

from collections.abc import Callable
from functools import cache

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import exp, log1mexp, log_ndtr, softplus, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.thresholds import DISC, LATENT, WITHOUT_BOUNDS, with_thresholds
from bayesmm.family.words import Words

__all__ = ["reached_by_steps", "sequential"]


# log F(z) and log(1 - F(z)), F the inverse of the link.


def _logit_below(z):
    return -softplus(-z)


def _logit_above(z):
    return -softplus(z)


def _probit_above(z):
    return log_ndtr(-z)


def _cloglog_below(z):
    return log1mexp(exp(z))


def _cloglog_above(z):
    return -exp(z)


_TAILS = {
    "logit": (_logit_below, _logit_above),
    "probit": (log_ndtr, _probit_above),
    "cloglog": (_cloglog_below, _cloglog_above),
}


def sequential(stays: Callable, goes: Callable, K: int, scale: Callable) -> Callable:
    """Return the log density of a response that goes on or stays at each step.

    `stays` and `goes` are log probabilities at a distance from mu, and ``scale(z, k, further)`` is
    the distance at step k, from 0, in units of the latent scale.
    """

    def kernel(y, eta, *further):
        position = -eta
        z = scale(position, 0, further)
        total = where(y > 1.5, goes(z), stays(z))
        for k in range(1, K - 1):
            position = position + further[k - 1]
            z = scale(position, k, further)
            total = total + where(y > k + 1.5, goes(z), where(y > k + 0.5, stays(z), 0.0))
        return total

    def of_two(y, eta, *further):
        z = scale(-eta, 0, further)
        return where(y > 1.5, goes(z), stays(z))

    # a loop over no gaps would not compile
    return kernel if K > 2 else of_two


def reached_by_steps(
    name: str,
    kernel: Callable[[Callable, Callable, int, Callable], Callable],
    shares: Callable,
    words: Words,
) -> Family:
    """Return a family whose categories are reached step by step.

    ``kernel(below, above, K, scale)`` is the log density in gaps between thresholds, from the
    logarithms of F and of 1 - F; `shares` are as in `Family`.
    """

    @cache
    def density(link: str, K: int, scaled: bool, specific: bool) -> LogDensity:
        scale = _specific(K, scaled) if specific else _scaled if scaled else _plain
        return LogDensity(kernel(*_TAILS[link], K, scale), arguments=LATENT)

    def of_categories(family: Family, labels: tuple[str, ...]) -> Family:
        """Return the family of these categories."""
        scaled = DISC in family.parameters
        own = density(family.link, len(labels), scaled, family.specific)
        return with_thresholds(family, labels, own, ordered=False)

    return Family(
        name,
        response="ordered",
        without_tails=WITHOUT_BOUNDS,
        parameters=(Parameter("mu", links=tuple(_TAILS)),),
        optional=(DISC,),
        latent=True,
        shares=shares,
        of_categories=of_categories,
        words=words,
    )


def _plain(z, k, further):
    return z


def _scaled(z, k, further):
    return further[-1] * z


@cache
def _specific(K: int, scaled: bool) -> Callable:
    """Return the scale where step k has effects of its own, which stand after the K - 2 gaps."""

    def own(z, k, further):
        return z - further[K - 2 + k]

    def own_scaled(z, k, further):
        return further[-1] * (z - further[K - 2 + k])

    return own_scaled if scaled else own
