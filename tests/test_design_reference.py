"""Columns of the design against R's model.matrix and lme4's Z, for every form of the language.

The reference is made by tests/reference_r/make_model_matrices.R, with the versions inside.
"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmm.formula import parse_formula
from bayesmm.model.coding import code_terms, fill_columns
from bayesmm.model.variables import Rows, apply_variable, group_labels, learn_variable

REFERENCE = json.loads((Path(__file__).parent / "reference_r" / "model_matrices.json").read_text())
# R stores 15 digits; a QR or a recurrence of 48 rows loses two of them.
TOLERANCE = {"rtol": 1e-10, "atol": 1e-12}


def frame() -> pd.DataFrame:
    return pd.DataFrame(REFERENCE["data"])


def rows_of(data: pd.DataFrame) -> Rows:
    return Rows({name: data[name] for name in data}, np.arange(len(data)))


def in_r(name: str) -> str:
    """Write the name of a column as R does: ``treat[ozone]`` is ``treatozone``."""
    bare = re.sub(r"\[([^\]]*)\]", r"\1", name)
    for ours, theirs in (("True", "TRUE"), ("False", "FALSE")):
        bare = bare.replace(ours, theirs)
    return "(Intercept)" if bare == "Intercept" else bare


def assert_same_columns(ours: np.ndarray, theirs: np.ndarray) -> None:
    scale = np.maximum(np.abs(theirs).max(axis=0), 1.0)
    np.testing.assert_allclose(ours / scale, theirs / scale, **TOLERANCE)


@pytest.mark.parametrize("reference", REFERENCE["common"], ids=lambda r: r["formula"])
def test_common_columns_are_those_of_model_matrix(reference):
    formula = parse_formula("y " + reference["formula"])
    rows, states = rows_of(frame()), {}
    nodes = dict.fromkeys(f for term in formula.terms for f in term.factors)
    learnt = {node: learn_variable(node, rows, states, []) for node in nodes}
    coded = code_terms(formula.terms, formula.intercept, {n: v for n, (v, _) in learnt.items()})
    values = {n: v for n, (_, v) in learnt.items()}
    X, names = fill_columns(coded, values, len(rows), formula.intercept)
    assert X.flags.c_contiguous
    theirs = np.column_stack(reference["columns"])
    assert X.shape == theirs.shape
    assert_same_columns(X, theirs)
    if "C(" not in reference["formula"]:  # R numbers the columns of contrasts or names the call
        expected = [name.replace("`", "") for name in np.atleast_1d(reference["names"])]
        assert [in_r(name) for name in names] == expected


def cell(label: str) -> frozenset[str]:
    """Return a cell whatever the order of its parts: lme4 writes the cells of a/b as b:a."""
    return frozenset(label.replace("TRUE", "True").replace("FALSE", "False").split(":"))


@pytest.mark.parametrize("reference", REFERENCE["groups"], ids=lambda r: r["formula"])
def test_group_columns_are_those_of_lme4(reference):
    formula = parse_formula("y ~ 1 + " + reference["formula"])
    rows, states = rows_of(frame()), {}
    theirs = {}
    for block in reference["blocks"]:
        factor = frozenset(re.sub(r"\.\d+$|[()]", "", block["factor"]).split(":"))
        levels = [cell(level) for level in block["levels"]]
        Zt = np.array(block["Zt"]).reshape(len(levels), len(block["effects"]), len(rows))
        for k, effect in enumerate(block["effects"]):
            theirs[factor, effect] = dict(zip(levels, Zt[:, k, :], strict=True))
    ours = {}
    for group in formula.groups:
        nodes = dict.fromkeys(f for term in group.terms for f in term.factors)
        learnt = {node: learn_variable(node, rows, states, []) for node in nodes}
        coded = code_terms(group.terms, group.intercept, {n: v for n, (v, _) in learnt.items()})
        values = {n: v for n, (_, v) in learnt.items()}
        Z, effects = fill_columns(coded, values, len(rows), group.intercept)
        codes, labels = group_labels(group.columns, rows)
        factor = frozenset(column.value for column in group.columns)
        for k, effect in enumerate(effects):
            columns = {
                cell(label): np.where(codes == code, Z[:, k], 0.0)
                for code, label in enumerate(labels)
            }
            ours[factor, in_r(effect)] = columns
    assert ours.keys() == theirs.keys()
    for key, columns in ours.items():
        assert columns.keys() == theirs[key].keys()
        for level, column in columns.items():
            np.testing.assert_allclose(column, theirs[key][level], rtol=1e-10, atol=1e-12)


def test_cells_are_in_the_order_of_lme4():
    (reference,) = (r for r in REFERENCE["groups"] if r["formula"] == "(1 | g:h)")
    columns = parse_formula("y ~ (1 | g:h)").groups[0].columns
    _, labels = group_labels(columns, rows_of(frame()))
    assert labels == reference["blocks"][0]["levels"]


@pytest.mark.parametrize("reference", REFERENCE["new_columns"], ids=lambda r: r["call"])
def test_transforms_apply_to_new_data_what_they_learnt(reference):
    call = parse_formula(f"y ~ {reference['call']}").terms[0].factors[0]
    states = {}
    variable, _ = learn_variable(call, rows_of(frame()), states, [])
    new = rows_of(pd.DataFrame(REFERENCE["new"]))
    ours = apply_variable(call, variable, new, states)
    assert_same_columns(ours, np.column_stack(reference["columns"]))
