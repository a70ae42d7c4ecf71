"""What the checks of one fit share, computed once and only when a check asks for it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.results.checks.residuals import residuals
from bayesmm.results.comparison.loo import Loo, leave_one_out
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.response_parameters import response_parameters

__all__ = ["CheckContext"]

type Array = NDArray[np.float64]

_DRAWS = 500  # replicated data sets: a tail of .01 then has a standard error of .004
_VALUES = 10_000_000  # replicated responses held: 80 MB


@dataclass(frozen=True, eq=False)
class CheckContext:
    """A fit, with replicated data of some of its draws.

    Attributes
    ----------
    fit : Fit
        The fit.
    seed : int
        Seed of everything random in the checks.
    """

    fit: FitRecord
    seed: int

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design

    @property
    def family(self) -> Family:
        """The family of the fit."""
        return self.design.family

    @cached_property
    def where(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Chains and draws of the replicates, spread evenly."""
        n_chains = self.fit.own_draws["posterior"].sizes["chain"]
        wanted = max(n_chains, min(_DRAWS, _VALUES // self.design.n_obs))
        sizes = self.fit.own_draws["posterior"].sizes
        wanted = min(wanted, n_chains * sizes["draw"])
        draw = choose_draws(self.fit.own_draws, wanted, self.design.n_obs)
        return np.repeat(np.arange(n_chains), len(draw)), np.tile(draw, n_chains)

    @cached_property
    def parameters(self) -> ResponseParameters:
        """Parameters of the response at the replicates, mu of shape (S, n_obs)."""
        return response_parameters(self.design, self.fit.own_draws, self.where)

    @cached_property
    def replicates(self) -> Array:
        """One replicated response per draw, given the group effects, shape (S, n_obs)."""
        generator = self.generator(0)
        return self.family.random(generator, self.parameters)

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """Residuals averaged over all draws."""
        return residuals(self.fit, self.seed)

    @cached_property
    def loo(self) -> Loo:
        """Leave-one-row-out."""
        return leave_one_out(self.fit)

    def generator(self, stream: int) -> np.random.Generator:
        """Return the random numbers of one purpose, whatever other checks draw."""
        return np.random.default_rng([self.seed, stream])
