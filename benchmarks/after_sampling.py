"""What comes after sampling: tables, checks, ML beside.

One process per shape: the fit, then each question to it in turn, in seconds and as a part of the
time of the fit. Headlines: nothing after sampling costs more than sampling; the tables of
InstEval's shape within 1 s, those of 100,000 groups and the checks of 20,000 within 10 s.
"""

from benchmarks.measure import run_worker
from benchmarks.results import Record, arguments, save, show

TITLE = (
    "After sampling (targets: tables of InstEval's shape 1 s, of 100,000 groups 10 s, check 10 s)"
)
KEYS = ("shape", "question")
COLUMNS = {
    "shape": "shape",
    "draws": "draws",
    "question": "question",
    "seconds": "seconds",
    "ratio": "/ fit",
    "peak": "peak MiB",
    "note": "note",
}
# Shape, number of draws of all chains, and what is asked.
TABLES = ("tables", "ml")
ASKED = (
    ("insteval", 4_000, TABLES),
    ("rows_3e5_groups_100000_q_1", 4_000, TABLES),
    ("rows_1e5_groups_20000_q_1", 400, ("tables", "ml", "check")),
)
QUICK = (("rows_1e4_groups_2000_q_1", 400, ("tables", "ml", "check")),)


def measure(shape: str, draws: int, questions: tuple[str, ...]) -> list[Record]:
    """Return a row for the fit, and one for each question."""
    result = run_worker("after", shape, str(draws), *questions)
    if "note" in result:
        return [{"shape": shape, "draws": draws, "question": "fit", "note": result["note"]}]
    fit = result["seconds"]["fit"]
    return [
        {
            "shape": shape,
            "draws": draws,
            "question": question,
            "seconds": seconds,
            "ratio": seconds / fit,
            "peak": result["peaks"][question],
        }
        for question, seconds in result["seconds"].items()
    ]


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    rows = [row for asked in (QUICK if chosen.quick else ASKED) for row in measure(*asked)]
    show(TITLE, save("after_sampling", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
