"""Every family as a distribution of SciPy, and values of its further parameters: of all tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, special, stats
from wiener_reference import Wiener

from bayesmm.family.record import Family

__all__ = ["auxiliary_of", "distribution", "log_density_of", "trials_of"]

_VALUES = {
    **{"sigma": 0.7, "nu": 6.0, "alpha": 2.5, "kappa": 7.0, "psi": 0.7, "phi": 0.8, "beta": 1.2},
    **{"bs": 1.3, "bias": 0.4, "ndt": 0.05, "quantile": 0.3, "zoi": 0.25, "coi": 0.6, "power": 1.6},
}
# heavier tails have no variance
_OF_FAMILY = {"loglogistic": {"sigma": 0.2}, "compois": {"nu": 1.6}}


def auxiliary_of(family: Family) -> dict[str, float]:
    """Return values of the further parameters of a family."""
    values = _VALUES | _OF_FAMILY.get(family.name, {})
    return {name: values[name] for name in family.auxiliary}


def trials_of(family: Family, n: float, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return the known numbers of rows: trials where the response is out of trials."""
    return {"trials": np.full(shape, n)} if family.response == "binomial" else {}


@dataclass
class Tweedie:
    """A Poisson number of gamma variables by its definition."""

    mu: Any
    phi: float
    power: float

    def __post_init__(self) -> None:
        self.number = np.asarray(self.mu) ** (2 - self.power) / (self.phi * (2 - self.power))
        self.shape = (2 - self.power) / (self.power - 1)
        self.scale = self.phi * (self.power - 1) * np.asarray(self.mu) ** (self.power - 1)

    def density(self, y: Any) -> Any:
        y, k = np.asarray(y, float), np.arange(1, 200).reshape(-1, *(1,) * np.ndim(y + self.mu))
        each = stats.gamma(k * self.shape, scale=self.scale).pdf(np.where(y == 0, 1.0, y))
        some = (stats.poisson(self.number).pmf(k) * each).sum(axis=0)
        return np.where(y == 0, np.exp(-self.number), some)

    def cdf(self, y: Any) -> Any:
        k = np.arange(1, 200).reshape(-1, *(1,) * np.ndim(y + self.mu))
        each = stats.gamma(k * self.shape, scale=self.scale).cdf(y)
        return np.exp(-self.number) + (stats.poisson(self.number).pmf(k) * each).sum(axis=0)

    def mean(self) -> Any:
        return self.number * self.shape * self.scale

    def var(self) -> Any:
        return self.number * stats.gamma(self.shape, scale=self.scale).moment(2)

    def stats(self, _: str) -> tuple[Any, Any, Any]:
        fourth = self.number * stats.gamma(self.shape, scale=self.scale).moment(4)
        return self.mean(), self.var(), fourth / self.var() ** 2

    def rvs(self, size: int, random_state: int) -> Any:
        rng = np.random.default_rng(random_state)
        count = rng.poisson(self.number, size)
        return np.array([rng.gamma(self.shape, self.scale, k).sum() for k in count])


@dataclass
class ConwayMaxwell:
    """Counts by their definition, the rate found by bisection for each mean."""

    mu: Any
    nu: Any

    def __post_init__(self) -> None:
        mu, nu = np.broadcast_arrays(np.asarray(self.mu, float), self.nu)
        self.counts = np.arange(400.0)
        found = []
        for m, v in zip(mu.ravel(), nu.ravel(), strict=True):
            rate = optimize.brentq(lambda x: self._shares(x, v) @ self.counts - m, -60, 60)  # noqa: B023
            found.append(self._shares(rate, v))
        self.shares = np.array(found).reshape(*mu.shape, -1)

    def _shares(self, log_rate: float, nu: float) -> Any:
        terms = self.counts * log_rate - nu * special.gammaln(self.counts + 1)
        return np.exp(terms - special.logsumexp(terms))

    def _at(self, of: Any, y: Any) -> Any:
        index = np.asarray(y, dtype=int)
        of, index = np.broadcast_arrays(of, index[..., None])
        return np.take_along_axis(of, index[..., :1], axis=-1)[..., 0]

    def pmf(self, y: Any) -> Any:
        return self._at(self.shares, y)

    def logpmf(self, y: Any) -> Any:
        return np.log(self.pmf(y))

    def cdf(self, y: Any) -> Any:
        return self._at(np.cumsum(self.shares, axis=-1), y)

    def moment(self, power: int) -> Any:
        return self.shares @ self.counts**power

    def mean(self) -> Any:
        return self.moment(1)

    def var(self) -> Any:
        return self.moment(2) - self.moment(1) ** 2

    def stats(self, _: str) -> tuple[Any, Any, Any]:
        gaps = self.counts - self.mean()[..., None]
        return self.mean(), self.var(), (self.shares * gaps**4).sum(-1) / self.var() ** 2 - 3

    def rvs(self, size: int, random_state: int) -> Any:
        rng = np.random.default_rng(random_state)
        return rng.choice(self.counts, size, p=self.shares)


@dataclass
class Mixture:
    """Values with probabilities of their own, and else another distribution."""

    others: Any
    share: Any
    atoms: Mapping[float, Any]
    positive: bool = False  # the others given that they are above 0

    @property
    def counts(self) -> bool:
        return hasattr(self.others, "pmf")

    def density(self, y: Any) -> Any:
        own = self.others.pmf(y) if self.counts else self.others.pdf(y)
        if self.positive:
            own = np.where(np.asarray(y) > 0, own / self.others.sf(0), 0.0)
        total = self.share * own
        for value, probability in self.atoms.items():
            more = probability + (total if self.counts else 0.0)
            total = np.where(np.asarray(y) == value, more, total)
        return total

    def cdf(self, y: Any) -> Any:
        own = self.others.cdf(y)
        if self.positive:
            own = (own - self.others.cdf(0)) / self.others.sf(0)
        return self.share * own + sum(
            np.where(np.asarray(y) >= value, p, 0.0) for value, p in self.atoms.items()
        )

    def moment(self, power: int) -> Any:
        own = self.others.moment(power) / (self.others.sf(0) if self.positive else 1.0)
        return self.share * own + sum(value**power * p for value, p in self.atoms.items())

    def mean(self) -> Any:
        return self.moment(1)

    def var(self) -> Any:
        return self.moment(2) - self.moment(1) ** 2

    def stats(self, _: str) -> tuple[Any, Any, Any]:
        m1, m2, m3, m4 = (self.moment(k) for k in (1, 2, 3, 4))
        variance = m2 - m1**2
        fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
        return m1, variance, fourth / variance**2 - 3

    def rvs(self, size: int, random_state: int) -> Any:
        rng = np.random.default_rng(random_state)
        values, shares = list(self.atoms), list(self.atoms.values())
        own = self.others.rvs(size, random_state=rng)
        while self.positive and (again := own <= 0).any():
            own = np.where(again, self.others.rvs(size, random_state=rng), own)
        which = rng.choice(len(values) + 1, size=size, p=[*shares, self.share])
        return np.choose(which, [*(np.full(size, v) for v in values), own])


def _counts(name: str, mu: Any, a: Mapping[str, Any], trials: Any) -> Any:
    kind, own = next((k, name[len(k) :]) for k in ("hurdle_", "zero_inflated_") if k in name)
    others = distribution(own, mu, a, trials)
    psi, hurdle = np.asarray(a["psi"]), kind == "hurdle_"
    return Mixture(others, psi, {0.0: 1 - psi}, positive=hurdle and hasattr(others, "pmf"))


def _skew_normal(mu: Any, sigma: Any, alpha: Any) -> Any:
    delta = alpha / np.sqrt(1 + alpha**2)
    scale = sigma / np.sqrt(1 - 2 / np.pi * delta**2)
    return stats.skewnorm(alpha, mu - scale * delta * np.sqrt(2 / np.pi), scale)


def _asymmetric_laplace(mu: Any, sigma: Any, q: Any) -> Any:
    return stats.laplace_asymmetric(np.sqrt(q / (1 - q)), mu, sigma / np.sqrt(q * (1 - q)))


# Of mean (or probability, or level) mu, further parameters a and trials n.
_SCIPY: Mapping[str, Callable[[Any, Mapping[str, Any], Any], Any]] = {
    "gaussian": lambda mu, a, _: stats.norm(mu, a["sigma"]),
    "t": lambda mu, a, _: stats.t(a["nu"], mu, a["sigma"]),
    "laplace": lambda mu, a, _: stats.laplace(mu, a["sigma"]),
    "asymmetric_laplace": lambda mu, a, _: _asymmetric_laplace(mu, a["sigma"], a["quantile"]),
    "skew_normal": lambda mu, a, _: _skew_normal(mu, a["sigma"], a["alpha"]),
    "exgaussian": lambda mu, a, _: stats.exponnorm(
        a["beta"] / a["sigma"], mu - a["beta"], a["sigma"]
    ),
    "bernoulli": lambda mu, a, _: stats.bernoulli(mu),
    "binomial": lambda mu, a, n: stats.binom(n, mu),
    "beta_binomial": lambda mu, a, n: stats.betabinom(n, a["kappa"] * mu, a["kappa"] * (1 - mu)),
    "poisson": lambda mu, a, _: stats.poisson(mu),
    "geometric": lambda mu, a, _: stats.geom(1 / (1 + mu), -1),
    "negativebinomial": lambda mu, a, _: stats.nbinom(a["alpha"], a["alpha"] / (a["alpha"] + mu)),
    "compois": lambda mu, a, _: ConwayMaxwell(mu, a["nu"]),
    "nbinom1": lambda mu, a, _: stats.nbinom(mu / a["phi"], 1 / (1 + a["phi"])),
    "gamma": lambda mu, a, _: stats.gamma(a["alpha"], scale=mu / a["alpha"]),
    "exponential": lambda mu, a, _: stats.expon(scale=mu),
    "weibull": lambda mu, a, _: stats.weibull_min(
        a["alpha"], scale=mu / special.gamma(1 + 1 / a["alpha"])
    ),
    "inverse_gaussian": lambda mu, a, _: stats.invgauss(mu / a["alpha"], scale=a["alpha"]),
    "lognormal": lambda mu, a, _: stats.lognorm(a["sigma"], scale=np.exp(mu)),
    "shifted_lognormal": lambda mu, a, _: stats.lognorm(a["sigma"], a["ndt"], np.exp(mu)),
    "loglogistic": lambda mu, a, _: stats.fisk(1 / a["sigma"], scale=np.exp(mu)),
    "tweedie": lambda mu, a, _: Tweedie(mu, a["phi"], a["power"]),
    "wiener": lambda mu, a, _: Wiener(mu, a["bs"], a["ndt"], a["bias"]),
    "von_mises": lambda mu, a, _: stats.vonmises(a["kappa"], mu),
    "beta": lambda mu, a, _: stats.beta(mu * a["kappa"], (1 - mu) * a["kappa"]),
    "zero_one_inflated_beta": lambda mu, a, n: Mixture(
        distribution("beta", mu, a, n),
        1 - a["zoi"],
        {0.0: a["zoi"] * (1 - a["coi"]), 1.0: a["zoi"] * a["coi"]},
    ),
}


def distribution(name: str, mu: Any, a: Mapping[str, Any], trials: Any = None) -> Any:
    """Return a family as a distribution of SciPy, or a mixture of them."""
    own = _SCIPY.get(name)
    return _counts(name, mu, a, trials) if own is None else own(mu, a, trials)


def log_density_of(of: Any, y: Any) -> Any:
    """Return the log density of a distribution, or the log probability."""
    if isinstance(of, Mixture | Tweedie):
        return np.log(of.density(y))
    return of.logpmf(y) if hasattr(of, "pmf") else of.logpdf(y)
