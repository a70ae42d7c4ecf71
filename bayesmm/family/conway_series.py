"""Conway-Maxwell-Poisson counts of a given mean: sums over all counts, as a word of a log density.

P(y) = lambda^y / (y!)^nu / Z(lambda, nu), where lambda is the number under which the mean is mu.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from bayesmm.family import numeric
from bayesmm.family.jet import Jet

__all__ = ["conway_counts", "log_conway", "log_rate_and_total"]

type Array = NDArray[np.float64]
type Number = Array | float | Jet

# Terms so much below the largest, in logarithms, are beyond rounding.
_CUT = 40.0
_MOST_COUNTS, _VALUES = 200_000, 2_000_000
_STEPS = 60  # of Newton's way to lambda
# From this mean on, times nu where that is below 1, the first terms of the sum's expansion do.
_LARGE = 3000.0
_LARGEST = 1e8  # of means of which all counts are listed


def log_conway(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu).

    Derivatives of jets are those of the equation of the mean: each step of Newton's way in jets
    makes one more of them right. Of large means Z is its expansion about the largest term.

    References
    ----------
    Huang (2017), doi:10.1177/1471082X17697749; Gaunt, Iyengar, Olde Daalhuis and Simsek (2019),
    doi:10.1007/s10463-017-0629-6
    """
    if not (isinstance(log_mu, Jet) or isinstance(nu, Jet)):
        y, log_mu, nu = np.broadcast_arrays(y, log_mu, nu)
        return _by_rows(_log_mass, (y, log_mu, nu), y.shape)
    parts = [v.parts if isinstance(v, Jet) else (v, 0.0, 0.0, 0.0) for v in (log_mu, nu)]
    every = np.broadcast_arrays(y, *parts[0], *parts[1])
    shape = every[0].shape
    return Jet(*_by_rows(_jet_of_rows, every, (4, *shape)))


def conway_counts(log_mu: Array, nu: Array) -> Iterator[tuple[slice, Array, Array]]:
    """Yield some rows at a time, their counts and the probabilities of these along a last axis.

    Parameters
    ----------
    log_mu, nu : ndarray, shape (n,)
        Of n rows; means above 1e8 are taken for that.
    """
    log_mu = np.minimum(log_mu, np.log(_LARGEST))
    sd = np.sqrt(np.exp(log_mu) / np.minimum(nu, 1.0) + 1.0)
    reach = np.ceil(14.0 * sd + 40.0 / np.minimum(nu, 1.0))
    at = max(1, int(_VALUES / (2.0 * reach.max(initial=0.0) + 1.0)))
    for first in range(0, log_mu.size, at):
        part = slice(first, first + at)
        own, far = nu[part], float(reach[part].max())
        log_rate = _log_rate(log_mu[part], own)
        start = np.maximum(np.floor(np.exp(log_mu[part])) - far, 0.0)
        counts = start[:, None] + np.arange(2.0 * far + 1.0)
        terms = counts * log_rate[:, None] - own[:, None] * gammaln(counts + 1.0)
        yield part, counts, np.exp(terms - logsumexp(terms, axis=-1, keepdims=True))


def _log_rate(log_mu: Array, nu: Array) -> Array:
    """Return log lambda, of large means by its expansion."""
    found, large = np.empty(log_mu.shape), _is_large(log_mu, nu)
    found[large] = nu[large] * np.log(_mode(np.exp(log_mu[large]), nu[large]))
    if (~large).any():
        found[~large] = _solved(log_mu[~large], nu[~large])
    return found


def _by_rows(function: Callable, columns: tuple, shape: tuple[int, ...]) -> Array:
    """Return a function of rows, some at a time: its terms need room."""
    flat = [np.ravel(column) for column in columns]
    size = flat[0].size
    found = np.empty((*shape[: len(shape) - np.ndim(columns[0])], size))
    at = max(1, int(_VALUES / (_length(flat) + 1.0)))
    for first in range(0, size, at):
        part = slice(first, first + at)
        found[..., part] = function(*(column[part] for column in flat))
    return found.reshape(shape)


def _length(flat: list[Array]) -> float:
    """Return how many terms the rows need, about: the log of a mean and nu are columns of them."""
    nu = flat[2] if len(flat) == 3 else flat[5]
    mean = np.exp(np.minimum(flat[1], np.log(_LARGE / np.minimum(nu, 1.0))))
    return 2.0 * float(_far(mean, nu).max(initial=0.0))


def _far(mean: Array, nu: Array) -> Array:
    """Return how far from a mean the probabilities reach, before it is tried."""
    least = np.minimum(nu, 1.0)
    return np.ceil(10.0 * np.sqrt(mean / nu + 1.0) + 6.0 / least + 12.0)


def _is_large(log_mu: Array, nu: Array) -> NDArray[np.bool_]:
    return log_mu + np.log(np.minimum(nu, 1.0)) > np.log(_LARGE)


def _expanded(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(y) of a large mean, an error of the order of its square; m is the mode.

    log Z = nu m - (nu - 1) / 2 (log m + log(2 pi)) - log(nu) / 2 + (nu^2 - 1) / (24 nu m).
    """
    log_rate, log_total = _expanded_total(log_mu, nu)
    return log_rate * y - nu * gammaln(y + 1.0) - log_total


def _expanded_total(log_mu: Number, nu: Number) -> tuple[Number, Number]:
    """Return log lambda and log Z."""
    mu = numeric.exp(log_mu)
    square = nu * nu - 1.0
    m = _mode(mu, nu)
    log_m = numeric.log(m)
    log_total = nu * m - 0.5 * (nu - 1.0) * (log_m + np.log(2.0 * np.pi))
    log_total = log_total - 0.5 * numeric.log(nu) + square / (24.0 * nu * m)
    return nu * log_m, log_total


def _mode(mu: Number, nu: Number) -> Number:
    """Return lambda to the power of 1 / nu, of a large mean."""
    first = mu + (nu - 1.0) / (2.0 * nu)
    return first + (nu * nu - 1.0) / (24.0 * nu * nu * first)


def _log_mass(y: Array, log_mu: Array, nu: Array) -> Array:
    found, large = np.empty(y.shape), _is_large(log_mu, nu)
    found[large] = _expanded(y[large], log_mu[large], nu[large])
    if (~large).any():
        found[~large] = _summed(y[~large], log_mu[~large], nu[~large])
    return found


def _summed(y: Array, log_mu: Array, nu: Array) -> Array:
    log_rate = _solved(log_mu, nu)
    _, terms = _terms(log_rate, nu)
    return y * log_rate - nu * gammaln(y + 1.0) - logsumexp(terms, axis=-1)


def _terms(log_rate: Array, nu: Array) -> tuple[Array, Array]:
    """Return counts that have some probability, and k log lambda - nu log k! of each."""
    mode = np.floor(np.exp(np.minimum(log_rate / nu, np.log(_MOST_COUNTS))))
    far = _far(mode, nu)
    while True:
        start = np.maximum(mode - far, 0.0)
        counts = start[:, None] + np.arange((mode + far - start).max(initial=0.0) + 1.0)
        terms = counts * log_rate[:, None] - nu[:, None] * gammaln(counts + 1.0)
        top = terms.max(axis=-1) - _CUT
        short = (terms[:, -1] > top) | ((terms[:, 0] > top) & (start > 0))
        if not short.any() or far.max() > _MOST_COUNTS:
            return counts, terms
        far = np.where(short, 2.0 * far, far)


def _solved(log_mu: Array, nu: Array) -> Array:
    """Return log lambda, by Newton's way on the log of the mean.

    As lambda is the mean of Y^nu, log lambda is between log(mu / (1 + mu)) and log mu, and at most
    nu log mu, where nu <= 1, and at least log mu where nu >= 1.
    """
    mu = np.exp(log_mu)
    over = nu < 1.0
    geometric = log_mu - np.log1p(mu)
    x = np.where(
        over,
        (1.0 - nu) * geometric + nu * log_mu,
        nu * np.log(mu + np.maximum(nu - 1.0, 0.0) / (2.0 * nu)),
    )
    low = np.where(over, geometric, np.minimum(log_mu, nu * log_mu) - 1e-9)
    high = np.where(over, np.minimum(log_mu, nu * log_mu) + 1e-9, np.inf)
    for _ in range(_STEPS):
        counts, terms = _terms(x, nu)
        weights = np.exp(terms - terms.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mean = (weights * counts).sum(axis=-1)
        variance = (weights * (counts - mean[:, None]) ** 2).sum(axis=-1)
        too_low = mean < mu
        low, high = np.where(too_low, x, low), np.where(too_low, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (log_mu - np.log(mean)) * mean / variance
        nearer = x + np.clip(np.nan_to_num(step, nan=np.inf), -nu, nu)
        half = np.where(np.isfinite(high), 0.5 * (low + high), x + nu)
        following = np.where((nearer > low) & (nearer < high), nearer, half)
        near = np.abs(mean / mu - 1.0) < 1e-14
        near |= np.abs(following - x) <= 4e-16 * (1.0 + np.abs(x))
        x = np.where(near, x, following)
        if near.all():
            break
    return x


def _jet_of_rows(y: Array, *parts: Array) -> Array:
    found, large = np.empty((4, *y.shape)), _is_large(parts[0], parts[4])
    for function, some in ((_expanded, large), (_jet_of_sums, ~large)):
        if some.any():
            own = [part[some] for part in parts]
            jet = function(y[some], Jet(*own[:4]), Jet(*own[4:]))
            found[:, some] = np.stack(np.broadcast_arrays(*jet.parts))
    return found


def _jet_of_sums(y: Array, log_mu: Jet, nu: Jet) -> Jet:
    log_rate, log_total = _rate_and_total(log_mu, nu)
    return log_rate * y - nu * gammaln(y + 1.0) - log_total


def log_rate_and_total(log_mu: Number, nu: Number) -> tuple[Number, Number]:
    """Return log lambda and log Z of rows, of numbers or of jets, as `log_conway` has them."""
    if not isinstance(log_mu, Jet):
        values, large = np.empty((2, log_mu.size)), _is_large(log_mu, nu)
        for function, some in ((_expanded_total, large), (_plain_rate_and_total, ~large)):
            if some.any():
                values[:, some] = function(log_mu[some], nu[some])
        return values[0], values[1]
    found, large = np.empty((2, 4, log_mu.value.size)), _is_large(log_mu.value, nu.value)
    for function, some in ((_expanded_total, large), (_rate_and_total, ~large)):
        if some.any():
            own = [Jet(*(part[some] for part in jet.parts)) for jet in (log_mu, nu)]
            for row, jet in zip(found, function(*own), strict=True):
                row[:, some] = np.stack(np.broadcast_arrays(*jet.parts))
    return Jet(*found[0]), Jet(*found[1])


def _plain_rate_and_total(log_mu: Array, nu: Array) -> tuple[Array, Array]:
    """Return log lambda and log Z of means that are not large, by sums, without derivatives."""
    log_rate = _solved(log_mu, nu)
    _, terms = _terms(log_rate, nu)
    return log_rate, logsumexp(terms, axis=-1)


def _rate_and_total(log_mu: Jet, nu: Jet) -> tuple[Jet, Jet]:
    """Return log lambda and log Z of means that are not large, by sums."""
    start = _solved(log_mu.value, nu.value)
    counts, _ = _terms(start, nu.value)
    of_counts = gammaln(counts + 1.0)
    own = _row(nu)
    log_rate = Jet(start, *(np.zeros_like(start) for _ in range(3)))
    slope = 0.0
    for order in range(4):
        terms = _row(log_rate) * counts - own * of_counts
        top = terms.value.max(axis=-1, keepdims=True)
        weights = numeric.exp(terms - top)
        total, first = _sum(weights), _sum(weights * counts)
        log_total = numeric.log(total) + top[:, 0]
        if order == 3:
            break
        mean = first / total
        if order == 0:
            gaps = counts - mean.value[:, None]
            variance = (weights.value * gaps**2).sum(axis=-1) / total.value
            slope = variance / mean.value
        log_rate = log_rate - (numeric.log(mean) - log_mu) / slope
    return log_rate, log_total


def _row(jet: Jet) -> Jet:
    return Jet(*(np.asarray(part)[:, None] for part in jet.parts))


def _sum(jet: Jet) -> Jet:
    return Jet(*(part.sum(axis=-1) for part in jet.parts))
