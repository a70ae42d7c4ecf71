"""The log density of a row, written once in the words of `numeric`.

log p(y) = kernel(y, argument, parameters) + normaliser(y, parameters) + base(y), where the argument
is mu, its logarithm or its log odds, and the parameters are the family's further ones, in its
order. The split is for speed: the kernel is computed in every row, the normaliser once per distinct
response, the base never by a sampler. A density that is all kernel is right too.

A density that depends on known numbers of the row besides, such as the trials of a number of
successes, names them in `LogDensity.columns`; its functions then take ``(y, trials)`` for y.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.interval import between_tails
from bayesmm.family.numeric import (
    Jet,
    arctan,
    erfc,
    exp,
    expit,
    expm1,
    is_positive,
    log,
    log1mexp,
    log1p,
    log_ndtr,
    where,
)
from bayesmm.family.response_rows import Known, ResponseParameters

__all__ = [
    "LOGARITHMS",
    "LOG_ODDS",
    "MEANS",
    "LogDensity",
    "distinct_rows",
    "log_density_of_rows",
    "observed_score",
]

_SQRT_HALF = 0.5**0.5
# Below, 1 - exp(-h) is h (1 - h / 2) in all digits; h itself is 0 from -745 on.
_SMALL_HAZARD = -30.0
# The log of a hazard from which on that is held: its cubes are in third derivatives.
_LARGEST_HAZARD = 100.0


def _same(eta):
    return eta


def _inverse(eta):
    return 1.0 / eta


def _probit(eta):
    return 0.5 * erfc(-_SQRT_HALF * eta)


def _cloglog(eta):
    return -expm1(-exp(eta))


def _tan_half(eta):
    return 2.0 * arctan(eta)


def _log_of_inverse(eta):
    return -log(eta)


def _log_of_cloglog(eta):
    small = is_positive(_SMALL_HAZARD - eta)
    hazard = exp(eta)
    return where(small, eta - 0.5 * hazard, log1mexp(where(small, 1.0, hazard)))


def _log_odds_of_probit(eta):
    return log_ndtr(eta) - log_ndtr(-eta)


def _log_odds_of_cloglog(eta):
    eta = where(is_positive(eta - _LARGEST_HAZARD), _LARGEST_HAZARD, eta)
    return _log_of_cloglog(eta) + exp(eta)


# By link, mu, log mu and the log odds of mu as functions of the linear predictor. The log odds keep
# the digits of a probability near 0 and near 1: under the complementary log-log link 1 - mu is
# below rounding from 3.7 on.
MEANS: Mapping[str, Callable] = {
    "identity": _same,
    "log": exp,
    "inverse": _inverse,
    "logit": expit,
    "probit": _probit,
    "cloglog": _cloglog,
    "tan_half": _tan_half,
}
LOGARITHMS: Mapping[str, Callable] = {
    "log": _same,
    "identity": log,
    "inverse": _log_of_inverse,
    "cloglog": _log_of_cloglog,
}
LOG_ODDS: Mapping[str, Callable] = {
    "logit": _same,
    "probit": _log_odds_of_probit,
    "cloglog": _log_odds_of_cloglog,
}


def _nothing(_y):
    return 0.0


def _of_response(function: Callable, full: Callable) -> Callable:
    def of_others(y, argument, *further):
        parameters = full(further)
        return function(y, argument, *parameters)

    return of_others


def _of_none(function: Callable, full: Callable) -> Callable:
    def of_others(y, *further):
        parameters = full(further)
        return function(y, *parameters)

    return of_others


def _of_interval(function: Callable, full: Callable) -> Callable:
    def of_others(lower, upper, argument, *further):
        parameters = full(further)
        return function(lower, upper, argument, *parameters)

    return of_others


@dataclass(frozen=True, slots=True)
class LogDensity:
    """The log density of one row.

    Attributes
    ----------
    kernel : callable
        ``kernel(y, argument, *parameters)``.
    normaliser : callable, optional
        ``normaliser(y, *parameters)``.
    base : callable
        ``base(y)``.
    arguments : mapping of str to callable
        The argument as a function of the linear predictor, by link: `MEANS`, `LOGARITHMS`
        or `LOG_ODDS`.
    by_value : bool
        Whether the normaliser depends on y, and not only on which of the silent values y is.
    silent : tuple of float
        Responses of which the kernel says nothing: 0 behind a hurdle.
    smooth : bool
        Whether the second derivatives of the kernel tell its information; not so of one with kinks.
    columns : tuple of str
        Known numbers of the row, of `Design.known`: kernel, normaliser and base take the tuple of
        y and these in the place of y.
    log_below, log_above : callable, optional
        Logarithms of P(Y <= y) and P(Y > y), as the kernel; each keeps its digits where it is
        nearly 0 too. With them the family can be censored and truncated.
    log_between : callable, optional
        ``log_between(lower, upper, argument, *parameters)``: log P(lower < Y <= upper) of bounds
        within the range of responses, where the tails do not tell it in all digits, such as above a
        share of zeros.
    """

    kernel: Callable
    normaliser: Callable | None = None
    base: Callable = _nothing
    arguments: Mapping[str, Callable] = field(default_factory=lambda: MEANS)
    by_value: bool = True
    silent: tuple[float, ...] = ()
    smooth: bool = True
    columns: tuple[str, ...] = ()
    log_below: Callable | None = None
    log_above: Callable | None = None
    log_between: Callable | None = None

    @property
    def of_logarithm(self) -> bool:
        """Whether the argument is log mu; by equality, because fits hold copies."""
        return self.arguments == LOGARITHMS

    def argument_of(self, mu: "Array | Jet") -> "Array | Jet":
        """Return the argument at a mean, as far as that has its digits."""
        if self.of_logarithm:
            return log(mu)
        return log(mu) - log1p(-mu) if self.arguments == LOG_ODDS else mu

    @property
    def interval(self) -> Callable:
        """The log probability of an interval, of a density with tails."""
        return self.log_between or between_tails(self.log_below, self.log_above)

    def with_parameters(self, full: Callable[[tuple], tuple]) -> "LogDensity":
        """Return the density of other further parameters, `full` of which are those of this one.

        Everything it says is said of them, the tails too.
        """
        return replace(
            self,
            kernel=_of_response(self.kernel, full),
            normaliser=self.normaliser and _of_none(self.normaliser, full),
            log_below=self.log_below and _of_response(self.log_below, full),
            log_above=self.log_above and _of_response(self.log_above, full),
            log_between=self.log_between and _of_interval(self.log_between, full),
        )

    def observed(self, y: Array, known: Known) -> "Array | tuple[Array, ...]":
        """Return what the functions take for y: y itself, or with known numbers of its row."""
        return (y, *(known[name] for name in self.columns)) if self.columns else y

    def without_base(self, y, argument, *parameters):
        """Return the kernel and the normaliser."""
        kernel = self.kernel(y, argument, *parameters)
        return kernel if self.normaliser is None else kernel + self.normaliser(y, *parameters)


def distinct_rows(y: Array, *known: Array) -> tuple[tuple[Array, ...], NDArray[np.int64]]:
    """Return the columns of the distinct rows, and which of these each row is."""
    if not known:
        values, index = np.unique(y, return_inverse=True)
        return (values,), index
    rows, index = np.unique(np.stack([y, *known]), axis=1, return_inverse=True)
    return tuple(rows), index


def log_density_of_rows(
    density: LogDensity, parameters: Sequence[Array], y: Array, rows: ResponseParameters
) -> Array:
    """Return the log density of each row, shape of mu."""
    y = density.observed(y, rows.known)
    # at an end of the range of mu what cannot be has -inf, and `where` computes both sides
    with np.errstate(divide="ignore", invalid="ignore"):
        argument = density.argument_of(rows.mu)
        return density.without_base(y, argument, *parameters) + density.base(y)


def observed_score(
    density: LogDensity, names: tuple[str, ...], y: Array, rows: ResponseParameters
) -> tuple[Array, Array]:
    """Return d log p / d mu and minus the second derivative, not below 0, of each row."""
    mu = Jet.variable(np.asarray(rows.mu, dtype=float))
    parameters = [rows.auxiliary[name] for name in names]
    argument = density.argument_of(mu)
    jet = density.kernel(density.observed(y, rows.known), argument, *parameters)
    shape = np.broadcast_shapes(np.shape(jet.first), np.shape(jet.second))
    return np.broadcast_to(jet.first, shape), np.broadcast_to(np.maximum(-jet.second, 0.0), shape)
