"""Two checkouts side by side: ``python -m benchmarks.compare BEFORE.json AFTER.json FIELD``."""

import argparse
from pathlib import Path

from benchmarks.results import Record, read_rows, show


def compared(before: Path, after: Path, field: str) -> tuple[list[str], list[Record]]:
    """Return the keys and, per row that both files have, the field in both and the ratio."""
    keys, old = read_rows(before)
    _, new = read_rows(after)
    known = {tuple(row.get(key) for key in keys): row for row in old}
    rows = []
    for row in new:
        name = tuple(row.get(key) for key in keys)
        was, now = known.get(name, {}).get(field), row.get(field)
        if was and now:
            labels = dict(zip(keys, name, strict=True))
            rows.append({**labels, "before": was, "after": now, "ratio": now / was})
    return keys, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("field", help="a field of the rows, such as seconds or ess_per_second")
    chosen = parser.parse_args()
    keys, rows = compared(chosen.before, chosen.after, chosen.field)
    columns = {key: key for key in keys}
    columns |= {"before": "before", "after": "after", "ratio": "after / before"}
    show(chosen.field, rows, columns)


if __name__ == "__main__":
    main()
