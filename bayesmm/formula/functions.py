"""The functions of the formula language: their words, their arguments, and nothing else.

A formula can call only what is listed here. What each function computes is said once in
``bayesmm.model.transforms``; nothing of a formula ever reaches Python's own names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bayesmm.errors import FormulaError, suggestion
from bayesmm.formula.options import Option, read_option
from bayesmm.formula.syntax import Binary, Call, Name, Node, Parentheses, Sum, Unary

__all__ = [
    "FUNCTIONS",
    "Bound",
    "Function",
    "bind",
    "columns_of",
    "expressions_in",
    "function_of",
]


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the language."""

    name: str
    # ``column`` (one number per row, so it may stand inside arithmetic), ``columns`` (several
    # numbers per row), ``category``, ``response``, ``addition`` (after ``|`` of the response),
    # ``offset``, or ``specific`` (terms with effects of each threshold)
    gives: str
    parameters: tuple[str, ...]  # arguments computed from the columns
    # arguments written out, with their kind (see ``bayesmm.formula.options``)
    options: Mapping[str, str] = field(default_factory=dict)
    description: str = ""  # what it gives, in one line
    # further arguments computed from the columns, which may be left out
    optional: tuple[str, ...] = ()
    # names of arguments in other packages, with ours
    synonyms: Mapping[str, str] = field(default_factory=dict)
    # whether any number of arguments may follow, computed from the columns too
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments of one call: `quantities` by position and, in `named`, by name; `options`."""

    quantities: tuple[Node, ...]
    options: Mapping[str, Option]
    named: Mapping[str, Node] = field(default_factory=dict)


def _column(name: str, description: str, **options: str) -> Function:
    return Function(name, "column", ("x",), options, description)


_KNOTS = {"df": "count", "knots": "numbers"}
_ENDS = {"intercept": "flag", "Boundary.knots": "numbers"}
_SCALING = {"center": "flag", "scale": "flag"}

FUNCTIONS: Mapping[str, Function] = {
    f.name: f
    for f in (
        _column("I", "arithmetic with its usual meaning: I(x^2), I(a * b)"),
        _column("log", "natural logarithm, or to another base: log(x, base = 2)", base="number"),
        _column("log10", "logarithm to base 10"),
        _column("log2", "logarithm to base 2"),
        _column("log1p", "log(1 + x)"),
        _column("exp", "exponential"),
        _column("sqrt", "square root"),
        _column("abs", "absolute value"),
        _column("center", "x minus its mean over the data of the fit"),
        _column("scale", "centred and divided by the sd (n - 1), both of the fit", **_SCALING),
        _column("standardize", "the same as scale(x)"),
        Function(
            "poly",
            "columns",
            ("x",),
            {"degree": "count", "raw": "flag"},
            "orthogonal polynomial, as in R; raw = TRUE gives the plain powers",
        ),
        Function(
            "bs",
            "columns",
            ("x",),
            {"df": "count", "knots": "numbers", "degree": "count", **_ENDS},
            "B-spline basis, as in R's splines::bs",
        ),
        Function(
            "ns",
            "columns",
            ("x",),
            {**_KNOTS, **_ENDS},
            "natural cubic spline basis, as in R's splines::ns",
        ),
        Function("factor", "category", ("x",), {}, "the values of a column as categories"),
        Function(
            "C",
            "category",
            ("x",),
            {"contrast": "contrast"},
            'a factor with its contrasts: C(x, Treatment("b")), C(x, Sum)',
        ),
        Function("offset", "offset", ("x",), {}, "a known part of the linear predictor"),
        Function(
            "cs",
            "specific",
            ("x",),
            {},
            "terms with an effect of their own at each threshold between ordered categories: "
            "cs(x), cs(x * z)",
        ),
        Function("p", "response", ("successes", "trials"), {}, "successes out of trials"),
        Function(
            "cbind",
            "response",
            ("successes", "failures"),
            {},
            "successes and failures; counts of two and more categories: cbind(a, b, c)",
            repeats=True,
        ),
        Function(
            "ordered",
            "response",
            ("x",),
            {"levels": "labels"},
            'categories in their order: ordered(x, levels = c("low", "high"))',
        ),
        Function(
            "relevel",
            "response",
            ("x",),
            {"ref": "label"},
            'categories and the one that the others are compared with: relevel(x, ref = "none")',
        ),
        Function("trials", "addition", ("n",), {}, "number of trials: y | trials(n)"),
        Function("weights", "addition", ("w",), {}, "precisions or counts: y | weights(w)"),
        Function(
            "cens",
            "addition",
            (),
            {},
            "which responses are known by bounds only: y | cens(status, upper), with the words "
            "none, left, right and interval",
            ("status", "upper", "event", "censored"),
            {"y2": "upper"},
        ),
        Function(
            "trunc",
            "addition",
            (),
            {},
            "bounds beyond which no response could be seen: y | trunc(lb, ub)",
            ("lb", "ub"),
        ),
        Function("rate", "addition", ("time",), {}, "exposure of counts: y | rate(time)"),
        Function(
            "dec",
            "addition",
            ("decision",),
            {},
            "the decision that a time is of: y | dec(choice), 1 or success for the upper boundary",
        ),
    )
}

_STATE = (
    "inside a formula a summary of a column would be computed again from new data; use "
    "center(x), scale(x), or make the column first"
)
# What people of R and Python write for something that the language has, or does not have.
_HINTS: Mapping[str, str] = {
    **{f"np.{n}": f"write {n}(x)" for n in ("log", "log10", "log2", "log1p", "exp", "sqrt", "abs")},
    **{n: "write factor(x)" for n in ("as.factor", "as.character", "as.ordered")},
    **dict.fromkeys(("mean", "sd", "median", "min", "max", "sum", "var", "np.mean"), _STATE),
    **dict.fromkeys(("s", "te", "ti", "t2", "gp"), "smooth terms are not supported; use bs or ns"),
    "cse": "write cs(x)",
    "ln": "write log(x)",
    "as.numeric": "make the column of numbers first",
    "standardise": "write standardize(x)",
}


def function_of(call: Call, text: str) -> Function:
    """Return the function that is called.

    When the language has no such function, a `FormulaError` lists those it has.
    """
    if call.function in FUNCTIONS:
        return FUNCTIONS[call.function]
    hint = _HINTS.get(call.function)
    raise FormulaError(
        f"'{call.function}' is not a function of the formula language"
        + (f": {hint}. " if hint else ". ")
        + suggestion(call.function, sorted(FUNCTIONS, key=str.lower), label="Functions"),
        text,
        call.position,
    )


def bind(call: Call, text: str = "") -> Bound:
    """Return the arguments of a call, matched by position and by name.

    An argument that the function does not have, has twice, or lacks is a `FormulaError`.
    """
    function = function_of(call, text)
    order = (*function.parameters, *function.optional, *function.options)
    given: dict[str, Node] = {}
    written = {function.synonyms.get(a.name, a.name) for a in call.arguments if a.name}
    free = [name for name in order if name not in written]
    more: list[Node] = []
    for argument in call.arguments:
        if argument.name is None and not free:
            if function.repeats:
                more.append(argument.value)
                continue
            raise FormulaError(
                f"{function.name}() takes at most {len(order)} arguments: {', '.join(order)}.",
                text,
                argument.value.position,
            )
        name = argument.name or free.pop(0)
        name = function.synonyms.get(name, name)
        if name not in order:
            raise FormulaError(
                f"{function.name}() has no argument '{name}'. "
                + suggestion(name, order, label="Arguments"),
                text,
                argument.value.position,
            )
        if name in given:
            raise FormulaError(
                f"{function.name}() has the argument '{name}' twice.", text, argument.value.position
            )
        given[name] = argument.value
    if missing := [name for name in function.parameters if name not in given]:
        raise FormulaError(
            f"{function.name}() lacks its argument '{missing[0]}': "
            f"{function.name}({', '.join(function.parameters)}).",
            text,
            call.position,
        )
    options = {
        name: read_option(given[name], kind, f"{name} of {function.name}()", text)
        for name, kind in function.options.items()
        if name in given
    }
    quantities = {
        name: given[name] for name in (*function.parameters, *function.optional) if name in given
    }
    return Bound((*quantities.values(), *more), options, quantities)


def expressions_in(node: Node) -> Iterator[Node]:
    """Yield a checked expression and all that it is made of, in order and with repetitions.

    Options of a function are no part of it.
    """
    yield node
    match node:
        case Sum(parts):
            inner = tuple(part for _, part in parts)
        case Binary(_, left, right):
            inner = left, right
        case Unary(_, one) | Parentheses(one):
            inner = (one,)
        case Call():
            inner = bind(node).quantities
        case _:
            inner = ()
    for own in inner:
        yield from expressions_in(own)


def columns_of(node: Node) -> Iterator[Name]:
    """Yield the columns that a checked expression reads, in order and with repetitions."""
    return (own for own in expressions_in(node) if isinstance(own, Name))
