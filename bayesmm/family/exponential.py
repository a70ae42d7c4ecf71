"""Waiting times without memory: the sd is the mean."""

import numpy as np

from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import exp, log1mexp
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _kernel(y, log_mu):
    return -log_mu - y * exp(-log_mu)


def _log_below(y, log_mu):
    return log1mexp(y * exp(-log_mu))


def _log_above(y, log_mu):
    return -y * exp(-log_mu)


FAMILY = Family(
    "exponential",
    response="positive",
    parameters=(Parameter("mu", links=("log", "inverse", "identity")),),
    density=LogDensity(_kernel, arguments=LOGARITHMS, log_below=_log_below, log_above=_log_above),
    random=lambda generator, rows: generator.exponential(rows.mu),
    below=lambda y, rows: -np.expm1(-y / rows.mu),
    variance=lambda rows: rows.mu**2,
    on_link_scale={"log": lambda _found: np.float64(np.pi**2 / 6)},  # the variance of log y
    variance_function=np.square,
    estimation=Estimation("scaled"),
    words=Words(
        equation=("Exponential", "1 / {mu}"),
        names={"bambi": "exponential", "brms": "exponential"},
        pymc="Exponential: lam=1 / mu",
    ),
)
