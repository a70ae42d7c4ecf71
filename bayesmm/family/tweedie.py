"""Amounts from 0 on: sums of a Poisson number of gamma variables, of variance phi mu^p."""

import numpy as np

from bayesmm.family.atoms import off_atoms
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import exp, log_tweedie
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.tweedie_tails import log_tweedie_above, log_tweedie_below
from bayesmm.family.words import Words
from bayesmm.special import gammainc, gammaln

__all__ = ["FAMILY"]

_LEAST, _MOST = 1.001, 1.999


def _unit(y):
    """Return phi if the variance were all that of the response, at the power 1.5."""
    return float(y.var() / y.mean() ** 1.5) or 1.0


_PHI = Parameter(
    "phi",
    symbol="φ",
    meaning="dispersion: the variance over mu to the power",
    priors={"default": lambda y, _spread: ("HalfStudentT", 3.0, _unit(y))},
    intercept={"default": lambda y, _spread: ("Normal", float(np.log(_unit(y))), 1.0)},
    start=lambda y, _spread: _unit(y),
    search=Search(_unit),
    names={"glmmtmb": "dispersion"},
    synonyms=("disp",),
)
_POWER = Parameter(
    "power",
    support="real",
    symbol="p",
    meaning="power of mu in the variance: towards 1 as of counts, towards 2 as of a gamma variable",
    priors={"default": ("Uniform", 1.01, 1.99)},
    start=1.5,
    search=Search(
        1.5,
        lambda _: (_LEAST, _MOST),
        lambda power, _: not _LEAST + 1e-3 < power < _MOST - 1e-3,
        "power is at an end of its range, 1 to 2.",
    ),
    scales=False,
    varies=False,
    names={"glmmtmb": "family_params"},
)


def _kernel(y, log_mu, phi, power):
    one, two = 1.0 - power, 2.0 - power
    return (y * exp(one * log_mu) / one - exp(two * log_mu) / two) / phi


def _normaliser(y, phi, power):
    return log_tweedie(y, phi, power)


def _base(y):
    return np.where(y == 0, 0.0, -np.log(np.where(y == 0, 1.0, y)))


def _compound(rows):
    """Return the mean number of gamma variables, their shape and their scale."""
    phi, power = rows.auxiliary["phi"], rows.auxiliary["power"]
    number = rows.mu ** (2 - power) / (phi * (2 - power))
    return number, (2 - power) / (power - 1), phi * (power - 1) * rows.mu ** (power - 1)


def _random(generator, rows):
    number, shape, scale = _compound(rows)
    counts = generator.poisson(number)
    some = generator.gamma(np.maximum(counts, 1) * shape, scale)
    return np.where(counts > 0, off_atoms(some, 0.0), 0.0)


def _below(y, rows):
    number, shape, scale = _compound(rows)
    x = y / scale
    total = np.exp(-number) + 0.0 * x
    room = 9.0 * np.sqrt(np.max(number)) + 20.0
    for k in range(max(1, int(np.min(number) - room)), int(np.max(number) + room)):
        log_mass = k * np.log(number) - number - gammaln(k + 1.0)
        total = total + np.exp(log_mass) * gammainc(k * shape, x)
    return np.minimum(total, 1.0)


FAMILY = Family(
    "tweedie",
    response="positive",
    parameters=(Parameter("mu", links=("log",)), _PHI, _POWER),
    density=LogDensity(
        _kernel,
        _normaliser,
        _base,
        LOGARITHMS,
        log_below=log_tweedie_below,
        log_above=log_tweedie_above,
    ),
    random=_random,
    below=_below,
    variance=lambda rows: rows.auxiliary["phi"] * rows.mu ** rows.auxiliary["power"],
    atoms={0.0: lambda rows: np.exp(-_compound(rows)[0])},
    variance_function=lambda mu: mu**1.5,
    estimation=Estimation(),
    words=Words(
        title="Tweedie",
        equation=("Tweedie", "{mu}", "{phi}", "{power}"),
        names={"glmmtmb": "tweedie"},
        synonyms=("tw",),
    ),
)
