"""Log likelihood of every row from the log density of its family, by third-order jets.

The curvatures are the observed ones, -d2/deta2, which the Laplace approximation is made of; they
may be negative, as in a row whose zero may be one that was added.
"""

from collections.abc import Sequence

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.density import MEANS, distinct_rows
from bayesmm.family.numeric import Jet
from bayesmm.likelihood.polarisation import directions_of
from bayesmm.likelihood.rows import ResponseRows, RowsFunction
from bayesmm.model.design import Design

__all__ = ["density_rows"]

# By link, how far out a linear predictor may be: the cube of exp of more, in the third derivative,
# overflows; a share beyond has rounded to 0 or 1, and says nothing any more.
_LARGEST = {"log": 200.0, "cloglog": 200.0, "logit": 36.0}


def density_rows(design: Design) -> RowsFunction:
    """Return the rows as a function of the linear predictors, in the order of the design.

    Rows count as often as their weights say; those of the gaussian family have the sd
    sigma_i / sqrt(weight).
    """
    family, density, predictors = design.family, design.family.density, design.predictors
    inverses = [density.arguments[family.link], *(MEANS[p.link] for p in predictors[1:])]
    # the search of a number has ends of its own
    ends = [None if p.constant and k else _LARGEST.get(p.link) for k, p in enumerate(predictors)]
    precise = design.weights if family.precision_weights else None
    times = design.weights if precise is None else None
    y = density.observed(design.y, design.known)
    base = density.base(y)
    normaliser = _normaliser_by_value(design)

    def log_density(lines: Sequence[Array | float | Jet]) -> Array | Jet:
        argument, *further = (g(line) for g, line in zip(inverses, lines, strict=True))
        if precise is not None:
            further[0] = further[0] * precise**-0.5
        if normaliser is None:
            return density.without_base(y, argument, *further)
        return density.kernel(y, argument, *further) + normaliser(*further)

    def rows(
        etas: Sequence[Array | float], derived: Sequence[int], curved: Sequence[int]
    ) -> ResponseRows:
        lines = [
            eta if end is None else eta.clip(-end, end) for eta, end in zip(etas, ends, strict=True)
        ]
        directions = directions_of(len(derived), tuple(derived.index(k) for k in curved))
        for k, steps in zip(derived, directions.matrix.T, strict=True):
            # along one direction numbers do
            lines[k] = Jet(lines[k], steps[:, None] if len(steps) > 1 else 1.0, 0.0, 0.0)
        found = log_density(lines)
        value, *slopes = found.parts if isinstance(found, Jet) else (found, 0.0, 0.0, 0.0)
        value = np.atleast_2d(value)[0]  # a word may return it once per direction
        # what is outside the support of the family, as a negative mean, is impossible
        value = np.where(np.isnan(value), -np.inf, value + base)
        if times is not None:
            value, *slopes = (times * part for part in (value, *slopes))
        shape = (len(directions.matrix), design.n_obs)
        first, second, third = (np.broadcast_to(slope, shape) for slope in slopes)
        curvature, bend = directions.mixed(second, third)
        return ResponseRows(value, first[: len(derived)], -curvature, -bend)

    return rows


def _normaliser_by_value(design: Design):
    """Return the normaliser of numbers that is computed once per distinct response, or None."""
    density = design.family.density
    numbers = all(predictor.constant for predictor in design.predictors[1:])
    if density.normaliser is None or not density.by_value or not numbers:
        return None
    known = [design.known[name] for name in density.columns]
    distinct, place = distinct_rows(design.y, *known)
    values, size = distinct if known else distinct[0], len(distinct[0])

    def normaliser(*further: float) -> Array:
        return np.broadcast_to(density.normaliser(values, *further), size)[place]

    return normaliser
