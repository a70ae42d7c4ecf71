"""The notebooks run as they are, say what their numbers say, and are committed with output."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from bayesmm.course import course_models
from notebooks.execute import executed

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHEAPEST = "02_glm_to_glmm"
COURSE_WEEKS = ("pooling", "glm_to_glmm", "trees", "psychology", "laboratories", "ecology")


def code(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_one_per_week_a_tour_and_one_on_ml():
    names = " ".join(path.stem for path in NOTEBOOKS)
    for part in (*COURSE_WEEKS, "tour", "maximum_likelihood"):
        assert part in names


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path.stem == CHEAPEST else pytest.mark.slow, id=path.stem)
        for path in NOTEBOOKS
    ],
)
def test_a_notebook_runs_and_its_sentences_are_true(path):
    notebook = executed(path)  # raises where a cell fails, or a sentence
    assert not [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_page_to_read(path):
    notebook = nbformat.read(path, as_version=4)
    assert 20 <= len(notebook.cells) <= 30
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.execution_count, f"no output is kept: {cell.source}"
            tree = ast.parse(cell.source)
            assert not [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)
            ]
    assert any(cell.get("outputs") for cell in notebook.cells)
    named = set(re.findall(r'load_model\("(\w+)"\)', "\n".join(code(notebook))))
    assert named
    assert named <= set(course_models())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_is_light_and_names_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text) < 1_500_000
    assert not re.search(r"/(work|tmp|home|root)/", text)


def test_a_sentence_that_is_false_fails(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from notebooks.sentences import CLAIMS"),
            nbformat.v4.new_code_cell("from notebooks.claims import Claim; a, b = 1, 2"),
            nbformat.v4.new_code_cell("CLAIMS['page'] = (Claim('a is larger', ('a > b',)),)"),
        ]
    )
    nbformat.write(notebook, tmp_path / "page.ipynb")
    with pytest.raises(CellExecutionError, match="a is larger"):
        executed(tmp_path / "page.ipynb")
