"""Write the tables of all results into `README.md`: ``python -m benchmarks.tables``."""

import json
from importlib import import_module
from pathlib import Path

from benchmarks.results import FOLDER, marked_table, read_rows

__all__ = ["results_text"]

QUESTIONS = (
    "before_after",
    "start_to_summary",
    "compile_time",
    "new_formula",
    "ess_per_second",
    "scaling",
    "gradient",
    "memory",
    "after_sampling",
    "against_ml",
    "geometry",
    "varying",
    "beyond",
    "structures",
    "bases",
    "verdicts",
    "larger_than_memory",
    "counts_in_files",
    "seeds",
)
HEADING = "## Results\n"


def results_text(folder: Path) -> str:
    """Return the tables of every question that a folder has results of."""
    parts = []
    for question in QUESTIONS:
        path = folder / f"{question}.json"
        if not path.exists():
            continue
        module = import_module(f"benchmarks.{question}")
        rows = getattr(module, "arranged", list)(read_rows(path)[1])
        parts += [f"### {module.TITLE}", _where(path), marked_table(rows, module.COLUMNS)]
    return "\n\n".join(parts)


def _where(path: Path) -> str:
    """Return when and on what the latest run of a question was."""
    runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    run = max(runs)
    facts = runs[run]
    names = [name for name in ("numba", "nutpie") if name in facts["versions"]]
    told = ", ".join(f"{name} {facts['versions'][name]}" for name in names)
    return (
        f"{run[:10]}, {facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, "
        f"{told}."
    )


def main() -> None:
    readme = FOLDER.parent / "README.md"
    before = readme.read_text(encoding="utf-8").partition(HEADING)[0]
    readme.write_text(f"{before}{HEADING}\n{results_text(FOLDER)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
