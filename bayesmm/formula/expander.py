"""The terms of a right side as sets of variables, and what is met on the way to them."""

from collections.abc import Iterable

from bayesmm.errors import FormulaError
from bayesmm.formula.checking import check_quantity, check_variable
from bayesmm.formula.functions import bind, function_of
from bayesmm.formula.syntax import (
    Binary,
    Call,
    Node,
    Number,
    Parentheses,
    String,
    Sum,
    Unary,
    show,
    unwrap,
)

__all__ = ["MAX_TERMS", "Expander"]

# a1 * a2 * ... * a11 has 2047 terms; nothing that a person means has more.
MAX_TERMS = 3000
# Products of two terms that one formula may ask for; repeated products of the same terms would
# else take hours without ever having many terms.
MAX_PRODUCTS = 1_000_000


class Expander:
    """What is met on the way: variables by first appearance, group terms, offsets, intercept.

    `inside` is ``"group"`` for the effects of a group term, ``"cs"`` for the terms of ``cs()``.
    """

    def __init__(self, text: str, inside: str) -> None:
        self.text = text
        self.inside = inside
        self.specific: list[Call] = []
        self.intercept = True
        self.variables: dict[Node, int] = {}
        self.bars: list[Binary] = []
        self.offsets: list[Call] = []
        self.products = 0

    def error(self, message: str, position: int) -> FormulaError:
        """Return a message with its place."""
        return FormulaError(message, self.text, position)

    def unique(self, masks: Iterable[int], position: int) -> list[int]:
        """Return the terms without repetitions, as long as they are not too many."""
        found: dict[int, None] = {}
        for mask in masks:
            found[mask] = None
            if len(found) > MAX_TERMS:
                raise self.error(f"The formula has more than {MAX_TERMS} terms.", position)
        return list(found)

    def terms(self, node: Node, keep: bool) -> list[int]:
        """Return the terms of `node`; `keep` is False after an odd number of minus signs."""
        match node:
            case Sum(parts):
                masks = self.sum(parts, keep)
            case Unary(sign, operand):
                masks = self.sum(((sign, operand),), keep)
            case Number():
                masks = self.number(node, keep)
            case Parentheses(Binary("|" | "||") as bar):
                masks = self.group_term(bar, keep)
            case Parentheses(inner):
                masks = self.terms(inner, keep)
            case Binary("*" | ":" | "/" | "^"):
                masks = self.product(node)
            case Binary():
                raise self.bare_bar(node)
            case String(value):
                raise self.error(
                    "A text in quotes is no term; a column name is written plainly or between "
                    f"backticks: `{value}`.",
                    node.position,
                )
            case Call() if function_of(node, self.text).gives == "offset":
                masks = self.offset(node, keep)
            case Call() if function_of(node, self.text).gives == "specific":
                masks = self.of_thresholds(node, keep)
            case _:
                masks = [1 << self.variable(node)]
        return masks

    def sum(self, parts: Iterable[tuple[str, Node]], keep: bool) -> list[int]:
        """Return the terms that are added, less those that are left out."""
        collected: dict[int, None] = {}
        for sign, part in parts:
            if sign == "+":
                collected.update(dict.fromkeys(self.terms(part, keep)))
                if len(collected) > MAX_TERMS:
                    raise self.error(f"The formula has more than {MAX_TERMS} terms.", part.position)
                continue
            for mask in self.terms(part, not keep):
                if mask not in collected:
                    raise self.error(
                        f"There is no term {show(part)} to leave out; for a difference of columns "
                        f"write I(a - b).",
                        part.position,
                    )
                del collected[mask]
        return list(collected)

    def number(self, node: Number, keep: bool) -> list[int]:
        """Switch the intercept, as R does: ``1`` and ``-0`` on, ``0`` and ``-1`` off."""
        if node.value not in (0, 1):
            raise self.error(
                f"{node.text} is no term: only 1 (intercept) and 0 (no intercept) are. For "
                "arithmetic write I(...), as in I(2 * x).",
                node.position,
            )
        if self.inside == "cs":
            raise self.error(
                "cs() needs no 1 or 0: each threshold is there as it is.", node.position
            )
        self.intercept = bool(node.value) == keep
        return []

    def product(self, node: Binary) -> list[int]:
        """Return the terms of ``:``, ``*``, ``/`` or ``^``."""
        left = self.operand(node.left, node)
        if node.operator == "^":
            return self.power(left, node)
        right = self.operand(node.right, node)
        if len(left) == 1 and left == right:
            raise self.error(
                f"{show(node)} is just {show(node.left)}; for the square of a column write "
                f"I({show(node.left)}^2).",
                node.position,
            )
        match node.operator:
            case ":":
                return self.unique(self.crossed(left, right, node), node.position)
            case "*":
                crossed = self.crossed(left, right, node)
                return self.unique((*left, *right, *crossed), node.position)
            case _:
                every = 0
                for mask in left:
                    every |= mask
                return self.unique((*left, *(every | b for b in right)), node.position)

    def crossed(self, left: list[int], right: list[int], node: Binary) -> list[int]:
        """Return every product of a term of the left with one of the right."""
        self.products += len(left) * len(right)
        if self.products > MAX_PRODUCTS:
            raise self.error("The formula asks for too many products of terms.", node.position)
        return [a | b for a in left for b in right]

    def operand(self, node: Node, product: Binary) -> list[int]:
        """Return the terms of one side of a product, which cannot be a number."""
        inner = unwrap(node)
        if isinstance(inner, Binary) and inner.operator in ("|", "||"):
            raise self.error("A group term can only be added.", node.position)
        if isinstance(inner, Call) and function_of(inner, self.text).gives == "offset":
            raise self.error("An offset can only be added.", node.position)
        if isinstance(inner, Call) and function_of(inner, self.text).gives == "specific":
            raise self.error(
                "cs() can only be added; write the product in it, as in cs(x:z).", node.position
            )
        if isinstance(inner, Number) or not (masks := self.terms(node, keep=True)):
            raise self.error(
                f"'{product.operator}' joins terms, and {show(node)} is none; for arithmetic "
                f"write I({show(product)}).",
                node.position,
            )
        return masks

    def power(self, base: list[int], node: Binary) -> list[int]:
        """Return the products of up to so many terms of a sum."""
        exponent = unwrap(node.right)
        if not isinstance(exponent, Number) or exponent.value not in range(1, 1001):
            raise self.error(
                "The exponent of a sum of terms is a whole number from 1, as in (a + b)^2.",
                node.right.position,
            )
        if len(base) == 1:
            raise self.error(
                f"{show(node)} is just {show(node.left)} here, as in R; for the power of a column "
                f"write I({show(node)}).",
                node.operator_position,
            )
        masks = base
        for _ in range(int(exponent.value) - 1):
            larger = self.unique(self.crossed(masks, base, node), node.position)
            if larger == masks:
                break
            masks = larger
        return masks

    def group_term(self, bar: Binary, keep: bool) -> list[int]:
        """Keep a group term."""
        if self.inside:
            holder = (
                "A group term cannot hold another one"
                if self.inside == "group"
                else ("cs() cannot hold a group term")
            )
            raise self.error(f"{holder}.", bar.position)
        if not keep:
            raise self.error("A group term can only be added.", bar.position)
        self.bars.append(bar)
        return []

    def offset(self, call: Call, keep: bool) -> list[int]:
        """Keep an offset."""
        if self.inside:
            where = "to no group" if self.inside == "group" else "to all thresholds"
            raise self.error(f"An offset belongs {where}; move it outside.", call.position)
        if not keep:
            raise self.error("An offset can only be added; write offset(-x).", call.position)
        check_quantity(bind(call, self.text).quantities[0], self.text)
        self.offsets.append(call)
        return []

    def of_thresholds(self, call: Call, keep: bool) -> list[int]:
        """Keep the terms of ``cs()``, whose effects are of the thresholds."""
        if self.inside == "group":
            raise self.error(
                "Group effects are the same at each threshold; write cs() outside of the group "
                "term.",
                call.position,
            )
        if self.inside or not keep:
            raise self.error("cs() can only be added.", call.position)
        self.specific.append(call)
        return []

    def variable(self, node: Node) -> int:
        """Return the number of a variable, counted by first appearance."""
        if node not in self.variables:
            check_variable(node, self.text)
        return self.variables.setdefault(node, len(self.variables))

    def bare_bar(self, node: Binary) -> FormulaError:
        """Return the error for a group term without its parentheses."""
        effects = node.left
        if isinstance(effects, Sum):
            effects = effects.parts[-1][1]
        written = show(effects)
        if not isinstance(effects, Number) and not isinstance(effects, Unary):
            written = f"1 + {written}"
        meant = f"({written} {node.operator} {show(node.right)})"
        return self.error(
            f"A group term stands in parentheses: did you mean + {meant}?", node.operator_position
        )
