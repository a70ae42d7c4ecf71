"""The notebooks run as they are, teach as a course does, and are committed with output."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from bayesmm.course import check_answer, course_models
from bayesmm.course.exercises import EXERCISES
from notebooks.execute import executed
from notebooks.exercises import exercises

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CHEAPEST = "02_glm_to_glmm"
COURSE_WEEKS = (
    "pooling",
    "glm_to_glmm",
    "trees",
    "psychology",
    "laboratories",
    "ecology",
    "counts",
    "beyond_the_normal",
)
# What the course documents ask their students, and the notebook that asks it.
ASKED = {
    "00_tour": ("correlated_slopes", "about whom"),
    "01_pooling": (
        *("complete_pooling", "no_pooling", "partial_pooling"),
        *("group discussion of 12.1", "formula 12.1", "formula 12.1 with a predictor"),
    ),
    "02_glm_to_glmm": ("mtcars_logistic", "inv.g(X beta) of six cars", "logistic_glmm"),
    "03_trees": ("sitka_intercept", "sitka_mm1", "forms of group terms", "schools_nested"),
    "04_psychology": ("lifesat_intercept", "the intercept of Aberdeen", "fixed or random"),
    "05_laboratories": ("labs_lmm1", "labs_lmm2", "labs_lmm3"),
    "06_ecology": (
        *("lines per dose, one slope", "lines per dose", "F of the slopes"),
        *("Assignment question 1", "four designs", "hg_fish"),
    ),
    "07_maximum_likelihood": ("random_intercept", "why they differ"),
    "08_counts": ("cod_poisson", "is it Poisson", "probability of no parasite", "which family"),
    "09_beyond_the_normal": ("comfort_cumulative", "stroop_exgaussian", "a rating of 4 or 5"),
}


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
def test_a_notebook_runs_its_sentences_are_true_and_its_solutions_right(path):
    """Of what the cells say aside, a further run is let pass: whether one of 4,000 transitions
    diverges depends on the last bits, which are other ones on other processors.
    """
    notebook = executed(path)  # raises where a cell fails, a sentence, or a solution
    aside = [
        line
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
        for line in output.text.splitlines()
    ]
    assert not [line for line in aside if not line.startswith("bayesmm: sampling again with ")]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_page_to_read(path):
    notebook = nbformat.read(path, as_version=4)
    assert 30 <= len(notebook.cells) <= 70
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
def test_a_notebook_is_a_week_of_a_course(path):
    """Goals; predict, run, explain; exercises with folded solutions; a summary in own words."""
    cells = nbformat.read(path, as_version=4).cells
    tags = [next(iter(cell.metadata.get("tags", ())), cell.cell_type) for cell in cells]
    assert tags[:2] == ["markdown", "goals"]
    assert cells[1].source.startswith("**Goals.**") and "**You should know**" in cells[1].source
    assert tags.count("predict") >= 2
    predictions = [k for k, tag in enumerate(tags) if tag == "predict"]
    for number, following in zip(predictions, [*predictions[1:], len(tags)], strict=True):
        assert cells[number].source.endswith("*Your prediction:*")
        assert "?" in cells[number].source
        assert "code" in tags[number:following]  # and then it is run
    assert tags.count("exercise") >= 3 and tags.count("summary") == 1
    assert tags[tags.index("summary") + 1 :][:1] == ["solution"]
    assert cells[tags.index("summary")].source.startswith("**In your own words.**")
    assert tags.index("summary") >= len(tags) - 3
    for cell, tag, before in zip(cells[1:], tags[1:], tags, strict=False):
        folded = "<details>" in cell.source
        assert folded == (tag == "solution")
        if tag == "solution":
            assert before in ("exercise", "summary")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_exercises_ask_what_the_courses_ask(path):
    found = exercises(nbformat.read(path, as_version=4))  # each with a check, and a solution
    names = [ast.literal_eval(ast.parse(e.check).body[0].value.args[1]) for e in found]
    assert len(names) == len(set(names))
    assert set(ASKED[path.stem]) <= set(names)
    for name in names:
        assert (name in EXERCISES) != (name in course_models()), name
    assert any(name in course_models() for name in names)  # the student writes a formula
    assert all("..." in exercise.asked for exercise in found)


def test_every_exercise_is_in_a_notebook():
    text = "\n".join(source for path in NOTEBOOKS for source in code(nbformat.read(path, 4)))
    assert not [name for name in EXERCISES if f'"{name}"' not in text]


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


EXERCISE = nbformat.v4.new_code_cell(
    "from bayesmm.course import check_answer\na = ...\ncheck_answer(a, 'effort at food 5')",
    metadata={"tags": ["exercise"]},
)


def folded(code):
    text = f"<details>\n<summary>Solution</summary>\n\n```python\n{code}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": ["solution"]})


def test_a_solution_is_run_in_the_place_of_the_exercise():
    def prove(solution):
        cells = [EXERCISE, folded(solution)]
        (found,) = exercises(nbformat.v4.new_notebook(cells=cells))
        exec(found.proof, {"check_answer": check_answer})

    prove("a = 0.89490 + 1.19387 * 5")
    with pytest.raises(AssertionError, match="Not yet"):
        prove("a = 1.19387 * 5")
    with pytest.raises(AssertionError, match="Nothing is written yet"):
        prove("a = ...")


@pytest.mark.slow
def test_a_solution_that_is_wrong_fails_when_its_notebook_is_run(tmp_path):
    claims = "from notebooks.sentences import CLAIMS; CLAIMS['page'] = ()"
    cells = [nbformat.v4.new_code_cell(claims), EXERCISE, folded("a = 1.19387 * 5")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "page.ipynb")
    with pytest.raises(CellExecutionError, match="Not yet"):
        executed(tmp_path / "page.ipynb")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([EXERCISE], "No solution stands below"),
        ([EXERCISE, nbformat.v4.new_markdown_cell("Text.")], "No solution stands below"),
        ([EXERCISE, nbformat.v4.new_markdown_cell("a = 1", metadata={"tags": ["solution"]})],
         "is not folded"),
        ([nbformat.v4.new_code_cell("a = ...", metadata={"tags": ["exercise"]}), folded("a = 1")],
         "No check stands at the end"),
    ],
)  # fmt: skip
def test_an_exercise_that_is_not_whole_is_refused(cells, message):
    with pytest.raises(ValueError, match=message):
        exercises(nbformat.v4.new_notebook(cells=cells))
