"""The page of the formula language cannot drift from what the language does."""

import sys
from pathlib import Path

import numpy as np
import pytest

from bayesmm.errors import FormulaError
from bayesmm.family.known import resolve_family
from bayesmm.formula.functions import FUNCTIONS
from bayesmm.formula.parser import MAX_DEPTH
from bayesmm.formula.tokens import MAX_CHARACTERS
from bayesmm.model.build import build_design

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import formulas_table
import make_formulas


def test_the_page_is_the_one_that_the_table_makes():
    assert make_formulas.PAGE.read_text(encoding="utf-8") == make_formulas.page(), (
        "run: python docs/make_formulas.py"
    )


@pytest.mark.parametrize("form", formulas_table.FORMS, ids=lambda form: form.formula)
def test_each_form_gives_the_stated_columns(form):
    design = make_formulas.design_of(form)
    assert "  ".join(make_formulas.coefficients_of(design)) == form.coefficients
    assert tuple(map(make_formulas.block_text, design.blocks)) == form.groups
    assert design.mu.X.shape == (72, len(design.mu.names))
    for block in design.blocks:
        assert block.columns.Z.shape == (72, block.n_effects)


# Forms that are two spellings of one model.
SAME = [
    ("y ~ 0 + x", "y ~ -1 + x", "y ~ x - 1"),
    ("y ~ x + (0 + x | g)", "y ~ x + (-1 + x | g)", "y ~ x + (x - 1 | g)"),
    ("p(count, n) ~ x", "count | trials(n) ~ x", "cbind(count, n - count) ~ x"),
]


@pytest.mark.parametrize("formulas", SAME, ids=lambda f: f[0])
def test_forms_called_the_same_are_the_same(formulas):
    forms = {form.formula: form for form in formulas_table.FORMS}
    first, *others = (make_formulas.design_of(forms[formula]) for formula in formulas)
    for other in others:
        np.testing.assert_array_equal(other.mu.X, first.mu.X)
        np.testing.assert_array_equal(other.y, first.y)
        if first.trials is not None:
            np.testing.assert_array_equal(other.trials, first.trials)
        for ours, theirs in zip(first.blocks, other.blocks, strict=True):
            np.testing.assert_array_equal(ours.columns.Z, theirs.columns.Z)


@pytest.mark.parametrize("formula", formulas_table.REFUSED)
def test_what_the_page_calls_refused_is_refused(formula):
    with pytest.raises(FormulaError):
        build_design(formula, formulas_table.example_data(), resolve_family("gaussian"))


def test_every_function_stands_in_a_form():
    written = " ".join(form.formula for form in formulas_table.FORMS)
    assert [name for name in FUNCTIONS if f"{name}(" not in written] == []


def test_the_bounds_of_the_page_are_those_of_the_code():
    from bayesmm.formula.expander import MAX_TERMS
    from bayesmm.formula.groups import MAX_GROUP_TERMS
    from bayesmm.model import data_checks, group_data_checks

    text = " ".join(make_formulas.page().split())
    assert (
        f"at most {MAX_CHARACTERS:,} characters, {MAX_DEPTH} levels of brackets, {MAX_TERMS:,} "
        f"terms and {MAX_GROUP_TERMS} group terms; a design at most "
        f"{data_checks._MOST_COEFFICIENTS:,} coefficients, {group_data_checks._MOST_EFFECTS} "
        f"effects per group and {data_checks._MOST_NUMBERS * 8 // 2**30} GiB of columns"
    ) in text
