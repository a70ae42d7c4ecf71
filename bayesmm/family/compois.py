"""Counts that vary less or more than poisson ones, by nu: Conway-Maxwell-Poisson of mean mu."""

import numpy as np

from bayesmm.family.conway_series import conway_counts, log_conway
from bayesmm.family.conway_tails import log_conway_above, log_conway_below
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import MISSING_PREDICTORS, Words

__all__ = ["FAMILY"]

_LEAST, _MOST = 0.05, 30.0

_NU = Parameter(
    "nu",
    symbol="ν",
    meaning="1 of poisson counts; above 1 they vary less, below 1 more",
    priors={"default": ("Gamma", 2.0, 1.0)},
    start=1.0,
    search=Search(
        1.0,
        lambda _: (float(np.log(_LEAST)), float(np.log(_MOST))),
        lambda nu, _: not 1.01 * _LEAST < nu < 0.99 * _MOST,
        "nu is at an end of its range: the counts vary as geometric ones, or hardly at all.",
    ),
    names={"glmmtmb": "1 / dispersion"},
)


def _kernel(y, log_mu, nu):
    return log_conway(y, log_mu, nu)


def _of_counts(rows, function):
    """Return a number of every row and draw, from its counts and their probabilities."""
    mu, nu = np.broadcast_arrays(rows.mu, rows.auxiliary["nu"])
    found = np.empty(mu.size)
    for part, counts, mass in conway_counts(np.log(mu.ravel()), nu.ravel()):
        found[part] = function(counts, mass, part)
    return found.reshape(mu.shape)


def _variance(rows):
    def moments(counts, mass, _part):
        gaps = counts - (mass * counts).sum(axis=-1, keepdims=True)
        return (mass * gaps**2).sum(axis=-1)

    return _of_counts(rows, moments)


def _random(generator, rows):
    u = generator.random(rows.mu.shape).ravel()

    def drawn(counts, mass, part):
        steps = (np.cumsum(mass, axis=-1) < u[part, None]).sum(axis=-1)
        return counts[:, 0] + np.minimum(steps, counts.shape[1] - 1)

    return _of_counts(rows, drawn)


def _below(y, rows):
    return np.exp(log_conway_below(y, np.log(rows.mu), rows.auxiliary["nu"]))


def _score(y, rows):
    variance = _variance(rows)
    return (y - rows.mu) / variance, 1.0 / variance


FAMILY = Family(
    "compois",
    response="count",
    parameters=(Parameter("mu", links=("log",)), _NU),
    density=LogDensity(
        _kernel, arguments=LOGARITHMS, log_below=log_conway_below, log_above=log_conway_above
    ),
    random=_random,
    below=_below,
    variance=_variance,
    score=_score,
    variance_function=lambda mu: mu,
    estimation=Estimation(),
    limits={"poisson": ()},
    words=Words(
        title="Conway-Maxwell-Poisson",
        equation=("ConwayMaxwellPoisson", "{mu}", "{nu}"),
        names={"glmmtmb": "compois"},
        synonyms=("compoisson", "conwaymaxwellpoisson", "conwaymaxwell", "cmp", "cmpoisson"),
        advice={
            "spread": f"look for {MISSING_PREDICTORS}",
            "zeros": "try zero_inflated_negativebinomial or hurdle_negativebinomial",
        },
        note={
            "log": "mu is the mean, as with compois() of glmmTMB, of which nu is 1 over the "
            "dispersion; with com_poisson() of brms mu is another number."
        },
    ),
)
