"""Equations as a block of text, aligned at their relation signs, and as LaTeX."""

from collections.abc import Iterable, Sequence

from bayesmm.explanation.equations import Equation

__all__ = ["latex_lines", "text_lines"]

_LONGEST_LEFT = 30
_SUMMANDS_PER_LINE = 5


def text_lines(equations: Iterable[Equation], width: int) -> list[str]:
    """Return equations as lines, the relation signs below each other.

    The equations are in the notation of plain text. Lines of more than `width` columns are broken
    before a summand; one summand is never broken.
    """
    equations = list(equations)
    lefts = [len(equation.left) for equation in equations]
    margin = max((size for size in lefts if size <= _LONGEST_LEFT), default=0)
    lines = []
    for equation in equations:
        start = f"{equation.left:>{margin}} {equation.relation} "
        indent = " " * len(start)
        first, *others = _broken(equation.right, width - len(start))
        lines += [start + first, *(f"{indent}+ {line}" for line in others)]
        lines += [indent + line for line in equation.below]
        if equation.condition:
            lines[-1] += f",  {equation.condition}"
    return lines


def _broken(summands: Sequence[str], width: int) -> list[str]:
    """Return a sum as lines of at most that width."""
    lines = [summands[0]]
    for summand in summands[1:]:
        longer = f"{lines[-1]} + {summand}"
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(summand)
    return lines


def latex_lines(equations: Iterable[Equation]) -> list[str]:
    r"""Return equations as lines of LaTeX, in an ``aligned`` environment of amsmath."""
    rows = []
    for equation in equations:
        sums = [
            " + ".join(equation.right[k : k + _SUMMANDS_PER_LINE])
            for k in range(0, len(equation.right), _SUMMANDS_PER_LINE)
        ]
        condition = rf", \quad {equation.condition}" if equation.condition else ""
        body = " \\\\\n&\\quad + ".join(sums)
        rows.append(rf"{equation.left} &{equation.relation} {body}{condition}")
    return [r"\begin{aligned}", *" \\\\\n".join(rows).split("\n"), r"\end{aligned}"]
