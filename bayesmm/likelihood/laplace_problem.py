"""The deviance of a model as a function of one vector, by the Laplace approximation."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.likelihood.auxiliary import ends_of_range, limits_of
from bayesmm.likelihood.basis import Basis, orthogonal_basis
from bayesmm.likelihood.blocks import factors_of, free_elements, orthogonal_blocks
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.group_columns import Arrangement, arrange, group_columns
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.laplace import Mode, conditional_mode
from bayesmm.likelihood.laplace_gradient import laplace_gradient
from bayesmm.likelihood.likelihood import likelihood_of
from bayesmm.likelihood.mode_search import ModeSearch
from bayesmm.likelihood.predictor_columns import stacked_blocks
from bayesmm.likelihood.rows import ResponseRows, with_numbers
from bayesmm.model.design import Design

__all__ = ["LaplaceProblem", "remedy_for"]

# Ends of a search on the scale of a logarithm; an identity link has the scale of the data.
_LARGEST_SD, _LARGEST_COEFFICIENT = 30.0, 60.0


class LaplaceProblem:
    """The deviance in free elements of Lambda, then gamma of every predictor.

    X beta = Q gamma with an orthogonal basis Q of the columns of the predictor. A parameter that is
    one number is the intercept of its predictor, on the link. Without group effects the deviance
    is that of the rows themselves.
    """

    def __init__(self, design: Design) -> None:
        predictors = design.predictors
        self.design, self.all = design, tuple(range(len(predictors)))
        self.numbers = tuple(k for k in self.all[1:] if predictors[k].constant)
        self.bases: tuple[Basis, ...] = tuple(
            Basis(np.ones((1, 1)), np.ones((1, 1)), 0.0)
            if k in self.numbers
            else orthogonal_basis(predictor)
            for k, predictor in enumerate(predictors)
        )
        self.known = [np.zeros(1) if k in self.numbers else predictors[k].known for k in self.all]
        fisher = design.family.estimation.routine == "glm"
        self.likelihood = likelihood_of(design) if fisher else None
        self.rows = density_rows(design) if self.likelihood is None else self.likelihood.rows
        with_effects = {effect.predictor for block in design.blocks for effect in block.effects}
        self.grouped = tuple(k for k in self.all if predictors[k].parameter in with_effects)
        parameters = [predictors[k].parameter for k in self.grouped]
        self.stacked = stacked_blocks(design.blocks, parameters)
        blocks, self.back_transforms = orthogonal_blocks(self.stacked)
        self.arrangement: Arrangement | None = arrange(blocks) if blocks else None
        self.free = free_elements(blocks)
        self.places = np.cumsum([len(self.free), *(basis.Q.shape[1] for basis in self.bases)])
        self.search = ModeSearch(
            design.n_obs,
            int(self.places[-1]),
            design.family.estimation.several_modes,
            f"the model asks more than the data tell. {remedy_for(design)}",
        )

    def unpack(self, x: Array) -> tuple[list[Array], list[Array]]:
        """Return Lambda per block, and gamma per predictor."""
        return factors_of(self.design.blocks, x), np.split(x, self.places)[1:-1]

    def place(self, predictor: int) -> slice:
        """Return where gamma of a predictor is."""
        return slice(self.places[predictor], self.places[predictor + 1])

    def fixed(self, gammas: Sequence[Array]) -> list[Array | float]:
        """Return X beta + offset of every predictor, of one number that number."""
        parts = zip(self.known, self.bases, gammas, strict=True)
        return [
            float(gamma[0]) if k in self.numbers else known + basis.Q @ gamma
            for k, (known, basis, gamma) in enumerate(parts)
        ]

    def mode(self, x: Array) -> Mode:
        """Return the mode of the group effects."""
        assert self.arrangement is not None
        factors, gammas = self.unpack(x)
        columns = group_columns(self.arrangement, factors)
        fixed = self.fixed(gammas)
        return self.search.mode(
            lambda start: conditional_mode(columns, self._rows, fixed, self.grouped, start)
        )

    def _rows(
        self, etas: Sequence[Array | float], derived: Sequence[int], curved: Sequence[int]
    ) -> ResponseRows:
        """Return the rows, and count the pass through the data."""
        self.search.count()
        return self.rows(etas, derived, curved)

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return the deviance and its gradient; where there is no mode, a large number."""
        return self.search.guarded(self._deviance, x)

    def _deviance(self, x: Array) -> tuple[float, Array]:
        others = tuple(k for k in self.all if k not in self.numbers)
        if self.arrangement is None:
            etas = self.fixed(self.unpack(x)[1])
            here = self._rows(etas, others, ())
            rows = with_numbers(here, self.rows, etas, self.numbers, ())
            value, of_factors, pull = -2 * float(rows.log_likelihood.sum()), (), -2 * rows.score
        else:
            mode = self.mode(x)
            etas, value = mode.etas, mode.deviance
            here = mode.rows if others == self.grouped else self._rows(etas, others, self.grouped)
            rows = with_numbers(here, self.rows, etas, self.numbers, self.grouped)
            of_factors, pull = laplace_gradient(mode, rows, self.grouped)
        own = [of_factors[k][i, j] for k, i, j in self.free]
        common = [
            [part.sum()] if k in self.numbers else basis.Q.T @ part
            for k, (basis, part) in enumerate(zip(self.bases, pull, strict=True))
        ]
        return value, np.concatenate([own, *common])

    def bounds(self) -> Array:
        """Return the ends of the range that a search may use, shape (d, 2)."""
        design = self.design
        counts = design.family.response == "count" and design.family.link == "identity"
        unit = float(design.y.mean()) if counts else 1.0
        ends = [(-_LARGEST_SD * unit, _LARGEST_SD * unit)] * len(self.free)
        for k, basis in enumerate(self.bases):
            largest = _LARGEST_COEFFICIENT * (1.0 if k else unit)
            limits = limits_of(design)[k - 1] if k in self.numbers else (-largest, largest)
            ends += [limits] * basis.Q.shape[1]
        return np.array(ends).reshape(-1, 2)

    def at_end(self, x: Array) -> NDArray[np.bool_]:
        """Return which parameters, each one number, are so near their end that nothing changes."""
        result = np.zeros(len(x), dtype=bool)
        places = [self.places[k] for k in self.numbers]
        result[places] = list(ends_of_range(self.design, self.numbers_of(x)).values())
        return result

    def numbers_of(self, x: Array) -> dict[str, float]:
        """Return the further parameters that are one number."""
        further = self.design.family.further
        return {
            further[k - 1].name: further[k - 1].natural(x[self.places[k]]) for k in self.numbers
        }

    def warnings(self, x: Array, inverse: Array) -> tuple[str, ...]:
        """Return sentences on coefficients that mean nothing, from the inverse of the Hessian."""
        # the deviance has twice the curvature
        found = [2 * inverse[self.place(k), self.place(k)] for k in self.all]
        if self.likelihood is not None:
            return self.likelihood.warnings(self.mode(x).etas[0], found[0])
        sentences = [separation(found[k]) for k in self.all if k not in self.numbers]
        return tuple(dict.fromkeys(sentence for own in sentences for sentence in own))


def remedy_for(design: Design) -> str:
    """Return what to do where a likelihood has no maximum that could be found."""
    if design.varying:
        fewer = f"let fewer parameters vary than {', '.join(design.varying)}."
    else:
        fewer = "use a family with fewer parameters."
    return f"Leave {'group' if design.blocks else 'common'} effects out, or {fewer}"
