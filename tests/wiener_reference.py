"""Times of decisions by series of many terms and quadrature, in no part the package's own.

Neither RWiener nor rtdists is at hand. The density of long times is the sum of 80 eigenfunctions
(Feller 1968, An Introduction to Probability Theory 1, XIV.5), that of short times the sum over 81
images; which of them is taken does not matter where both have converged, which a test asserts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import integrate

__all__ = ["Wiener", "exact_log_density"]

_PI = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899"


def exact_log_density(y: float, mu: float, bs: float, ndt: float, bias: float) -> float:
    """Return the log density of one time with its sign from 121 images, of 60 digits."""
    with localcontext() as context:
        context.prec = 60
        v, a, w = Decimal(mu), Decimal(bs), Decimal(bias)
        if y > 0:
            v, w = -v, 1 - w
        time = Decimal(abs(y)) - Decimal(ndt)
        u = time / a / a
        images = [w + 2 * k for k in range(-60, 61)]
        total = sum(d * (-d * d / (2 * u)).exp() for d in images)
        total /= (2 * Decimal(_PI) * u**3).sqrt() * a * a
        return float(total.ln() - v * a * w - v * v * time / 2)


@dataclass
class Wiener:
    """Times with their signs; all but the density of one bs, ndt and bias."""

    mu: Any
    bs: Any
    ndt: Any
    bias: Any

    def density(self, y: Any, mu: Any) -> Any:
        every = np.broadcast_arrays(y, mu, self.bs, self.ndt, self.bias)
        y, mu, a, ndt, bias = (part[..., None] for part in every)
        time = np.maximum(np.abs(y) - ndt, 0.0)
        v, w = np.where(y > 0, -mu, mu), np.where(y > 0, 1 - bias, bias)
        u = np.maximum(time, 1e-9) / a**2
        k, d, long = np.arange(1, 81), w + 2.0 * np.arange(-40, 41), np.maximum(u, 0.5)
        late = np.pi * k * np.sin(k * np.pi * w) * np.exp(-((k * np.pi) ** 2) * long / 2)
        early = d * np.exp(-(d**2) / (2 * u)) / np.sqrt(2 * np.pi * u**3)
        g = np.where(u[..., 0] > 0.5, late.sum(-1), early.sum(-1))[..., None]
        found = g * np.exp(-v * a * w - v**2 * time / 2) / a**2
        return np.where(time > 0, found, 0.0)[..., 0]

    def logpdf(self, y: Any) -> Any:
        return np.log(self.density(y, self.mu))

    def _integral(self, of: Callable, mu: float, ends: Any) -> Any:
        """Return the integrals from the lowest of some ends to each, which are in order."""
        pieces = []
        for low, high in pairwise(ends):
            inside = (c for c in (-self.ndt, self.ndt) if low < c < high)
            own = (
                integrate.quad(lambda y: of(y) * self.density(y, mu), *cut, epsabs=1e-13)[0]
                for cut in pairwise((low, *inside, high))
            )
            pieces.append(sum(own))
        return np.cumsum(pieces)

    def cdf(self, y: Any) -> Any:
        y, mu = np.broadcast_arrays(y, self.mu)
        found = np.empty(y.shape)
        for own in np.unique(mu):
            values, index = np.unique(y[mu == own], return_inverse=True)
            sums = self._integral(lambda _: 1.0, own, [-np.inf, *values])
            found[mu == own] = sums[index]
        return found

    def moment(self, power: int, about: Any = 0.0) -> Any:
        pairs = np.broadcast(self.mu, about)
        found = [
            self._integral(lambda y, c=c: (y - c) ** power, mu, [-np.inf, np.inf])[0]
            for mu, c in pairs
        ]
        return np.reshape(found, pairs.shape)

    def stats(self, _: str) -> tuple[Any, Any, Any]:
        mean = self.moment(1)
        variance = self.moment(2, mean)
        return mean, variance, self.moment(4, mean) / variance**2 - 3

    def mean(self) -> Any:
        return self.moment(1)

    def var(self) -> Any:
        return self.moment(2, self.moment(1))

    def rvs(self, size: int, random_state: int) -> Any:
        """Return draws by the inverse of a distribution function in steps of 0.001."""
        y = np.arange(-30.0, 30.0, 0.001) + 0.0005
        steps = np.cumsum(self.density(y, self.mu))
        uniform = np.random.default_rng(random_state).random(size)
        return np.interp(uniform, steps / steps[-1], y + 0.0005)
