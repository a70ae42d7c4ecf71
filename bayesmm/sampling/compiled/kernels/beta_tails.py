"""Incomplete beta functions with their derivatives in compiled code, see `family.beta_tails`."""

import math

from bayesmm.sampling.compiled.kernels.elementary import digamma
from bayesmm.sampling.compiled.kernels.gamma_functions import log_rising
from bayesmm.sampling.compiled.kernels.gamma_tails import others_of
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["incomplete_beta", "student_below"]

_MOST_LEVELS = 100_000.0
_SMALL_SHAPE, _LOG_HALF = 0.01, -0.6931471805599453
_LN_2 = 0.6931471805599453


@bare
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@bare
def _small_side(a, b, log_odds):
    """Return log I_x(a, b), for x not above its middle, and its slopes in a, b and the log odds.

    Lentz's way through the continued fraction, each number with its slopes in a and in b.
    """
    large, small = max(a, b), min(a, b)
    ways, of_ways = log_rising(small, large)
    log_x, log_rest = -_softplus(-log_odds), -_softplus(log_odds)
    edge = a * log_x + b * log_rest + ways - math.lgamma(small)
    both, of_small = digamma(a + b), digamma(small)
    own_a, own_b = (of_ways, both - of_small) if a > b else (both - of_small, of_ways)
    x = math.exp(log_x)
    total = a + b
    r = 1.0 / (a + 1.0)
    head = total * x * r
    d = 1.0 / (1.0 - head)
    d_a, d_b = d * d * (x * r - head * r), d * d * x * r
    c, c_a, c_b = 1.0, 0.0, 0.0
    fraction, f_a, f_b = d, d_a / d, d_b / d
    m, change, more_a, more_b = 0.0, 0.0, 0.0, 0.0
    # where b is a whole number the fraction ends, but not its slopes
    while (
        abs(change - 1.0) > 1e-16
        or abs(more_a) > 1e-14 * (1.0 + abs(f_a))
        or abs(more_b) > 1e-14 * (1.0 + abs(f_b))
    ) and m < _MOST_LEVELS:
        m += 1.0
        change, more_a, more_b = 1.0, 0.0, 0.0
        for odd in range(2):
            if odd:
                first, second = a + 2.0 * m, a + 2.0 * m + 1.0
                step = -(a + m) * (total + m) * x / (first * second)
                s_a = step * (1.0 / (a + m) + 1.0 / (total + m) - 1.0 / first - 1.0 / second)
                s_b = step / (total + m)
            else:
                first, second = a + 2.0 * m - 1.0, a + 2.0 * m
                step = m * (b - m) * x / (first * second)
                s_a = -step * (1.0 / first + 1.0 / second)
                s_b = m * x / (first * second)
            next_d = 1.0 + step * d
            next_d = next_d if abs(next_d) > 1e-300 else 1e-300
            n_a, n_b = s_a * d + step * d_a, s_b * d + step * d_b
            c_a, c_b = (s_a - step * c_a / c) / c, (s_b - step * c_b / c) / c
            c = 1.0 + step / c
            c = c if abs(c) > 1e-300 else 1e-300
            d = 1.0 / next_d
            d_a, d_b = -n_a * d * d, -n_b * d * d
            more_a += d_a / d + c_a / c
            more_b += d_b / d + c_b / c
            change *= d * c
        fraction *= change
        f_a += more_a
        f_b += more_b
    value = min(edge - math.log(a) + math.log(fraction), 0.0)
    return value, log_x + own_a - 1.0 / a + f_a, log_rest + own_b + f_b, a / fraction


def incomplete_beta(a, b, log_odds):
    """Return log I_x(a, b) and its slopes in a, in b and in the log odds of x."""
    # x (a + b + 2) < a + 1
    direct = log_odds < math.log((a + 1.0) / (b + 1.0))
    # nearly all is on the side of a shape near 0, x^a or so, and the other side has the digits
    shape, log_share = (a, -_softplus(-log_odds)) if direct else (b, -_softplus(log_odds))
    if shape < _SMALL_SHAPE and shape * log_share > _LOG_HALF:
        direct = not direct
    if direct:
        return _small_side(a, b, log_odds)
    others, of_b, of_a, of_odds = _small_side(b, a, -log_odds)
    value, odds = others_of(others)
    return value, odds * of_a, odds * of_b, -odds * of_odds


def student_below(z, nu):
    """Return log P(T <= z) of Student's t, and its slopes in z and in nu."""
    square = max(z * z, 1e-300)
    half, log_odds = 0.5 * nu, math.log(nu) - math.log(square)
    if log_odds < math.log((half + 1.0) / 1.5):
        tail, of_half, _, of_odds = _small_side(half, 0.5, log_odds)
    else:
        others, _, of_rest, other_odds = _small_side(0.5, half, -log_odds)
        tail, odds = others_of(others)
        of_half, of_odds = odds * of_rest, -odds * other_odds
    tail -= _LN_2
    of_nu = 0.5 * of_half + of_odds / nu
    ways, _ = log_rising(0.5, half)
    density = ways - 0.5 * math.log(3.141592653589793 * nu)
    density -= (half + 0.5) * math.log1p(square / nu)
    if z < 0.0:
        return tail, math.exp(density - tail), of_nu
    below = math.log1p(-math.exp(tail))
    return below, math.exp(density - below), -math.exp(tail - below) * of_nu
