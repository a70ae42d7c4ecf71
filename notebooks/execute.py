"""Run the notebooks of this folder, keep their output: ``python notebooks/execute.py [NAME ...]``.

A notebook is committed with its output, so that it reads without being run. One whose sentences
are not true of its numbers (`notebooks.sentences`), or whose solutions (`notebooks.exercises`) do
not pass their checks, fails.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from bayesmm.sampling.notebook_bars import PROGRESS
from notebooks.exercises import exercises

FOLDER = Path(__file__).parent
SECONDS_PER_CELL = 600  # the first fit on a machine compiles
CHECK = """
from notebooks.claims import verify
from notebooks.sentences import CLAIMS
verify(CLAIMS[{page!r}], globals())
"""


def executed(path: Path) -> nbformat.NotebookNode:
    """Return a notebook with the output that it has now, its sentences and solutions checked.

    Parameters
    ----------
    path : Path
        The notebook; it is run from its own folder.
    """
    notebook = nbformat.read(path, as_version=4)
    proofs = [CHECK.format(page=path.stem), *(e.proof for e in exercises(notebook))]
    n_cells = len(notebook.cells)
    notebook.cells += map(nbformat.v4.new_code_cell, proofs)
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    del notebook.cells[n_cells:]
    return notebook


def without_traces(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what differs from run to run and says nothing: when a cell ran, bars, which Python."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = [o for o in cell.outputs if o.get("metadata") != PROGRESS]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def main() -> None:
    """Run the named notebooks, or all."""
    names = sys.argv[1:]
    paths = [FOLDER / f"{name}.ipynb" for name in names] or sorted(FOLDER.glob("*.ipynb"))
    for path in paths:
        nbformat.write(without_traces(executed(path)), path)
        print(path.name, flush=True)


if __name__ == "__main__":
    main()
