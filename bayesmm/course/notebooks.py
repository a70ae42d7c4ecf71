"""The notebooks of the course, copied with their data to where they are worked on."""

import json
from importlib import resources
from pathlib import Path

from bayesmm.data.sources import sources
from bayesmm.errors import UsageError
from bayesmm.writing import write_whole

__all__ = ["copy_course", "course_notebooks"]

_PAGE = """# The course

One notebook a week: predict, run, explain, exercise. Every exercise has a check, which says what
differs, and a solution that is folded below it. Open them by `jupyter lab` in this folder (`pip
install jupyterlab`, where there is none), or in an editor that shows notebooks.

{weeks}

`data/` holds the data of the course as text, for other programs; the notebooks read the same
numbers from the package, as `bayesmm.load_data` does. What is called a twin is simulated: the real
data may not be passed on.

{data}
"""


def course_notebooks() -> tuple[Path, ...]:
    """Return the notebooks in their order: in a wheel inside the package, else beside it."""
    package = Path(__file__).parents[1]
    installed = package / "course_notebooks"
    folder = installed if installed.is_dir() else package.parent / "notebooks"
    return tuple(sorted(folder.glob("*.ipynb")))


def copy_course(folder: str | Path, *, outputs: bool = False) -> Path:
    """Copy the notebooks of the course and their data into a folder of one's own.

    Parameters
    ----------
    folder : str or Path
        Made if missing. One that holds anything is refused: it may hold answers.
    outputs : bool
        With tables and pictures, to be read; without them (the default) the student predicts
        first.

    Returns
    -------
    Path
        The folder: notebooks, ``data/NAME.csv`` and a ``README.md`` that names the weeks.

    Raises
    ------
    UsageError
        When the folder is not empty or cannot be written.
    """
    target = Path(folder)
    try:
        taken = target.exists() and (not target.is_dir() or any(target.iterdir()))
    except (OSError, ValueError) as problem:
        raise UsageError(f"{str(folder)!r} cannot be read: {problem}.") from None
    if taken:
        raise UsageError(
            f"'{folder}' exists and is not empty: nothing is written over your answers. Name "
            "another folder."
        )
    weeks = []
    for notebook in course_notebooks():
        page = json.loads(notebook.read_text(encoding="utf-8"))
        title = "".join(page["cells"][0]["source"]).splitlines()[0].removeprefix("# ")
        weeks.append(f"- [{notebook.name}]({notebook.name}): {title}")
        text = json.dumps(page if outputs else _to_run(page), indent=1, ensure_ascii=False)
        write_whole(target / notebook.name, f"{text}\n")
    for name in sources():
        file = resources.files("bayesmm.data").joinpath(f"{name}.csv")
        write_whole(target / "data" / f"{name}.csv", file.read_bytes())
    data = (
        f"- `{name}.csv`: {source.title}. {source.origin}." for name, source in sources().items()
    )
    write_whole(target / "README.md", _PAGE.format(weeks="\n".join(weeks), data="\n".join(data)))
    return target


def _to_run(page: dict) -> dict:
    """Return a notebook as before its first run."""
    cells = [
        cell | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in page["cells"]
    ]
    return page | {"cells": cells}
