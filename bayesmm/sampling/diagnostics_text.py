"""The page that says whether draws can be trusted, as text and as HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from textwrap import wrap

from bayesmm.sampling.checks import Check

__all__ = ["diagnostics_html", "diagnostics_text", "verdict"]

WIDTH = 92


def verdict(checks: Sequence[Check]) -> str:
    """Return the verdict in one sentence."""
    failed = [check.name for check in checks if not check.passed]
    if not failed:
        return f"The draws can be trusted: all {len(checks)} checks passed."
    return (
        f"Do not trust these draws yet: {len(failed)} of {len(checks)} checks failed "
        f"({', '.join(failed)})."
    )


def diagnostics_text(checks: Sequence[Check], facts: Mapping[str, object]) -> str:
    """Return the verdict, a line per check, and advice for each that failed."""
    lines = [*wrap(verdict(checks), WIDTH), ""]
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark = "ok  " if check.passed else "FAIL"
        lines.append(f"  {mark}  {check.name:<{width}}  {check.sentence}")
    for check in checks:
        if not check.passed:
            lines += ["", *wrap(f"{check.name}: {check.advice}", WIDTH)]
    if facts:
        lines += ["", "The engine chose:"]
        lines += [f"  {name}: {_fact(value)}" for name, value in facts.items()]
    return "\n".join(lines)


def diagnostics_html(checks: Sequence[Check], facts: Mapping[str, object]) -> str:
    """Return the same page as an HTML fragment."""
    rows = "".join(
        f"<tr><td>{'ok' if c.passed else '<b>FAIL</b>'}</td><td>{escape(c.name)}</td>"
        f"<td>{_number(c.value)}</td><td>{_number(c.threshold)}</td>"
        f"<td>{escape(c.sentence)}</td><td>{escape(c.advice)}</td></tr>"
        for c in checks
    )
    chosen = "".join(
        f"<li>{escape(str(name))}: {escape(_fact(value))}</li>" for name, value in facts.items()
    )
    return (
        f"<p>{escape(verdict(checks))}</p><table><tr><th></th><th>check</th><th>value</th>"
        f"<th>threshold</th><th>finding</th><th>advice</th></tr>{rows}</table>"
        + (f"<p>The engine chose:</p><ul>{chosen}</ul>" if chosen else "")
    )


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)


def _number(value: float) -> str:
    return "not available" if isnan(value) else f"{value:.4g}"
