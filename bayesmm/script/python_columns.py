"""The columns of a design as Python code: what makes each of them from the data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bayesmm.errors import UnsupportedModelError
from bayesmm.formula.functions import FUNCTIONS, bind
from bayesmm.formula.syntax import (
    Binary,
    Call,
    Name,
    Node,
    Number,
    Parentheses,
    Sum,
    Unary,
    show,
    unwrap,
)
from bayesmm.model.coding import CodedFactor, CodedTerm
from bayesmm.model.encoding import Encoder
from bayesmm.model.transforms import Scaling
from bayesmm.script.layout import WIDTH
from bayesmm.script.texts import DataTexts, python_text

__all__ = ["PythonColumns", "frame_lines", "has_basis"]

_NUMPY = {name: f"np.{name}" for name in ("log", "log10", "log2", "log1p", "exp", "sqrt", "abs")}


def has_basis(term: CodedTerm) -> bool:
    """Return whether a term has a basis of columns (poly, bs, ns), which no one line makes."""
    return any(_is_basis(factor.node) for factor in term.factors)


def _is_basis(node: Node) -> bool:
    return isinstance(node, Call) and FUNCTIONS[node.function].gives == "columns"


@dataclass(frozen=True, slots=True)
class PythonColumns:
    """Writes expressions of the formula as code of pandas and numpy."""

    encoder: Encoder  # the coding of the design, with what its transforms learnt from the data
    texts: DataTexts  # how the levels of the factors are written in the file of the data

    def expression(self, node: Node) -> str:
        """Return the code of arithmetic of columns, numbers and functions of one column.

        What no single expression computes is not supported.
        """
        match node:
            case Name(name):
                code = self._column(name)
            case Number():
                code = f"{node.value:.17g}"
            case Parentheses(inner):
                code = f"({self.expression(inner)})"
            case Unary(sign, inner):
                code = f"{sign}{self.expression(inner)}"
            case Sum(parts):
                pieces = [f" {sign} {self.expression(part)}" for sign, part in parts]
                code = "".join(pieces).removeprefix(f" {parts[0][0]} ")
            case Binary(operator, left, right):
                sign = "**" if operator == "^" else operator
                code = f"{self.expression(left)} {sign} {self.expression(right)}"
            case Call():
                code = self._call(node)
            case _:
                raise UnsupportedModelError(f"'{show(node)}' cannot be written as Python code.")
        return code

    def term(self, term: CodedTerm) -> Iterator[str]:
        """Yield the code of each column of a term without a basis, in the order of its names."""
        yield from _products([tuple(self._factor(factor)) for factor in term.factors])

    def is_level(self, column: str, label: str) -> str:
        """Return the code of whether a row has a level: 1.0 or 0.0 when multiplied."""
        written = [python_text(text) for text in self.texts.texts_of(column, label)]
        data = f"data[{python_text(column)}]"
        return (
            f"({data} == {written[0]})"
            if len(written) == 1
            else f"{data}.isin([{', '.join(written)}])"
        )

    def _column(self, name: str) -> str:
        # factors and groupings are read as text
        number = ".astype(float)" if name in self.texts.levels else ""
        return f"data[{python_text(name)}]{number}"

    def _call(self, call: Call) -> str:
        bound = bind(call)
        node = bound.quantities[0]
        inner = self.expression(node)
        if call.function == "I":
            return inner
        if call.function in _NUMPY:
            code = f"{_NUMPY[call.function]}({inner})"
            base = bound.options.get("base")
            return code if base is None else f"({code} / np.log({base!r}))"
        state = self.encoder.states.get(call)
        if not isinstance(state, Scaling):
            raise UnsupportedModelError(f"'{show(call)}' has no code of one line.")
        inner = inner if _is_atom(node) else f"({inner})"
        centred = f"({inner} - {state.location!r})" if state.location else inner
        return centred if state.scale == 1 else f"({centred} / {state.scale!r})"

    def _factor(self, factor: CodedFactor) -> Iterator[str]:
        """Yield the code of each column of one variable, safe inside a product."""
        if factor.kept is None:
            code = self.expression(factor.node)
            yield code if _is_atom(factor.node) else f"({code})"
            return
        variable = self.encoder.variables[factor.node]
        for level in factor.kept:
            code = self.is_level(variable.column, variable.levels[level])
            if factor.against is not None:
                last = self.is_level(variable.column, variable.levels[factor.against])
                code = f"({code} * 1.0 - {last} * 1.0)"
            yield code


def _is_atom(node: Node) -> bool:
    """Return whether the code of a node binds more tightly than ``*``."""
    node = unwrap(node)
    if isinstance(node, Call):
        return node.function != "I" or _is_atom(bind(node).quantities[0])
    return isinstance(node, Name) or (isinstance(node, Binary) and node.operator == "^")


def _products(factors: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the products of the columns of the factors, those of the first fastest."""
    *faster, slowest = factors
    for code in slowest:
        if faster:
            yield from (f"{others} * {code}" for others in _products(faster))
        else:
            yield code


def frame_lines(name: str, columns: Mapping[str, str]) -> list[str]:
    """Return the lines that make a frame of numbers, given the code of each of its columns."""
    items = [f"{python_text(key)}: {code}" for key, code in columns.items()]
    line = f"{name} = pd.DataFrame({{{', '.join(items)}}}, index=data.index).astype(float)"
    if len(line) <= WIDTH:
        return [line]
    lines = [f"    {item}," for item in items]
    return [f"{name} = pd.DataFrame({{", *lines, "}, index=data.index).astype(float)"]
