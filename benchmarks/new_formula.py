"""The wait for a new formula in a running session.

A process that has fitted sleepstudy meets formulas that it, and its cache of compiled code, has
never seen; timed from the call to the text of the summary. Target: 0.5 s.
"""

import tempfile

from benchmarks.bambi_peer import NO_CORRELATION
from benchmarks.measure import fresh_caches, run_worker
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import shape_named

TITLE = "A new formula in a running process, to the summary (target: 0.5 s)"
KEYS = ("shape", "tool")
COLUMNS = {
    "shape": "new formula",
    "tool": "tool",
    "seconds": "seconds",
    "ratio": "tool / bayesmm",
    "note": "note",
}
FIRST = "sleepstudy"
NEW = ("sitka", "penicillin", "cbpp", "subjects_by_items", "grouseticks", "verbagg")


def measure(tool: str, shapes: tuple[str, ...]) -> list[Record]:
    """Return a row per new formula; PyTensor's cache holds only what the first one left there.

    bayesmm compiles once per machine, not per formula: its cache is the machine's own.
    """
    engine = "auto" if tool == "bayesmm" else tool
    with tempfile.TemporaryDirectory() as folder:
        fresh = None if tool == "bayesmm" else fresh_caches(folder)
        if tool == "bayesmm":
            run_worker("formulas", engine, FIRST, *shapes)  # has compiled all families before
        result = run_worker("formulas", engine, FIRST, *shapes, environment=fresh, limit=900)
    if "seconds" not in result:
        return [{"shape": shape, "tool": tool, "note": result["note"]} for shape in shapes]
    rows = [
        {"shape": shape, "tool": tool, "seconds": seconds}
        for shape, seconds in result["seconds"].items()
    ]
    for row in rows:
        if tool == "bambi" and shape_named(row["shape"]).has_correlations:
            row["note"] = NO_CORRELATION
    return rows


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    shapes = ("penicillin", "cbpp") if chosen.quick else NEW
    rows: list[Record] = []
    for tool in ("bayesmm", "pymc", "bambi"):
        rows += measure(tool, shapes)
    ours = {row["shape"]: row.get("seconds") for row in rows if row["tool"] == "bayesmm"}
    for row in rows:
        own = ours.get(row["shape"])
        row["ratio"] = row["seconds"] / own if row.get("seconds") and own else None
    rows.sort(key=lambda row: shapes.index(row["shape"]))
    merged = save("new_formula", KEYS, rows, chosen)
    show(TITLE, merged, COLUMNS)


if __name__ == "__main__":
    main()
