"""The page that says what draws are good for, as text and as HTML."""

from collections.abc import Mapping, Sequence
from math import isnan

from bayesmm.html.table import Table, list_html, page_html, table_html
from bayesmm.prose import prose_lines
from bayesmm.sampling.check_record import SamplingCheck
from bayesmm.sampling.grade import Grade, worst_grade

__all__ = [
    "diagnostics_html",
    "diagnostics_table",
    "diagnostics_text",
    "fact_lines",
    "verdict",
    "what_to_do",
]

WIDTH = 92


def verdict(checks: Sequence[SamplingCheck]) -> str:
    """Return the verdict in one sentence."""
    grade = worst_grade(check.grade for check in checks)
    if grade is Grade.NO_PROBLEM:
        return f"No problem found: all {len(checks)} checks of the draws are within their limits."
    found = [check for check in checks if check.grade is grade]
    if grade is Grade.DO_NOT_USE:
        named = ", ".join(check.name for check in found)
        failed = f"{len(found)} of {len(checks)} checks failed"
        return f"Do not use these numbers: {failed} ({named})."
    if len(found) == 1:
        return f"Usable, with this caution: {found[0].sentence}"
    return f"Usable, with {len(found)} cautions: {' '.join(check.sentence for check in found)}"


def diagnostics_text(checks: Sequence[SamplingCheck], facts: Mapping[str, object]) -> str:
    """Return the verdict, a line per check, and what each finding means and asks for."""
    lines = [*prose_lines(verdict(checks), WIDTH), ""]
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        lines.append(f"  {_mark(check):<7}  {check.name:<{width}}  {check.sentence}")
    for line in what_to_do(checks):
        lines += ["", *prose_lines(line, WIDTH)]
    if facts:
        lines += ["", "The engine chose:"]
        lines += [f"  {line}" for line in fact_lines(facts)]
    return "\n".join(lines)


def what_to_do(checks: Sequence[SamplingCheck]) -> list[str]:
    """Return what each finding means for the numbers and what to do, a line for each."""
    told = (c for c in checks if c.meaning or c.advice)
    return [" ".join(filter(None, (f"{c.name}:", c.meaning, c.advice))) for c in told]


_MARKS = {Grade.NO_PROBLEM: "ok", Grade.CAUTION: "caution", Grade.DO_NOT_USE: "FAIL"}


def _mark(check: SamplingCheck) -> str:
    return _MARKS[check.grade] if check.judged else "?"


def diagnostics_html(checks: Sequence[SamplingCheck], facts: Mapping[str, object]) -> str:
    """Return the same page as an HTML fragment."""
    return page_html(
        verdict(checks),
        table_html(diagnostics_table(checks)),
        list_html("What it means, and what to do", what_to_do(checks)),
        list_html("The engine chose", fact_lines(facts)),
    )


def diagnostics_table(checks: Sequence[SamplingCheck]) -> Table:
    """Return one row per check, its verdict first."""
    rows = ((_mark(c), c.name, _number(c.value), _limit(c.threshold), c.sentence) for c in checks)
    header = ("Verdict", "Check", "Value", "Limit", "Finding")
    return Table("Checks of the draws", header, tuple(rows), frozenset({2, 3}), keys=2)


def fact_lines(facts: Mapping[str, object]) -> list[str]:
    """Return what the engine chose, a line for each fact that says something."""
    return [f"{name}: {text}" for name, value in facts.items() if (text := _fact(value))]


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
