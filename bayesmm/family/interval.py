"""The log probability of an interval, from the logs of the two tails of a distribution."""

from collections.abc import Callable

from bayesmm.family.numeric import is_positive, log1mexp, where

__all__ = ["between_tails"]

_LOG_HALF = -0.6931471805599453
_ROUNDING = 1e-17


def between_tails(log_below: Callable, log_above: Callable) -> Callable:
    """Return log P(lower < Y <= upper), in the words of a log density.

    It is the difference of the tails on the side of the interval: of the other two both are nearly
    1 far out. A difference below the rounding of the tails is taken for their rounding.
    """

    def between(lower, upper, argument, *further):
        below = log_below(lower, argument, *further)
        from_above = is_positive(below - _LOG_HALF)
        most = where(
            from_above,
            log_above(lower, argument, *further),
            log_below(upper, argument, *further),
        )
        least = where(from_above, log_above(upper, argument, *further), below)
        gap, rounding = most - least, _ROUNDING * (1.0 - most)
        return most + log1mexp(where(is_positive(gap - rounding), gap, rounding))

    return between
