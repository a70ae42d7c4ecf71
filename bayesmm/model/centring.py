"""Columns measured from the means of their variables: where priors of raw columns say nothing.

Where x = 0 lies is a convention (a year counted from 0 or from 2005), and for columns that lie
closed under a shift of x, such as (1, x), (1, x, z, x z) or (1, x, x^2), so is the model without
its priors: the columns with x - mean(x) in place of x are Z C with C triangular, the coefficients
of the raw columns are C times those of the centred ones, and a covariance of effects Sigma_c
becomes C Sigma_c C'. Priors are stated of the centred columns, and samplers move in them.

A column is left as it is where the shift leads out of the space of the columns: x in (0 + x | g),
x:z without z.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.formula.functions import bind
from bayesmm.formula.syntax import Binary, Call, Node, Number, Parentheses, String, show
from bayesmm.model.centred_columns import Centring, Centrings
from bayesmm.model.coding import CodedFactor, CodedTerm
from bayesmm.model.row_sums import column_sd, mean

__all__ = ["learn_centrings"]

type Monomial = Mapping[Node, int]

# A mean below this share of the sd is zero up to rounding: the data are centred already.
_ZERO = 1e-9
_CLOSED = 1e-9  # largest part of a column (of zeros and ones) that the others may not give


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column: a product of powers of variables, times what the categories make of each cell."""

    powers: Monomial
    cells: Array


class _Space:
    """Columns with equal powers of the variables: what functions of the cells they span."""

    __slots__ = ("_cells", "_inverse", "places")

    def __init__(self, places: tuple[int, ...], cells: Array) -> None:
        self.places = places
        self._cells = cells
        self._inverse: Array | None = None

    def weights(self, cells: Array) -> list[float] | None:
        """Return the weights of the columns that give a function of the cells, or None."""
        if self._inverse is None:
            self._inverse = np.linalg.pinv(self._cells)
        weights = self._inverse @ cells
        whole = np.round(weights)  # as nearly all are, up to the rounding of the inverse
        weights = np.where(np.abs(weights - whole) < _CLOSED, whole, weights)
        apart = np.abs(self._cells @ weights - cells).max()
        return weights.tolist() if apart < _CLOSED else None


def learn_centrings(
    predictors: Sequence[tuple[Sequence[CodedTerm], bool]],
    blocks: Sequence[tuple[Sequence[tuple[Sequence[CodedTerm], bool]], bool]],
    values: Mapping[Node, NDArray],
) -> Centrings:
    """Return the changes that the data of a fit ask for.

    Of each predictor come the terms of the common effects, and whether an intercept stands before
    them; of a block the same of what each predictor has in it, and whether the effects are
    correlated. Effects that are independent at x = 0 are not so elsewhere: their columns stay.
    `values` are numbers of shape (n, k) or level codes of shape (n,) of each variable.
    """
    every = [*predictors, *(part for parts, _ in blocks for part in parts)]
    means = _means([term for terms, _ in every for term in terms], values)
    if not means:
        return Centrings((None,) * len(predictors), (None,) * len(blocks))

    def of_block(parts: Sequence[tuple[Sequence[CodedTerm], bool]]) -> Centring | None:
        own = [_centring(terms, intercept, values, means) for terms, intercept in parts]
        sizes = [sum(term.width for term in terms) + intercept for terms, intercept in parts]
        return Centring.of_parts(own, sizes)

    return Centrings(
        tuple(_centring(terms, intercept, values, means) for terms, intercept in predictors),
        tuple(of_block(parts) if correlated else None for parts, correlated in blocks),
    )


def _means(terms: Sequence[CodedTerm], values: Mapping[Node, NDArray]) -> dict[Node, float]:
    """Return the means of the variables that are columns somewhere and are not centred."""
    means: dict[Node, float] = {}
    for factor in (f for term in terms for f in term.factors if f.kept is None):
        for powers, column in zip(_powers(factor), values[factor.node].T, strict=True):
            (node, power), *others = powers.items()
            if power == 1 and not others and node not in means and not isinstance(node, String):
                average = mean(column)
                if abs(average) > _ZERO * column_sd(column):
                    means[node] = average
    return means


def _powers(factor: CodedFactor) -> list[Monomial]:
    """Return each column of a variable of numbers as powers of other variables."""
    node = factor.node
    if isinstance(node, Call) and node.function == "poly":
        bound = bind(node)
        if bound.options.get("raw"):
            base = _monomial(bound.quantities[0])
            return [
                {k: power * degree for k, power in base.items()}
                for degree in range(1, len(factor.names) + 1)
            ]
    if len(factor.names) == 1:
        return [_monomial(node)]
    # splines and orthogonal polynomials: the same columns wherever x = 0 is
    return [{String(name): 1} for name in factor.names]


def _monomial(node: Node) -> Monomial:
    """Return an expression as powers of its variables; itself to the power 1 if it is none."""
    match node:
        case Parentheses(inner):
            return _monomial(inner)
        case Call("I") as call:
            return _monomial(bind(call).quantities[0])
        case Binary("^", base, Number() as power) if power.value in range(1, 10):
            return {k: int(power.value) * p for k, p in _monomial(base).items()}
        case Binary("*", left, right) if not isinstance(left, Number) | isinstance(right, Number):
            first, second = _monomial(left), _monomial(right)
            return {k: first.get(k, 0) + second.get(k, 0) for k in (*first, *second)}
    return {node: 1}


def _centring(
    terms: Sequence[CodedTerm],
    intercept: bool,
    values: Mapping[Node, NDArray],
    means: Mapping[Node, float],
) -> Centring | None:
    """Return the change of the columns of some terms, or None."""
    columns = list(_columns(terms, intercept, values))
    spaces = _spaces(columns)
    matrix = np.eye(len(columns))
    at: list[dict[str, None]] = [{} for _ in columns]
    for j, column in enumerate(columns):
        nodes = [node for node in column.powers if node in means]
        alone = [node for node in nodes if _shift(column, [node], spaces, means) is not None]
        for i, weight in (_shift(column, alone, spaces, means) or {}).items():
            matrix[i, j] = weight
            higher = (n for n in alone if column.powers[n] > columns[i].powers.get(n, 0))
            at[i] |= {show(node): None for node in higher}
    centring = Centring(matrix, tuple(map(tuple, at)))
    return centring if centring.changes else None


def _spaces(columns: Sequence[_Column]) -> dict[frozenset, _Space]:
    """Return the columns with equal powers of the variables, by those."""
    places: dict[frozenset, list[int]] = {}
    for j, column in enumerate(columns):
        places.setdefault(frozenset(column.powers.items()), []).append(j)
    return {
        key: _Space(tuple(own), np.column_stack([columns[j].cells for j in own]))
        for key, own in places.items()
    }


def _shift(
    column: _Column,
    nodes: Sequence[Node],
    spaces: Mapping[frozenset, _Space],
    means: Mapping[Node, float],
) -> dict[int, float] | None:
    """Return what the columns of lower powers add when some variables are centred, or None.

    x^a z^b becomes (x - m)^a z^b, a sum over powers of x; each must be among the columns, times
    the same function of the cells.
    """
    found: dict[int, float] = {}
    own = [column.powers[node] for node in nodes]
    for lower in product(*(range(power + 1) for power in own)):
        if list(lower) == own:
            continue
        powers = dict(column.powers) | dict(zip(nodes, lower, strict=True))
        space = spaces.get(frozenset((node, p) for node, p in powers.items() if p))
        weights = None if space is None else space.weights(column.cells)
        if weights is None:
            return None
        factor = prod(
            comb(power, p) * (-means[node]) ** (power - p)
            for node, power, p in zip(nodes, own, lower, strict=True)
        )
        found |= {i: factor * w for i, w in zip(space.places, weights, strict=True) if w}
    return found


def _columns(
    terms: Sequence[CodedTerm], intercept: bool, values: Mapping[Node, NDArray]
) -> Iterator[_Column]:
    """Yield the columns in the order of `coding.fill_columns`, one row for each cell."""
    categories = {f.node: None for t in terms for f in t.factors if f.kept is not None}
    cells = _cells([values[node] for node in categories])
    at_cells = {node: values[node][cells] for node in categories}
    if intercept:
        yield _Column({}, np.ones(len(cells)))
    for term in terms:
        factors = [list(_factor_columns(factor, at_cells, len(cells))) for factor in term.factors]
        for parts in product(*reversed(factors)):
            powers: dict[Node, int] = {}
            for part in reversed(parts):
                for node, power in part.powers.items():
                    powers[node] = powers.get(node, 0) + power
            yield _Column(powers, np.prod([part.cells for part in parts], axis=0))


def _cells(codes: Sequence[NDArray]) -> NDArray[np.int64]:
    """Return one row of each combination of categories that there is."""
    first, cell = np.zeros(1, dtype=np.int64), 0
    for own in codes:
        _, first, cell = np.unique(
            cell * (int(own.max()) + 1) + own, return_index=True, return_inverse=True
        )
    return first


def _factor_columns(
    factor: CodedFactor, cells: Mapping[Node, NDArray], n_cells: int
) -> Iterator[_Column]:
    if factor.kept is None:
        yield from (_Column(powers, np.ones(n_cells)) for powers in _powers(factor))
    else:
        yield from (_Column({}, column) for column in factor.columns(cells[factor.node]))
