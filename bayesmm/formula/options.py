"""Arguments of functions that are written out: counts, numbers, flags and contrasts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesmm.errors import FormulaError
from bayesmm.formula.syntax import Call, Name, Node, Number, String, Unary, show

__all__ = ["MAX_COUNT", "Contrast", "Option", "read_option"]

# Columns that one poly(), bs() or ns() may make.
MAX_COUNT = 100


@dataclass(frozen=True, slots=True)
class Contrast:
    """How the levels of a factor become columns."""

    # ``treatment`` (each level against the reference) or ``sum`` (each level against the mean of
    # all, the last level left out)
    kind: str = "treatment"
    reference: str | None = None  # label of the reference level; None means the first


type Option = int | float | bool | str | tuple[float, ...] | tuple[str, ...] | Contrast


def read_option(node: Node, kind: str, what: str, text: str) -> Option:
    """Return the value of an argument that must be written out.

    `kind` is ``count``, ``number``, ``numbers``, ``flag``, ``label``, ``labels`` or ``contrast``,
    and `what` is what the argument is, for the message: ``"degree of poly()"``.
    """
    expected, reader = _READERS[kind]
    value = reader(node)
    if value is None:
        raise FormulaError(f"{what} must be {expected}, not {show(node)}.", text, node.position)
    return value


def _number(node: Node) -> float | None:
    match node:
        case Number():
            return node.value
        case Unary("-", Number() as inner):
            return -inner.value
        case _:
            return None


def _numbers(node: Node) -> tuple[float, ...] | None:
    single = _number(node)
    if single is not None:
        return (single,)
    match node:
        case Call("c", arguments) if arguments and all(a.name is None for a in arguments):
            values = tuple(_number(a.value) for a in arguments)
            return None if None in values else values
        case _:
            return None


def _labels(node: Node) -> tuple[str, ...] | None:
    match node:
        case Call("c", arguments) if len(arguments) > 1:
            values = [_label(a.value) for a in arguments if a.name is None]
            labels = tuple(value for value in values if value is not None)
            return labels if len(labels) == len(arguments) else None
        case _:
            return None


def _label(node: Node) -> str | None:
    if isinstance(node, String):
        return node.value
    value = _number(node)
    return None if value is None else f"{value:g}"


def _count(node: Node) -> int | None:
    value = _number(node)
    return int(value) if value is not None and value in range(1, MAX_COUNT + 1) else None


def _flag(node: Node) -> bool | None:
    words = {"TRUE": True, "True": True, "T": True, "FALSE": False, "False": False, "F": False}
    return words.get(node.value) if isinstance(node, Name) else None


_CONTRASTS = {
    "Treatment": "treatment",
    "contr.treatment": "treatment",
    "Sum": "sum",
    "contr.sum": "sum",
}


def _contrast(node: Node) -> Contrast | None:
    match node:
        case Name(word) if word in _CONTRASTS:
            return Contrast(_CONTRASTS[word])
        case Call(word, ()) if word in _CONTRASTS:
            return Contrast(_CONTRASTS[word])
        case Call("Treatment", (argument,)) if argument.name in (None, "reference"):
            match argument.value:
                case String(label):
                    return Contrast("treatment", label)
                case Number():
                    return Contrast("treatment", f"{argument.value.value:g}")
    return None


_READERS: Mapping[str, tuple[str, Callable[[Node], Option | None]]] = {
    "count": (f"a whole number from 1 to {MAX_COUNT}", _count),
    "number": ("a number", _number),
    "numbers": ("a number or c(number, ...)", _numbers),
    "flag": ("TRUE or FALSE", _flag),
    "label": ('a category, "none"', _label),
    "labels": ('c("lowest", ..., "highest")', _labels),
    "contrast": ('Treatment, Treatment("level") or Sum', _contrast),
}
