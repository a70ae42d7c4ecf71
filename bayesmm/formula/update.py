"""A formula changed as R's ``update`` changes it: ``. ~ . + x``."""

from bayesmm.errors import FormulaError
from bayesmm.formula.formulas import FormulaText, formula_parts, formula_text, parse_formulas
from bayesmm.formula.parser import parse
from bayesmm.formula.syntax import Formula, Number, Sum, show
from bayesmm.formula.tokens import Token, tokenise

__all__ = ["updated_formula"]


def updated_formula(formula: str, change: FormulaText) -> str:
    """Return the formulas of a model with a change.

    `change` is a formula in which ``.`` stands for the old side: ``". ~ . + x"``, ``"log(.) ~ ."``;
    of the right side alone ``"+ x"`` or ``"- (1 | g)"``; or a whole new formula, which is then all.
    After ``;`` come those of further parameters, ``"; sigma ~ . + x"``; others stay. A term that is
    taken away is gone, as from R's ``update``.
    """
    old = parse_formulas(formula)
    change = formula_text(change)
    words = tokenise(change)
    if not any(word.kind == "dot" or word.text == ";" for word in words) and _has_sides(words):
        return change
    first, *others = formula_parts(change)
    kept = bool(others) and not first.strip()
    response = str(old.response) if kept else _updated(old.response.tree, first)
    further = {own.parameter: str(own.predictor) for own in old.further}
    if first.strip() and not any(word.kind == "dot" for word in tokenise(first)):
        further = {} if _has_sides(tokenise(first)) else further
    for part in others:
        parameter = part[: part.find("~")].strip()
        before = next((o.predictor.tree for o in old.further if o.parameter == parameter), None)
        further[parameter] = _updated(before or parse(f"{parameter} ~ 1"), part)
    return "; ".join([response, *further.values()])


def _has_sides(words: tuple[Token, ...]) -> bool:
    return any((word.kind, word.text) == ("operator", "~") for word in words)


def _updated(old: Formula, change: str) -> str:
    """Return one formula with its change."""
    words = tokenise(change)
    if not _has_sides(words):
        if words[0].text not in ("+", "-"):
            raise FormulaError(
                f"'{change.strip()}' is no change of a formula: write '+ x', '- x', '. ~ . + x' or "
                "a whole formula.",
                change,
                0,
            )
        change = f". ~ . {change}"
        words = tokenise(change)
    if not any(word.kind == "dot" for word in words):
        return change.strip()
    return _without(parse(_filled(change, words, old)))


def _filled(change: str, words: tuple[Token, ...], old: Formula) -> str:
    """Return the change with the old sides in the places of the dots."""
    text, place, right = "", 0, False
    for index, word in enumerate(words):
        right = right or (word.kind == "operator" and word.text == "~")
        if word.kind == "dot":
            side = show(old.predictors if right else old.response)
            before = words[index - 1].text if index else ""
            alone = before in ("", "~", "+") and words[index + 1].text in ("", "~", "+", "-")
            # a call or a column needs no parentheses, a sum within a product does
            inside = before == "(" and words[index + 1].text in (")", ",")
            text += change[place : word.start] + (side if alone or inside else f"({side})")
            place = word.end
    return text + change[place:]


def _without(tree: Formula) -> str:
    """Return the text of a formula whose terms taken away are gone where they stand by themselves.

    What is part of another term, as ``x:z`` of ``x * z``, stays taken away by its minus.
    """
    right, parts = tree.predictors, []
    for sign, node in right.parts if isinstance(right, Sum) else (("+", right),):
        if ("+", node) not in parts:
            parts.append((sign, node))
        elif sign == "-":
            parts.remove(("+", node))
    if not any(sign == "+" for sign, _ in parts):
        parts.insert(0, ("+", Number("1")))
    first = next(part for part in parts if part[0] == "+")
    parts.sort(key=lambda part: part is not first)  # no formula begins with what is taken away
    return show(Formula(tree.response, Sum(tuple(parts)) if len(parts) > 1 else parts[0][1]))
