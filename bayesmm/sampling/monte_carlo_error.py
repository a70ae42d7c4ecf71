"""How well draws know the numbers of one quantity: Monte Carlo standard errors, and digits."""

from dataclasses import dataclass
from math import floor, log10, sqrt

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.convergence import effective_size
from bayesmm.special import betaincinv

__all__ = ["ENDS", "Precision", "precision"]

ENDS = (0.025, 0.975)  # of the interval that every table has unless asked otherwise
_ONE_SD = (0.15865525393145707, 0.8413447460685429)  # of a normal distribution

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Precision:
    """Mean and ends of the 95 % interval of one quantity, with their standard errors."""

    mean: float  # in the units of the quantity, as all but the errors
    lower: float  # 2.5 % quantile
    upper: float  # 97.5 % quantile
    sd: float  # posterior sd
    mean_error: float  # Monte Carlo standard error of the mean, as a share of the posterior sd
    end_error: float  # the larger one of the ends, likewise

    def of_mean(self, name: str) -> str:
        """Return in a sentence how well the mean is known."""
        return (
            f"The mean of {name} is known to {self.mean_error:.2g} of its posterior sd (Monte "
            f"Carlo standard error): give it as {self._shown(self.mean, self.mean_error)}."
        )

    def of_ends(self, name: str) -> str:
        """Return in a sentence how well the ends of the interval are known."""
        return (
            f"The ends of the 95 % interval of {name} are known to {self.end_error:.2g} of its "
            f"posterior sd (Monte Carlo standard error): give them as {self._ends()}."
        )

    def of_both(self, name: str) -> str:
        """Return both in a sentence."""
        return (
            f"The mean of {name} is known to {self.mean_error:.2g} of its posterior sd and the "
            f"ends of its 95 % interval to {self.end_error:.2g} (Monte Carlo standard errors): "
            f"give them as {self._shown(self.mean, self.mean_error)}, {self._ends()}."
        )

    def _ends(self) -> str:
        ends = (self._shown(end, self.end_error) for end in (self.lower, self.upper))
        return " and ".join(ends)

    def _shown(self, value: float, error: float) -> str:
        """Return a number without the digits that two standard errors leave open."""
        open_to = 2 * error * self.sd
        if not open_to > 0:  # draws that lie on few floating-point numbers, as around 1e15
            return f"{value:,.15g}"
        places = -floor(log10(open_to))
        return f"{round(value, places):,.{max(places, 0)}f}"


def precision(draws: Array) -> Precision:
    """Return how well the mean and the 95 % interval of a quantity are known.

    The error of the mean is sd / sqrt(ESS of the mean). That of the quantile p is half the
    distance between the quantiles of the draws at the 16 % and the 84 % quantile of
    Beta(n p + 1, n (1 - p) + 1), n being the effective sample size of x <= quantile.

    Draws, shape (chain, draw), move and are finite.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221, section 4.
    """
    sd = float(draws.std(ddof=1))
    ends = [float(end) for end in np.quantile(draws, ENDS)]
    errors = [_quantile_error(draws, p, end) for p, end in zip(ENDS, ends, strict=True)]
    return Precision(
        mean=float(draws.mean()),
        lower=ends[0],
        upper=ends[1],
        sd=sd,
        mean_error=1 / sqrt(effective_size(draws)),
        end_error=max(errors) / sd,
    )


def _quantile_error(draws: Array, p: float, quantile: float) -> float:
    n = effective_size((draws <= quantile).astype(float))
    low, high = np.quantile(draws, betaincinv(n * p + 1, n * (1 - p) + 1, _ONE_SD))
    return float(high - low) / 2
