"""Results as records in a file per question, and as tables."""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.measure import Clock, machine

__all__ = [
    "FOLDER",
    "Record",
    "arguments",
    "marked_table",
    "read_rows",
    "save",
    "show",
    "table_text",
]

FOLDER = Path(__file__).parent / "results"

EARLIER, BUSY = " \\*", " (busy)"
BUSY_CORES = 0.2  # of other processes, on average over a run; times are then too long

type Record = dict[str, Any]


def arguments(purpose: str, *, peers: bool = True) -> argparse.ArgumentParser:
    """Return the options that every script has."""
    this_run()
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--quick", action="store_true", help="few repeats, small shapes")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the JSON files")
    if peers:
        parser.add_argument("--peers", action="store_true", help="also lme4, rstanarm, brms")
    return parser


@cache
def this_run() -> tuple[str, Record, Clock | None]:
    """Return when the script began, the machine, and the clock as it then was."""
    return time.strftime("%Y-%m-%dT%H:%M:%S"), machine(), Clock.read()


def save(
    question: str,
    keys: Sequence[str],
    rows: Sequence[Record],
    chosen: argparse.Namespace,
    *,
    timed: bool = True,
) -> list[Record]:
    """Write rows under a question; return them with the kept rows of earlier runs.

    A row of an earlier run stays when this run has no row with the same keys: peers need not be
    measured again each time. Each row names its run, and each run its machine and versions.

    Parameters
    ----------
    question : str
        Name of the script and of its file.
    keys : sequence of str
        Fields that tell one row from another.
    rows : sequence of dict
        What was measured now.
    chosen : Namespace
        Options of the script; the rows of ``--quick`` go to a file of their own.
    timed : bool
        Whether the rows hold times, which a busy machine makes too long.
    """
    path = chosen.out / f"{question}{'.quick' if chosen.quick else ''}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    run, facts, clock = this_run()
    others = clock.others() if clock and timed else None
    measured = [{**row, "run": run, "others_cores": others} for row in rows]
    now = {_key(row, keys) for row in measured}
    kept = [row for row in before.get("rows", []) if _key(row, keys) not in now]
    runs = {**before.get("runs", {}), run: facts}
    merged = measured + kept
    used = {row["run"] for row in merged}
    content = {
        "question": question,
        "keys": list(keys),
        "runs": {name: facts for name, facts in runs.items() if name in used},
        "rows": merged,
    }
    path.write_text(json.dumps(content, indent=1, default=float) + "\n", encoding="utf-8")
    return merged


def read_rows(path: Path) -> tuple[list[str], list[Record]]:
    """Return the keys and the rows of a file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["keys"], content["rows"]


def _key(row: Record, keys: Sequence[str]) -> tuple:
    return tuple(row.get(key) for key in keys)


def show(title: str, rows: Sequence[Record], columns: Mapping[str, str]) -> None:
    """Print a table under a title."""
    print(f"\n{title}\n\n{marked_table(rows, columns)}\n", flush=True)


def marked_table(rows: Sequence[Record], columns: Mapping[str, str]) -> str:
    """Return a table; marked are rows of earlier runs, and of runs on a busy machine."""
    latest = max((row.get("run", "") for row in rows), default="")
    first = next(iter(columns))
    earlier = [row.get("run", latest) != latest for row in rows]
    busy = [(row.get("others_cores") or 0.0) > BUSY_CORES for row in rows]
    marked = [
        {**row, first: f"{row[first]}{EARLIER * e}{BUSY * b}"}
        for row, e, b in zip(rows, earlier, busy, strict=True)
    ]
    lines = [table_text(marked, columns)]
    if any(earlier):
        lines.append(f"{EARLIER.strip()} measured in an earlier run: machine, versions in the file")
    if any(busy):
        lines.append(f"{BUSY.strip()} other processes used over {BUSY_CORES} cores meanwhile")
    return "\n\n".join(lines)


def table_text(rows: Sequence[Record], columns: Mapping[str, str]) -> str:
    """Return a Markdown table: the fields `columns` of the rows under their headings."""
    cells = [[_text(row.get(field)) for field in columns] for row in rows]
    heads = list(columns.values())
    widths = [max(len(row[k]) for row in [heads, *cells]) for k in range(len(heads))]
    numeric = [all(_is_number(row.get(field)) for row in rows) for field in columns]

    def line(row: Sequence[str]) -> str:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    ends = [":" if right else "-" for right in numeric]
    rule = [f"{'-' * (width - 1)}{end}" for width, end in zip(widths, ends, strict=True)]
    return "\n".join([line(heads), line(rule), *(line(row) for row in cells)])


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, (int, float))


def _text(value: Any) -> str:
    """Return a number with three digits that count, counts in full."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
