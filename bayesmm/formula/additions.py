"""What may stand after ``|`` of the response: trials, weights, censoring and others."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayesmm.errors import FormulaError
from bayesmm.formula.functions import FUNCTIONS, Bound, bind
from bayesmm.formula.syntax import Binary, Call, Name, Node, Sum, Unary, show, unwrap

__all__ = ["Additions", "Censoring", "Truncation", "read_additions"]

# What takes one column, and the field it is.
_SINGLE = {"trials": "trials", "weights": "weights", "rate": "rate", "dec": "decision"}
# What R writes for a bound that is none.
_INFINITE = ("Inf", "inf")


@dataclass(frozen=True, slots=True)
class Censoring:
    """Which responses are known by bounds only: ``cens(status, upper)``."""

    status: Node  # what says it of each row
    # how it is to be read: ``status`` (none, left, right, interval), ``event`` (1 where the
    # response was observed) or ``censored`` (1 where it is censored on the right)
    argument: str
    upper: Node | None = None  # the upper ends of intervals


@dataclass(frozen=True, slots=True)
class Truncation:
    """Bounds beyond which nothing could be seen: ``trunc(lb, ub)``; None where there is none."""

    lower: Node | None
    upper: Node | None


@dataclass(frozen=True, slots=True)
class Additions:
    """What stands after ``|``; None is what does not."""

    trials: Node | None = None
    weights: Node | None = None
    censoring: Censoring | None = None
    truncation: Truncation | None = None
    rate: Node | None = None
    decision: Node | None = None


def read_additions(node: Binary, text: str) -> Additions:
    """Return what stands after ``|`` of the response.

    Only the functions that may stand there are read, each once; `text` is the formula, for
    messages.
    """
    right = unwrap(node.right)
    parts = right.parts if isinstance(right, Sum) else (("+", right),)
    calls: dict[str, Call] = {}
    for sign, part in parts:
        if isinstance(part, Call) and part.function == "thres":
            raise _no_thresholds_by_group(part, text)
        known = isinstance(part, Call) and part.function in FUNCTIONS
        if not known or FUNCTIONS[part.function].gives != "addition" or sign != "+":
            raise FormulaError(
                "After '|' of the response only trials(n), weights(w), cens(status, upper), "
                "trunc(lb, ub), rate(time) and dec(decision) can stand.",
                text,
                part.position,
            )
        if part.function in calls:
            raise FormulaError(f"{part.function}() stands twice.", text, part.position)
        calls[part.function] = part
    bound = {name: bind(call, text) for name, call in calls.items()}
    single = {field: bound[name].quantities[0] for name, field in _SINGLE.items() if name in bound}
    return Additions(
        **single,
        censoring=_censoring(calls["cens"], bound["cens"], text) if "cens" in calls else None,
        truncation=_truncation(calls["trunc"], bound["trunc"], text) if "trunc" in calls else None,
    )


def _no_thresholds_by_group(call: Call, text: str) -> FormulaError:
    """Return what to write in the place of brms's ``thres(gr = g)``."""
    group = next((show(a.value) for a in call.arguments if a.name == "gr"), "g")
    return FormulaError(
        "There is no thres(): the thresholds are those between the categories that occur. For "
        f"thresholds of each group write cs({group}), {group} a factor, after '~', with a family "
        f"of steps: sratio, cratio or acat; in a cumulative model {group} as a predictor moves all "
        "thresholds of a group alike.",
        text,
        call.position,
    )


def _censoring(call: Call, bound: Bound, text: str) -> Censoring:
    given = dict(bound.named)
    upper = given.pop("upper", None)
    if len(given) != 1:
        raise FormulaError(
            "cens() needs one column that says which rows are censored: cens(status) with none, "
            "right, left and interval; cens(event = e) with 1 where the response was observed; or "
            "cens(censored = c) with 1 where it is censored.",
            text,
            call.position,
        )
    argument, status = next(iter(given.items()))
    if upper is not None and argument != "status":
        raise FormulaError(
            f"Intervals have the status 'interval', which cens({argument} = ...) cannot say: write "
            "cens(status, upper).",
            text,
            upper.position,
        )
    return Censoring(status, argument, upper)


def _truncation(call: Call, bound: Bound, text: str) -> Truncation:
    bounds: Mapping[str, Node | None] = {
        name: None if _is_infinite(node, sign) else node
        for name, sign in (("lb", "-"), ("ub", "+"))
        if (node := bound.named.get(name)) is not None
    }
    found = Truncation(bounds.get("lb"), bounds.get("ub"))
    if found == Truncation(None, None):
        raise FormulaError(
            "trunc() needs a bound: trunc(lb = 0), trunc(ub = 10) or trunc(0, 10).",
            text,
            call.position,
        )
    return found


def _is_infinite(node: Node, sign: str) -> bool:
    """Return whether a bound is written as the infinity of that sign."""
    match unwrap(node):
        case Unary(written, Name(word)) if written == sign:
            return word in _INFINITE
        case Name(word) if sign == "+":
            return word in _INFINITE
    return False
