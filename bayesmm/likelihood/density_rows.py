"""Log likelihood of every row from the log density of its family, by third-order jets.

The curvatures are the observed ones, -d2/deta2, which the Laplace approximation is made of; they
may be negative, as in a row whose zero may be one that was added.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import distinct_rows
from bayesmm.family.numeric import Jet
from bayesmm.likelihood.rows import ResponseRows, RowsFunction
from bayesmm.model.design import Design

__all__ = ["density_rows"]

type Array = NDArray[np.float64]

# The cube of exp of more, in the third derivative, overflows.
_LARGEST_EXPONENT = 200.0
_EXPONENTIAL = ("log", "cloglog")


def density_rows(design: Design) -> RowsFunction:
    """Return a function of eta, shape (n_obs,), and of the auxiliary parameters on the real line.

    Rows count as often as their weights say; those of the gaussian family have the sd
    sigma / sqrt(weight).
    """
    family, density = design.family, design.family.density
    argument = density.arguments[family.link]
    y = density.observed(design.y, design.known)
    base = density.base(y)
    precisions = family.precision_weights
    per_value = density.normaliser is not None and density.by_value
    values, shape, place = y, design.y.shape, None
    if per_value:
        known = [design.known[name] for name in density.columns]
        distinct, place = distinct_rows(design.y, *known)
        values, shape = (distinct if known else distinct[0]), distinct[0].shape
    spread = 1.0 if design.weights is None or not precisions else design.weights**-0.5
    largest = _LARGEST_EXPONENT if family.link in _EXPONENTIAL else np.inf

    def rows(eta: Array, real: Array) -> ResponseRows:
        eta = np.clip(eta, -largest, largest)
        parameters = [t.natural(value) for t, value in zip(family.further, real, strict=True)]
        if precisions:
            parameters[0] = parameters[0] * spread
        jet = density.kernel(y, argument(Jet.variable(eta)), *parameters)
        value = jet.value + base
        if density.normaliser is not None:
            once = density.normaliser(values, *parameters)
            value = value + (once if place is None else np.broadcast_to(once, shape)[place])
        # what is outside the support of the family, as a negative mean, is impossible
        value = np.where(np.isnan(value), -np.inf, value)
        derivatives = (jet.first, -jet.second, -jet.third)
        found = ResponseRows(value, *(np.broadcast_to(d, design.y.shape) for d in derivatives))
        return found if precisions else found.weighted(design.weights)

    return rows
