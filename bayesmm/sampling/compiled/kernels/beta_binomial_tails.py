"""Tails of beta-binomial counts with their derivatives, see `family.beta_binomial_tails`."""

import math

from bayesmm.sampling.compiled.kernels.gamma_tails import others_of
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["beta_binomial_below"]

_LOG_HALF = -0.6931471805599453
# Products and sums are measured anew from here on, before they overflow or vanish.
_SMALL, _LARGE, _LOG_LARGE = 1e-280, 1e280, 644.7238260383328


@bare
def _partial_sum(y, n, a, b):
    """Return the log of the sum of the probabilities from 0 to y, and its slopes in a and b."""
    value, product, of_a, of_b = 0.0, 1.0, 0.0, 0.0
    j = 0.0
    while j < n:  # the probability of 0
        product *= (b + j) / (a + b + j)
        of_a -= 1.0 / (a + b + j)
        of_b += 1.0 / (b + j)
        if product < _SMALL:
            value += math.log(product)
            product = 1.0
        j += 1.0
    value += math.log(product)
    of_b += of_a
    term = total = 1.0
    term_a = term_b = sum_a = sum_b = 0.0
    k = 0.0
    while k < y:  # each from the one before
        rest = n - k - 1.0 + b
        term *= (n - k) * (k + a) / ((k + 1.0) * rest)
        term_a += 1.0 / (k + a)
        term_b -= 1.0 / rest
        total += term
        sum_a += term * term_a
        sum_b += term * term_b
        if total > _LARGE:
            term *= _SMALL
            total *= _SMALL
            sum_a *= _SMALL
            sum_b *= _SMALL
            value += _LOG_LARGE
        k += 1.0
    return value + math.log(total), of_a + sum_a / total, of_b + sum_b / total


def beta_binomial_below(y, n, a, b):
    """Return log P(Y <= y), 0 <= y < n, and its slopes in y and n, which are known, a and b."""
    value, of_a, of_b = _partial_sum(y, n, a, b)
    if value > _LOG_HALF:
        others, of_b, of_a = _partial_sum(n - y - 1.0, n, b, a)
        value, odds = others_of(others)
        of_a *= odds
        of_b *= odds
    return value, 0.0, 0.0, of_a, of_b
