"""The course in a folder of one's own: notebooks to run, data, a page; nothing written over."""

import json
import re
import tomllib
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from command_line import command

from bayesmm.course import copy_course, course_notebooks
from bayesmm.data import list_data, load_data
from bayesmm.errors import UsageError
from notebooks.exercises import exercises

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.name for path in ROOT.glob("notebooks/*.ipynb"))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return copy_course(tmp_path_factory.mktemp("of my own") / "course")


def test_every_notebook_is_there_as_before_its_first_run(course):
    assert sorted(path.name for path in course.glob("*.ipynb")) == NAMES
    assert len(course_notebooks()) == len(NAMES) == 10
    for name in NAMES:
        copied, own = (nbformat.read(f / name, as_version=4) for f in (course, ROOT / "notebooks"))
        nbformat.validate(copied)
        assert [c.source for c in copied.cells] == [c.source for c in own.cells]
        assert not [c for c in copied.cells if c.get("outputs") or c.get("execution_count")]
        assert len(exercises(copied)) >= 3


def test_the_data_are_there_and_only_those_that_may_be(course):
    shipped = list_data()["name"].tolist()
    assert sorted(path.stem for path in (course / "data").iterdir()) == sorted(shipped)
    copied = pd.read_csv(course / "data" / "sleepstudy.csv", dtype={"Subject": "str"})
    pd.testing.assert_frame_equal(copied, load_data("sleepstudy"))


def test_the_page_names_weeks_and_data(course):
    page = (course / "README.md").read_text(encoding="utf-8")
    for row in list_data().itertuples():
        assert f"- `{row.name}.csv`: {row.description}. {row.origin}." in page
    titles = dict(re.findall(r"^- \[(\w+\.ipynb)\]\(\1\): (.+)$", page, re.MULTILINE))
    assert sorted(titles) == NAMES
    assert titles["03_trees.ipynb"] == "Growth of trees: many lines that bend"


def test_nothing_is_written_over(course, tmp_path):
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    with pytest.raises(UsageError, match="exists and is not empty: nothing is written over"):
        copy_course(course)
    assert before == {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    (tmp_path / "a file").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists and is not empty"):
        copy_course(tmp_path / "a file")
    with pytest.raises(UsageError, match="cannot be written"):
        copy_course(tmp_path / "a file" / "below")
    assert copy_course(tmp_path / "new" / "course", outputs=True).is_dir()
    kept = json.loads((tmp_path / "new" / "course" / NAMES[0]).read_text(encoding="utf-8"))
    assert any(cell.get("outputs") for cell in kept["cells"])


def test_on_the_command_line(monkeypatch, capsys, tmp_path):
    folder = tmp_path / "my course"
    assert command(monkeypatch, "course", folder) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"10 notebooks, their data and a README.md are in {folder}.")
    assert f"jupyter lab '{folder}'" in told
    assert command(monkeypatch, "course", folder) == 2
    assert "Name another folder" in capsys.readouterr().err


def test_a_wheel_has_every_notebook():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    taken = build["build"]["targets"]["wheel"]["force-include"]
    assert {source: place for source, place in taken.items() if source.endswith(".ipynb")} == {
        f"notebooks/{name}": f"bayesmm/course_notebooks/{name}" for name in NAMES
    }
