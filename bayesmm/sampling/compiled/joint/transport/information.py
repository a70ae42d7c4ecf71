"""The expected information of the rows about several linear predictors, from simulated responses.

Minus the second derivatives at the response observed are no information where predictors are
several: of a normal row they have the determinant -2 r^2 / sigma^4 in (mu, log sigma). The mean of
the products of the scores is never indefinite, however few responses are simulated.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.sampling.compiled.joint.model import JointModel

__all__ = ["expected_information"]

type Floats = NDArray[np.float64]

# Responses simulated in each row: so many, or as many as make so many rows.
_MOST, _ROWS, _FEWEST = 64, 500_000, 16
# The first column of known numbers where further parameters vary, see `kernels.densities`.
_COUNTS = 3


def expected_information(
    model: JointModel,
    columns: Floats,
    scores: Callable[[], Floats],
    eta: Floats,
    further: Floats,
    generator: Generator,
) -> Floats:
    """Return the mean of score score' over responses simulated at `eta`, shape (D, D, n).

    `eta` and what `scores` gives, the scores there, are (D, n); `columns`, (k, n), are what the
    compiled rows read: the responses among it are overwritten. `further` are the parameters that
    are one number.
    """
    D, n = eta.shape
    rows = _parameters(model, eta, further)
    total = np.zeros((D, D, n))
    times = int(np.clip(_ROWS // max(n, 1), _FEWEST, _MOST))
    for _ in range(times):
        with np.errstate(all="ignore"):  # of impossible predictors, which the pilot leaves again
            drawn = model.design.family.random(generator, rows)
        if drawn.ndim == 1:
            columns[0] = drawn
        else:  # counts of categories, behind their total and the weights
            columns[_COUNTS : _COUNTS + drawn.shape[1]] = drawn.T
        score = scores()
        # responses at an end of their range that only rounding reaches
        score[:, ~np.isfinite(score).all(axis=0)] = 0.0
        total += score[:, None] * score
    return total / times


def _parameters(model: JointModel, eta: Floats, further: Floats) -> ResponseParameters:
    """Return the parameters of the rows as merged; a row has the weight of one of its rows."""
    design, columns = model.design, model.data.columns
    with np.errstate(over="ignore"):
        values = {
            own.parameter: LINKS[own.link].inverse(row)
            for own, row in zip(design.linear_predictors, eta, strict=True)
        }
    constants = dict(zip(design.constants, further, strict=True))
    auxiliary = {name: np.asarray((constants | values)[name]) for name in design.family.auxiliary}
    density = design.family.density
    # a third column only where further parameters vary
    first, weights = (_COUNTS, columns[1] / columns[2]) if design.varying else (2, None)
    known = dict(zip(density.columns, columns[first:], strict=False))
    return ResponseParameters(values[design.mu.parameter], auxiliary, known, weights)
