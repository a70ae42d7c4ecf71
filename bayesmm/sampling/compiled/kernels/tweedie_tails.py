"""Tails of Tweedie's amounts with their derivatives, see `bayesmm.family.tweedie_tails`."""

import math

from bayesmm.sampling.compiled.kernels.gamma_tails import gamma_tails, others_of
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["tweedie_above", "tweedie_below"]

_CUT = -38.0
_SHARE = 0.25
_MOST_TERMS = 10_000  # see `kernels.tweedie`; some sums begin beside their largest term
_LOG_HALF = -0.6931471805599453


@bare
def _sum(y, log_mu, phi, power, above):
    """Return the log of one tail, and its slopes in log mu, in phi and in the power."""
    one, two = power - 1.0, 2.0 - power
    a = two / one
    log_number = two * log_mu - math.log(phi * two)
    number = math.exp(log_number)
    log_y = math.log(y)
    log_x = log_y - math.log(phi * one) - one * log_mu
    at_y = math.exp(two * log_y - math.log(phi * two))
    outer = max(at_y, number) if above else min(at_y, number)
    middle = math.floor(max(outer, 1.0))
    step = max(1.0, math.floor(_SHARE * math.sqrt(middle * min(1.0, 1.0 / a))))
    top = best = 0.0
    total = of_number = of_a = of_x = 0.0
    for way in (1.0, -1.0):
        k = middle if way > 0.0 else middle - step
        for _ in range(_MOST_TERMS):
            if not k >= 1.0:
                break
            shape = k * a
            lower, lower_a, lower_x, upper, upper_a, upper_x = gamma_tails(
                shape, log_x - math.log(shape)
            )
            tail, own_a, own_x = (upper, upper_a, upper_x) if above else (lower, lower_a, lower_x)
            term = k * log_number - number - math.lgamma(k + 1.0) + tail
            if k == middle:
                top = best = term
            if not term > best + _CUT:  # nor is a number that is none
                break
            best = max(best, term)
            weight = math.exp(term - top)
            total += weight
            of_number += weight * (k - number)
            of_a += weight * k * own_a
            of_x += weight * own_x
            k += way * step
    value = top + math.log(total * step)
    scale = 1.0 / total
    of_number *= scale
    of_a *= scale
    of_x *= scale
    if not above:  # no gamma variable
        both = max(value, -number)
        both += math.log(math.exp(value - both) + math.exp(-number - both))
        some, none = math.exp(value - both), math.exp(-number - both)
        of_number = some * of_number - none * number
        of_a *= some
        of_x *= some
        value = both
    return (
        value,
        two * of_number - one * of_x,
        -(of_number + of_x) / phi,
        of_number * (1.0 / two - log_mu) - of_a / (one * one) - of_x * (1.0 / one + log_mu),
    )


@bare
def _tail(y, log_mu, phi, power, above):
    """Return the log of one tail with slopes, of a large one from the other."""
    if y < 0.0:
        return (0.0 if above else -math.inf), 0.0, 0.0, 0.0
    if y == 0.0:
        two = 2.0 - power
        number = math.exp(two * log_mu - math.log(phi * two))
        slopes = -two * number, number / phi, number * (log_mu - 1.0 / two)
        if not above:
            return -number, slopes[0], slopes[1], slopes[2]
        value, odds = others_of(-number)
        return value, odds * slopes[0], odds * slopes[1], odds * slopes[2]
    value, of_mean, of_phi, of_power = _sum(y, log_mu, phi, power, above)
    if value > _LOG_HALF:
        others, of_mean, of_phi, of_power = _sum(y, log_mu, phi, power, not above)
        value, odds = others_of(others)
        of_mean *= odds
        of_phi *= odds
        of_power *= odds
    return value, of_mean, of_phi, of_power


def tweedie_below(y, log_mu, phi, power):
    """Return log P(Y <= y), and its slopes in log mu, in phi and in the power."""
    return _tail(y, log_mu, phi, power, False)


def tweedie_above(y, log_mu, phi, power):
    """Return log P(Y > y), and its slopes in log mu, in phi and in the power."""
    return _tail(y, log_mu, phi, power, True)
