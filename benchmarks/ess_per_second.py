"""Effective draws per second: every shape, every engine, peers beside them.

Headline: the smallest bulk ESS over every reported quantity per second of sampling, conditional
draws included, and the ratio of bayesmm's to each peer's.
"""

import argparse
from statistics import median

from benchmarks.bambi_peer import NO_CORRELATION
from benchmarks.measure import run_worker
from benchmarks.r_peers import run_r_peer
from benchmarks.real_data import exported_data
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import SHAPES, shape_named

TITLE = "Smallest bulk ESS over every reported quantity per second of sampling"
KEYS = ("shape", "tool")
COLUMNS = {
    "shape": "shape",
    "tool": "tool",
    "ess_per_second": "min ESS/s",
    "ratio": "bayesmm / tool",
    "min_ess": "min ESS",
    "quantity": "of",
    "n_quantities": "quantities",
    "sampling": "sampling s",
    "whole": "whole call s",
    "leapfrogs": "leapfrogs/draw",
    "divergences": "divergent",
    "note": "note",
}
QUICK = ("sleepstudy", "penicillin", "cbpp")
MEDIANS = ("ess_per_second", "min_ess", "sampling", "whole", "leapfrogs")
# 4,114 effects sampled one by one, or a matrix of rows by levels: only with --peers
SLOW = ("insteval", "insteval_lme4")
# hours
TOO_LONG = {(shape, peer) for shape in SLOW for peer in ("rstanarm", "brms")}
SECONDS_PER_PEER = 600.0


def measure(name: str, chosen: argparse.Namespace) -> list[Record]:
    """Return a row per tool for one shape."""
    tools = chosen.tools.split(",") if chosen.tools else ["bayesmm"]
    if not chosen.tools and (chosen.peers or name not in SLOW):
        tools += ["pymc", "bambi"]
    if not chosen.tools and chosen.peers:
        tools += ["rstanarm", "brms"]
    return [measure_tool(name, tool, 1 if chosen.quick else 3) for tool in tools]


def measure_tool(name: str, tool: str, repeats: int) -> Record:
    """Return one row: medians over repeats for bayesmm, one run for the others."""
    if tool in ("rstanarm", "brms"):
        if (name, tool) in TOO_LONG:
            return {"shape": name, "tool": tool, "note": "not run: hours"}
        row = run_r_peer(tool, name, SECONDS_PER_PEER)
        if "sampling" in row:
            row["ess_per_second"] = row["min_ess"] / row["sampling"]
        return row
    engine = "auto" if tool == "bayesmm" else tool
    result = run_worker(
        "fit", name, engine, str(repeats if tool == "bayesmm" else 1), limit=SECONDS_PER_PEER
    )
    row = {"shape": name, "tool": tool}
    if "fits" not in result:
        return row | result
    fits = result["fits"]
    worst = min(fits, key=lambda fit: fit["min_ess"])
    row |= {field: median(fit[field] for fit in fits) for field in MEDIANS}
    row |= {
        "quantity": worst["quantity"],
        "n_quantities": worst["n_quantities"],
        "divergences": max(fit["divergences"] for fit in fits),
        "each": [fit["ess_per_second"] for fit in fits],
        "seconds": fits[-1]["seconds"],
        "facts": fits[-1]["facts"],
    }
    if tool == "bambi" and shape_named(name).has_correlations:
        row["note"] = NO_CORRELATION
    return row


def arranged(rows: list[Record]) -> list[Record]:
    """Return the rows by shape, with the speed of bayesmm over that of each tool."""
    ours = {row["shape"]: row.get("ess_per_second") for row in rows if row["tool"] == "bayesmm"}
    order = {name: place for place, name in enumerate(SHAPES)}
    for row in rows:
        speed, own = row.get("ess_per_second"), ours.get(row["shape"])
        row["ratio"] = own / speed if speed and own else None
    return sorted(rows, key=lambda row: order.get(row["shape"], len(order)))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--shapes", help="names, comma-separated; default: all")
    parser.add_argument("--tools", help="bayesmm, pymc, bambi, rstanarm, brms; comma-separated")
    chosen = parser.parse_args()
    with exported_data() as real:
        names = [name for name, shape in SHAPES.items() if shape.origin != "lme4" or real]
        if chosen.quick:
            names = list(QUICK)
        if chosen.shapes:
            names = chosen.shapes.split(",")
        rows: list[Record] = []
        for name in names:
            rows += measure(name, chosen)
            # after each shape, so that a long run that is stopped has not been for nothing
            merged = arranged(save("ess_per_second", KEYS, rows, chosen))
    show(TITLE, merged, COLUMNS)


if __name__ == "__main__":
    main()
