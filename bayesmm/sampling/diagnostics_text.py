"""The page that says whether draws can be trusted, as text and as HTML."""

from collections.abc import Mapping, Sequence
from math import isnan
from textwrap import wrap

from bayesmm.html.table import Table, list_html, page_html, table_html
from bayesmm.sampling.checks import SamplingCheck

__all__ = [
    "diagnostics_html",
    "diagnostics_table",
    "diagnostics_text",
    "fact_lines",
    "verdict",
]

WIDTH = 92


def verdict(checks: Sequence[SamplingCheck]) -> str:
    """Return the verdict in one sentence."""
    failed = [check.name for check in checks if check.passed is False]
    unjudged = [check.name for check in checks if check.passed is None]
    if unjudged and not failed:
        return (
            f"No check failed, but {len(unjudged)} of {len(checks)} could not be made "
            f"({', '.join(unjudged)}): whether the chains converged is not known."
        )
    if not failed:
        return f"The draws can be trusted: all {len(checks)} checks passed."
    return (
        f"Do not trust these draws yet: {len(failed)} of {len(checks)} checks failed "
        f"({', '.join(failed)})."
    )


def diagnostics_text(checks: Sequence[SamplingCheck], facts: Mapping[str, object]) -> str:
    """Return the verdict, a line per check, and advice for each that failed."""
    lines = [*wrap(verdict(checks), WIDTH), ""]
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark = _MARKS[check.passed]
        lines.append(f"  {mark:<4}  {check.name:<{width}}  {check.sentence}")
    for check in checks:
        if check.advice:
            lines += ["", *wrap(f"{check.name}: {check.advice}", WIDTH)]
    if facts:
        lines += ["", "The engine chose:"]
        lines += [f"  {line}" for line in fact_lines(facts)]
    return "\n".join(lines)


_MARKS = {True: "ok", False: "FAIL", None: "?"}


def diagnostics_html(checks: Sequence[SamplingCheck], facts: Mapping[str, object]) -> str:
    """Return the same page as an HTML fragment."""
    return page_html(
        verdict(checks),
        table_html(diagnostics_table(checks)),
        list_html("What to do", [f"{c.name}: {c.advice}" for c in checks if c.advice]),
        list_html("The engine chose", fact_lines(facts)),
    )


def diagnostics_table(checks: Sequence[SamplingCheck]) -> Table:
    """Return one row per check, its verdict first."""
    rows = (
        (_MARKS[c.passed], c.name, _number(c.value), _limit(c.threshold), c.sentence)
        for c in checks
    )
    header = ("Verdict", "Check", "Value", "Limit", "Finding")
    return Table("Checks of the draws", header, tuple(rows), frozenset({2, 3}))


def fact_lines(facts: Mapping[str, object]) -> list[str]:
    """Return what the engine chose, a line for each fact."""
    return [f"{name}: {_fact(value)}" for name, value in facts.items()]


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)


def _limit(threshold: float) -> str:
    return "none" if isnan(threshold) else _number(threshold)


def _number(value: float) -> str:
    return "not available" if isnan(value) else f"{value:.4g}"
