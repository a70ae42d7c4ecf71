"""The Laplace deviance of a model with group effects as a function of one vector."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.auxiliary import ends_of_range, limits_of
from bayesmm.likelihood.basis import Basis
from bayesmm.likelihood.blocks import factors_of, free_elements
from bayesmm.likelihood.counts import fit_counts
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.glm import fit_glm
from bayesmm.likelihood.group_columns import Arrangement, group_columns
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.laplace import Mode, conditional_mode
from bayesmm.likelihood.laplace_gradient import laplace_gradient
from bayesmm.likelihood.likelihood import likelihood_of
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.mode_search import ModeSearch
from bayesmm.likelihood.rows import ResponseRows, RowsFunction, auxiliary_slopes
from bayesmm.model.design import Design

__all__ = ["LaplaceProblem", "LaplaceResponse", "laplace_response"]

type Array = NDArray[np.float64]

# Sds of the group effects where a search may begin, on columns of mean square one.
_STARTS = (0.5, 1.0, 2.0, 4.0)
# Ends of a search on the scale of a logarithm; an identity link has the scale of the data.
_LARGEST_SD, _LARGEST_COEFFICIENT = 30.0, 60.0


@dataclass(frozen=True, slots=True, eq=False)
class LaplaceResponse:
    """What a search needs to know of a family.

    Attributes
    ----------
    rows : callable
        The likelihood of the rows, as a function of eta and the auxiliary parameters.
    plain : callable
        Fits the design without its group effects.
    several_modes : bool
        Whether the group effects may have several modes at one point.
    warnings : callable
        Sentences on estimates that mean nothing, from the fitted eta and the covariance matrix of
        gamma.
    """

    rows: RowsFunction
    plain: Callable[[Design, bool], MLFit]
    several_modes: bool
    warnings: Callable[[Array, Array], tuple[str, ...]]


def laplace_response(design: Design) -> LaplaceResponse:
    """Return the response of a design: Fisher's weights where lme4 has them, else observed ones."""
    if design.family.estimation.routine != "glm":
        several = design.family.estimation.several_modes
        return LaplaceResponse(
            density_rows(design), fit_counts, several, lambda _, covariance: separation(covariance)
        )
    likelihood = likelihood_of(design)
    return LaplaceResponse(
        lambda eta, _: likelihood.evaluate(eta), fit_glm, False, likelihood.warnings
    )


class LaplaceProblem:
    """The deviance in one vector: free elements of Lambda, gamma, auxiliary parameters."""

    def __init__(self, design: Design, basis: Basis, arrangement: Arrangement) -> None:
        self.design, self.basis, self.arrangement = design, basis, arrangement
        self.offset = design.mu.known
        self.response = laplace_response(design)
        self.free = free_elements(arrangement.blocks)
        self.search = ModeSearch[ResponseRows](
            design.n_obs,
            len(self.free) + basis.Q.shape[1] + len(design.family.auxiliary),
            self.response.several_modes,
            f"the group effects of {' and '.join(design.factors)} or the family ask more than the "
            "data tell. Leave group effects out, or use a family with fewer parameters.",
        )

    def unpack(self, x: Array) -> tuple[list[Array], Array, Array]:
        """Return Lambda per block, gamma, and the auxiliary parameters on the real line."""
        factors = factors_of(self.arrangement.blocks, x)
        n_free = len(self.free)
        gamma, real = np.split(x[n_free:], [self.basis.Q.shape[1]])
        return factors, gamma, real

    def mode(self, x: Array) -> Mode[ResponseRows]:
        """Return the mode of the group effects."""
        factors, gamma, real = self.unpack(x)
        columns = group_columns(self.arrangement, factors)
        fixed = self.offset + self.basis.Q @ gamma

        def rows(eta: Array) -> ResponseRows:
            self.search.count()
            return self.response.rows(eta, real)

        return self.search.mode(lambda start: conditional_mode(columns, rows, fixed, start))

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return the deviance and its gradient; where there is no mode, a large number."""
        return self.search.guarded(self._deviance, x)

    def _deviance(self, x: Array) -> tuple[float, Array]:
        mode, real = self.mode(x), self.unpack(x)[2]
        slopes = auxiliary_slopes(self.response.rows, mode.eta, real)
        parts = laplace_gradient(mode.equations, self.basis.Q, mode.v, mode.rows, slopes)
        own = [parts.factors[k][i, j] for k, i, j in self.free]
        return mode.deviance, np.concatenate([own, parts.common, parts.auxiliary])

    def start(self) -> Array:
        """Return independent group effects beside the estimates of the model without them.

        Data that are nearly separated can have one optimum at small effects and one at large ones:
        the search begins where the deviance is lowest.
        """
        plain = self.response.plain(replace(self.design, blocks=()), False)
        gamma = np.linalg.solve(self.basis.inverse, plain.estimates)
        with np.errstate(divide="ignore"):  # psi rounded to 1 is at the end of the range
            pairs = zip(self.design.family.further, plain.auxiliary.values(), strict=True)
            real = [own.real(value) for own, value in pairs]
        starts = (
            np.concatenate([[sd if i == j else 0.0 for _, i, j in self.free], gamma, real])
            for sd in _STARTS
        )
        return min(starts, key=lambda x: self.deviance(x)[0])

    def bounds(self) -> Array:
        """Return the ends of the range that a search may use, shape (d, 2)."""
        mean = float(self.design.y.mean())
        counts = self.design.family.response == "count"
        unit = mean if counts and self.design.family.link == "identity" else 1.0
        sd, coefficient = _LARGEST_SD * unit, _LARGEST_COEFFICIENT * unit
        ends = [
            *[(-sd, sd)] * len(self.free),
            *[(-coefficient, coefficient)] * self.basis.Q.shape[1],
            *limits_of(self.design),
        ]
        return np.array(ends)

    def at_end(self, x: Array) -> NDArray[np.bool_]:
        """Return which parameters are so near the end of their range that nothing changes."""
        return ends_of_range(self.design, self.unpack(x)[2], len(x))
