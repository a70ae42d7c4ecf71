"""Responses with heavier tails than normal ones: Student's t about mu."""

import numpy as np

from bayesmm.family.beta_tails import log_student_below
from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.gaussian import SIGMA
from bayesmm.family.numeric import lgamma, log, log1p
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import stdtr

__all__ = ["FAMILY"]

_LOG_PI = 1.1447298858494002

_NU = Parameter(
    "nu",
    meaning="degrees of freedom of the residuals",
    priors={"default": ("Gamma", 2.0, 0.1)},
    intercept={"default": ("Normal", 2.302585092994046, 1.0)},  # about 10
    start=10.0,
    search=Search.up_to(
        1e4,
        8.0,
        "nu grows without bound: the residuals have no heavier tails than gaussian ones.",
    ),
    names={"brms": "nu"},
)


def _kernel(y, mu, sigma, nu):
    z = (y - mu) / sigma
    return -0.5 * (nu + 1.0) * log1p(z * z / nu)


def _normaliser(y, sigma, nu):
    shape = lgamma(0.5 * (nu + 1.0)) - lgamma(0.5 * nu)
    return shape - 0.5 * (_LOG_PI + log(nu)) - log(sigma)


def _log_below(y, mu, sigma, nu):
    return log_student_below((y - mu) / sigma, nu)


def _log_above(y, mu, sigma, nu):
    return log_student_below((mu - y) / sigma, nu)


def _random(generator, rows):
    nu = np.broadcast_to(rows.auxiliary["nu"], rows.mu.shape)
    return rows.mu + rows.auxiliary["sigma"] * generator.standard_t(nu)


def _spread(auxiliary):
    nu = auxiliary["nu"]
    # infinite for nu <= 2: the residual in units of its sd is then 0
    heavy = np.where(nu > 2, nu / np.where(nu > 2, nu - 2, 1.0), np.inf)
    return auxiliary["sigma"] ** 2 * heavy


def _score(y, rows):
    nu, variance = rows.auxiliary["nu"], rows.auxiliary["sigma"] ** 2
    gap = y - rows.mu
    information = np.broadcast_to((nu + 1) / (nu + 3) / variance, gap.shape)
    return (nu + 1) * gap / (nu * variance + gap**2), information


FAMILY = Family(
    "t",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log", "inverse")), SIGMA, _NU),
    density=LogDensity(
        _kernel, _normaliser, by_value=False, log_below=_log_below, log_above=_log_above
    ),
    random=_random,
    below=lambda y, rows: stdtr(rows.auxiliary["nu"], (y - rows.mu) / rows.auxiliary["sigma"]),
    variance=lambda rows: np.broadcast_to(_spread(rows.auxiliary), rows.mu.shape),
    score=_score,
    on_link_scale={"identity": lambda found: _spread(found.auxiliary)},
    variance_function=np.ones_like,
    compiled=dict.fromkeys(
        ("identity", "log", "inverse"), "bayesmm.sampling.compiled.kernels.student"
    ),
    estimation=Estimation("scaled", several_modes=True),
    words=Words(
        title="Student-t",
        models={"identity": "robust linear"}
        | dict.fromkeys(("log", "inverse"), "generalised linear"),
        equation=("StudentT", "{nu}", "{mu}", "{sigma}"),
        names={"bambi": "t", "brms": "student", "glmmtmb": "t_family"},
        unweighted=frozenset({"bambi"}),
        residual="Residual: the scale sigma of the t distribution; its sd is "
        "sigma sqrt(nu / (nu - 2)).",
        pymc="StudentT: nu=nu, mu=mu, sigma=sigma",
        synonyms=("student", "studentt", "tfamily", "tdistribution"),
    ),
)
