"""The wait of the first use: compiling with an empty cache, in seconds and in processor time.

Each row is a process that has never compiled anything, though a run that is not counted has left
the byte code of all libraries, as a user's installation has it. Processor time is that of the
process and of the second one that it starts; on a loaded machine it says more than the seconds.
"""

import resource
import sys
import tempfile

from benchmarks.measure import fresh_caches, run_process
from benchmarks.results import Record, arguments, save, show

TITLE = "Compiling with an empty cache (targets on two quiet cores: 10, 5, 1 and 30 s)"
KEYS = ("what",)
COLUMNS = {"what": "what", "seconds": "seconds", "processor": "processor s", "note": "note"}

_FIT = """
import bayesmm
bayesmm.fit({formula!r}, bayesmm.load_data({data!r}), {family!r}, seed=1, draws=100, chains=2,
            max_effort=1)
"""
_GLMM = {"formula": "incidence ~ period + offset(log(size)) + (1 | herd)", "data": "cbpp"}
_SLEEPSTUDY = {"formula": "Reaction ~ Days + (Days | Subject)", "data": "sleepstudy"}
_FIRST_GAUSSIAN = _FIT.format(family="gaussian", **_SLEEPSTUDY)
_FIRST_GLMM = _FIT.format(family="poisson", **_GLMM)
_FURTHER = _FIT.format(family="negativebinomial", **_GLMM)

_WARMUP = [sys.executable, "-m", "bayesmm", "warmup"]


def process(code: str) -> list[str]:
    """Return the command of a process that runs code."""
    return [sys.executable, "-c", code]


def timed(what: str, command: list[str], environment: dict[str, str]) -> Record:
    """Return the row of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run_process(command, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    row: Record = {"what": what, "seconds": done.seconds, "processor": spent}
    if done.status != 0:
        last = done.output.strip().splitlines()[-1:] or ["no output"]
        row |= {"seconds": None, "processor": None, "note": last[0][:160]}
    return row


def measure() -> list[Record]:
    """Return the rows; each but the further family begins with an empty cache."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:  # byte code of numba's and of our modules
        run_process(process(_FIRST_GLMM), fresh_caches(folder))
        run_process(process(_FIRST_GAUSSIAN), fresh_caches(folder))
    with tempfile.TemporaryDirectory() as folder:
        cold = fresh_caches(folder)
        rows.append(timed("first gaussian fit", process(_FIRST_GAUSSIAN), cold))
        rows.append(timed("the same again", process(_FIRST_GAUSSIAN), cold))
    with tempfile.TemporaryDirectory() as folder:
        cold = fresh_caches(folder)
        rows.append(timed("first GLMM", process(_FIRST_GLMM), cold))
        rows.append(timed("a further family", process(_FURTHER), cold))
        rows.append(timed("the same family again", process(_FURTHER), cold))
    with tempfile.TemporaryDirectory() as folder:
        rows.append(timed("warmup", _WARMUP, fresh_caches(folder)))
    return rows


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    show(TITLE, save("compile_time", KEYS, measure(), chosen), COLUMNS)


if __name__ == "__main__":
    main()
