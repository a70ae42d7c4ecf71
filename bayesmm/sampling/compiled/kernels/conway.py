"""Conway-Maxwell-Poisson counts of a given mean in compiled code, see `family.conway_series`."""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["at_mean", "conway"]

_CUT = -40.0
_STEPS = 60
_MOST_COUNTS = 200_000.0
_LARGE = 3000.0
_LOG_TWO_PI = 1.8378770664093453


@bare
def _moments(log_rate, nu):
    """Return log Z, mean and variance of Y, the mean of log Y!, and its covariance with Y.

    All about the largest term, from which the sums go up and down.
    """
    middle = math.floor(math.exp(min(log_rate / nu, 12.0)))
    top = middle * log_rate - nu * math.lgamma(middle + 1.0)
    total, first, second = 1.0, 0.0, 0.0
    of_log, of_both = 0.0, 0.0
    for way in range(2):
        k, term, more = middle, 0.0, 0.0
        while k < _MOST_COUNTS:
            if way:
                if k < 1.0:
                    break
                step = math.log(k)
                k, term, more = k - 1.0, term - log_rate + nu * step, more - step
            else:
                k += 1.0
                step = math.log(k)
                term, more = term + log_rate - nu * step, more + step
            if not term > _CUT:
                break
            weight, gap = math.exp(term), k - middle
            total += weight
            first += weight * gap
            second += weight * gap * gap
            of_log += weight * more
            of_both += weight * more * gap
    first /= total
    of_log /= total
    return (
        top + math.log(total),
        middle + first,
        max(second / total - first * first, 1e-300),
        math.lgamma(middle + 1.0) + of_log,
        of_both / total - first * of_log,
    )


@bare
def _expanded(y, mu, nu):
    """Return log P(y) of a large mean with slopes, and log lambda with slopes, as `at_mean`."""
    r, square = 1.0 / nu, nu * nu - 1.0
    first = mu + 0.5 * (1.0 - r)
    of_nu = 0.5 * r * r
    share = (1.0 - r * r) / 24.0
    m = first + share / first
    m_mu = 1.0 - share / (first * first)
    m_nu = of_nu * m_mu + r * r * r / (12.0 * first)
    log_m = math.log(m)
    tail = square * r / (24.0 * m)
    total = nu * m - 0.5 * (nu - 1.0) * (log_m + _LOG_TWO_PI) - 0.5 * math.log(nu) + tail
    total_m = nu - 0.5 * (nu - 1.0) / m - tail / m
    total_nu = m - 0.5 * (log_m + _LOG_TWO_PI) - 0.5 * r + (1.0 + r * r) / (24.0 * m)
    own = math.lgamma(y + 1.0)
    of_m = nu * y / m - total_m
    return (
        nu * (y * log_m - own) - total,
        of_m * m_mu * mu,
        y * log_m - own - total_nu + of_m * m_nu,
        nu * log_m,
        nu / m * m_mu * mu,
        log_m + nu / m * m_nu,
    )


@bare
def at_mean(y, log_mu, nu):
    """Return log P(y) and log lambda, each with its slopes in log mu and in nu."""
    mu = math.exp(min(log_mu, 700.0))
    if mu * min(nu, 1.0) > _LARGE:
        return _expanded(y, mu, nu)
    if nu < 1.0:
        low, high = log_mu - math.log1p(mu), min(log_mu, nu * log_mu) + 1e-9
        x = (1.0 - nu) * low + nu * log_mu
    else:
        low = max(log_mu, nu * log_mu) - 1e-9
        high = log_mu - math.log1p(-mu) + 1e-9 if mu < 1.0 else math.inf
        x = min(max(nu * math.log(mu + (nu - 1.0) / (2.0 * nu)), low), high)
    log_total, mean, variance, of_log, both = _moments(x, nu)
    for _ in range(_STEPS):
        if abs(mean / mu - 1.0) < 1e-14:
            break
        if mean < mu:
            low = x
        else:
            high = x
        step = (log_mu - math.log(mean)) * mean / variance
        nearer = x + max(min(step, nu), -nu)
        if not low < nearer < high:
            nearer = 0.5 * (low + high) if high < math.inf else x + nu
        if abs(nearer - x) <= 4e-16 * (1.0 + abs(x)):
            break
        x = nearer
        log_total, mean, variance, of_log, both = _moments(x, nu)
    own = math.lgamma(y + 1.0)
    gap = y - mu
    # along the mean, log lambda moves by these
    return (
        y * x - nu * own - log_total,
        gap * mu / variance,
        gap * both / variance - own + of_log,
        x,
        mu / variance,
        both / variance,
    )


def conway(y, log_mu, nu):
    """Return log P(y), and its slopes in log mu and in nu."""
    value, of_mean, of_nu, _, _, _ = at_mean(y, log_mu, nu)
    return value, of_mean, of_nu
