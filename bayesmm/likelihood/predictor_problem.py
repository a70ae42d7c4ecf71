"""The deviance of a model with several linear predictors as a function of one vector."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.auxiliary import limits_of
from bayesmm.likelihood.basis import Basis, orthogonal_basis
from bayesmm.likelihood.blocks import factors_of, free_elements, orthogonal_blocks
from bayesmm.likelihood.counts import fit_counts
from bayesmm.likelihood.group_columns import Arrangement, arrange, group_columns
from bayesmm.likelihood.laplace import Mode
from bayesmm.likelihood.mode_search import ModeSearch
from bayesmm.likelihood.predictor_columns import stacked_blocks
from bayesmm.likelihood.predictor_laplace import predictor_gradient, predictor_mode
from bayesmm.likelihood.predictor_rows import PredictorRows, predictor_rows
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.predictor import with_constants

__all__ = ["PredictorProblem"]

type Array = NDArray[np.float64]

# Sds of the group effects where a search may begin, on columns of mean square one.
_STARTS = (0.1, 0.3, 1.0)
# This part of the range of a parameter on its link, at either end, is beside its end.
_NEAR_END = 0.25
_LARGEST_SD, _LARGEST_COEFFICIENT = 30.0, 60.0


class PredictorProblem:
    """The deviance in free elements of Lambda, then gamma of every predictor.

    X beta = Q gamma with an orthogonal basis Q of the columns of the predictor. A parameter that is
    one number is the intercept of its predictor, on the link.
    """

    def __init__(self, design: Design) -> None:
        self.design = design
        self.bases: tuple[Basis, ...] = tuple(map(orthogonal_basis, design.predictors))
        self.known = np.array([predictor.known for predictor in design.predictors])
        self.rows = predictor_rows(design)
        with_effects = {effect.predictor for block in design.blocks for effect in block.effects}
        parameters = [predictor.parameter for predictor in design.predictors]
        self.all = tuple(range(len(parameters)))
        self.grouped = tuple(k for k in self.all if parameters[k] in with_effects)
        self.stacked = stacked_blocks(design.blocks, [parameters[k] for k in self.grouped])
        blocks, self.back_transforms = orthogonal_blocks(self.stacked)
        self.arrangement: Arrangement | None = arrange(blocks) if blocks else None
        self.free = free_elements(blocks)
        sizes = [basis.Q.shape[1] for basis in self.bases]
        self.places = np.cumsum([len(self.free), *sizes])
        self.search = ModeSearch[PredictorRows](
            design.n_obs,
            int(self.places[-1]),
            design.family.estimation.several_modes,
            "the formulas ask more than the data tell. Leave group effects out, or let fewer "
            f"parameters vary than {', '.join(design.varying)}.",
        )

    def unpack(self, x: Array) -> tuple[list[Array], list[Array]]:
        """Return Lambda per block, and gamma per predictor."""
        return factors_of(self.design.blocks, x), np.split(x, self.places)[1:-1]

    def place(self, predictor: int) -> slice:
        """Return where gamma of a predictor is."""
        return slice(self.places[predictor], self.places[predictor + 1])

    def fixed(self, gammas: list[Array]) -> Array:
        """Return X beta + offset of every predictor, shape (P, n_obs)."""
        pairs = zip(self.bases, gammas, strict=True)
        return self.known + np.array([basis.Q @ gamma for basis, gamma in pairs])

    def mode(self, x: Array) -> Mode[PredictorRows]:
        """Return the mode of the group effects."""
        assert self.arrangement is not None
        factors, gammas = self.unpack(x)
        columns = group_columns(self.arrangement, factors)
        fixed = self.fixed(gammas)
        return self.search.mode(
            lambda start: predictor_mode(columns, self._rows, fixed, self.grouped, start)
        )

    def _rows(self, eta: Array, derived: Sequence[int]) -> PredictorRows:
        """Return the rows, and count the pass through the data."""
        self.search.count()
        return self.rows(eta, derived)

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return the deviance and its gradient; where there is no mode, a large number."""
        return self.search.guarded(self._deviance, x)

    def _deviance(self, x: Array) -> tuple[float, Array]:
        if self.arrangement is None:
            rows = self._rows(self.fixed(self.unpack(x)[1]), self.all)
            value, of_factors, pull = -2 * float(rows.log_likelihood.sum()), (), -2 * rows.score
        else:
            mode = self.mode(x)
            rows = self._rows(mode.eta, self.all)
            of_factors, pull = predictor_gradient(mode, rows, self.grouped)
            value = mode.deviance
        own = [of_factors[k][i, j] for k, i, j in self.free]
        common = [basis.Q.T @ part for basis, part in zip(self.bases, pull, strict=True)]
        return value, np.concatenate([own, *common])

    def starts(self) -> list[Array]:
        """Return where searches begin: one point, or two where a varying parameter is at its end.

        Of a family all of whose parameters always have predictors it is what the response is
        without any of the columns.

        The first has the estimates with further parameters that are constant, and no group
        effects. At the end of its range, as zero inflation of a number that needs none, a
        constant is where the likelihood is flat: with a formula the maximum may be elsewhere, and
        the second point has the varying parameters in the middle of their range.
        """
        design = self.design
        if all(own.always for own in design.family.further):  # mu has no coefficients
            first = [own.first(responses_for(design, own), 1.0) for own in design.family.further]
            return [self._start(np.empty(0), first)]
        plain = replace(design, predictors=with_constants(design.mu, design.family), blocks=())
        found = fit_counts(plain, False)
        real, middle = [], []
        for own, (low, high) in zip(design.family.further, self._limits, strict=True):
            with np.errstate(divide="ignore"):  # psi rounded to 1 is at the end of the range
                value = float(np.clip(own.real(found.auxiliary[own.name]), low, high))
            near = _NEAR_END * (high - low)
            ended = own.name in design.varying and not low + near < value < high - near
            real.append(value)
            near_middle = own.real(own.estimated.first(responses_for(design, own)))
            middle.append(near_middle if ended else value)
        first = np.linalg.solve(self.bases[0].inverse, found.estimates)
        return [self._start(first, values) for values in (real, middle)[: 1 + (real != middle)]]

    def _start(self, first: Array, real: list[float]) -> Array:
        """Return the point of gamma of mu and constant further parameters, with the best sds."""
        pairs = zip(self.bases[1:], real, self.known[1:], strict=True)
        gammas = [first, *(np.linalg.lstsq(b.Q, value - known)[0] for b, value, known in pairs)]
        starts = (
            np.concatenate([[sd if i == j else 0.0 for _, i, j in self.free], *gammas])
            for sd in (_STARTS if self.free else (0.0,))
        )
        return min(starts, key=lambda x: self.deviance(x)[0])

    @property
    def _limits(self) -> list[tuple[float, float]]:
        """Ends of the range of each further parameter on its link."""
        return limits_of(self.design)

    def bounds(self) -> Array:
        """Return the ends of the range that a search may use, shape (d, 2)."""
        ends = [(-_LARGEST_SD, _LARGEST_SD)] * len(self.free)
        ends += [(-_LARGEST_COEFFICIENT, _LARGEST_COEFFICIENT)] * int(
            self.places[-1] - self.places[0]
        )
        return np.array(ends)

    def at_end(self, x: Array) -> NDArray[np.bool_]:
        """Return which parameters, each one number, are at the end of their range."""
        result = np.zeros(len(x), dtype=bool)
        gammas = self.unpack(x)[1]
        for k, (low, high) in enumerate(self._limits, start=1):
            if self.design.predictors[k].parameter not in self.design.varying:
                eta = float(self.known[k][0] + (self.bases[k].Q @ gammas[k])[0])
                result[self.place(k)] = not low < eta < high
        return result
