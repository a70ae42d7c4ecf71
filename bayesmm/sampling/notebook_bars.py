"""Bars in a notebook: one display that is written again, with what every notebook has."""

import sys
from html import escape
from time import perf_counter
from typing import Any

__all__ = ["PROGRESS", "NotebookBars", "in_notebook"]

# What the display says of itself, so that who stores notebooks can leave it out.
PROGRESS = {"bayesmm": "progress"}
_WIDTH = 24
_SECONDS_BETWEEN = 0.2  # each writing is a message to the browser


def in_notebook() -> bool:
    """Return whether somebody works in Jupyter: IPython runs, within a kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


class NotebookBars:
    """Bars with the methods of `rich.progress.Progress` that sampling and studies need.

    `unit` is what is counted.
    """

    def __init__(self, unit: str = "draws") -> None:
        self._unit = unit
        self._tasks: list[dict[str, Any]] = []
        self._handle: Any = None
        self._written = 0.0

    def add_task(self, name: str, *, total: int, **fields: str) -> int:
        """Add a bar; return its number."""
        self._tasks.append({"name": name, "total": total, "completed": 0, "fields": fields})
        return len(self._tasks) - 1

    def update(self, task: int, *, completed: int, **fields: str) -> None:
        """Say how far a bar is."""
        self._tasks[task] |= {"completed": completed, "fields": fields}
        if perf_counter() - self._written > _SECONDS_BETWEEN:
            self._write()

    def start(self) -> None:
        """Show the bars."""
        from IPython.display import display  # noqa: PLC0415  (it runs already)

        self._handle = display(self._bundle(), raw=True, metadata=PROGRESS, display_id=True)

    def stop(self) -> None:
        """Show the bars as they are at the end."""
        self._write()

    def _write(self) -> None:
        self._written = perf_counter()
        if self._handle is not None:
            self._handle.update(self._bundle(), raw=True, metadata=PROGRESS)

    def _bundle(self) -> dict[str, str]:
        """Return the bars as text, for the page and for who reads without one."""
        text = "\n".join(_line(task, self._unit) for task in self._tasks)
        return {"text/plain": text, "text/html": f"<pre>{escape(text)}</pre>"}


def _line(task: dict[str, Any], unit: str) -> str:
    done = min(int(_WIDTH * task["completed"] / max(task["total"], 1)), _WIDTH)
    bar = "\N{FULL BLOCK}" * done + "\N{LIGHT SHADE}" * (_WIDTH - done)
    words = "  ".join(word for word in task["fields"].values() if word)
    return (
        f"{task['name']:<10} {bar} {task['completed']:>6}/{task['total']} {unit}  {words}".rstrip()
    )
