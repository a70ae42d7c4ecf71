"""Times of decisions: a Wiener process with drift mu that starts between two boundaries.

The process starts at bias * bs, of boundaries at 0 and bs, and moves with drift mu per unit of time
and variance 1 per unit of time. The response is the time at which it reaches a boundary, after a
time ndt in which nothing is decided; with the sign of the decision, which is minus at the lower
boundary. So one number says both, its density is one on the real line, and a draw is a decision
with its time.

Of the density at the boundary that is a share w of bs away, u = (t - ndt) / bs^2,

f = exp(-v w bs - v^2 (t - ndt) / 2) / bs^2 * g(u, w),

with v the drift away from that boundary. g has two series, of Navarro and Fuss (2009), Fast and
accurate calculations for first-passage times in Wiener diffusion models, Journal of Mathematical
Psychology 53, 222-230, https://doi.org/10.1016/j.jmp.2009.02.003: one for short times (terms -2 to
2), and one for long (terms 1 to 4). They change at u = 0.3, where the first terms that are left
out are below 1e-13 of g, for w from 1e-4 to 1 - 1e-4: 25 exp(-12 pi^2 u) of the long series, and
5 exp(-12 / u) / (1 - w) of the short one near w = 1.
"""

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import absolute, cos, exp, expm1, is_positive, log, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.wiener_times import (
    drawn_times,
    moments_of_times,
    probability_of_lower,
    reached_by,
)
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

_PI = 3.141592653589793
_LOG_PI = 1.1447298858494002
_HALF_LOG_TWO_PI = 0.9189385332046727
# Time in units of bs^2 at which the series change.
_CHANGE = 0.3
# As a share of the smallest time.
_ENDED = 0.999


def _least(y):
    return float(np.abs(y).min())


def _unit(y):
    """Return the root of the mean time, which boundaries have the unit of."""
    return float(np.sqrt(np.abs(y).mean()))


_BS = Parameter(
    "bs",
    meaning="distance of the boundaries, in units of the root of time",
    priors={
        "default": lambda y, _spread: ("HalfStudentT", 3.0, 2.0 * _unit(y)),
        "brms": ("Gamma", 1.0, 1.0),
    },
    intercept={"default": lambda y, _spread: ("Normal", float(np.log(1.5 * _unit(y))), 1.0)},
    start=lambda y, _spread: 1.5 * _unit(y),
    search=Search(lambda y: 1.5 * _unit(y)),
    scales=False,
    names={"brms": "bs"},
    synonyms=("boundary",),
)
_NDT = Parameter(
    "ndt",
    meaning="time before which there is no decision, in the units of time",
    priors={"default": lambda y, _spread: ("Uniform", 0.0, _least(y))},
    intercept={"default": lambda y, _spread: ("Normal", float(np.log(0.5 * _least(y))), 0.5)},
    start=lambda y, _spread: 0.5 * _least(y),
    search=Search(
        lambda y: 0.5 * _least(y),
        lambda y: (float(np.log(_least(y))) - 15.0, float(np.log(_ENDED * _least(y)))),
        lambda ndt, y: bool(ndt > 0.99 * _ENDED * _least(y)),
        "ndt is at the smallest time.",
    ),
    scales=False,
    names={"brms": "ndt"},
)
_BIAS = Parameter(
    "bias",
    support="share",
    meaning="where the process starts: 0 at the lower boundary, 1 at the upper one",
    priors={"default": ("Beta", 2.0, 2.0), "brms": ("Beta", 1.0, 1.0)},
    start=0.5,
    scales=False,
    names={"brms": "bias"},
)


def _kernel(y, mu, bs, ndt, bias):
    return _without_drift(y, bs, ndt, bias) - _drifted(y, mu, bs, ndt, bias)


def _drifted(y, mu, bs, ndt, bias):
    """Return what the drift takes from the log density of a process without one."""
    upper = is_positive(y)
    near, away = where(upper, 1.0 - bias, bias), where(upper, -mu, mu)
    return away * near * bs + 0.5 * mu * mu * (absolute(y) - ndt)


def _without_drift(y, bs, ndt, bias):
    upper = is_positive(y)
    near, far = where(upper, 1.0 - bias, bias), where(upper, bias, 1.0 - bias)
    time = absolute(y) - ndt
    u = time / (bs * bs)
    is_short = is_positive(_CHANGE - u)
    # both series are computed, each where it is to be had: a time before ndt has no logarithm
    short = where(is_short, where(is_positive(u), u, _CHANGE), _CHANGE)
    long = where(is_short, _CHANGE, u)
    x = 1.0 / short
    gone = expm1(-2.0 * far * x)
    first = -gone - far * (2.0 + gone)  # near - (1 + far) exp(-2 far / u)
    second = (2.0 + near) * exp(-2.0 * (1.0 + near) * x)
    third = (4.0 - near) * exp(-4.0 * (2.0 - near) * x)
    fourth = (4.0 + near) * exp(-4.0 * (2.0 + near) * x)
    c, rate = cos(_PI * near), 0.5 * _PI * _PI * long
    # Chebyshev polynomials of c are the quotients sin(k pi w) / sin(pi w)
    rest = 4.0 * c * exp(-3.0 * rate) + 3.0 * (4.0 * c * c - 1.0) * exp(-8.0 * rate)
    rest = rest + 16.0 * c * (2.0 * c * c - 1.0) * exp(-15.0 * rate)
    total = where(is_short, first + second - third + fourth, (1.0 + rest) * cos(_PI * (near - 0.5)))
    exponent = where(
        is_short,
        -0.5 * near * near * x - 1.5 * log(u) - _HALF_LOG_TWO_PI,
        _LOG_PI - rate,
    )
    return log(total) + exponent - 2.0 * log(bs)


def _values(rows):
    own = rows.auxiliary
    return rows.mu, own["bs"], own["ndt"], own["bias"]


def _log_density(y, rows):
    return _of_drift(y, rows)(rows.mu)


def _of_drift(y, rows):
    """Return the log density as a function of the drift; the series do not depend on it."""
    _, bs, ndt, bias = _values(rows)
    known = np.abs(y) > ndt
    at = np.where(known, y, np.where(y > 0, 1.0, -1.0) * (ndt + bs * bs))
    with np.errstate(divide="ignore", invalid="ignore"):
        still = np.where(known, _without_drift(at, bs, ndt, bias), -np.inf)
    return lambda mu: still - _drifted(at, mu, bs, ndt, bias)


def _score(y, rows):
    """Return the derivative in the drift, and minus the second one."""
    mu, bs, ndt, bias = _values(rows)
    upper, time = y > 0, np.abs(y) - ndt
    first = np.where(upper, 1.0 - bias, -bias) * bs - mu * time
    possible = time > 0
    return np.where(possible, first, np.nan), np.where(possible, time, np.nan)


def _below(y, rows):
    mu, bs, ndt, bias = _values(rows)
    upper = y > 0
    away, near = np.where(upper, -mu, mu), np.where(upper, 1.0 - bias, bias)
    reached = reached_by(np.maximum(np.abs(y) - ndt, 0.0), away, bs, near)
    return probability_of_lower(mu, bs, bias) + np.where(upper, reached, -reached)


def _moments(rows):
    """Return the mean of y and of its square."""
    mu, bs, ndt, bias = _values(rows)
    lower = probability_of_lower(mu, bs, bias)
    first = second = 0.0
    for sign, share, near in ((-1.0, lower, bias), (1.0, 1.0 - lower, 1.0 - bias)):
        mean, variance = moments_of_times(mu, bs, near)
        first = first + sign * share * (mean + ndt)
        second = second + share * (variance + (mean + ndt) ** 2)
    return first, second


def _variance(rows):
    first, second = _moments(rows)
    return second - first**2


def _random(generator, rows):
    mu, bs, ndt, bias = (np.broadcast_to(part, rows.mu.shape) for part in _values(rows))
    upper = generator.random(mu.shape) >= probability_of_lower(mu, bs, bias)
    times = ndt + drawn_times(generator, mu, bs, np.where(upper, 1.0 - bias, bias))
    return np.where(upper, times, -times)


FAMILY = Family(
    "wiener",
    response="real",
    parameters=(Parameter("mu", links=("identity",)), _BS, _NDT, _BIAS),
    density=LogDensity(_kernel),
    decisions=True,
    own_log_density=_log_density,
    of_mu=_of_drift,
    score=_score,
    random=_random,
    below=_below,
    mean=lambda rows: _moments(rows)[0],
    variance=_variance,
    # a drift has the unit of 1 / root of time
    located=lambda y: np.sign(y) / np.sqrt(np.abs(y)),
    without_tails="a time that is known by bounds is one of both decisions, "
    "where what was decided is not known either; leave such rows out",
    words=Words(
        title="Wiener diffusion",
        equation=("Wiener", "{mu}", "{bs}", "{ndt}", "{bias}"),
        location="the drift of {}",
        names={"brms": "wiener"},
        synonyms=("ddm", "hddm", "driftdiffusion", "diffusion"),
        note={
            "identity": "A response is a time with the sign of its decision, minus at the lower "
            "boundary, and so are predictions: P(upper boundary) is that of survival at the time "
            "0, and a mean is that of times with their signs.",
        },
    ),
)
