"""A run of the PyMC model itself, whose draws are compared with those of a fit."""

from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.convergence import effective_size
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.quantities import reported_variables
from bayesmm.special import ndtri

__all__ = ["independent_run"]

_CHAINS, _DRAWS, _TUNE = 2, 1000, 1000
_BY_CHANCE = 0.001  # probability with which any of all quantities is further off


def independent_run(fit: FitRecord, seed: int) -> list[tuple[str, str, float, float]]:
    """Return the largest differences of means and sds, in Monte Carlo errors, and the limit.

    The limit is that which the largest of as many independent normal differences exceeds with
    probability 1 in 1,000.

    `seed` is that of the run.
    """
    settings = replace(
        fit.settings, chains=_CHAINS, draws=_DRAWS, tune=_TUNE, seed=seed, progress=False
    )
    drawn = choose_engine(fit.design, fit.priors, "pymc").sample(settings)
    tree = assemble(fit.design, drawn)
    means, sds = [], []
    for name in reported_variables(fit.design):
        ours = named_draws(fit.own_draws, name)
        theirs = named_draws(tree, name)
        for a, b in zip(_quantities(ours), _quantities(theirs), strict=True):
            means.append(_apart(_of_mean(a), _of_mean(b)))
            sds.append(_apart(_of_sd(a), _of_sd(b)))
    limit = -float(ndtri(_BY_CHANCE / (4 * len(means))))
    where = f"{len(means)} quantities, {_CHAINS} x {_DRAWS} draws by PyMC"
    return [
        ("posterior means, in Monte Carlo errors", where, max(means), limit),
        ("posterior sds, in Monte Carlo errors", where, max(sds), limit),
    ]


def _quantities(draws: Array) -> list[Array]:
    flat = draws.reshape(*draws.shape[:2], -1)
    return [flat[:, :, k] for k in range(flat.shape[2])]


def _of_mean(draws: Array) -> tuple[float, float]:
    """Return the mean and its squared Monte Carlo error."""
    return float(draws.mean()), float(draws.var() / effective_size(draws))


def _of_sd(draws: Array) -> tuple[float, float]:
    """Return the sd and its squared Monte Carlo error, that of the mean of squares over 4 sd^2."""
    squares = (draws - draws.mean()) ** 2
    error = squares.var() / effective_size(squares)
    return float(draws.std()), float(error / (4 * draws.var()))


def _apart(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) / float(np.sqrt(a[1] + b[1]))
