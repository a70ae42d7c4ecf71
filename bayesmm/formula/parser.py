"""From text to syntax tree: a Pratt parser with R's precedence that uses every token."""

from bayesmm.errors import FormulaError
from bayesmm.formula.syntax import (
    Argument,
    Binary,
    Call,
    Formula,
    Name,
    Node,
    Number,
    Parentheses,
    String,
    Sum,
    Unary,
    quoted,
)
from bayesmm.formula.tokens import Token, tokenise

__all__ = ["MAX_DEPTH", "parse"]

# The syntax tree is at most so high, which bounds every recursion over it.
MAX_DEPTH = 50

# R's precedence (help("Syntax")), loosest first; all are left-associative but ^.
_BINDING = {"|": 10, "||": 10, "+": 30, "-": 30, "*": 40, "/": 40, ":": 60, "^": 80, "**": 80}
_SIGN = 70
_POWER_RIGHT = 79

_COMPARISON = "comparisons are not part of the formula language; make a column of them first"
_INDEXING = "indexing and attributes are not part of the formula language; make a column first"
_LOGICAL = "logical operators are not part of the formula language; make a column of them first"
_REFUSED = {
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">="), _COMPARISON),
    **dict.fromkeys(("[", "]", "@", "$"), _INDEXING),
    **dict.fromkeys(("!", "&", "&&"), _LOGICAL),
    "=": "'=' names an argument of a function, as in poly(x, degree = 2)",
    "{": "braces are not part of the formula language; write I(...) for arithmetic",
    "}": "braces are not part of the formula language; write I(...) for arithmetic",
    ";": "a formula is a single expression",
    "%in%": "write 'a:b' for cells of a and b, or 'a/b' for b nested in a",
}

# Functions whose last argument may be left empty, as R has it: trunc(0, ).
_OPEN = frozenset({"trunc"})
_MISPLACED = {
    ")": "This ')' closes nothing.",
    "(": "An operator is missing before '('; write '+' between terms.",
    "~": "A formula has only one '~'.",
    ",": "A comma separates arguments of a function; write '+' between terms.",
}


def parse(text: str) -> Formula:
    """Return the syntax tree of a formula.

    A `FormulaError` for a token that is not used has the place and what to write instead.
    """
    return _Parser(text).formula()


class _Parser:
    """A walk over the tokens; `height` is that of the node made last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenise(text)
        self.index = 0
        self.depth = 0
        self.height = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def at(self, *operators: str) -> bool:
        return self.token.kind == "operator" and self.token.text in operators

    def take(self) -> Token:
        token = self.token
        self.index += token.kind != "end"
        return token

    def error(self, message: str, token: Token | None = None) -> FormulaError:
        return FormulaError(message, self.text, (token or self.token).start)

    def formula(self) -> Formula:
        if self.token.kind == "end":
            raise self.error("The formula is empty; write 'response ~ predictors'.")
        if self.at("~"):
            raise self.error("There is no response before '~'; write 'response ~ predictors'.")
        response = self.expression()
        if self.token.kind == "end":
            raise self.error("There is no '~'; write 'response ~ predictors'.")
        if not self.at("~"):
            raise self.unused()
        self.take()
        if self.token.kind == "end":
            raise self.error("There is nothing after '~'; write '~ 1' for an intercept only.")
        predictors = self.expression()
        if self.token.kind != "end":
            raise self.unused()
        return Formula(response, predictors)

    def expression(self, loosest: int = 0) -> Node:
        """Return the longest expression whose operators all bind tighter than `loosest`."""
        self.depth += 1
        self.bound(self.depth)
        left = self.operand()
        while self.token.kind == "operator" and _BINDING.get(self.token.text, 0) > loosest:
            left = self.sum(left) if self.at("+", "-") else self.binary(left)
        self.depth -= 1
        return left

    def bound(self, height: int) -> None:
        """Record the height of the node that is made now, if it is allowed."""
        if height > MAX_DEPTH:
            raise self.error(f"The formula nests more than {MAX_DEPTH} deep.")
        self.height = height

    def binary(self, left: Node) -> Binary:
        height = self.height
        token = self.take()
        operator = "^" if token.text == "**" else token.text
        right = self.expression(_POWER_RIGHT if operator == "^" else _BINDING[operator])
        self.bound(max(height, self.height) + 1)
        return Binary(operator, left, right, left.position, token.start)

    def sum(self, first: Node) -> Sum:
        height = self.height
        parts = [("+", first)]
        while self.at("+", "-"):
            sign = self.take().text
            parts.append((sign, self.expression(_BINDING["+"])))
            height = max(height, self.height)
        self.bound(height + 1)
        return Sum(tuple(parts), first.position)

    def operand(self) -> Node:
        token = self.token
        self.height = 1
        if token.kind == "name":
            return self.name_or_call()
        if token.kind in ("number", "string"):
            self.take()
            return (Number if token.kind == "number" else String)(token.text, token.start)
        if self.at("+", "-"):
            self.take()
            operand = self.expression(_SIGN)
            self.bound(self.height + 1)
            return Unary(token.text, operand, token.start)
        if self.at("("):
            self.take()
            if self.at(")"):
                raise self.error("There is nothing between the parentheses.")
            inner = self.expression()
            self.bound(self.height + 1)
            self.close(token)
            return Parentheses(inner, token.start)
        raise self.missing_operand()

    def name_or_call(self) -> Node:
        name = self.take()
        if not self.at("("):
            return Name(name.text, name.start)
        opening = self.take()
        arguments: list[Argument] = []
        height = 0
        while not self.at(")"):
            arguments.append(self.argument())
            height = max(height, self.height)
            if not self.at(","):
                break
            self.take()
            if self.at(")") and name.text not in _OPEN:
                raise self.error("There is nothing after the comma.")
        self.close(opening)
        self.bound(height + 1)
        return Call(name.text, tuple(arguments), name.start)

    def argument(self) -> Argument:
        following = self.tokens[min(self.index + 1, len(self.tokens) - 1)]
        if self.token.kind == "name" and following.kind == "operator" and following.text == "=":
            name = self.take().text
            self.take()
            return Argument(self.expression(), name)
        return Argument(self.expression())

    def close(self, opening: Token) -> None:
        if self.token.kind == "end":
            raise self.error("This parenthesis is not closed.", opening)
        if not self.at(")"):
            raise self.unused()
        self.take()

    def missing_operand(self) -> FormulaError:
        """Return the error for a token that cannot start an expression."""
        token = self.token
        before = self.tokens[self.index - 1].text if self.index else ""
        if before in ("|", "||") and (token.kind == "end" or token.text == ")"):
            return self.error("There is no grouping column after '|'; write (1 | g).")
        if token.text in ("|", "||") and before == "(":
            return self.error("There are no effects before '|'; write (1 | g).")
        if token.kind == "dot":
            every = "'.' (all other columns) is not expanded; name the columns."
            return self.error("'.' is no grouping; name the column." if "|" in before else every)
        if token.kind == "end":
            return self.error(f"The formula ends after '{before}', where a term should follow.")
        if token.text in _REFUSED:
            return self.error(f"'{token.text}' cannot stand here: {_REFUSED[token.text]}.")
        stands = f"'{token.text}' stands where a column or a number should."
        return self.error(_MISPLACED["~"] if token.text == "~" else stands)

    def unused(self) -> FormulaError:
        """Return the error for a token that cannot follow a complete expression."""
        token = self.token
        if token.kind != "operator":
            return self.error(self.without_operator(token))
        if token.text in _REFUSED:
            return self.error(f"'{token.text}' cannot stand here: {_REFUSED[token.text]}.")
        unknown = f"'{token.text}' is not an operator of the formula language."
        return self.error(_MISPLACED.get(token.text, unknown))

    def without_operator(self, token: Token) -> str:
        before = self.tokens[self.index - 1]
        words = self.text[before.start : before.end], self.text[token.start : token.end]
        message = f"There is no operator between '{words[0]}' and '{words[1]}'"
        if before.kind == token.kind == "name":
            both = f"{before.text} {token.text}"
            return (
                f"{message}; did you mean '{words[0]} + {words[1]}', or the one column "
                f"{quoted(both)}?"
            )
        return f"{message}."
