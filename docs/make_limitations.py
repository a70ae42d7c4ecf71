"""Hard data in models of every structure: what comes of each, and docs/LIMITATIONS.md.

    python docs/make_limitations.py            # fits them all (minutes), keeps limitations.json
    python docs/make_limitations.py --told     # those that were told, and those that are new
    python docs/make_limitations.py --page     # the page from what was kept

The cases and how they are judged are `tests/hard_data.py`; `tests/test_hard_data.py` fits them
again and holds the page to what comes of them.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
KEPT, PAGE = FOLDER / "limitations.json", FOLDER / "LIMITATIONS.md"
sys.path.insert(0, str(FOLDER.parent / "tests"))

__all__ = ["KEPT", "PAGE", "page"]

type Kept = dict[str, str]

_LONGEST = 150  # letters of what is said

HEAD = """# What hard data come to

Made by `docs/make_limitations.py` from {n} fits; do not edit. A row is a kind of data in a model.

- **right**: every slope that the data were made with is within 5 posterior standard deviations,
  known about as well as in harmless data of the same model, and nothing forbids the use of the
  numbers;
- **refused**: one line says before sampling what is wrong and what to do;
- **told**: the fit is made, and its verdict, its page, `bayesmm.explain` or `fit.check()` says what
  is the matter, in a sentence that harmless data do not get; below is what names the cause, of
  several the first.

None is silent: {right} are right, {refused} refused, {told} told. Data of {rows} rows in {groups}
groups where the case says nothing else; 2 chains of 200 draws, of 1,000 where those were not right.
"""


def page(kept: Sequence[Mapping[str, str]]) -> str:
    """Return docs/LIMITATIONS.md from what was kept."""
    from hard_data import GROUPS, N  # noqa: PLC0415

    counts = Counter(row["verdict"] for row in kept)
    head = HEAD.format(
        n=len(kept), rows=N, groups=GROUPS,
        **{verdict: counts[verdict] for verdict in ("right", "refused", "told")},
    )  # fmt: skip
    parts, case = [head], ""
    for row in kept:
        if row["case"] != case:
            case = row["case"]
            parts += [
                f"\n## {case[0].upper()}{case[1:]}\n",
                "| model | | what is said |",
                "|---|---|---|",
            ]
        parts.append(f"| {row['model']} | {row['verdict']} | {_cell(row['words'])} |")
    return "\n".join(parts) + "\n"


def _cell(words: str) -> str:
    """Return words as they may stand in a cell of Markdown: no markup, not too long."""
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST].rpartition(' ')[0]} ..."
    for mark in "\\|*_`<>[]":
        short = short.replace(mark, f"\\{mark}")
    return short


def fitted(known: Mapping[tuple[str, str], Kept]) -> Iterator[Kept]:
    """Give every row: as it is known, or fitted now."""
    from hard_data import judged, rows  # noqa: PLC0415

    for row in rows():
        own = known.get((row.case.name, row.structure.name))
        if own is None:
            outcome = judged(row)
            sys.stderr.write(f"{outcome.verdict:8} {row.name}\n")
            own = {"case": row.case.name, "model": row.structure.name, "verdict": outcome.verdict,
                   "words": outcome.words}  # fmt: skip
        yield own


def main() -> None:
    """Fit the rows, unless only the page is asked for, and write both files."""
    old = json.loads(KEPT.read_text(encoding="utf-8"))
    if "--page" not in sys.argv:
        which = [row for row in old if row["verdict"] != "told" and "--told" in sys.argv]
        known = {(row["case"], row["model"]): row for row in which}
        new = list(fitted(known))
        KEPT.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    PAGE.write_text(page(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
