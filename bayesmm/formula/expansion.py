"""R's algebra of terms: what ``a * (b + c)``, ``(a + b)^2`` and ``0 +`` stand for.

A term is a set of variables, kept as the bits of an integer as in R's ``terms.formula``: the
bits are numbered as the variables first appear, so ``a:b`` and ``b:a`` are one term.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bayesmm.errors import FormulaError
from bayesmm.formula.expander import Expander
from bayesmm.formula.functions import bind
from bayesmm.formula.syntax import Binary, Call, Node, show

__all__ = ["Expansion", "Term", "expand"]


@dataclass(frozen=True, slots=True)
class Term:
    """A product of variables, ``a:b``; its `factors` stand in the order of first appearance."""

    factors: tuple[Node, ...]

    @property
    def label(self) -> str:
        """The term as R labels it."""
        return ":".join(show(factor) for factor in self.factors)

    @property
    def position(self) -> int:
        """Where the first of its variables first stands in the formula."""
        return self.factors[0].position


@dataclass(frozen=True, slots=True)
class Expansion:
    """A right side, expanded: `terms` by order of interaction, then as they appear."""

    intercept: bool
    terms: tuple[Term, ...]
    bars: tuple[Binary, ...]
    offsets: tuple[Call, ...]
    specific: tuple[Term, ...] = ()


def expand(node: Node, text: str, *, inside_group: bool = False) -> Expansion:
    """Return the terms of a right side, in R's order.

    `node` is the right side, or, `inside_group`, the effects of a group term, which hold no further
    group terms. The `FormulaError` for what is no term has its place and what to write instead.
    """
    expander = Expander(text, "group" if inside_group else "")
    terms = _ordered(expander, expander.terms(node, keep=True))
    bars, offsets = tuple(expander.bars), tuple(expander.offsets)
    specific = _specific(expander.specific, text)
    return Expansion(expander.intercept, terms, bars, offsets, specific)


def _specific(calls: list[Call], text: str) -> tuple[Term, ...]:
    """Return the terms inside of all ``cs()`` of a right side."""
    expander = Expander(text, "cs")
    found: dict[int, None] = {}
    for call in calls:
        (inside,) = bind(call, text).quantities
        own = expander.terms(inside, keep=True)
        if not own:
            raise FormulaError(
                f"{show(call)} holds no term; write the terms whose effects differ between "
                "thresholds, as in cs(x).",
                text,
                call.position,
            )
        found |= dict.fromkeys(own)
    return _ordered(expander, found)


def _ordered(expander: Expander, masks: Iterable[int]) -> tuple[Term, ...]:
    """Return the terms of some masks, those of fewer variables first."""
    variables = tuple(expander.variables)
    ordered = sorted(masks, key=int.bit_count)
    return tuple(Term(tuple(variables[bit] for bit in _bits(mask))) for mask in ordered)


def _bits(mask: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
