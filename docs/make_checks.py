"""How often ``fit.check()`` cries wolf, and what it finds: simulations, and docs/CHECKS.md.

``python docs/make_checks.py 40`` simulates 40 data sets of every kind (seeds ``[2026, kind, k]``,
k from 0; fits of 2 chains of 250 draws after 300) and adds those that docs/checks.json does not
hold; ``python docs/make_checks.py`` writes the page from that file.
"""

import json
import sys
import warnings
import zlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from check_simulators import RIGHT, WRONG

import bayesmm
from bayesmm.errors import BayesmmError

FOLDER = Path(__file__).parent
KEPT, PAGE = FOLDER / "checks.json", FOLDER / "CHECKS.md"
KINDS = {**{("right", name): make for name, make in RIGHT.items()},
         **{("wrong", name): make for name, make in WRONG.items()}}  # fmt: skip
SEED, CHAINS, DRAWS, TUNE = 2026, 2, 250, 300
ALARMS = ("look", "problem")

type Found = dict[str, str]  # the worst verdict of each check
type Kept = dict[str, dict[str, list[Found | None]]]  # right or wrong, kind, data set


def simulated(group: str, name: str, k: int) -> Found | None:
    """Return the verdicts on one data set; None when it cannot be fitted."""
    seed = zlib.crc32(f"{group} {name}".encode())
    formula, data, family = KINDS[group, name](np.random.default_rng([SEED, seed, k]))
    try:
        fit = bayesmm.fit(formula, data, family, chains=CHAINS, draws=DRAWS, tune=TUNE, seed=k,
                          progress=False)  # fmt: skip
    except BayesmmError as reason:
        print(f"{name} {k}: {reason}", file=sys.stderr)
        return None
    table = fit.check(seed=k).table.sort_values("severity")
    return dict(zip(table["check"], table["verdict"], strict=True))


def simulate(count: int) -> None:
    """Add data sets until there are `count` of every kind, one of each kind at a time."""
    kept: Kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    warnings.simplefilter("ignore")  # of 500 draws, which are few on purpose
    for k in range(count):
        for group, name in KINDS:
            found = kept.setdefault(group, {}).setdefault(name, [])
            if len(found) == k:
                found.append(simulated(group, name, k))
        KEPT.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")


def page(kept: Kept) -> str:
    """Return docs/CHECKS.md."""
    rows = {(group, name): [found for found in sets if found is not None]
            for group, kinds in kept.items() for name, sets in kinds.items()}  # fmt: skip
    parts = [_INTRODUCTION.format(chains=CHAINS, draws=DRAWS), _right(rows), _wrong(rows)]
    return "\n\n".join(parts) + "\n"


def _tests(rows: Mapping[Any, list[Found]]) -> list[str]:
    from bayesmm.results.checks.check import CHECKS  # noqa: PLC0415

    asked = {name for sets in rows.values() for found in sets for name in found}
    return [check.name for check in CHECKS if check.test and check.name in asked]


def _right(rows: Mapping[tuple[str, str], list[Found]]) -> str:
    sets = [found for (group, _), all_ in rows.items() if group == "right" for found in all_]
    lines = ["## Models that hold", "", "| check | data sets | look or problem | % | problem |",
             "|---|---:|---:|---:|---:|"]  # fmt: skip
    for check in _tests(rows):
        asked = [found[check] for found in sets if check in found]
        alarms, problems = (sum(v in of for v in asked) for of in (ALARMS, ("problem",)))
        lines.append(
            f"| {check} | {len(asked)} | {alarms} | {_share(alarms, len(asked))} | {problems} |"
        )
    pages = [any(v in ALARMS for v in found.values()) for found in sets]
    problems = sum("problem" in found.values() for found in sets)
    lines.append(f"| **the page: any check** | {len(pages)} | {sum(pages)} | "
                 f"{_share(sum(pages), len(pages))} | {problems} |")  # fmt: skip
    lines += ["", "By kind of model:", "", "| model | data sets | look or problem | with a note |",
              "|---|---:|---:|---:|"]  # fmt: skip
    for (group, name), all_ in rows.items():
        if group == "right":
            alarms = sum(any(v in ALARMS for v in found.values()) for found in all_)
            notes = sum("note" in found.values() for found in all_)
            lines.append(f"| {name} | {len(all_)} | {alarms} | {notes} |")
    return "\n".join(lines)


def _wrong(rows: Mapping[tuple[str, str], list[Found]]) -> str:
    lines = ["## Models that are wrong", "",
             "Found: the share of data sets in which any check says look or problem, and which "
             "checks do, the most often first.", "",
             "| fault | data sets | found % | problem % | by |",
             "|---|---:|---:|---:|---|"]  # fmt: skip
    for (group, name), all_ in rows.items():
        if group != "wrong":
            continue
        by: dict[str, int] = defaultdict(int)
        for found in all_:
            for check, verdict in found.items():
                by[check] += verdict in ALARMS
        named = sorted(((n, check) for check, n in by.items() if n), reverse=True)
        found = sum(any(v in ALARMS for v in f.values()) for f in all_)
        problem = sum("problem" in f.values() for f in all_)
        told = ", ".join(f"{check} {_share(n, len(all_))} %" for n, check in named)
        lines.append(f"| {name} | {len(all_)} | {_share(found, len(all_))} | "
                     f"{_share(problem, len(all_))} | {told} |")  # fmt: skip
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    value = 100 * part / whole
    return f"{value:.0f}" if value >= 10 or part == 0 else f"{value:.1f}"


_INTRODUCTION = """# What the checks of a model find

Made by `docs/make_checks.py` from `docs/checks.json`; the simulators are in
`docs/check_simulators.py`. Small studies of 60 to 200 rows, default priors, {chains} chains of
{draws} draws.

`fit.check()` has two kinds of findings. **Tests** say "look" where what is seen has a probability
below 1 in 100 if the model holds, and "problem" below 1 in 1,000, each check with all that it
tries. A page has five to nine of them, so that of models that hold at most 1 page in 10 says
"look" or worse somewhere, and 1 in 100 "problem". **Notes** are no sign against the model: rows for
which the leave-one-out approximation is rough (Pareto k), groups without which the common effects
would be others, fewer than ten groups, priors that matter."""


def main() -> None:
    """Simulate where asked, and write the page."""
    if len(sys.argv) > 1:
        simulate(int(sys.argv[1]))
    PAGE.write_text(page(json.loads(KEPT.read_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
