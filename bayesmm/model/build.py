"""From formula and data to the design of a model."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError, FormulaError, suggestion
from bayesmm.family.record import Family
from bayesmm.formula.formula import ModelFormula, parse_formula
from bayesmm.formula.syntax import Name, Node
from bayesmm.model.block import Block, group_block
from bayesmm.model.centring import learn_centrings
from bayesmm.model.coding import Category, Variable, code_terms, fill_columns
from bayesmm.model.columns import kind_of, label_of, read_levels
from bayesmm.model.data_checks import (
    check_columns,
    check_magnitude,
    check_memory,
    check_response,
    check_size,
)
from bayesmm.model.design import Design
from bayesmm.model.encoding import Encoder
from bayesmm.model.frames import Columns, column_names, index_names, read_columns, reading_notes
from bayesmm.model.group_data_checks import check_blocks, check_group_size
from bayesmm.model.known_levels import KnownLevels, learn_levels
from bayesmm.model.name_checks import check_names
from bayesmm.model.predictor import MEAN, Predictor, with_constants
from bayesmm.model.response import read_response
from bayesmm.model.transforms import States, most_columns
from bayesmm.model.variables import Rows, group_labels, learn_variable
from bayesmm.wording import option

__all__ = ["build_design"]


def build_design(
    formula: str | ModelFormula,
    data: object,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
) -> Design:
    """Return the design that a formula makes of a data frame.

    For mu, eta = b0 + X beta + offset + sum over blocks k of Z_k u_k[g_k]; each further parameter
    of the family is one number.

    Parameters
    ----------
    formula : str or ModelFormula
        In the language of lme4, for example ``"Reaction ~ Days + (Days | Subject)"``.
    data : DataFrame
        pandas, polars or pyarrow; only the columns of the formula are read.
    family : Family
        Distribution and link of the response.
    categorical : sequence of str, or one str
        Columns of numbers that are categories.
    success : object
        Of a response with two values, the one that counts as success.

    Returns
    -------
    Design
        Columns as R's ``model.matrix`` and lme4 make them, with the names of the tables, and
        the encoder that codes new data in the same way.

    Raises
    ------
    FormulaError
        When the formula cannot be read or names a column that does not exist.
    DataError
        When the data cannot be used with this formula and family.
    """
    model = formula if isinstance(formula, ModelFormula) else parse_formula(formula)
    notes = reading_notes(data)
    categorical = tuple(
        map(label_of, (categorical,) if isinstance(categorical, str) else categorical)
    )
    rows, n_rows = _read_rows(model, data, categorical, notes)
    states: States = {}
    response = read_response(model.response, family, rows, states, success=success)
    notes += response.notes
    check_magnitude(response.y, f"The response {model.response.label}")
    check_magnitude(response.weights, f"The weight of {model.response.label}", every=True)
    check_response(response.y, response.trials, model.response.label)

    nodes = dict.fromkeys(f for term in model.terms for f in term.factors)
    nodes |= dict.fromkeys(f for g in model.groups for t in g.terms for f in t.factors)
    check_memory(sum(map(most_columns, nodes)), len(rows))
    learnt = {node: learn_variable(node, rows, states, notes) for node in nodes}
    variables = {node: variable for node, (variable, _) in learnt.items()}
    values = {node: value for node, (_, value) in learnt.items()}

    common = code_terms(model.terms, model.intercept, variables)
    check_size(common, model.intercept, len(rows), family)
    groups = tuple(code_terms(g.terms, g.intercept, variables) for g in model.groups)
    widths = (term.width for terms in (common, *groups) for term in terms)
    check_memory(sum(widths), len(rows))
    X, names = fill_columns(common, values, len(rows), intercept=False)
    check_columns(X, names, model.intercept)

    blocks = []
    for group, coded in zip(model.groups, groups, strict=True):
        codes, levels = group_labels(group.columns, rows)
        check_group_size(
            group.factor,
            coded,
            group.intercept,
            group.correlated,
            len(levels),
            len(rows),
            family,
        )
        Z, effects = fill_columns(coded, values, len(rows), group.intercept)
        _refuse_same_labels(group.factor, levels)
        blocks.append(
            group_block(group.factor, effects, codes, levels, Z, correlated=group.correlated)
        )
    notes += check_blocks(blocks)

    encoder = Encoder(
        formula=model,
        family=family,
        variables=variables,
        states=states,
        common=common,
        groups=groups,
        response_levels=response.levels,
        known=_known_levels(model, variables, blocks, rows),
    )
    offset = encoder.offset(rows, states)
    check_magnitude(offset, "The offset")
    mu = Predictor(MEAN, family.link, model.intercept, X, names, _owned(offset))
    design = Design(
        formula=model.text,
        family=family,
        response=model.response.name,
        y=_owned(response.y),
        trials=_owned(response.trials),
        weights=_owned(response.weights),
        predictors=with_constants(mu, family),
        blocks=tuple(blocks),
        rows=rows.positions,
        n_dropped=n_rows - len(rows),
        notes=tuple(dict.fromkeys(notes)),
        encoder=encoder,
        categorical=categorical,
        centrings=learn_centrings(
            (common, model.intercept),
            [
                (terms, group.intercept, block.covariance.correlated)
                for terms, group, block in zip(groups, model.groups, blocks, strict=True)
            ],
            values,
        ),
        success=response.levels[1] if response.levels else None,
    )
    check_names(design, rows.columns)
    return design


def _known_levels(
    model: ModelFormula, variables: Mapping[Node, Variable], blocks: Sequence[Block], rows: Rows
) -> dict[str, KnownLevels]:
    """Return how these data name the levels of every factor and grouping, by column."""
    factors = [v for v in variables.values() if isinstance(v, Category)]
    found = {v.column: learn_levels(v.column, rows.columns[v.column], v.levels) for v in factors}
    labels = {block.factor: block.levels for block in blocks}
    for column in dict.fromkeys(name.value for name in model.group_columns()):
        if column not in found:
            found[column] = learn_levels(column, rows.columns[column], labels.get(column))
    return found


def _owned(values: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    """Return a contiguous copy, so that no later change of the user's frame reaches the design."""
    return None if values is None else np.array(values, dtype=np.float64, order="C")


def _read_rows(
    model: ModelFormula, data: object, categorical: Sequence[str], notes: list[str]
) -> tuple[Rows, int]:
    """Return the complete rows of the columns that the formula reads, and how many there were."""
    known = column_names(data)
    needed: list[Name] = [
        *model.response_columns(),
        *model.predictor_columns(),
        *model.group_columns(),
    ]
    for name in needed:
        if name.value not in known:
            raise FormulaError(
                f"'{name.value}' is not a column of the data. {_columns(name.value, known, data)}",
                model.text,
                name.position,
            )
    columns = read_columns(data, (name.value for name in needed))
    n_rows = len(next(iter(columns.values())))
    if n_rows == 0:
        raise DataError("The data have no rows.")
    keep = _complete(columns)
    if not keep.any():
        worst = max(columns, key=lambda name: int(columns[name].isna().sum()))
        raise DataError(
            f"No row has a value in every column of the formula; column '{worst}' alone is "
            f"missing in {int(columns[worst].isna().sum()):,} of {n_rows:,} rows."
        )
    positions = np.arange(n_rows, dtype=np.int64)
    if not keep.all():
        positions = np.flatnonzero(keep)
        columns = {name: series.iloc[positions] for name, series in columns.items()}
        dropped = n_rows - len(positions)
        notes.append(f"{dropped:,} of {n_rows:,} rows left out because a value is missing.")
    for name in dict.fromkeys(categorical):
        if name not in known:
            raise DataError(
                f"'{name}' of {option('categorical')} is not a column of the data. "
                + _columns(name, known, data)
            )
        if name in columns:
            columns[name] = _as_category(name, columns[name])
        else:
            notes.append(f"'{name}' of {option('categorical')} is not in the formula.")
    rows = Rows(columns, positions)
    _refuse_infinite(rows)
    return rows, n_rows


def _complete(columns: Columns) -> NDArray[np.bool_]:
    """Return which rows have a value in every column."""
    keep = None
    for series in columns.values():
        present = series.notna().to_numpy()
        keep = present if keep is None else keep & present
    return keep


def _columns(word: str, known: Sequence[str], data: object) -> str:
    """Return the columns to choose from; of very many only those with a name like `word`."""
    if word in index_names(data):
        return "It is the index of the frame: write data.reset_index()."
    if len(known) <= 50:
        return suggestion(word, known, label="Columns")
    hint = suggestion(word, known, label="")
    near = hint[: hint.index("?") + 2] if hint.startswith("Did") else ""
    return f"{near}The data have {len(known)} columns."


def _as_category(name: str, series: pd.Series) -> pd.Series:
    """Return a column with its values as categories."""
    levels = read_levels(name, series)
    return pd.Series(pd.Categorical.from_codes(levels.codes, categories=list(levels.labels)))


def _refuse_infinite(rows: Rows) -> None:
    """Raise when a column of numbers holds an infinite value."""
    for name, series in rows.columns.items():
        if kind_of(name, series) != "numeric":
            continue
        infinite = ~np.isfinite(rows.numbers(name))
        if infinite.any():
            raise DataError(
                f"Column '{name}' is infinite {rows.where(infinite)}; correct such values, or mark "
                "them as missing."
            )


def _refuse_same_labels(factor: str, levels: Sequence[str]) -> None:
    """Raise when two cells of ``a:b`` have one label because labels hold a colon."""
    if len(set(levels)) < len(levels):
        double = next(level for level in levels if list(levels).count(level) > 1)
        raise DataError(
            f"Two groups of '{factor}' would both be labelled '{double}'; take the ':' out of "
            "the labels."
        )
