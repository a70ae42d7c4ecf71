"""Proportions from 0 to 1: a share zoi is at an end, of which a share coi is at 1."""

import numpy as np

from bayesmm.family import beta
from bayesmm.family.atoms import INSIDE, off_atoms
from bayesmm.family.density import LOG_ODDS, LogDensity
from bayesmm.family.numeric import log, log1mexp, log1p, softplus, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

_OTHERS = beta.FAMILY.density


def _share(part, of):
    """Return a share with half a row more of either kind, never 0 or 1."""
    return float((np.count_nonzero(part) + 0.5) / (np.count_nonzero(of) + 1.0))


def _at_end(y):
    return (y == 0) | (y == 1)


_ZOI = Parameter(
    "zoi",
    support="share",
    meaning="share of rows that are 0 or 1",
    priors={"default": ("Beta", 2.0, 2.0), "brms": ("Beta", 1.0, 1.0)},
    start=lambda y, _spread: _share(_at_end(y), np.ones_like(y)),
    search=Search(
        0.25,
        lambda _: (-20.0, 20.0),
        lambda zoi, _: zoi < 1e-6,
        "zoi is at its bound 0: no response is 0 or 1.",
    ),
    scales=False,
    names={"brms": "zoi"},
)
_COI = Parameter(
    "coi",
    support="share",
    meaning="share of 1 among the rows that are 0 or 1",
    priors={"default": ("Beta", 2.0, 2.0), "brms": ("Beta", 1.0, 1.0)},
    start=lambda y, _spread: _share(y == 1, _at_end(y)),
    search=Search(
        0.5,
        lambda _: (-20.0, 20.0),
        lambda coi, _: not 1e-6 < coi < 1 - 1e-6,
        "coi is at an end of its range: the responses at an end are all 0, or all 1.",
    ),
    scales=False,
    names={"brms": "coi"},
)


def _kernel(y, log_odds, kappa, zoi, coi):
    end = (y == 0.0) | (y == 1.0)
    return where(end, 0.0, _of_others(where(end, INSIDE, y), log_odds, kappa))


_of_others, _constant = _OTHERS.kernel, _OTHERS.normaliser
_others_below, _others_above = _OTHERS.log_below, _OTHERS.log_above
_others_between = _OTHERS.interval
_NOTHING = -1e300  # log of a probability of 0


def _normaliser(y, kappa, zoi, coi):
    at_end = log(zoi) + where(y == 1.0, log(coi), log1p(-coi))
    end = (y == 0.0) | (y == 1.0)
    return where(end, at_end, log1p(-zoi) + _constant(y, kappa))


def _base(y):
    end = _at_end(y)
    return np.where(end, 0.0, _OTHERS.base(np.where(end, INSIDE, y)))


def _log_below(y, log_odds, kappa, zoi, coi):
    end = (y == 0.0) | (y == 1.0)
    at_zero = log(zoi) + log1p(-coi)
    others = log1p(-zoi) + _others_below(where(end, INSIDE, y), log_odds, kappa)
    at_end = where(y == 1.0, 0.0, at_zero)
    return where(end, at_end, at_zero + softplus(others - at_zero))


def _log_above(y, log_odds, kappa, zoi, coi):
    end = (y == 0.0) | (y == 1.0)
    at_one = log(zoi) + log(coi)
    others = log1p(-zoi) + _others_above(where(end, INSIDE, y), log_odds, kappa)
    at_end = where(y == 1.0, _NOTHING, log1mexp(-log(zoi) - log1p(-coi)))
    return where(end, at_end, at_one + softplus(others - at_one))


def _log_between(lower, upper, log_odds, kappa, zoi, coi):
    # above 0 are all of the others, and some are 1; at most 1 is everything
    first, last = where(lower <= 0.0, 0.5 * upper, lower), where(upper >= 1.0, INSIDE, upper)
    some = _others_between(first, last, log_odds, kappa)
    some = log1p(-zoi) + where(lower <= 0.0, _others_below(last, log_odds, kappa), some)
    return where(upper >= 1.0, _log_above(lower, log_odds, kappa, zoi, coi), some)


def _random(generator, rows):
    one = generator.random(rows.mu.shape) < rows.auxiliary["coi"]
    end = generator.random(rows.mu.shape) < rows.auxiliary["zoi"]
    inside = off_atoms(beta.FAMILY.random(generator, rows), 0.0, 1.0)
    return np.where(end, one.astype(float), inside)


def _below(y, rows):
    zoi, coi = rows.auxiliary["zoi"], rows.auxiliary["coi"]
    inside = (1 - zoi) * beta.FAMILY.below(y, rows)
    return np.where(y >= 1, 1.0, zoi * (1 - coi) + inside)


def _mean(rows):
    zoi, coi = rows.auxiliary["zoi"], rows.auxiliary["coi"]
    return zoi * coi + (1 - zoi) * rows.mu


def _variance(rows):
    zoi, coi = rows.auxiliary["zoi"], rows.auxiliary["coi"]
    square = beta.FAMILY.variance(rows) + rows.mu**2
    return zoi * coi + (1 - zoi) * square - _mean(rows) ** 2


def _score(y, rows):
    first, information = beta.FAMILY.score_in_mean(np.where(_at_end(y), INSIDE, y), rows)
    return np.where(_at_end(y), 0.0, first), (1 - rows.auxiliary["zoi"]) * information


def _zero_rows(y, mu, mu_derivative):
    return mu, mu_derivative, np.where(_at_end(y), np.inf, mu * (1.0 - mu))


FAMILY = Family(
    "zero_one_inflated_beta",
    response="proportion",
    parameters=(*beta.FAMILY.parameters, _ZOI, _COI),
    density=LogDensity(
        _kernel,
        _normaliser,
        _base,
        LOG_ODDS,
        by_value=False,
        silent=(0.0, 1.0),
        log_below=_log_below,
        log_above=_log_above,
        log_between=_log_between,
    ),
    random=_random,
    below=_below,
    mean=_mean,
    variance=_variance,
    atoms={
        0.0: lambda rows: rows.auxiliary["zoi"] * (1 - rows.auxiliary["coi"]) + 0 * rows.mu,
        1.0: lambda rows: rows.auxiliary["zoi"] * rows.auxiliary["coi"] + 0 * rows.mu,
    },
    score=_score,
    zero_rows=_zero_rows,
    limits={"beta": ("zoi",)},
    words=Words(
        title="zero-one-inflated beta",
        equation=(
            *("ZeroOneInflatedBeta", "{zoi}", "{coi}", "{mu} {kappa}"),
            "(1 - {mu}) {kappa}",
        ),
        names={"brms": "zero_one_inflated_beta"},
        synonyms=("zoib", "betainflated", "inflatedbeta"),
    ),
)
