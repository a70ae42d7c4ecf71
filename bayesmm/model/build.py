"""From formula and data to the design of a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError, UsageError
from bayesmm.family.bounded import bounded
from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText, ModelFormulas, parse_formulas
from bayesmm.formula.syntax import Node
from bayesmm.model.block import Block, group_block
from bayesmm.model.bounds import forms_of
from bayesmm.model.centring import learn_centrings
from bayesmm.model.coding import Category, Variable, code_terms, fill_columns
from bayesmm.model.columns import label_of
from bayesmm.model.complete_rows import complete_rows
from bayesmm.model.data_checks import (
    check_columns,
    check_magnitude,
    check_memory,
    check_response,
    check_size,
)
from bayesmm.model.design import Design
from bayesmm.model.encoding import Encoder
from bayesmm.model.frames import reading_notes
from bayesmm.model.group_data_checks import check_blocks, check_group_size
from bayesmm.model.group_parts import GroupPart, group_parts, lone_labels
from bayesmm.model.known_levels import KnownLevels, learn_levels
from bayesmm.model.name_checks import check_names
from bayesmm.model.names import prefixed
from bayesmm.model.parameter_formulas import name_formulas
from bayesmm.model.predictor import MEAN
from bayesmm.model.response import read_response
from bayesmm.model.response_range import check_beside_atoms
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.model.transforms import States, most_columns
from bayesmm.model.variables import Rows, group_labels, learn_variable

__all__ = ["build_design", "column_labels", "learn_design", "read_model"]


def build_design(
    formula: FormulaText | ModelFormulas,
    data: object,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
) -> Design:
    """Return the design that a formula makes of a data frame.

    For mu, eta = b0 + X beta + offset + sum over blocks k of Z_k u_k[g_k]; so for each further
    parameter of the family with a formula, and one number for each without.

    The arguments are as in `bayesmm.fit`, the family with its link; of the data only the columns of
    the formula are read. Those of the design are as R's ``model.matrix`` and lme4 make them, with
    the names of the tables, and its encoder codes new data in the same way. A formula that cannot
    be read, or names a column that does not exist, is a `FormulaError`; data that cannot be used
    with formula and family are a `DataError`.
    """
    formulas, family = read_model(formula, family)
    notes = reading_notes(data)
    categorical = column_labels(categorical)
    rows, n_rows = complete_rows(formulas, data, categorical, notes)
    learnt = learn_design(formulas, family, rows, notes, categorical=categorical, success=success)
    return replace(learnt, n_dropped=n_rows - len(rows))


def read_model(
    formula: FormulaText | ModelFormulas, family: Family
) -> tuple[ModelFormulas, Family]:
    """Return what the formulas say, and the family that they name; refuses before data are read."""
    formulas = formula if isinstance(formula, ModelFormulas) else parse_formulas(formula)
    if family.of_categories is None:
        family = name_formulas(formulas, family).family
    return formulas, family


def column_labels(given: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as texts; a column may be named by a number."""
    return tuple(map(label_of, (given,) if isinstance(given, str) else given))


def learn_design(
    formulas: ModelFormulas,
    family: Family,
    rows: Rows,
    notes: list[str],
    *,
    categorical: tuple[str, ...] = (),
    success: object = None,
    examples_of: tuple[int, Mapping[Node, RowsInFiles]] | None = None,
    states: States | None = None,
) -> Design:
    """Return the design of complete rows.

    What the user should know about how they were read is added to `notes`. `examples_of` is given
    where the rows are examples only, with every level and every combination of levels that there
    is: how many rows there are, and the sums of the variables of numbers; `states` is then what
    functions have learnt of all rows. What only all rows can tell is then not checked.
    """
    model = formulas.response
    states = {} if states is None else states
    whole = examples_of is None
    n_obs, sums = (len(rows), {}) if examples_of is None else examples_of
    response = read_response(model.response, family, rows, states, success=success)
    notes += response.notes
    named = name_formulas(formulas, family.made_for(response.categories))
    family = bounded(named.family, forms_of(response.known))
    notes += named.notes
    if whole:
        check_magnitude(response.y, f"The response {model.response.label}")
        check_magnitude(response.weights, f"The weight of {model.response.label}", every=True)
        if family.response != "multinomial":
            check_response(response.y, response.known.get("trials"), model.response.label)
        check_beside_atoms(family, response.y, model.response.label)

    written = named.predictors
    if family.thresholds and not written[MEAN].intercept:
        raise UsageError(
            f"The thresholds of the {family.name} family take the place of an intercept, so that "
            "none can be left out: write the formula without '0 +' or '- 1'."
        )
    nodes = dict.fromkeys(f for p in written.values() for t in p.terms for f in t.factors)
    nodes |= dict.fromkeys(f for g in formulas.groups for t in g.terms for f in t.factors)
    check_memory(sum(map(most_columns, nodes)), len(rows))
    learnt = {node: learn_variable(node, rows, states, notes) for node in nodes}
    variables = {node: variable for node, (variable, _) in learnt.items()}
    values = {node: value for node, (_, value) in learnt.items()}

    common = {name: code_terms(p.terms, p.intercept, variables) for name, p in written.items()}
    for name, predictor in written.items():
        check_size(common[name], predictor.intercept, n_obs, family)
    parts = group_parts(written, variables)
    notes += lone_labels(parts)
    every = (*common.values(), *(part.terms for own in parts for part in own))
    check_memory(sum(term.width for terms in every for term in terms), len(rows))

    encoder = Encoder(
        formulas=formulas,
        family=family,
        variables=variables,
        states=states,
        written=written,
        terms=common,
        parts=parts,
        response_levels=response.levels,
    )
    predictors = encoder.predictors(values, rows, states)
    for own in predictors if whole else ():
        check_columns(own.X, [prefixed(n, own.parameter) for n in own.names], own.has_level)
        check_magnitude(own.offset, "The offset")
    blocks = [_block(own, rows, values, family, n_obs) for own in parts]
    if whole:
        notes += check_blocks(blocks)
    design = Design(
        formula=formulas.text,
        family=family,
        response=model.response.name,
        y=_owned(response.y),
        known={name: _owned(values) for name, values in response.known.items()},
        weights=_owned(response.weights),
        predictors=tuple(replace(own, offset=_owned(own.offset)) for own in predictors),
        blocks=tuple(blocks),
        rows=rows.positions,
        notes=tuple(dict.fromkeys(notes)),
        encoder=replace(encoder, known=_known_levels(formulas, variables, blocks, rows)),
        categorical=categorical,
        centrings=learn_centrings(
            [(common.get(own.parameter, ()), own.intercept) for own in predictors],
            [
                (
                    [(part.terms, part.group.intercept) for part in own],
                    block.covariance.correlated,
                )
                for own, block in zip(parts, blocks, strict=True)
            ],
            {**values, **sums},
        ),
        success=response.levels[1] if response.levels else None,
    )
    for specific in design.specific_predictors[:1]:
        # nor may an effect at each threshold follow from others, or from the thresholds
        names = (*design.mu.names, *(f"cs({name})" for name in specific.names))
        check_columns(np.hstack([design.mu.X, specific.X]), names, intercept=True)
    check_names(design, rows.columns)
    return design


def _block(
    parts: Sequence[GroupPart],
    rows: Rows,
    values: Mapping[Node, NDArray],
    family: Family,
    n_obs: int,
) -> Block:
    """Return the block of the group terms of one or, with a common label, of several formulas."""
    group = parts[0].group
    codes, levels = group_labels(group.columns, rows)
    for part in parts:
        check_group_size(part, len(levels), n_obs, family)
    _refuse_same_labels(group.factor, levels)
    columns = [
        (part.predictor, *fill_columns(part.terms, values, len(rows), part.group.intercept))
        for part in parts
    ]
    return group_block(
        group.factor,
        [(predictor, name) for predictor, _, names in columns for name in names],
        codes,
        levels,
        np.hstack([Z for _, Z, _ in columns]) if len(parts) > 1 else columns[0][1],
        correlated=group.correlated,
    )


def _known_levels(
    model: ModelFormulas, variables: Mapping[Node, Variable], blocks: Sequence[Block], rows: Rows
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


def _refuse_same_labels(factor: str, levels: Sequence[str]) -> None:
    """Raise when two cells of ``a:b`` have one label because labels hold a colon."""
    if len(set(levels)) < len(levels):
        double = next(level for level in levels if list(levels).count(level) > 1)
        raise DataError(
            f"Two groups of '{factor}' would both be labelled '{double}'; take the ':' out of "
            "the labels."
        )
