"""Log likelihood of every row with three derivatives in the linear predictors of all parameters.

Third-order jets are of one variable. Along the directions e_a, e_a + e_b, e_a - e_b and
e_a + e_b + e_c they have all mixed derivatives, by polarisation:

    f_ab  = (D2[a + b] - D2[a - b]) / 4
    f_abb = (D3[a + b] + D3[a - b] - 2 f_aaa) / 6
    f_aab = (D3[a + b] - D3[a - b] - 2 f_bbb) / 6
    f_abc = (D3[a + b + c] - sum f_aaa - 3 sum f_aab) / 6
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import MEANS
from bayesmm.family.numeric import Jet
from bayesmm.model.design import Design

__all__ = ["PredictorRows", "PredictorRowsFunction", "predictor_rows"]

type Array = NDArray[np.float64]
# linear predictors, shape (P, n_obs), and those of which the derivatives are wanted
type PredictorRowsFunction = Callable[[Array, Sequence[int]], "PredictorRows"]

# By link, how far out a linear predictor may be: the cube of exp of more, in the third derivative,
# overflows; a share beyond has rounded to 0 or 1, and says nothing any more.
_LARGEST = {"log": 200.0, "cloglog": 200.0, "logit": 36.0}


@dataclass(frozen=True, slots=True, eq=False)
class PredictorRows:
    """Every row at its linear predictors, with derivatives in k of them.

    Attributes
    ----------
    log_likelihood : ndarray, shape (n_obs,)
        Log probability (density) of the response; -inf where it is impossible.
    score : ndarray, shape (k, n_obs)
        Its derivatives.
    curvature : ndarray, shape (k, k, n_obs)
        Minus its second derivatives, the observed ones.
    bend : ndarray, shape (k, k, k, n_obs)
        The derivatives of `curvature`.
    """

    log_likelihood: Array
    score: Array
    curvature: Array
    bend: Array


def predictor_rows(design: Design) -> PredictorRowsFunction:
    """Return a function of the linear predictors, shape (P, n_obs), in the order of the design.

    Its second argument says in which of them it is to be derived: the time it takes grows with
    the square of their number.

    Rows count as often as their weights say; those of the gaussian family have the sd
    sigma_i / sqrt(weight).
    """
    family, density = design.family, design.family.density
    inverses = [
        density.arguments[family.link],
        *(MEANS[p.link] for p in design.predictors[1:]),
    ]
    largest = [_LARGEST.get(p.link, np.inf) for p in design.predictors]
    precise = design.weights if family.precision_weights else None
    times = design.weights if precise is None and design.weights is not None else 1.0
    y = density.observed(design.y, design.known)
    base = density.base(y)

    def along(eta: Array, directions: Array) -> Jet:
        """Return the density along K directions at once: its derivatives have a row of each."""
        ends = zip(eta, largest, directions.T, strict=True)
        lines = [Jet(np.clip(x, -end, end), d[:, None], 0.0, 0.0) for x, end, d in ends]
        argument, *further = (g(line) for g, line in zip(inverses, lines, strict=True))
        if precise is not None:
            further[0] = further[0] * precise**-0.5
        return density.without_base(y, argument, *further)

    def rows(eta: Array, derived: Sequence[int]) -> PredictorRows:
        axes = np.eye(len(eta))[list(derived)]
        directions = _Directions(len(derived))
        jet = along(eta, directions.matrix @ axes)
        shape = (len(directions.matrix), design.n_obs)
        first, second, third = (times * np.broadcast_to(d, shape) for d in jet.parts[1:])
        # what is outside the support of the family, as a negative mean, is impossible
        value = times * np.where(np.isnan(jet.value), -np.inf, jet.value + base)
        return PredictorRows(value, *directions.mixed(first, second, third))

    return rows


class _Directions:
    """The directions of polarisation in k variables, a row each."""

    def __init__(self, size: int) -> None:
        axes = np.eye(size)
        self.size = size
        self.pairs = tuple(combinations(range(size), 2))
        self.triples = tuple(combinations(range(size), 3))
        both = [axes[a] + sign * axes[b] for sign in (1, -1) for a, b in self.pairs]
        rows = [*axes, *both, *(axes[list(places)].sum(axis=0) for places in self.triples)]
        self.matrix = np.array(rows)

    def mixed(self, first: Array, second: Array, third: Array) -> tuple[Array, Array, Array]:
        """Return score, curvature and bend from the derivatives along each direction."""
        k, n = self.size, first.shape[1]
        parts = np.split(third, np.cumsum([k, len(self.pairs), len(self.pairs)]))
        cube, plus, minus, whole = parts
        _, plus2, minus2, _ = np.split(second, np.cumsum([k, len(self.pairs), len(self.pairs)]))
        curvature, bend = np.zeros((k, k, n)), np.zeros((k, k, k, n))
        for a in range(k):
            curvature[a, a], bend[a, a, a] = -second[a], -cube[a]
        for row, (a, b) in enumerate(self.pairs):
            curvature[a, b] = curvature[b, a] = (minus2[row] - plus2[row]) / 4
            _fill(bend, (a, b, b), (2 * cube[a] - plus[row] - minus[row]) / 6)
            _fill(bend, (a, a, b), (2 * cube[b] - plus[row] + minus[row]) / 6)
        for row, places in enumerate(self.triples):
            cubes = sum(bend[a, a, a] for a in places)
            squares = sum(bend[a, a, b] for a, b in permutations(places, 2))
            _fill(bend, places, (-whole[row] - cubes - 3 * squares) / 6)
        return first[:k], curvature, bend


def _fill(third: Array, places: tuple[int, int, int], values: Array) -> None:
    """Write a third derivative in all orders of its variables."""
    for order in set(permutations(places)):
        third[order] = values
