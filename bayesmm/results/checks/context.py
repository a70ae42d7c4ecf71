"""What the checks of one fit share, computed once and only when a check asks for it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.within import without_censoring
from bayesmm.family.words import MISSING_PREDICTORS
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.results.checks.residuals import predictive_probabilities, residuals
from bayesmm.results.checks.row_scores import RowScores, ScoredRows, rows_at, some_draws
from bayesmm.results.comparison.loo import leave_one_out
from bayesmm.results.comparison.loo_record import Loo
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.results.prediction.response_parameters import parameters_at

__all__ = ["CheckContext"]

_DRAWS = 500  # replicated data sets: a tail of .01 then has a standard error of .004
# Data sets from the mean of the posterior, and the draws at which each is looked at.
_CENTRAL_SETS, _CENTRAL_DRAWS, _CENTRAL_VALUES = 6, (10, 500), 500_000
_NUMERIC = 5  # a column of fewer values is a factor, or as good as one
_SCORE_VALUES, _FEWEST_DRAWS = 2_000_000, 20  # of the scores of the rows
_VALUES = 10_000_000  # replicated responses held: 80 MB


@dataclass(frozen=True, eq=False)
class CheckContext:
    """A fit, with replicated data of some of its draws."""

    fit: FitRecord
    seed: int  # seed of everything random in the checks

    @property
    def design(self) -> Design:
        """The design of the fit."""
        return self.fit.design

    @property
    def family(self) -> Family:
        """The family of the fit."""
        return self.design.family

    def advice(self, sign: str) -> str:
        """Return what to try where a check finds more of it than the family allows."""
        return self.family.words.advice.get(sign, f"look for {MISSING_PREDICTORS}")

    @cached_property
    def where(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Chains and draws of the replicates, spread evenly."""
        n_chains = self.fit.own_draws["posterior"].sizes["chain"]
        wanted = max(n_chains, min(_DRAWS, _VALUES // self.design.observed.size))
        sizes = self.fit.own_draws["posterior"].sizes
        wanted = min(wanted, n_chains * sizes["draw"])
        draw = choose_draws(self.fit.own_draws, wanted, self.design.observed.size)
        return np.repeat(np.arange(n_chains), len(draw)), np.tile(draw, n_chains)

    @cached_property
    def eta(self) -> Array:
        """The linear predictor at the replicates, shape (S, n_obs)."""
        return linear_predictor(self.design, self.fit.own_draws, self.where)

    @cached_property
    def parameters(self) -> ResponseParameters:
        """Parameters of the response at the replicates, mu of shape (S, n_obs)."""
        return parameters_at(self.design, self.fit.own_draws, self.eta, self.where)

    @cached_property
    def replicates(self) -> Array:
        """One replicated response per draw, given the group effects, S as `Design.observed`."""
        generator = self.generator(0)
        return self.family.drawn(generator, self.parameters)

    @cached_property
    def uniforms(self) -> tuple[Array, Array]:
        """Quantile residuals u of the data and of the replicates, shape (S, n_obs) each.

        At one draw of the posterior, group effects included, u is exactly uniform if the model
        holds, however much the data were used to fit it (Johnson 2007): averaged residuals are
        not.
        """
        v = self.generator(1)
        parts = []
        uncensored = without_censoring(self.parameters)
        for y, parameters in ((self.design.y, self.parameters), (self.replicates, uncensored)):
            less, equal = predictive_probabilities(self.family, y, parameters)
            parts.append(less + v.random(less.shape) * equal)
        return parts[0], parts[1]

    @cached_property
    def scores(self) -> RowScores:
        """How each row pulls at its linear predictor."""
        # sums over very many rows need few draws
        n_draws = int(
            np.clip(_SCORE_VALUES // self.design.observed.size, _FEWEST_DRAWS, len(self.eta))
        )
        places = np.unique(np.linspace(0, len(self.eta) - 1, n_draws).astype(np.int64))
        eta, parameters = self.eta[places], some_draws(self.parameters, places)
        observed, replicated = (
            (None, None) if self.family.repeats else (u[places] for u in self.uniforms)
        )
        return RowScores(
            rows_at(self.design, eta, parameters, self.design.observed[None], observed),
            rows_at(self.design, eta, parameters, self.replicates[places], replicated),
            self._central(),
        )

    def _central(self) -> tuple[ScoredRows, ...]:
        """Return data sets from the mean of the posterior, at some of the draws."""
        n_draws = int(np.clip(_CENTRAL_VALUES // self.design.observed.size, *_CENTRAL_DRAWS))
        places = np.unique(np.linspace(0, len(self.eta) - 1, n_draws).astype(np.int64))
        further = {
            name: np.mean(value, axis=0, keepdims=True)
            for name, value in self.parameters.auxiliary.items()
        }
        middle = self.eta.mean(axis=0, keepdims=True)
        mu = LINKS[self.family.link_of_mu].inverse(middle)
        centre = ResponseParameters.from_mean(self.design, mu, further)
        generator, some = self.generator(3), some_draws(self.parameters, places)
        return tuple(
            rows_at(self.design, self.eta[places], some, self.family.drawn(generator, centre))
            for _ in range(_CENTRAL_SETS)
        )

    @cached_property
    def curved(self) -> dict[str, Array]:
        """The numeric columns of the common effects by their names, of mean 0 and variance 1."""
        design = self.design
        return {
            name: (column - column.mean()) / column.std()
            for name, column in zip(design.mu.names, design.mu.X.T, strict=True)
            if len(np.unique(column)) >= _NUMERIC
        }

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
