"""Normal responses."""

from dataclasses import replace

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, log_ndtr
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import ndtr

__all__ = ["FAMILY", "SIGMA"]

_LOG_TWO_PI = 1.8378770664093453

SIGMA = Parameter(
    "sigma",
    meaning="residual standard deviation",
    priors={
        "default": lambda _y, spread: ("HalfStudentT", 3.0, spread),
        "brms": lambda _y, spread: ("HalfStudentT", 3.0, spread),
        "rstanarm": lambda _y, spread: ("Exponential", 1.0 / spread),
        "bambi": lambda _y, spread: ("HalfStudentT", 4.0, spread),
    },
    intercept={"default": lambda _y, spread: ("Normal", float(np.log(spread)), 1.0)},
    start=lambda _y, spread: spread,
    # a residual sd has the units of the response, and no end
    search=replace(Search.up_to(1e6, 0.7, ""), at_bound=lambda *_: False),
    residual=True,
    names={"brms": "sigma"},
    synonyms=("disp",),
)


def _kernel(y, mu, sigma):
    z = (y - mu) / sigma
    return -0.5 * z * z


def _normaliser(y, sigma):
    return -0.5 * _LOG_TWO_PI - log(sigma)


def _log_below(y, mu, sigma):
    return log_ndtr((y - mu) / sigma)


def _log_above(y, mu, sigma):
    return log_ndtr((mu - y) / sigma)


def _random(generator, rows):
    return generator.normal(rows.mu, np.broadcast_to(rows.scale, rows.mu.shape))


def _residual_variance(found):
    inverse = 1.0 if found.weights is None else float(np.mean(1 / found.weights))
    return found.auxiliary["sigma"] ** 2 * inverse


FAMILY = Family(
    "gaussian",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log", "inverse")), SIGMA),
    density=LogDensity(
        _kernel, _normaliser, by_value=False, log_below=_log_below, log_above=_log_above
    ),
    random=_random,
    below=lambda y, rows: ndtr((y - rows.mu) / rows.scale),
    variance=lambda rows: np.broadcast_to(np.square(rows.scale), rows.mu.shape),
    on_link_scale={"identity": _residual_variance},
    variance_function=np.ones_like,
    compiled=dict.fromkeys(
        ("identity", "log", "inverse"), "bayesmm.sampling.compiled.kernels.gaussian"
    ),
    estimation=Estimation("linear"),
    normal=True,
    precision_weights=True,
    words=Words(
        models={"identity": "linear"} | dict.fromkeys(("log", "inverse"), "generalised linear"),
        equation=("Normal", "{mu}", "{sigma}"),
        names={
            "bambi": "gaussian",
            "brms": "gaussian",
            "rstanarm": "gaussian",
            "glm": "gaussian",
        },
        pymc="Normal: mu=mu, sigma=sigma",
        synonyms=("normal", "gaussianfamily", "lm"),
        advice={"outliers": "family 't' is less moved by such rows"},
    ),
)
