"""Angles about a mean direction mu, in radians from -pi to pi."""

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import cos, log_bessel
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import i0e

__all__ = ["FAMILY"]

_LOG_TWO_PI = 1.8378770664093453

_KAPPA = Parameter(
    "kappa",
    symbol="κ",
    meaning="concentration about the mean direction: 0 of none, for many 1 over the variance",
    priors={"default": ("HalfStudentT", 3.0, 10.0), "brms": ("Gamma", 2.0, 0.01)},
    start=1.0,
    search=Search.up_to(
        1e10, 1.0, "kappa grows without bound: the response does not vary about its direction."
    ),
    scales=False,
    names={"brms": "kappa"},
)


def _kernel(y, mu, kappa):
    # cos - 1, which keeps its digits where kappa is large
    return kappa * (cos(y - mu) - 1.0)


def _normaliser(y, kappa):
    return kappa - log_bessel(kappa)


def _random(generator, rows):
    kappa = np.broadcast_to(rows.auxiliary["kappa"], rows.mu.shape)
    drawn = generator.vonmises(rows.mu, kappa)
    return np.angle(np.exp(1j * drawn))


def _below(y, rows):
    from scipy.stats import vonmises  # noqa: PLC0415  (slow to load, for residuals alone)

    kappa = rows.auxiliary["kappa"]
    # that of SciPy goes on over the ends of the circle
    return vonmises.cdf(y - rows.mu, kappa) - vonmises.cdf(-np.pi - rows.mu, kappa)


def _log_density(y, rows):
    kappa = rows.auxiliary["kappa"]
    return kappa * (np.cos(y - rows.mu) - 1) - np.log(i0e(kappa)) - _LOG_TWO_PI


FAMILY = Family(
    "von_mises",
    response="angle",
    parameters=(Parameter("mu", links=("tan_half", "identity")), _KAPPA),
    density=LogDensity(_kernel, _normaliser, lambda _y: -_LOG_TWO_PI, by_value=False),
    own_log_density=_log_density,
    random=_random,
    below=_below,
    without_tails="an angle is neither above nor below another, on a circle; leave such rows out",
    words=Words(
        title="von Mises",
        equation=("VonMises", "{mu}", "{kappa}"),
        names={"bambi": "vonmises", "brms": "von_mises"},
        unlinked={"bambi": frozenset({"tan_half"})},
        pymc="VonMises: mu=mu, kappa=kappa",
        synonyms=("vonmises", "circularnormal"),
        note={
            "identity": "Directions that differ by 2 pi are the same: without a link the posterior "
            "has a copy in every turn of the circle. The link 'tan_half' has one.",
        },
    ),
)
