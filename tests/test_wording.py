"""Messages name arguments as the reader writes them: in Python, or on the command line."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import bayesmm
from bayesmm.cli.app import app
from bayesmm.cli.wording import ShellWording
from bayesmm.fitted import Fit
from bayesmm.wording import either, option, speaking

PACKAGE = Path(bayesmm.__file__).parent
# Of whoever writes Python alone: no command leads there.
IN_PYTHON_ONLY = {
    "report/report.py": "a report beside others from the command line has their names",
    "results/comparison/likelihood_ratio.py": "ML fits are compared in Python",
    "model/frames.py": "what is no data frame",
    "family/record.py": "a family of the user's own",
}
# Folders whose texts are code, HTML or equations.
CODE = ("script/", "html/", "explanation/mathml.py", "course/", "sampling/compiled/")


# Code of PyMC in the record of a family, and the ``repr`` of a record.
CODE_TEXT = re.compile(r"[A-Z]\w+(\(|: \w+=)")


def arguments_of_python() -> set[str]:
    """Return the names of the arguments of what a user calls."""
    calls = [getattr(bayesmm, name) for name in bayesmm.__all__]
    calls += [getattr(Fit, name) for name in vars(Fit) if not name.startswith("_")]
    functions = [call for call in calls if inspect.isfunction(call)]
    return {name for f in functions for name in inspect.signature(f).parameters}


def texts(path: Path):
    """Yield the texts of a module, its docstrings and what `option` and `either` write left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said, parts = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said.add(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("option", "either"):
            said |= set(ast.walk(node))
        if isinstance(node, ast.JoinedStr):
            parts |= set(node.values)
            if node not in said:
                shown = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
                yield node.lineno, "".join(shown)
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if text and node not in said and node not in parts:
            yield node.lineno, node.value


def test_no_message_writes_an_argument_of_python_by_itself():
    names = "|".join(sorted(arguments_of_python()))
    written = re.compile(rf"(?<![\w.\[]) ?\b(?:{names})=(?:True|False|None|['\"(\[\d]|{{|$)")
    found = [
        f"{name}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for name in [path.relative_to(PACKAGE).as_posix()]
        if not name.startswith(CODE) and name not in IN_PYTHON_ONLY and "course_models" not in name
        for line, text in texts(path)
        if written.search(text) and not CODE_TEXT.match(text)
    ]
    assert found == []


def test_what_would_be_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '"""who=\'x\'"""\nsay(f"Use who={who}")\nsay(f"Use {option(1, \'who=2\')}.")\n'
    )
    assert list(texts(module)) == [(2, "Use who={}"), (3, "Use {}.")]


ARGUMENTS = [
    ("predict", ("who", "new group"), "who='new group'", "--who 'new group'"),
    ("predict", ("newdata",), "newdata", "NEW.csv"),
    ("predict", ("n_draws", 100), "n_draws=100", "--draws 100"),
    ("hypothesis", ("rope", (-0.1, 0.1)), "rope=(-0.1, 0.1)", "--rope=-0.1,0.1"),
    ("emmeans", ("at", {"Days": ...}), "at={'Days': ...}", "--at Days=VALUE"),
    ("fit", ("categorical", ["a", "b c"]), "categorical=['a', 'b c']", "--categorical 'a,b c'"),
    ("fit", ("overwrite", True), "overwrite=True", "--overwrite"),
    ("ml", ("reml", False), "reml=False", "--no-reml"),
    ("plot", ("factor", "g"), "factor='g'", "--with factor=g"),
    ("check", ("target_accept", 0.95), "target_accept=0.95",
     "--target-accept 0.95 of 'bayesmm fit'"),
    ("check", ("colour", 3), "colour=3", "colour"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "given", "python", "shell"), ARGUMENTS)
def test_an_argument_in_both_words(command, given, python, shell):
    import typer

    group = typer.main.get_command(app)
    context = group.make_context("bayesmm", [], resilient_parsing=True)
    inside = group.get_command(context, command).make_context(
        command, [], parent=context, resilient_parsing=True
    )
    assert option(*given) == python
    assert either("a", "b") == "a"
    with speaking(ShellWording(inside)):
        assert option(*given) == shell
        assert either("a", "b") == "b"
    assert option(*given) == python
