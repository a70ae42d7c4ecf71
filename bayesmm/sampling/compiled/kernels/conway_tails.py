"""Tails of Conway-Maxwell-Poisson counts with their derivatives, see `family.conway_tails`."""

import math

from bayesmm.sampling.compiled.kernels.conway import at_mean
from bayesmm.sampling.compiled.kernels.gamma_tails import others_of
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["conway_above", "conway_below"]

_CUT = -40.0
_MOST_COUNTS = 200_000.0


@bare
def _tails(y, log_mu, nu):
    """Return log P(Y <= y) and log P(Y > y), each with its slopes in log mu and in nu.

    That of the side of the mode on which y is not is summed from y on, where terms only fall.
    """
    if y < 0.0:
        return -math.inf, 0.0, 0.0, 0.0, 0.0, 0.0
    mode = math.exp(min(log_mu, 700.0))
    up = not y < mode
    k = y + 1.0 if up else y
    value, of_mean, of_nu, log_rate, rate_mean, rate_nu = at_mean(k, log_mu, nu)
    total, first, of_log = 1.0, 0.0, 0.0
    gap, term, more = 0.0, 0.0, 0.0
    while abs(gap) < _MOST_COUNTS:
        if up:
            gap += 1.0
            step = math.log(k + gap)
            term, more = term + log_rate - nu * step, more + step
        else:
            if k + gap < 1.0:
                break
            step = math.log(k + gap)
            gap -= 1.0
            term, more = term - log_rate + nu * step, more - step
        if not term > _CUT:
            break
        weight = math.exp(term)
        total += weight
        first += weight * gap
        of_log += weight * more
    value += math.log(total)
    of_mean += first / total * rate_mean
    of_nu += first / total * rate_nu - of_log / total
    others, odds = others_of(min(value, 0.0))
    if up:
        return others, odds * of_mean, odds * of_nu, value, of_mean, of_nu
    return value, of_mean, of_nu, others, odds * of_mean, odds * of_nu


def conway_below(y, log_mu, nu):
    """Return log P(Y <= y), and its slopes in log mu and in nu."""
    value, of_mean, of_nu, _, _, _ = _tails(y, log_mu, nu)
    return value, of_mean, of_nu


def conway_above(y, log_mu, nu):
    """Return log P(Y > y), and its slopes in log mu and in nu."""
    _, _, _, value, of_mean, of_nu = _tails(y, log_mu, nu)
    return value, of_mean, of_nu
