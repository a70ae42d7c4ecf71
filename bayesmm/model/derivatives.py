"""Derivatives of the columns of a design in one column of the data, by the rules of calculus.

No step is taken: log(x) near 0, poly(x, 3), I(a * x) and numbers of any unit are as exact as x.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.formula.functions import bind, columns_of
from bayesmm.formula.syntax import Binary, Call, Name, Node, Parentheses, Sum, Unary, show
from bayesmm.model.coding import CodedTerm, NumericVariable
from bayesmm.model.encoding import Encoder
from bayesmm.model.frames import read_columns
from bayesmm.model.transforms import ELEMENTWISE, States, compute
from bayesmm.model.variables import Rows, apply_variable
from bayesmm.wording import option

__all__ = ["coded_derivatives"]

_OF: Mapping[str, Callable[[Array], Array]] = {
    "I": np.ones_like,
    "log": lambda x: 1 / x,
    "log10": lambda x: 1 / (x * np.log(10.0)),
    "log2": lambda x: 1 / (x * np.log(2.0)),
    "log1p": lambda x: 1 / (1 + x),
    "exp": np.exp,
    "sqrt": lambda x: 0.5 / np.sqrt(x),
    "abs": np.sign,  # at 0 the mean of the derivatives on either side
}


def coded_derivatives(encoder: Encoder, new_data: object, variable: str) -> tuple[Array, Array]:
    """Return the derivatives of the columns of the common effects and of the offset.

    Shapes (n, p), of the columns as in ``design.mu.X``, and (n,), by the column of numbers that the
    data call `variable`; factors that are made of it are constant. An infinite one, as that of
    sqrt(x) at 0, is refused.
    """
    nodes = dict.fromkeys(factor.node for term in encoder.common for factor in term.factors)
    names = {name.value for node in (*nodes, *encoder.formula.offsets) for name in columns_of(node)}
    columns = read_columns(new_data, names)
    rows = Rows(columns, np.arange(len(new_data), dtype=np.int64))
    states = MappingProxyType(encoder.states)  # so that nothing is learnt here
    values = {node: apply_variable(node, encoder.variables[node], rows, states) for node in nodes}
    changes = {
        node: _derivative(node, variable, rows, states).reshape(len(rows), -1)
        for node in nodes
        if isinstance(encoder.variables[node], NumericVariable) and _reads(node, variable)
    }
    X = np.zeros((len(rows), sum(term.width for term in encoder.common)))
    place = 0
    for term in encoder.common:
        for j, column in enumerate(_columns(term, values, changes, len(rows)), start=place):
            X[:, j] = column
        place += term.width
    offset = np.zeros(len(rows))
    for node in encoder.formula.offsets:
        if _reads(node, variable):
            offset += _derivative(node, variable, rows, states)
    return X, offset


def _columns(
    term: CodedTerm,
    values: Mapping[Node, NDArray],
    changes: Mapping[Node, Array],
    n_rows: int,
) -> list[Array]:
    """Return the derivatives of the columns of a term: the product rule over its variables."""
    total = [np.zeros(n_rows) for _ in range(term.width)]
    for factor in term.factors:
        if factor.node in changes:
            parts = term.columns({**values, factor.node: changes[factor.node]})
            total = [sums + part for sums, part in zip(total, parts, strict=True)]
    return total


def _reads(node: Node, variable: str) -> bool:
    return any(name.value == variable for name in columns_of(node))


def _derivative(node: Node, variable: str, rows: Rows, states: States) -> Array:
    """Return the derivative of an expression, shape (n,) or (n, k)."""
    with np.errstate(all="ignore"):  # what is not finite is reported below
        change = np.asarray(_Derivative(variable, rows, states).derivative(node), dtype=np.float64)
    change = np.full(len(rows), float(change)) if change.ndim == 0 else change
    bad = ~(np.isfinite(change) if change.ndim == 1 else np.isfinite(change).all(axis=1))
    if bad.any():
        raise UsageError(
            f"The slope of {show(node)} in '{variable}' is no finite number "
            f"{rows.where(bad, node)}. Give other values: {option('at', {variable: ...})}."
        )
    return change


class _Derivative:
    """The derivative of an expression in one of its columns."""

    def __init__(self, variable: str, rows: Rows, states: States) -> None:
        self._variable, self._rows, self._states = variable, rows, states

    def derivative(self, node: Node) -> Array:
        """Return the derivative of an expression, which is 0 where it does not read the column."""
        if not _reads(node, self._variable):
            return np.float64(0.0)
        match node:
            case Name():
                change = np.ones(len(self._rows))
            case Parentheses(inner) | Unary("+", inner):
                change = self.derivative(inner)
            case Unary("-", inner):
                change = -self.derivative(inner)
            case Sum(parts):
                change = sum(
                    self.derivative(p) if sign == "+" else -self.derivative(p) for sign, p in parts
                )
            case Binary(operator, left, right):
                change = self._binary(operator, left, right)
            case Call():
                change = self._call(node)
            case _:
                raise TypeError(f"{show(node)} is no arithmetic")
        return change

    def _value(self, node: Node) -> Array:
        return compute(node, self._rows.numbers, self._states)

    def _binary(self, operator: str, left: Node, right: Node) -> Array:
        u, v = self._value(left), self._value(right)
        du, dv = self.derivative(left), self.derivative(right)
        if operator == "*":
            return _times(v, du) + _times(u, dv)
        if operator == "/":
            return _times(1 / v, du) - _times(u / v**2, dv)
        return _times(v * np.power(u, v - 1), du) + _times(np.log(u) * np.power(u, v), dv)

    def _call(self, call: Call) -> Array:
        bound = bind(call)
        inner = bound.quantities[0]
        x, dx = self._value(inner), self.derivative(inner)
        if call.function in ELEMENTWISE:
            base = bound.options.get("base")
            return _times(_OF[call.function](x) / (1.0 if base is None else np.log(base)), dx)
        change = self._states[call].derivatives(x)
        return change * (dx if change.ndim == 1 else dx[:, None])


def _times(factor: Array, change: Array) -> Array:
    """Return a part of the derivative; what does not change has none, whatever it multiplies."""
    return np.where(change == 0, 0.0, factor * change)
