"""The growth of the cost with rows, groups and effects per group.

Gaussian, ``y ~ x1 + x2 + (1 + x1 | g)``: rows at 1,000 groups; groups at 100,000 rows; effects at
10,000 rows and 1,000 groups. Headline: NUTS at 1e6 rows over NUTS at 1e4 rows (target 1.1).
"""

from statistics import median

from benchmarks.measure import run_worker
from benchmarks.results import Record, arguments, save, show

TITLE = "Cost against size (target: NUTS at 1e6 rows 1.1 x that at 1e4)"
KEYS = ("series", "shape")
COLUMNS = {
    "series": "growing",
    "shape": "shape",
    "compile": "prepare s",
    "sample": "NUTS s",
    "effects": "effects s",
    "sampling": "together s",
    "nuts_ratio": "NUTS / first",
    "ratio": "together / first",
    "whole": "whole call s",
    "leapfrogs": "leapfrogs/draw",
    "min_ess": "min ESS",
    "ess_per_second": "min ESS/s",
    "note": "note",
}


def shape(rows: str, groups: int, effects: int) -> str:
    """Return the name of a shape of any size, as `shapes.shape_named` reads it."""
    return f"rows_{rows}_groups_{groups}_q_{effects}"


SERIES = {
    "rows": [shape(rows, 1000, 2) for rows in ("1e4", "1e5", "1e6")],
    "groups": [shape("1e5", groups, 2) for groups in (100, 1000, 10_000)],
    "effects": [shape("1e4", 1000, effects) for effects in (1, 2, 3, 4)],
}
QUICK = {
    "rows": SERIES["rows"][:2],
    "groups": [shape("1e4", groups, 2) for groups in (10, 100)],
    "effects": [shape("1e4", 100, effects) for effects in (1, 2)],
}


def measure(name: str, repeats: int) -> Record:
    """Return medians over the repeats of a shape."""
    result = run_worker("fit", name, "auto", str(repeats))
    if "fits" not in result:
        return {"shape": name} | result
    fits = result["fits"]
    row: Record = {"shape": name}
    for field in ("sampling", "whole", "leapfrogs", "min_ess", "ess_per_second"):
        row[field] = median(fit[field] for fit in fits)
    stages = [fit["seconds"] for fit in fits]
    row["compile"] = median(s["compile"] for s in stages)
    row["effects"] = median(s.get("effects", 0.0) for s in stages)
    row["sample"] = median(s["sample"] - s.get("effects", 0.0) for s in stages)
    return row


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    rows: list[Record] = []
    for series, names in (QUICK if chosen.quick else SERIES).items():
        measured = [measure(name, 1 if chosen.quick else 3) for name in names]
        first = measured[0]
        for row in measured:
            if "sampling" in row and "sampling" in first:
                row["ratio"] = row["sampling"] / first["sampling"]
                row["nuts_ratio"] = row["sample"] / first["sample"]
            rows.append({"series": series, **row})
    show(TITLE, save("scaling", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
