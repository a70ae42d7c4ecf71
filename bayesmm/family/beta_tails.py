"""Regularised incomplete beta functions, and tails of Student's t, as words of a log density."""

import numpy as np

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.family.along_path import along_path
from bayesmm.family.jet import Number

__all__ = ["log_incomplete_beta", "log_student_below"]


_LEVELS = 100  # of a continued fraction that is only used far from the mean


def log_incomplete_beta(a: Number, b: Number, log_odds: Number) -> Number:
    """Return log I_x(a, b), where `log_odds` is that of x, which keeps the digits of 1 - x.

    This is log P(X <= x) of a beta variable; that of X > x is the same with b, a and minus the
    log odds. Numbers of successes and of failures are such variables too.
    """
    return along_path(_log_incomplete, _speed, a, b, log_odds)


def log_student_below(z: Number, nu: Number) -> Number:
    """Return log P(T <= z) of Student's t; that of T > z is the same of -z."""
    return along_path(_log_student, _speed_of_student, z, nu)


def _speed(values: list, firsts: list) -> Array:
    """Return how fast the middle moves from x, in sds of its log odds, and the shapes.

    Further out the tail changes its shape with the distance from the middle.
    """
    a, b, log_odds = values
    of_a, of_b = firsts[0] / a, firsts[1] / b
    root = np.sqrt(np.maximum(a * b / (a + b), 1.0))
    distance = root * np.abs(log_odds - np.log(a) + np.log(b))
    moves = root * np.abs(firsts[2] - of_a + of_b) / (1.0 + 0.1 * distance)
    return moves + np.abs(of_a) + np.abs(of_b)


def _speed_of_student(values: list, firsts: list) -> Array:
    z, nu = values
    return np.abs(firsts[0]) / (1.0 + np.abs(z)) * 2.0 + np.abs(firsts[1]) / nu


def _log_student(z: Array, nu: Array) -> Array:
    square = np.maximum(z * z, 1e-300)
    tail = _log_incomplete(0.5 * nu, 0.5, np.log(nu) - np.log(square)) - np.log(2.0)
    return np.where(z < 0, tail, np.log1p(-np.exp(tail)))


def _log_incomplete(a: Array, b: Array, log_odds: Array) -> Array:
    a, b, log_odds = np.broadcast_arrays(*(np.asarray(v, float) for v in (a, b, log_odds)))
    small = log_odds < 0
    x, rest = special.expit(log_odds), special.expit(-log_odds)
    plain = np.where(small, special.betainc(a, b, x), special.betaincc(b, a, rest))
    others = np.where(small, special.betaincc(a, b, x), special.betainc(b, a, rest))
    with np.errstate(divide="ignore"):
        value = np.where(plain > 0.5, np.log1p(-others), np.log(plain))
    if (far := plain < 1e-290).any():
        value[far] = _far(a[far], b[far], log_odds[far])
    return value


def _far(a: Array, b: Array, log_odds: Array) -> Array:
    """Return log I_x(a, b) for x far below the mean, by its continued fraction (Lentz)."""
    x = special.expit(log_odds)
    front = -a * np.logaddexp(0.0, -log_odds) - b * np.logaddexp(0.0, log_odds)
    c, d = np.ones_like(x), 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    fraction = d
    for m in range(1, _LEVELS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d, c = 1.0 / (1.0 + step * d), 1.0 + step / c
            fraction = fraction * d * c
    return front - special.betaln(a, b) - np.log(a) + np.log(fraction)
