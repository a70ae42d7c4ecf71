"""Skewed responses: mu is their mean and sigma their sd, and alpha turns a normal one aside."""

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.gaussian import SIGMA
from bayesmm.family.numeric import exp, log, log1p, log_ndtr
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.skew_normal_tails import log_skew_below
from bayesmm.family.words import Words
from bayesmm.special import ndtr, owens_t

__all__ = ["FAMILY"]

_ROOT_TWO_OVER_PI = 0.7978845608028654
_REST = 1.0 - _ROOT_TWO_OVER_PI**2
_LOG_ROOT_HALF_PI = 0.22579135264472744
# Skewness of the half normal distribution is 0.9953.
_MOST_SKEW = 0.9


def _alpha_of(y, _spread=1.0):
    """Return the alpha that has the skewness of the response, within the range of the family."""
    z = y - y.mean()
    skew = np.clip((z**3).mean() / (z**2).mean() ** 1.5, -_MOST_SKEW, _MOST_SKEW)
    size = np.cbrt(2.0 * abs(skew) / (4.0 - np.pi)) ** 2
    delta = np.sqrt(np.pi / 2.0 * size / (1.0 + size))
    return float(np.sign(skew) * delta / np.sqrt(1.0 - delta**2))


_ALPHA = Parameter(
    "alpha",
    support="real",
    meaning="skewness: 0 of a normal response, above 0 with a long tail of large values",
    priors={"default": ("Normal", 0.0, 4.0)},
    start=_alpha_of,
    search=Search(
        _alpha_of,
        lambda _: (-500.0, 500.0),
        lambda alpha, _: abs(alpha) > 100.0,
        "alpha grows without bound: the response is as skewed as the family can be.",
    ),
    scales=False,
    names={"brms": "alpha", "glmmtmb": "family_params"},
)


def _z(y, mu, sigma, alpha):
    """Return the response from its location, in units of its scale."""
    square = alpha * alpha
    root = exp(0.5 * log1p(square))  # of 1 + alpha^2
    unit = root * exp(-0.5 * log1p(_REST * square))  # scale over sd
    return (y - mu) / (sigma * unit) + _ROOT_TWO_OVER_PI * alpha / root


def _kernel(y, mu, sigma, alpha):
    z = _z(y, mu, sigma, alpha)
    return -0.5 * z * z + log_ndtr(alpha * z)


def _log_below(y, mu, sigma, alpha):
    return log_skew_below(_z(y, mu, sigma, alpha), alpha)


def _log_above(y, mu, sigma, alpha):
    return log_skew_below(-_z(y, mu, sigma, alpha), -alpha)


def _normaliser(y, sigma, alpha):
    square = alpha * alpha
    return 0.5 * (log1p(_REST * square) - log1p(square)) - log(sigma)


def _standard(rows):
    """Return location and scale of the underlying distribution, and alpha."""
    sigma, alpha = rows.auxiliary["sigma"], rows.auxiliary["alpha"]
    scale = sigma * np.sqrt((1 + alpha**2) / (1 + _REST * alpha**2))
    return rows.mu - scale * _ROOT_TWO_OVER_PI * alpha / np.sqrt(1 + alpha**2), scale, alpha


def _random(generator, rows):
    location, scale, alpha = _standard(rows)
    half = np.abs(generator.standard_normal(rows.mu.shape))
    other = generator.standard_normal(rows.mu.shape)
    return location + scale * (alpha * half + other) / np.sqrt(1 + alpha**2)


def _below(y, rows):
    location, scale, alpha = _standard(rows)
    z = (y - location) / scale
    return np.clip(ndtr(z) - 2 * owens_t(z, alpha), 0.0, 1.0)


FAMILY = Family(
    "skew_normal",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log", "inverse")), SIGMA, _ALPHA),
    density=LogDensity(
        _kernel,
        _normaliser,
        lambda _y: -_LOG_ROOT_HALF_PI,
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=_below,
    variance=lambda rows: np.broadcast_to(rows.auxiliary["sigma"] ** 2, rows.mu.shape),
    on_link_scale={"identity": lambda found: found.auxiliary["sigma"] ** 2},
    estimation=Estimation("scaled"),
    limits={"gaussian": ("alpha",)},
    words=Words(
        title="skew normal",
        equation=("SkewNormal", "{mu}", "{sigma}", "{alpha}"),
        names={"brms": "skew_normal", "glmmtmb": "skewnormal"},
        pymc=(
            f"SkewNormal: mu=mu - {_ROOT_TWO_OVER_PI} * sigma * alpha "
            f"/ pm.math.sqrt(1 + {_REST} * alpha * alpha), "
            f"sigma=sigma * pm.math.sqrt((1 + alpha * alpha) / (1 + {_REST} * alpha * alpha)), "
            "alpha=alpha"
        ),
        synonyms=("sn",),
    ),
)
