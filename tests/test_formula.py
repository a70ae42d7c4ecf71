"""The formula language: what every form expands to, how it prints, and what is no form."""

import pytest

from bayesmm.errors import FormulaError
from bayesmm.formula import parse_formula
from bayesmm.formula.functions import FUNCTIONS
from bayesmm.model.transforms import ELEMENTWISE, LEARNT

# What is written, and what it stands for: common terms as R's terms() orders and labels them,
# group terms as the table of lme4's forms has them.
EXPANSIONS = {
    "y ~ 1": "y ~ 1",
    "y ~ 0 + x": "y ~ 0 + x",
    "y ~ -1 + x": "y ~ 0 + x",
    "y ~ x - 1": "y ~ 0 + x",
    "y ~ x + 0 + 1": "y ~ 1 + x",
    "y ~ x + z - (1 + z)": "y ~ 0 + x",
    "y ~ x + x": "y ~ 1 + x",
    "y ~ a * b": "y ~ 1 + a + b + a:b",
    "y ~ a:b": "y ~ 1 + a:b",
    "y ~ a:b + b + a": "y ~ 1 + b + a + a:b",
    "y ~ a * b - a": "y ~ 1 + b + a:b",
    "y ~ a * (b + c)": "y ~ 1 + a + b + c + a:b + a:c",
    "y ~ (a + b) * (c + d)": "y ~ 1 + a + b + c + d + a:c + a:d + b:c + b:d",
    "y ~ a * b * c - a:b:c": "y ~ 1 + a + b + c + a:b + a:c + b:c",
    "y ~ (a + b + c)^2": "y ~ 1 + a + b + c + a:b + a:c + b:c",
    "y ~ (a + b)**2": "y ~ 1 + a + b + a:b",
    "y ~ (a + b)^1": "y ~ 1 + a + b",
    "y ~ (a + b)^999": "y ~ 1 + a + b + a:b",
    "y ~ a/b": "y ~ 1 + a + a:b",
    "y ~ a/b/c": "y ~ 1 + a + a:b + a:b:c",
    "y ~ (a + b)/c": "y ~ 1 + a + b + a:b:c",
    "y ~ a/(b + c)": "y ~ 1 + a + a:b + a:c",
    "y ~ I(x^2) + I(x**3)": "y ~ 1 + I(x^2) + I(x^3)",
    "y ~ offset(log(e)) + x + offset(f)": "y ~ 1 + x + offset(log(e)) + offset(f)",
    "log(y) ~ x": "log(y) ~ 1 + x",
    "cbind(y, n - y) ~ x": "cbind(y, n - y) ~ 1 + x",
    "p(y, n) ~ x": "p(y, n) ~ 1 + x",
    "y | trials(n) ~ x": "y | trials(n) ~ 1 + x",
    "y | trials(n) + weights(w) ~ x": "y | trials(n) + weights(w) ~ 1 + x",
    "y ~ `my column` + `class`": "y ~ 1 + `my column` + class",
    "y ~ if + lambda + x.1 + _z + größe": "y ~ 1 + if + lambda + x.1 + _z + größe",
    "y ~ x +\n  (1 | g)": "y ~ 1 + x + (1 | g)",
    # lme4's forms
    "y ~ (1 | g)": "y ~ 1 + (1 | g)",
    "y ~ x + (x | g)": "y ~ 1 + x + (1 + x | g)",
    "y ~ x + (1 + x | g)": "y ~ 1 + x + (1 + x | g)",
    "y ~ x + (0 + x | g)": "y ~ 1 + x + (0 + x | g)",
    "y ~ x + (-1 + x | g)": "y ~ 1 + x + (0 + x | g)",
    "y ~ x + (x - 1 | g)": "y ~ 1 + x + (0 + x | g)",
    "y ~ x + (1 | g) + (0 + x | g)": "y ~ 1 + x + (1 | g) + (0 + x | g)",
    "y ~ x + (x || g)": "y ~ 1 + x + (1 + x || g)",
    "y ~ (1 | site/block)": "y ~ 1 + (1 | site) + (1 | site:block)",
    "y ~ (1 | a/b/c)": "y ~ 1 + (1 | a) + (1 | a:b) + (1 | a:b:c)",
    "y ~ site + (1 | site:block)": "y ~ 1 + site + (1 | site:block)",
    "y ~ (x | site/block)": "y ~ 1 + (1 + x | site) + (1 + x | site:block)",
    "y ~ (x || site/block)": "y ~ 1 + (1 + x || site) + (1 + x || site:block)",
    "y ~ (x1 | site) + (x2 | block)": "y ~ 1 + (1 + x1 | site) + (1 + x2 | block)",
    "y ~ x * site + (x | site:block)": "y ~ 1 + x + site + x:site + (1 + x | site:block)",
    "y ~ (1 | g1) + (1 | g2)": "y ~ 1 + (1 | g1) + (1 | g2)",
    "y ~ (a * b | g)": "y ~ 1 + (1 + a + b + a:b | g)",
    "y ~ ((1 | g))": "y ~ 1 + (1 | g)",
    "y ~ 0 + (1 | g)": "y ~ 0 + (1 | g)",
    "y ~ (1 | (a/b))": "y ~ 1 + (1 | a) + (1 | a:b)",
    "y ~ (1 | `my group`)": "y ~ 1 + (1 | `my group`)",
}


@pytest.mark.parametrize("text", EXPANSIONS)
def test_expansion(text):
    assert parse_formula(text).expanded == EXPANSIONS[text]


@pytest.mark.parametrize("text", EXPANSIONS)
def test_printing_and_parsing_give_the_formula_back(text):
    formula = parse_formula(text)
    again = parse_formula(str(formula))
    assert again == formula
    assert str(again) == str(formula)
    assert hash(again) == hash(formula)
    written_out = parse_formula(formula.expanded)
    terms = [{frozenset(t.factors) for t in f.terms} for f in (formula, written_out)]
    assert terms[0] == terms[1]
    assert (written_out.intercept, written_out.groups) == (formula.intercept, formula.groups)


# R 4.2.2: deparse(quote(...)) of the same calls.
PRINTED = {
    "I( x ^ 2 )": "I(x^2)",
    "I(x**2)": "I(x^2)",
    "I(2*x)": "I(2 * x)",
    "I(x / 2)": "I(x/2)",
    "I(x+1 - z)": "I(x + 1 - z)",
    "I(-x)": "I(-x)",
    "I( - x ^ 2)": "I(-x^2)",
    "I((x+1)^2)": "I((x + 1)^2)",
    "poly(x,2)": "poly(x, 2)",
    "poly(x,degree=2,raw=TRUE)": "poly(x, degree = 2, raw = TRUE)",
    "bs(x,knots=c(1,2.5))": "bs(x, knots = c(1, 2.5))",
    "C(a,Treatment('b'))": 'C(a, Treatment("b"))',
    "I(`my col`*2)": "I(`my col` * 2)",
}


@pytest.mark.parametrize("text", PRINTED)
def test_calls_print_as_r_prints_them(text):
    assert parse_formula(f"y ~ {text}").terms[0].label == PRINTED[text]


def test_names_are_quoted_only_where_needed():
    formula = parse_formula(r"y ~ `x` + `a b` + `tick\`s` + `back\slash`")
    names = [term.factors[0].value for term in formula.terms]
    assert names == ["x", "a b", "tick`s", "back\\slash"]
    assert str(formula) == r"y ~ x + `a b` + `tick\`s` + `back\\slash`"
    assert parse_formula(str(formula)) == formula


def test_correlation_is_what_lme4_says():
    groups = parse_formula("y ~ x + (x | g) + (x || h)").groups
    assert [group.correlated for group in groups] == [True, False]
    assert [group.factor for group in groups] == ["g", "h"]


def test_columns_are_listed_by_their_use():
    formula = parse_formula("cbind(s, n - s) ~ log(x) * a + offset(e) + (poly(z, 2) | g/h)")
    assert [c.value for c in formula.response_columns()] == ["s", "n", "s"]
    assert {c.value for c in formula.predictor_columns()} == {"x", "a", "z", "e"}
    assert {c.value for c in formula.group_columns()} == {"g", "h"}


def test_equal_models_are_equal_whatever_the_spacing():
    assert parse_formula("y~x+(x|g)") == parse_formula("y ~ x + ( x | g )")
    assert parse_formula("y ~ x") != parse_formula("y ~ z")


def test_the_caret_stands_under_the_place():
    with pytest.raises(FormulaError) as caught:
        parse_formula("Reaction ~ Days|Subject")
    message, line, caret = str(caught.value).split("\n")
    assert "did you mean + (1 + Days | Subject)?" in message
    assert line.index("|") == caret.index("^")


def test_the_caret_stands_under_the_place_across_lines():
    with pytest.raises(FormulaError) as caught:
        parse_formula("y ~ x +\n\tlog(x")
    _, line, caret = str(caught.value).split("\n")
    assert line.index("(x") == caret.index("^")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("y ~ x | g", "+ (1 + x | g)"),
        ("y ~ 1 | g", "+ (1 | g)"),
        ("y ~ a + x | g", "+ (1 + x | g)"),
        ("y ~ x || g", "+ (1 + x || g)"),
        ("y ~ x | a/b", "+ (1 + x | a/b)"),
    ],
)
def test_a_group_term_without_parentheses_is_suggested(written, meant):
    with pytest.raises(FormulaError) as caught:
        parse_formula(written)
    assert f"did you mean {meant}?" in str(caught.value)


def test_every_function_of_the_language_is_computed_somewhere():
    computed = {"column": ELEMENTWISE | LEARNT, "columns": LEARNT}
    for function in FUNCTIONS.values():
        if function.gives in computed:
            assert function.name in computed[function.gives]
            assert function.description
    words = {f.name for f in FUNCTIONS.values() if f.gives in computed}
    assert words == ELEMENTWISE.keys() | LEARNT.keys()


def test_long_formulas_of_plain_terms_are_read():
    names = [f"x{i}" for i in range(2000)]
    formula = parse_formula(f"y ~ {' + '.join(names)}")
    assert [term.label for term in formula.terms] == names
    assert parse_formula(str(formula)) == formula
