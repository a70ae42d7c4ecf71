"""What the advice looks at: a design, and its variables row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.formula.syntax import Node
from bayesmm.model.block import Block
from bayesmm.model.coding import Category, NumericVariable
from bayesmm.model.design import Design
from bayesmm.model.frames import read_columns
from bayesmm.model.variables import Rows, apply_variable

__all__ = ["Evidence", "gather_evidence", "varies_within"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A design and what its variables are in the rows used."""

    design: Design
    # columns of the user's frame that the formula reads, in the rows used
    columns: Mapping[str, pd.Series]
    # per variable of a term: numbers, shape (n, k), or level codes, shape (n,)
    values: Mapping[Node, NDArray]

    @property
    def common_variables(self) -> tuple[Node, ...]:
        """Variables of the common terms, each once."""
        terms = self.design.encoder.formula.terms
        return tuple(dict.fromkeys(node for term in terms for node in term.factors))

    def quantities(self) -> Iterator[tuple[str, Array]]:
        """Yield the names and columns, shape (n,), of the numbers in the common terms."""
        variables = self.design.encoder.variables
        for node in self.common_variables:
            if isinstance(variables[node], NumericVariable):
                yield from zip(variables[node].names, self.values[node].T, strict=True)

    def categories(self) -> Iterator[tuple[Category, NDArray[np.int64]]]:
        """Yield the factors in the common terms, and their level codes, shape (n,)."""
        variables = self.design.encoder.variables
        for node in self.common_variables:
            if isinstance(variables[node], Category):
                yield variables[node], self.values[node]

    @property
    def trials(self) -> Array:
        """Trials of each row, shape (n,): 1 unless the response counts them."""
        trials = self.design.trials
        return np.ones(self.design.n_obs) if trials is None else trials


def gather_evidence(design: Design, data: object) -> Evidence:
    """Return the variables of a design, from the frame that it was built of."""
    encoder = design.encoder
    formula = encoder.formulas
    names = [*formula.predictor_columns(), *formula.group_columns()]
    columns = read_columns(data, (name.value for name in names))
    if design.n_dropped:
        columns = {name: series.iloc[design.rows] for name, series in columns.items()}
    rows = Rows(columns, design.rows)
    states = MappingProxyType(dict(encoder.states))
    values = {
        node: apply_variable(node, variable, rows, states)
        for node, variable in encoder.variables.items()
    }
    return Evidence(design, columns, values)


def varies_within(block: Block, values: NDArray) -> NDArray[np.bool_]:
    """Return for each level of a grouping whether the values of its rows differ, shape (J,)."""
    first = np.empty(block.n_groups, dtype=np.int64)
    first[block.columns.codes[::-1]] = np.arange(len(block.columns.codes) - 1, -1, -1)
    differs = values != values[first[block.columns.codes]]
    varies = np.zeros(block.n_groups, dtype=bool)
    varies[block.columns.codes[differs]] = True
    return varies
