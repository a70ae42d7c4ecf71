"""Link functions g(mu) = eta with their inverses and derivatives, on whole arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.special import expit, log_ndtr, logit, ndtri

__all__ = ["LINKS", "Link"]

type Transform = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Link:
    """One link."""

    name: str  # Bambi's name
    link: Transform  # eta = g(mu)
    inverse: Transform  # mu = g^-1(eta)
    derivative: Transform  # d mu / d eta, as a function of eta


def _normal_density(eta: Array) -> Array:
    return np.exp(-(np.asarray(eta) ** 2) / 2) / np.sqrt(2 * np.pi)


def _logistic_density(eta: Array) -> Array:
    p = expit(eta)
    return p * expit(-np.asarray(eta))  # not 1 - p, which is 0 from eta = 37 on


def _cauchy_slope(eta: Array) -> Array:
    return 2 / (1 + np.square(eta))


LINKS: Mapping[str, Link] = {
    link.name: link
    for link in (
        Link("identity", np.asarray, np.asarray, np.ones_like),
        Link("log", np.log, np.exp, np.exp),
        Link("inverse", np.reciprocal, np.reciprocal, lambda eta: -1 / np.square(eta)),
        Link("logit", logit, expit, _logistic_density),
        Link("probit", ndtri, lambda eta: np.exp(log_ndtr(eta)), _normal_density),
        Link("tan_half", lambda mu: np.tan(mu / 2), lambda eta: 2 * np.arctan(eta), _cauchy_slope),
        Link(
            "cloglog",
            lambda mu: np.log(-np.log1p(-mu)),
            lambda eta: -np.expm1(-np.exp(eta)),
            lambda eta: np.exp(eta - np.exp(eta)),
        ),
    )
}
