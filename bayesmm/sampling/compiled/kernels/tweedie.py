"""The series of Tweedie's density with its derivatives, see `bayesmm.family.tweedie_series`."""

import math

from bayesmm.sampling.compiled.kernels.elementary import digamma

__all__ = ["log_sum_of_tweedie"]

_CUT = -40.0
# Terms are this share of their standard deviation apart where they are many: a sum of a nearly
# normal curve at such steps is its integral to far beyond rounding (the error of the trapezoidal
# rule is of the order of exp(-2 (pi / share)^2)).
_SHARE = 0.5
# Sums have at most 80 terms to either side. Of more than 1e16 in all, as where phi is almost 0 on
# the way of a chain, neighbours differ by nothing but rounding, and no term is the last.
_MOST_TERMS = 100


def log_sum_of_tweedie(y, phi, power):
    """Return log sum_j W_j, and its derivatives in phi and the power."""
    if y == 0.0:
        return 0.0, 0.0, 0.0
    a = (2.0 - power) / (power - 1.0)
    log_ratio = math.log(y / (power - 1.0)) - math.log(phi)
    r = a * log_ratio - math.log(phi) - math.log(2.0 - power)
    slope_of_a = -1.0 / ((power - 1.0) * (power - 1.0))
    slope_of_r = slope_of_a * log_ratio - a / (power - 1.0) + 1.0 / (2.0 - power)
    middle = max(1.0, math.floor(y ** (2.0 - power) / ((2.0 - power) * phi)))
    step = max(1.0, math.floor(_SHARE * math.sqrt(middle / (1.0 + a))))
    top = middle * r - math.lgamma(1.0 + middle) - math.lgamma(middle * a)
    total = number = of_power = 0.0
    for way in (1.0, -1.0):
        j = middle if way > 0.0 else middle - step
        for _ in range(_MOST_TERMS):
            if not j >= 1.0:
                break
            term = j * r - math.lgamma(1.0 + j) - math.lgamma(j * a) - top
            if not term > _CUT:  # nor is a number that is none
                break
            weight = math.exp(term)
            total += weight
            number += weight * j
            of_power += weight * j * (slope_of_r - slope_of_a * digamma(j * a))
            j += way * step
    return top + math.log(total * step), -(1.0 + a) * number / (total * phi), of_power / total
