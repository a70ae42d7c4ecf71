"""Any text either parses, and prints to an equal formula, or raises FormulaError."""

import contextlib
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from bayesmm.errors import FormulaError
from bayesmm.formula import parse_formula
from bayesmm.formula.functions import FUNCTIONS

# On a loaded machine a single example may take longer than hypothesis's default deadline.
BOUNDED = settings(max_examples=300, deadline=2000, derandomize=True)

WORDS = [
    *("y", "x", "a", "g", "1", "0", "2", "`my col`", "``", "'text'", '"b"', ".", "1e-3", "TRUE"),
    *(
        "~",
        "+",
        "-",
        "*",
        "/",
        ":",
        "^",
        "**",
        "|",
        "||",
        "(",
        ")",
        ",",
        "=",
        "==",
        "%in%",
        "[",
        "]",
    ),
    *(f"{name}(" for name in FUNCTIONS),
    *("Sum", "Treatment(", "c(", "mean(", "__import__(", "\n", "  ", "é", "\\", "`", "'"),
]


def assert_parses_or_refuses(text: str) -> None:
    try:
        formula = parse_formula(text)
    except FormulaError as error:
        assert error.position is None or 0 <= error.position <= len(text)
        assert str(error)
        return
    again = parse_formula(str(formula))
    assert again == formula
    assert str(again) == str(formula)
    assert again.expanded == formula.expanded


@BOUNDED
@given(st.text(max_size=60))
def test_any_text(text):
    assert_parses_or_refuses(text)


@BOUNDED
@given(st.text(max_size=40))
def test_any_text_after_a_response(text):
    assert_parses_or_refuses(f"y ~ {text}")


@BOUNDED
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words(words):
    assert_parses_or_refuses(" ".join(words))


@BOUNDED
@given(st.text(min_size=1, max_size=20))
def test_any_column_name_works_between_backticks(name):
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    text = f"y ~ `{escaped}` + (1 | `{escaped}`)"
    with contextlib.suppress(FormulaError):
        formula = parse_formula(text)
        assert [c.value for c in formula.predictor_columns()] == [name]
        assert_parses_or_refuses(text)
        return
    assert not name.strip() or name in (".", "y")


def _expressions() -> st.SearchStrategy[str]:
    """Texts of right sides that are mostly well formed."""
    leaf = st.sampled_from(["x", "z", "a", "b", "I(x^2)", "log(x)", "poly(x, 2)", "factor(a)"])
    binary = st.sampled_from([" + ", " * ", ":", "/", " - "])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joined = st.tuples(inner, binary, inner).map("".join)
        return (
            joined
            | joined.map("({})".format)
            | st.tuples(joined.map("({})".format), st.sampled_from(["^2", "^3", "**2"])).map(
                "".join
            )
        )

    return st.recursive(leaf, larger, max_leaves=12)


@BOUNDED
@given(_expressions(), st.sampled_from(["", "0 + ", "1 + "]), st.sampled_from(["|", "||"]))
def test_well_formed_right_sides(expression, start, bar):
    assert_parses_or_refuses(f"y ~ {start}{expression} + ({start}{expression} {bar} g/h)")


@BOUNDED
@given(_expressions())
def test_terms_are_sorted_and_distinct(expression):
    with contextlib.suppress(FormulaError):
        terms = parse_formula(f"y ~ {expression}").terms
        orders = [len(term.factors) for term in terms]
        assert orders == sorted(orders)
        assert len({frozenset(term.factors) for term in terms}) == len(terms)


type _Terms = frozenset[frozenset[str]]


def _products(first: _Terms, second: _Terms) -> _Terms:
    return frozenset(a | b for a in first for b in second)


def _within(first: _Terms, second: _Terms) -> _Terms:
    return first | frozenset(frozenset().union(*first) | b for b in second)


# The algebra of Wilkinson and Rogers (1973), doi:10.2307/2346786, on sets of sets of names.
_ALGEBRA: dict[str, Callable[[_Terms, _Terms], _Terms]] = {
    " + ": lambda a, b: a | b,
    ":": _products,
    " * ": lambda a, b: a | b | _products(a, b),
    "/": _within,
}


def _sums() -> st.SearchStrategy[tuple[str, _Terms]]:
    """Right sides in parentheses, with the terms that they have by brute force."""
    leaf = st.sampled_from("xzabw").map(lambda name: (name, frozenset([frozenset([name])])))

    def larger(inner: st.SearchStrategy[tuple[str, _Terms]]) -> st.SearchStrategy:
        three = st.tuples(inner, st.sampled_from(list(_ALGEBRA)), inner)
        # x:x is refused: a square is meant more often than x
        joined = three.filter(lambda one: len(one[0][1]) > 1 or one[0][1] != one[2][1]).map(
            lambda one: (
                f"({one[0][0]}{one[1]}{one[2][0]})",
                _ALGEBRA[one[1]](one[0][1], one[2][1]),
            )
        )
        squared = inner.filter(lambda one: len(one[1]) > 1).map(
            lambda one: (f"({one[0]})^2", one[1] | _products(one[1], one[1]))
        )
        return joined | squared

    return st.recursive(leaf, larger, max_leaves=6)


@settings(BOUNDED, max_examples=100)
@given(_sums(), st.integers(0, 99))
def test_terms_are_those_of_the_algebra_on_sets(sum_and_terms, which):
    """Broken on purpose: with a / b as a + a:b of the first name of a alone, this fails."""
    text, terms = sum_and_terms
    assert _terms_of(f"y ~ {text}") == terms
    taken = sorted(map(sorted, terms))[which % len(terms)]
    left = _terms_of(f"y ~ w2 + {text} - {':'.join(taken)}")
    assert left == terms - {frozenset(taken)} | {frozenset(["w2"])}


def _terms_of(text: str) -> _Terms:
    return frozenset(frozenset(f.value for f in t.factors) for t in parse_formula(text).terms)
