"""Conway-Maxwell-Poisson counts of a given mean: sums over all counts, as a word of a log density.

P(y) = lambda^y / (y!)^nu / Z(lambda, nu), where lambda is the number under which the mean is mu.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family import numeric
from bayesmm.family.jet import Jet, Number
from bayesmm.special import gammaln

__all__ = [
    "alike",
    "conway_counts",
    "log_conway",
    "log_rate_and_total",
    "log_sum",
    "put_together",
    "taken_apart",
]


# Terms so much below the largest, in logarithms, are beyond rounding.
_CUT = 40.0
_MOST_COUNTS = 200_000
_VALUES = 2**16  # terms at a time: what a core keeps near
_STEPS = 60  # of the way to lambda
_LAST, _ROUNDING = 1e-8, 1e-14  # an error of which one more step leaves nothing, or none
# From this mean on, times nu where that is below 1, the first terms of the sum's expansion do.
_LARGE = 3000.0
_LARGEST = 1e8  # of means of which all counts are listed


def log_conway(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu).

    Derivatives of jets are those of the equation of the mean. Of large means Z is its expansion
    about the largest term.

    References
    ----------
    Huang (2017), doi:10.1177/1471082X17697749; Gaunt, Iyengar, Olde Daalhuis and Simsek (2019),
    doi:10.1007/s10463-017-0629-6
    """
    log_rate, log_total = log_rate_and_total(log_mu, nu)
    return log_rate * y - nu * gammaln(y + 1.0) - log_total


def conway_counts(log_mu: Array, nu: Array) -> Iterator[tuple[NDArray[np.int64], Array, Array]]:
    """Yield some rows at a time, their counts and the probabilities of these along a last axis.

    Both are of n rows; means above 1e8 are taken for that. Counts that rows share are given once.
    """
    log_mu = np.minimum(log_mu, np.log(_LARGEST))
    log_rate, _ = log_rate_and_total(log_mu, nu)
    for rows in alike(_far(np.exp(log_mu), nu)):
        middle, gaps, terms = _terms(log_rate[rows], nu[rows])
        mass = np.exp(terms - terms.max(axis=-1, keepdims=True))
        yield rows, middle[:, None] + gaps, mass / mass.sum(axis=-1, keepdims=True)


def log_rate_and_total(log_mu: Number, nu: Number) -> tuple[Number, Number]:
    """Return log lambda and log Z, once for all rows with the same mean and the same nu."""
    parts = [taken_apart(number) for number in (log_mu, nu)]
    order = max(map(len, parts))
    each = [part for own in parts for part in (*own, *(0.0,) * (order - len(own)))]
    columns = np.array(np.broadcast_arrays(*each), dtype=np.float64)
    shape, columns = columns.shape[1:], columns.reshape(2, order, -1)
    place: slice | NDArray[np.int64] = slice(None)
    if order == 1:
        pairs = np.ascontiguousarray(columns[:, 0].T).view(np.complex128)[:, 0]
        pairs, place = np.unique(pairs, return_inverse=True)
        columns = np.stack([pairs.real, pairs.imag])[:, None]
    found = _of_rows(columns)[:, :, place].reshape(2, order, *shape)
    return put_together(found[0]), put_together(found[1])


def alike(lengths: Array) -> Iterator[NDArray[np.int64]]:
    """Yield rows whose sums are about as long, as many at a time as there is room for."""
    room = np.exp2(np.ceil(np.log2(np.maximum(lengths, 1.0))))
    for size in np.unique(room[np.isfinite(room)]):
        rows = np.flatnonzero(room == size)
        yield from np.array_split(rows, min(rows.size, int(np.ceil(rows.size * size / _VALUES))))


def log_sum(log_rate: Number, nu: Number, counts: Array) -> Number:
    """Return the log of the sum of lambda^k / (k!)^nu over counts along a last axis.

    Counts below 0 are none. Derivatives of jets are those of a cumulant generating function.
    """
    own = np.maximum(counts, 0.0)
    of_counts = gammaln(own + 1.0)
    (rate, *_), (power, *_) = taken_apart(log_rate), taken_apart(nu)
    terms = rate[:, None] * own - power[:, None] * of_counts
    terms = np.where(counts >= 0, terms, -np.inf)
    top = terms.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):  # where no count is left
        weights = np.exp(terms - top)
        total = weights.sum(axis=-1, keepdims=True)
        value = (np.log(total) + top)[:, 0]
        if not isinstance(log_rate, Jet):
            return value
        weights /= total
        mean, of_log = (np.vecdot(weights, part)[:, None] for part in (own, of_counts))
        g1, g2, _ = _slopes(log_rate, nu, own - mean, of_counts - of_log)
        first, second, third = (part[:, 0] for part in _slopes(log_rate, nu, mean, of_log))
        once = weights * g1
        second = second + np.vecdot(once, g1)
        third = third + 3.0 * np.vecdot(once, g2) + np.vecdot(once, g1 * g1)
        return Jet(value, first, second, third)


def _slopes(log_rate: Jet, nu: Jet, counts: Array, of_counts: Array) -> list[Array]:
    """Return the three derivatives of log lambda times the one, less nu times the other."""
    pairs = zip(log_rate.parts[1:], nu.parts[1:], strict=True)
    return [rate[:, None] * counts - own[:, None] * of_counts for rate, own in pairs]


def taken_apart(number: Number) -> tuple:
    """Return the value, and the derivatives of a jet."""
    return number.parts if isinstance(number, Jet) else (number,)


def put_together(parts: Array) -> Number:
    """Return the number, or the jet, of which those are the parts."""
    return parts[0] if len(parts) == 1 else Jet(*parts)


def _of_rows(columns: Array) -> Array:
    """Return the same for the parts of log mu and of nu: numbers, or jets with derivatives."""
    log_mu, nu = columns[:, 0]
    large = log_mu + np.log(np.minimum(nu, 1.0)) > np.log(_LARGE)
    of_sums = _solved if columns.shape[1] == 1 else _solved_jets
    lengths = np.where(large, np.nan, _far(np.exp(np.where(large, 0.0, log_mu)), nu))
    some = [(_expanded_total, np.flatnonzero(large))]
    some += [(of_sums, rows) for rows in alike(lengths)]
    found = np.full(columns.shape, np.nan)
    for function, rows in some:
        pair = function(*map(put_together, columns[:, :, rows]))
        for own, number in zip(found, pair, strict=True):
            own[:, rows] = taken_apart(number)
    return found


def _far(mean: Array, nu: Array) -> Array:
    """Return how far from a mean the probabilities reach, before it is tried."""
    least = np.minimum(nu, 1.0)
    return np.ceil(10.0 * np.sqrt(mean / nu + 1.0) + 6.0 / least + 12.0)


def _expanded_total(log_mu: Number, nu: Number) -> tuple[Number, Number]:
    """Return log lambda and log Z of a large mean, an error of the order of its square.

    log Z = nu m - (nu - 1) / 2 (log m + log(2 pi)) - log(nu) / 2 + (nu^2 - 1) / (24 nu m), where m
    is the mode, lambda to the power of 1 / nu.
    """
    square = nu * nu - 1.0
    first = numeric.exp(log_mu) + (nu - 1.0) / (2.0 * nu)
    m = first + square / (24.0 * nu * nu * first)
    log_m = numeric.log(m)
    log_total = nu * m - 0.5 * (nu - 1.0) * (log_m + np.log(2.0 * np.pi))
    return nu * log_m, log_total - 0.5 * numeric.log(nu) + square / (24.0 * nu * m)


def _terms(log_rate: Array, nu: Array) -> tuple[Array, Array, Array]:
    """Return the middle and the gaps of counts that have some probability, and their terms.

    A term is k log lambda - nu log k! of k = middle + gap; where rows are about the same counts,
    they have one middle.
    """
    mode = np.floor(np.exp(np.minimum(log_rate / nu, np.log(_LARGEST) + 1.0)))
    far = _far(mode, nu)
    while True:
        start, end = np.maximum(mode - far, 0.0), mode + far
        if np.ptp(start) <= far.max():
            start = start.min(keepdims=True)
        length = (end - start).max() + 1.0
        half = np.floor(0.5 * length) if start.any() else 0.0  # a mean near 0 keeps its digits
        middle, gaps = start + half, np.arange(length) - half
        counts = middle[:, None] + gaps
        terms = counts * log_rate[:, None] - nu[:, None] * gammaln(counts + 1.0)
        top = terms.max(axis=-1) - _CUT
        short = (terms[:, -1] > top) | ((terms[:, 0] > top) & (start > 0))
        if not short.any() or far.max() > _MOST_COUNTS:
            return middle, gaps, terms
        far = np.where(short, 2.0 * far, far)


def _solved(log_mu: Array, nu: Array) -> tuple[Array, Array]:
    """Return log lambda and log Z, by Halley's steps on the log of the mean.

    As lambda is the mean of Y^nu, log lambda is between log(mu / (1 + mu)) and log mu, and at most
    nu log mu, where nu <= 1. Where nu >= 1 it is at least both log mu and nu log mu, and, as counts
    above 1 only add to the mean, at most log(mu / (1 - mu)).
    """
    mu = np.exp(log_mu)
    over = nu < 1.0
    geometric = log_mu - np.log1p(mu)
    bounds = np.sort([log_mu, nu * log_mu], axis=0)
    two = np.where(mu < 1.0, log_mu - np.log1p(-np.where(mu < 1.0, mu, 0.0)), np.inf)
    low = np.where(over, geometric, bounds[1] - 1e-9)
    high = np.where(over, bounds[0], two) + 1e-9
    large = nu * np.log(mu + np.maximum(nu - 1.0, 0.0) / (2.0 * nu))
    x = np.where(over, (1.0 - nu) * geometric + nu * log_mu, np.clip(large, low, high))
    for _ in range(_STEPS):
        middle, gaps, terms = _terms(x, nu)
        top = terms.max(axis=-1)
        weights = np.exp(terms - top[:, None])
        total = weights.sum(axis=-1)
        gap, square, cube = (np.vecdot(weights, gaps**power) / total for power in (1, 2, 3))
        mean = np.vecdot(weights, middle[:, None] + gaps) / total
        variance = square - gap * gap
        skew = cube - gap * (3.0 * square - 2.0 * gap * gap)
        too_low = mean < mu
        low, high = np.where(too_low, x, low), np.where(too_low, high, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            missing = log_mu - np.log(mean)
            step = missing * mean / variance
            bend = 0.5 * step * (skew / variance - variance / mean)
            step = np.nan_to_num(step / np.clip(1.0 + bend, 0.5, 2.0), nan=np.inf)
        nearer = x + np.clip(step, -nu, nu)
        half = np.where(np.isfinite(high), 0.5 * (low + high), x + nu)
        inside = ((nearer > low) & (nearer < high)) | (nearer == x)
        following = np.where(inside, nearer, half)
        moved = np.where(np.abs(missing) < _ROUNDING, 0.0, following - x)
        near = (np.abs(missing) < _LAST) & (np.abs(moved) < _LAST)
        x = x + moved
        if (near | (np.abs(moved) <= 4e-16 * (1.0 + np.abs(x)))).all():
            break
    # the last step is so small that log Z follows it to its square
    return x, top + np.log(total) + moved * (mean + 0.5 * moved * variance)


def _solved_jets(log_mu: Jet, nu: Jet) -> tuple[Jet, Jet]:
    """Return the same with the derivatives that keep the mean what it is to be.

    Those of a mean are cumulants of the count and of what the logarithms of terms move by.
    """
    log_rate, _ = _solved(log_mu.value, nu.value)
    middle, gaps, terms = _terms(log_rate, nu.value)
    counts = middle[:, None] + gaps
    weights = np.exp(terms - terms.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    of_counts = gammaln(counts + 1.0)
    k = counts - np.vecdot(weights, counts)[:, None]
    of_k = of_counts - np.vecdot(weights, of_counts)[:, None]
    own = weights * k
    variance, both = np.vecdot(own, k), np.vecdot(own, of_k)
    (_, mu1, mu2, mu3), (_, nu1, nu2, nu3) = numeric.exp(log_mu).parts, nu.parts

    first = (mu1 + nu1 * both) / variance
    g1 = first[:, None] * k - nu1[:, None] * of_k
    second = (mu2 + nu2 * both - np.vecdot(own * g1, g1)) / variance
    g2 = second[:, None] * k - nu2[:, None] * of_k
    fourth = np.vecdot(own * g1, g1 * g1) - 3.0 * np.vecdot(own, g1) * np.vecdot(weights * g1, g1)
    third = (mu3 + nu3 * both - 3.0 * np.vecdot(own * g1, g2) - fourth) / variance
    found = Jet(log_rate, first, second, third)
    return found, log_sum(found, nu, counts)
