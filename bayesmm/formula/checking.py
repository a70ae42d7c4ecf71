"""What may stand where: arithmetic inside functions, variables in terms."""

from bayesmm.errors import FormulaError
from bayesmm.formula.functions import bind, columns_of, function_of
from bayesmm.formula.syntax import Binary, Call, Name, Node, Number, Parentheses, Sum, Unary, show

__all__ = ["check_quantity", "check_variable"]


def check_quantity(node: Node, text: str) -> None:
    """Raise unless `node` is arithmetic of columns, numbers and functions of one column.

    The `FormulaError` has the place of the first thing that is none.
    """
    match node:
        case Name() | Number():
            return
        case Sum(parts):
            for _, part in parts:
                check_quantity(part, text)
        case Binary("*" | "/" | "^", left, right):
            check_quantity(left, text)
            check_quantity(right, text)
        case Unary(_, inner) | Parentheses(inner):
            check_quantity(inner, text)
        case Call() if function_of(node, text).gives == "column":
            check_quantity(bind(node, text).quantities[0], text)
        case Call(function):
            raise FormulaError(
                f"{function}() cannot stand inside arithmetic or another function.",
                text,
                node.position,
            )
        case Binary(operator):
            raise FormulaError(
                f"'{operator}' is no arithmetic; inside a function only + - * / ^ are.",
                text,
                node.operator_position,
            )
        case _:
            raise FormulaError(f"{show(node)} is no number or column.", text, node.position)


def check_variable(node: Node, text: str) -> None:
    """Raise unless `node` can be a variable of a term: a column, or a function of columns.

    The `FormulaError` has its place and what to write instead.
    """
    if isinstance(node, Name):
        check_quantity(node, text)
        return
    gives = function_of(node, text).gives
    inner = bind(node, text).quantities[0]
    if gives in ("response", "addition"):
        place = "before '~'" if gives == "response" else "after '|' of the response"
        raise FormulaError(f"{node.function}() stands only {place}.", text, node.position)
    if gives == "offset":
        raise FormulaError("An offset is no part of a product.", text, node.position)
    if gives == "specific":
        raise FormulaError(f"{node.function}() can only be added.", text, node.position)
    if gives != "category":
        check_quantity(inner, text)
    elif isinstance(inner, Call) and (node.function, inner.function) == ("C", "factor"):
        check_variable(inner, text)
    elif not isinstance(inner, Name):
        raise FormulaError(
            f"{node.function}() takes one column, not {show(inner)}.", text, inner.position
        )
    if not any(columns_of(node)):
        raise FormulaError(f"{show(node)} reads no column.", text, node.position)
