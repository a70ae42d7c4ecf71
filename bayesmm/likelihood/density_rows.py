"""Log likelihood of every row from the log density of its family, by third-order jets.

As in `count_rows` the curvatures are the observed ones, which may be negative.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.numeric import Jet
from bayesmm.likelihood.rows import ResponseRows, RowsFunction
from bayesmm.model.design import Design

__all__ = ["density_rows"]

type Array = NDArray[np.float64]


def density_rows(design: Design) -> RowsFunction:
    """Return a function of eta, shape (n_obs,), and of the auxiliary parameters on the real line.

    Rows count as often as their weights say; those of the gaussian family have the sd
    sigma / sqrt(weight).
    """
    family, density = design.family, design.family.density
    argument = density.arguments[family.link]
    y, base = design.y, density.base(design.y)
    precisions = family.precision_weights
    spread = 1.0 if design.weights is None or not precisions else design.weights**-0.5

    def rows(eta: Array, real: Array) -> ResponseRows:
        parameters = [t.natural(value) for t, value in zip(family.further, real, strict=True)]
        if precisions:
            parameters[0] = parameters[0] * spread
        jet = density.without_base(y, argument(Jet.variable(eta)), *parameters)
        value = jet.value + base
        # what is outside the support of the family, as a negative mean, is impossible
        value = np.where(np.isnan(value), -np.inf, value)
        found = ResponseRows(value, jet.first, -jet.second, -jet.third)
        return found if precisions else found.weighted(design.weights)

    return rows
