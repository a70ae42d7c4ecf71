"""The exercises of a notebook: cells with a check, and the folded solution below each.

An exercise is a code cell with the tag ``exercise`` that ends in the call of a check; the cell
below it, with the tag ``solution``, holds the code that belongs in its place, within ``<details>``.
"""

import ast
import re
from dataclasses import dataclass

import nbformat

__all__ = ["SolvedExercise", "exercises", "has_tag"]

_FOLDED = re.compile(
    r"<details>\n<summary>Solution</summary>\n\n(?P<solution>.*)\n\n</details>", re.DOTALL
)
_CODE = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_CHECKS = ("check_answer", "check_formula")


@dataclass(frozen=True, slots=True)
class SolvedExercise:
    """An exercise and its solution.

    Attributes
    ----------
    asked : str
        The cell that the student fills in.
    check : str
        The call that it ends in.
    solution : str
        The code that makes the check say that it is right.
    """

    asked: str
    check: str
    solution: str

    @property
    def proof(self) -> str:
        """Code that fails where the solution is not right."""
        return (
            f"{self.solution}\n_checked = {self.check}\n"
            f"assert _checked.right, f'{{_checked}}\\n' + {self.solution!r}"
        )


def has_tag(cell: nbformat.NotebookNode, tag: str) -> bool:
    """Return whether a cell has a tag."""
    return tag in cell.metadata.get("tags", ())


def exercises(notebook: nbformat.NotebookNode) -> list[SolvedExercise]:
    """Return the exercises of a notebook.

    Raises
    ------
    ValueError
        When an exercise has no check at its end, or no folded solution below it.
    """
    found = []
    for cell, below in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        if has_tag(cell, "exercise"):
            code = _CODE.findall(_folded(below, cell.source))
            if len(code) != 1:
                raise ValueError(f"The solution has no code of its own:\n{cell.source}")
            found.append(SolvedExercise(cell.source, _check(cell.source), code[0]))
    return found


def _folded(below: nbformat.NotebookNode | None, source: str) -> str:
    """Return the solution in the cell below an exercise."""
    if below is None or not has_tag(below, "solution"):
        raise ValueError(f"No solution stands below:\n{source}")
    folded = _FOLDED.fullmatch(below.source)
    if folded is None:
        raise ValueError(f"A solution is not folded:\n{below.source}")
    return folded["solution"]


def _check(source: str) -> str:
    """Return the call of a check that a cell ends in."""
    last = ast.parse(source).body[-1]
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in _CHECKS:
        raise ValueError(f"No check stands at the end of:\n{source}")
    return ast.unparse(call)
