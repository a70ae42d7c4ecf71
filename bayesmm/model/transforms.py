"""The functions of the formula language, computed: plain ones, and those that learn a state.

A transform that learns (``center``, ``scale``, ``poly``, ...) keeps what it learnt from the
data of the fit, and applies just that to new data. The state is kept by the call as written.
"""

import math
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.formula.functions import FUNCTIONS, bind, expressions_in
from bayesmm.formula.syntax import Binary, Call, Name, Node, Number, Parentheses, Sum, Unary, show
from bayesmm.model.bases import learn_natural_spline, learn_polynomial, learn_spline
from bayesmm.model.row_sums import column_sd, extremes, mean, sum_of_squares
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = [
    "ELEMENTWISE",
    "LEARNT",
    "LEARNT_OF_SUMS",
    "Scaling",
    "States",
    "calls_learnt",
    "compute",
    "most_columns",
]

type States = MutableMapping[Call, object]


def _logarithm(x: Array, *, base: float | None = None) -> Array:
    return np.log(x) if base is None else np.log(x) / np.log(base)


ELEMENTWISE: Mapping[str, Callable[..., Array]] = {
    "I": np.asarray,
    "log": _logarithm,
    "log10": np.log10,
    "log2": np.log2,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """Location and scale that x is referred to."""

    location: float
    scale: float

    def columns(self, x: Array) -> Array:
        """Return (x - location) / scale, shape (n,)."""
        return (x - self.location) / self.scale

    def derivatives(self, x: Array) -> Array:
        """Return the derivative, shape (n,)."""
        return np.full(np.shape(x), 1 / self.scale)


def _learn_center(x: Array | RowsInFiles) -> Scaling:
    return Scaling(mean(x), 1.0)


def _learn_scale(x: Array | RowsInFiles, *, center: bool = True, scale: bool = True) -> Scaling:
    location = mean(x) if center else 0.0
    if not scale:
        return Scaling(location, 1.0)
    # Without centring R divides by the root mean square with n - 1.
    below = max(len(x) - 1, 1)
    about = column_sd(x, ddof=len(x) - below) if center else 0.0
    spread = about if center else math.sqrt(sum_of_squares(x) / below)
    if not spread > 0:
        raise DataError(f"all values are {extremes(x)[0]:g}, which has no scale; leave it out.")
    return Scaling(location, spread)


def _spline(learn: Callable[..., object]) -> Callable[..., object]:
    """Return the learner with R's name of its boundary argument."""

    def learner(x: Array, **options: object) -> object:
        boundary = options.pop("Boundary.knots", None)
        return learn(x, boundary=boundary, **options)

    return learner


# Those that need sums of the rows only, and all.
LEARNT_OF_SUMS: Mapping[str, Callable[..., Scaling]] = {
    "center": _learn_center,
    "scale": _learn_scale,
    "standardize": _learn_scale,
}
LEARNT: Mapping[str, Callable[..., object]] = {
    **LEARNT_OF_SUMS,
    "poly": learn_polynomial,
    "bs": _spline(learn_spline),
    "ns": _spline(learn_natural_spline),
}


def calls_learnt(node: Node) -> Iterator[Call]:
    """Yield the calls in a checked expression that learn from the data."""
    for own in expressions_in(node):
        if isinstance(own, Call) and own.function in LEARNT:
            yield own


def most_columns(node: Node) -> int:
    """Return how many columns an expression has at most, before it is computed."""
    if not isinstance(node, Call) or FUNCTIONS[node.function].gives != "columns":
        return 1
    options = bind(node).options
    given = options.get("df", 0) + len(options.get("knots", ())) + options.get("degree", 3)
    return given + 1  # with the intercept


def compute(node: Node, column: Callable[[str], Array], states: States) -> Array:
    """Return the value of an expression of the columns.

    The shape is (n,), or (n, k) for a basis; a scalar when no column is read. `node` is a checked
    expression, `column` gives a column by its name, shape (n,), and a call that is not in `states`,
    what the transforms learnt, learns from these columns; a `DataError` says that it cannot.
    """
    with np.errstate(all="ignore"):  # what is not finite is reported with its row by the caller
        return _compute(node, column, states)


def _compute(node: Node, column: Callable[[str], Array], states: States) -> Array:
    match node:
        case Name(name):
            value = column(name)
        case Number():
            value = np.float64(node.value)
        case Parentheses(inner) | Unary("+", inner):
            value = _compute(inner, column, states)
        case Unary("-", inner):
            value = -_compute(inner, column, states)
        case Sum(parts):
            value = _compute(parts[0][1], column, states)
            for sign, part in parts[1:]:
                other = _compute(part, column, states)
                value = value + other if sign == "+" else value - other
        case Binary(operator, left, right):
            first, second = _compute(left, column, states), _compute(right, column, states)
            value = _ARITHMETIC[operator](first, second)
        case Call():
            value = _call(node, column, states)
        case _:
            raise TypeError(f"{show(node)} is no arithmetic")
    return value


_ARITHMETIC = {"*": np.multiply, "/": np.divide, "^": np.power}


def _call(call: Call, column: Callable[[str], Array], states: States) -> Array:
    bound = bind(call)
    x = _compute(bound.quantities[0], column, states)
    if call.function in ELEMENTWISE:
        return ELEMENTWISE[call.function](x, **bound.options)
    if call not in states:
        finite = np.isfinite(x)
        if not finite.all():  # nothing can be learnt; the caller reports just these rows
            return np.where(finite, 0.0, np.nan)
        try:
            states[call] = LEARNT[call.function](x, **bound.options)
        except DataError as error:
            raise DataError(f"{show(call)}: {error}") from error
    return states[call].columns(x)
