"""Two checkouts in one run: ``python -m benchmarks.before_after OTHER``, from the newer one.

Each has its own ``.venv``; what is asked is what both can answer. The two take turns, so that both
see the same machine. Processor seconds are of a process and of those that it starts: on a loaded
machine they say more than seconds.
"""

import json
import resource
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import ROOT, fresh_caches, run_process
from benchmarks.results import Record, arguments, save, show

TITLE = "Before and after, in one run"
KEYS = ("question", "what")
COLUMNS = {
    "question": "question",
    "what": "what",
    "before": "before",
    "after": "after",
    "ratio": "after / before",
    "note": "note",
}

SHAPES = ("sleepstudy", "sitka", "penicillin", "subjects_by_items", "cbpp", "verbagg")
# Of the fits of `benchmarks.worker`: field, question.
_OF_FITS = {
    "ess_per_second": "smallest ESS per second of sampling",
    "sampling": "seconds of sampling",
    "peak_mib": "largest memory, MiB",
}
_FIT = """
import bayesmm
print(bayesmm.fit({formula!r}, bayesmm.load_data({data!r}), {family!r}, seed=1).summary())
"""
_SLEEPSTUDY = {"formula": "Reaction ~ Days + (Days | Subject)", "data": "sleepstudy"}
_CBPP = {"formula": "incidence ~ period + offset(log(size)) + (1 | herd)", "data": "cbpp"}
# Each after the one before it, the first of each cache with nothing compiled.
_COMPILING = (
    (
        ("first gaussian fit", _FIT.format(family="gaussian", **_SLEEPSTUDY)),
        ("the same again", _FIT.format(family="gaussian", **_SLEEPSTUDY)),
    ),
    (
        ("first GLMM", _FIT.format(family="poisson", **_CBPP)),
        ("a further family", _FIT.format(family="negativebinomial", **_CBPP)),
        ("the same family again", _FIT.format(family="negativebinomial", **_CBPP)),
    ),
    (("warmup", None),),
)
_STARTS = {
    "import bambi": "import bambi",
    "import bayesmm": "import bayesmm",
    "help of the command line": None,
}

type Answers = dict[tuple[str, str], float | str]


def python(checkout: Path) -> str:
    """Return the interpreter of a checkout."""
    return str(checkout / ".venv" / "bin" / "python")


def worker(checkout: Path, task: str, *given: str) -> dict[str, Any]:
    """Return what a task of the checkout's own `benchmarks.worker` measured, or a note."""
    done = run_process([python(checkout), "-m", "benchmarks.worker", task, *given], at=checkout)
    lines = done.output.strip().splitlines() or ["no output"]
    return json.loads(lines[-1]) if done.status == 0 else {"note": lines[-1][:160]}


def processor_seconds(
    checkout: Path, command: list[str], environment: dict[str, str] | None = None
) -> tuple[float | str, float | str]:
    """Return processor seconds and seconds of a process of a checkout, or twice its last words."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run_process([python(checkout), *command], environment, at=checkout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.status != 0:
        last = (done.output.strip().splitlines() or ["no output"])[-1][:160]
        return last, last
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, done.seconds


def fits(checkout: Path, shape: str, repeats: int) -> Answers:
    """Return the medians of fits of a shape in a process that has compiled."""
    found = worker(checkout, "fit", shape, "auto", str(repeats))
    if "note" in found:
        return {(question, shape): found["note"] for question in _OF_FITS.values()}
    return {
        (question, shape): median(fit[field] for fit in found["fits"])
        for field, question in _OF_FITS.items()
    }


def gradients(checkout: Path) -> Answers:
    """Return the time of a gradient, by the checkout's own script."""
    question = "one gradient, us"
    with tempfile.TemporaryDirectory() as folder:
        command = [python(checkout), "-m", "benchmarks.gradient", "--quick", "--out", folder]
        done = run_process(command, at=checkout)
        if done.status != 0:
            return {(question, "all"): (done.output.strip().splitlines() or [""])[-1][:160]}
        content = json.loads((Path(folder) / "gradient.quick.json").read_text(encoding="utf-8"))
    return {
        (question, f"{row['shape']}, {row['density']}"): row["gradient"] for row in content["rows"]
    }


def new_formulas(checkout: Path, shapes: tuple[str, ...]) -> Answers:
    """Return the wait for formulas that are new in a running process, to the printed summary."""
    question = "new formula to summary, s"
    found = worker(checkout, "formulas", "auto", *shapes)
    if "note" in found:
        return {(question, "all"): found["note"]}
    return {(question, shape): seconds for shape, seconds in found["seconds"].items()}


def compiling(checkout: Path) -> Answers:
    """Return what the first fits cost with empty caches."""
    found: Answers = {}
    for steps in _COMPILING:
        with tempfile.TemporaryDirectory() as folder:
            for what, code in steps:
                command = ["-m", "bayesmm", "warmup"] if code is None else ["-c", code]
                spent, seconds = processor_seconds(checkout, command, fresh_caches(folder))
                found["empty cache, processor s", what] = spent
                found["empty cache, s", what] = seconds
    return found


def starts(checkout: Path, repeats: int) -> Answers:
    """Return processor seconds of processes from start to end, compiled code cached."""
    codes = dict(_STARTS) | {"fit and summary": _FIT.format(family="gaussian", **_SLEEPSTUDY)}
    found: Answers = {}
    for what, code in codes.items():
        command = ["-m", "bayesmm", "--help"] if code is None else ["-c", code]
        processor_seconds(checkout, command)  # fills the caches
        each = [processor_seconds(checkout, command)[0] for _ in range(repeats)]
        texts = [one for one in each if isinstance(one, str)]
        found["start to end, processor s", what] = texts[0] if texts else median(each)
    return found


def side_by_side(before: Answers, after: Answers) -> list[Record]:
    """Return a row per question; a note where one of the two has no answer."""
    rows = []
    for question, what in dict.fromkeys([*after, *before]):
        row: Record = {"question": question, "what": what}
        for side, answers in (("before", before), ("after", after)):
            value = answers.get((question, what), "not asked")
            row |= {side: None, "note": f"{side}: {value}"} if isinstance(value, str) else {}
            row |= {side: value} if not isinstance(value, str) else {}
        if row["before"] and row["after"]:
            row["ratio"] = row["after"] / row["before"]
        rows.append(row)
    return rows


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("other", type=Path, help="the checkout before, with its .venv")
    chosen = parser.parse_args()
    shapes = ("sleepstudy", "cbpp") if chosen.quick else SHAPES
    repeats = 1 if chosen.quick else 3
    sides = (chosen.other.resolve(), ROOT)
    answers: tuple[Answers, Answers] = ({}, {})
    for shape in shapes:
        for side, found in zip(sides, answers, strict=True):
            found.update(fits(side, shape, repeats))
    asked = [gradients, lambda side: new_formulas(side, shapes), lambda side: starts(side, repeats)]
    for ask in (*asked, compiling):
        for side, found in zip(sides, answers, strict=True):
            found.update(ask(side))
    rows = side_by_side(*answers)
    show(TITLE, save("before_after", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
