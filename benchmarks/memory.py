"""The memory that a fit needs.

Largest resident memory of a process: with everything imported and the data read, after the fit,
and after summary and ranef. The draws themselves are told apart: a factor of 100,000 levels has
3 GB of them. Headlines: InstEval's shape under 2 GiB; the tables of a large factor without
holding its draws twice.
"""

from benchmarks.measure import run_worker
from benchmarks.r_peers import run_r_peer
from benchmarks.results import Record, arguments, save, show

TITLE = "Peak resident memory (target: InstEval's shape under 2,048 MiB)"
KEYS = ("shape", "tool")
COLUMNS = {
    "shape": "shape",
    "tool": "tool",
    "before": "before MiB",
    "fitted": "fit MiB",
    "tables": "with tables MiB",
    "draws": "draws MiB",
    "over_draws": "(peak - before) / draws",
    "tables_seconds": "tables s",
    "note": "note",
}
SHAPES = ("sleepstudy", "insteval", "rows_3e5_groups_100000_q_1")
QUICK = ("sleepstudy", "rows_3e4_groups_10000_q_1")


def measure(shape: str) -> Record:
    """Return the peaks of one fit in a process of its own."""
    row: Record = {"shape": shape, "tool": "bayesmm"}
    row |= run_worker("memory", shape, "auto", "tables")
    if "tables" in row:
        row["over_draws"] = (row["tables"] - row["before"]) / row["draws"]
    return row


def measure_peers(shape: str) -> list[Record]:
    """Return the peak of Bambi while it only builds the model, and of lme4 while it fits."""
    bambi: Record = {"shape": shape, "tool": "Bambi, model built only"}
    bambi |= run_worker("memory", shape, "bambi-build", "none")
    lme4 = run_r_peer("lme4", shape)
    return [bambi, {"shape": shape, "tool": "lme4", "fitted": lme4.get("peak_mib")}]


def main() -> None:
    chosen = arguments(__doc__).parse_args()
    rows: list[Record] = []
    for shape in QUICK if chosen.quick else SHAPES:
        rows.append(measure(shape))
        # a dense matrix of 300,000 rows by 100,000 levels would be 240 GB
        if chosen.peers and "100000" not in shape:
            rows += measure_peers(shape)
    show(TITLE, save("memory", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
