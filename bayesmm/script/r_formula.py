"""The formula of a design as R's packages read it, and the names that R gives its coefficients."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bayesmm.errors import UnsupportedModelError
from bayesmm.formula.functions import FUNCTIONS, bind, columns_of
from bayesmm.formula.groups import GroupTerm
from bayesmm.formula.syntax import Binary, Call, Name, Node, Parentheses, Sum, Unary, show, unwrap
from bayesmm.formula.tokens import NAME
from bayesmm.model.coding import Category, CodedFactor, CodedTerm
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN

__all__ = ["RFormula", "numeric_columns", "r_column", "r_name"]

_RESERVED = frozenset(
    ("if", "else", "repeat", "while", "function", "for", "next", "break", "TRUE", "FALSE", "NULL",
     "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_complex_", "NA_character_", "in")
)  # fmt: skip
_FLAGS = MappingProxyType({"True": "TRUE", "T": "TRUE", "False": "FALSE", "F": "FALSE"})
_TIGHT = frozenset("^:/")


def r_name(name: str) -> str:
    """Return a name as R's code has it, in backticks where it needs them."""
    if NAME.fullmatch(name) and not name.startswith("_") and name not in _RESERVED:
        return name
    if name == ".":
        raise UnsupportedModelError(
            "R takes a column named '.' for all columns, between backticks too; rename it for a "
            "script of R."
        )
    body = r_column(name).replace("\\", "\\\\").replace("`", "\\`")
    return f"`{body}`"


def r_column(name: str) -> str:
    """Return the name of a column in a script of R, which has an underscore for what has no ink.

    R has no escapes of Unicode between backticks: every character stands there as it is, and one
    without ink could not be seen.
    """
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else "_" for c in name)


@dataclass(frozen=True, slots=True)
class RFormula:
    """Writes a design as R."""

    design: Design

    @property
    def coded(self) -> Mapping[Node, str]:
        """The column that stands for each ``C(x, ...)``: R has its contrasts with the column."""
        found: dict[Node, str] = {}
        for node, variable in self.design.encoder.variables.items():
            if isinstance(node, Call) and node.function == "C":
                stem = f"{variable.column}.{variable.contrast.kind}"
                taken = sum(name.startswith(stem) for name in found.values())
                found[node] = f"{stem}.{taken + 1}" if taken else stem
        return found

    @property
    def right(self) -> str:
        """The right side, as it was written, in R's words."""
        return self.right_of(MEAN)

    def right_of(self, parameter: str) -> str:
        """Return the right side of the formula of a parameter, in R's words."""
        if parameter == MEAN and self.design.mu_is_empty:
            return "1"  # each category has a formula of its own
        right = self.code(self.design.encoder.written[parameter].tree.predictors)
        rate = self.design.encoder.formula.response.rate
        if parameter != MEAN or rate is None:
            return right
        return f"{right} + offset(log({self.code(rate)}))"

    @property
    def needs_splines(self) -> bool:
        """Whether the package splines is needed."""
        return any(
            isinstance(node, Call) and node.function in ("bs", "ns")
            for node in self.design.encoder.variables
        )

    def code(self, node: Node) -> str:
        """Return an expression in R's words."""
        match node:
            case Name(value):
                code = r_name(value)
            case Parentheses(inner):
                code = f"({self.code(inner)})"
            case Unary(sign, inner):
                code = f"{sign}{self.code(inner)}"
            case Sum(parts):
                code = self.code(parts[0][1])
                code += "".join(f" {sign} {self.code(part)}" for sign, part in parts[1:])
            case Binary(operator, left, right):
                sign = operator if operator in _TIGHT else f" {operator} "
                code = f"{self.code(left)}{sign}{self.code(right)}"
            case Call():
                code = self._call(node)
            case _:
                code = show(node)
        return code

    def trials(self) -> str:
        """Return the number of trials; of ``cbind(y, n - y)`` it is n."""
        response = self.design.encoder.formula.response
        if response.trials is not None:
            return self.code(response.trials)
        if response.failures is None:
            return "1"
        match unwrap(response.failures):
            case Sum((("+", total), ("-", taken))) if taken == response.value:
                return self.code(total)
        return f"{self.code(response.value)} + {self.code(response.failures)}"

    def response(self) -> str:
        """Return the response, as R's binomial family has it where it is one of trials."""
        response = self.design.encoder.formula.response
        value = self.code(response.value)
        if self.design.family.response != "binomial":
            return value
        if response.failures is not None:
            return f"cbind({value}, {self.code(response.failures)})"
        if response.trials is not None:
            trials = self.code(response.trials)
            return f"cbind({value}, {trials} - {value})"
        return value

    def coefficients(self, parameter: str = MEAN) -> tuple[str, ...]:
        """Return R's names of the common effects on a parameter, the intercept left out."""
        terms = self.design.encoder.terms[parameter]
        return tuple(name for term in terms for name in self._names(term))

    def effects(self, index: int) -> tuple[str, ...]:
        """Return R's names of the effects of block `index`."""
        return tuple(
            name
            for part in self.design.encoder.parts[index]
            for name in (
                *(["Intercept"] if part.group.intercept else []),
                *(own for term in part.terms for own in self._names(term)),
            )
        )

    def factors_in_bars(self) -> bool:
        """Return whether a ``||`` has a factor, which lme4 does not take apart."""
        return any(not group.correlated and self._has_factor(group) for group in self._groups)

    @property
    def _groups(self) -> tuple[GroupTerm, ...]:
        return self.design.encoder.formulas.groups

    def _has_factor(self, group: GroupTerm) -> bool:
        variables = self.design.encoder.variables
        nodes = (node for term in group.terms for node in term.factors)
        return any(isinstance(variables[node], Category) for node in nodes)

    def _call(self, call: Call) -> str:
        if call in self.coded:
            return r_name(self.coded[call])
        if FUNCTIONS[call.function].gives == "addition":
            raise UnsupportedModelError(f"'{show(call)}' has no place on R's right side.")
        inner = self.code(bind(call).quantities[0])
        if call.function == "center":
            return f"scale({inner}, scale = FALSE)"
        if call.function in ("scale", "standardize"):
            options = bind(call).options
            given = [f"{k} = {_FLAGS[str(v)]}" for k, v in options.items()]
            return f"scale({', '.join([inner, *given])})"
        pieces = []
        for argument in call.arguments:
            value = argument.value
            flag = isinstance(value, Name) and argument.name in ("raw", "intercept")
            code = _FLAGS.get(value.value, value.value) if flag else self.code(value)
            pieces.append(f"{argument.name} = {code}" if argument.name else code)
        return f"{call.function}({', '.join(pieces)})"

    def _names(self, term: CodedTerm) -> Iterator[str]:
        """Yield R's names of the columns of a term, the first variable fastest."""
        names = [""]
        for factor in reversed(term.factors):
            names = [
                f"{own}:{rest}" if rest else own for rest in names for own in self._columns(factor)
            ]
        yield from names

    def _columns(self, factor: CodedFactor) -> list[str]:
        label = self.code(factor.node).replace("`", "")
        if factor.kept is None:
            n = len(factor.names)
            return [label] if n == 1 else [f"{label}{k}" for k in range(1, n + 1)]
        variable = self.design.encoder.variables[factor.node]
        if factor.against is not None:
            return [f"{label}{k}" for k in range(1, len(factor.kept) + 1)]
        return [f"{label}{variable.levels[level]}" for level in factor.kept]


def numeric_columns(design: Design) -> set[str]:
    """Return the columns that the model uses as numbers."""
    encoder = design.encoder
    nodes = [n for n, v in encoder.variables.items() if not isinstance(v, Category)]
    nodes += [node for written in encoder.written.values() for node in written.offsets]
    counts = design.family.response == "multinomial"
    if counts or not (encoder.response_levels or design.categories):
        nodes += encoder.formula.response.nodes
    elif encoder.formula.response.decision is not None:
        nodes.append(encoder.formula.response.value)
    return {name.value for node in nodes for name in columns_of(node)}
