"""The first section: whether the numbers can be trusted."""

from bayesmm.explanation.english import listed
from bayesmm.report.material import Material
from bayesmm.report.record import Section, Verdict
from bayesmm.results.check import CheckPanel
from bayesmm.results.checks.record import FINE, LOOK, NOTE, PROBLEM
from bayesmm.sampling.diagnostics import Diagnostics
from bayesmm.sampling.diagnostics_text import diagnostics_table, verdict

__all__ = ["trust_section"]

_INTRO = (
    "Two questions come before all numbers: whether the sampler explored the posterior, and "
    "whether data like these could come from the model."
)


def trust_section(material: Material) -> Section:
    """Return the verdicts on the draws and on the model, and the table of the first."""
    found = material.fit.diagnostics
    parts = (
        _draws(found),
        _model(material.checks),
        diagnostics_table(found.checks),
    )
    return Section("trust", "Can the numbers be trusted?", _INTRO, parts)


def _draws(found: Diagnostics) -> Verdict:
    state = PROBLEM if found.failed else LOOK if found.unjudged else FINE
    details = [f"{c.sentence} {c.advice}".strip() for c in (*found.failed, *found.unjudged)]
    return Verdict(state, "The draws", verdict(found.checks), tuple(details))


def _model(panel: CheckPanel) -> Verdict:
    table = panel.table
    seen = table[table["verdict"] != FINE]
    if seen.empty:
        return Verdict(FINE, "The model", f"Nothing stands out: all {len(table)} checks are fine.")
    counts = {word: int((seen["verdict"] == word).sum()) for word in (PROBLEM, LOOK, NOTE)}
    found = listed([f"{n} {_COUNTED[word, n == 1]}" for word, n in counts.items() if n])
    headline = f"{found[0].upper()}{found[1:]}, of {len(table)} checks of the model."
    details = (f"{row.check} ({row.about}): {row.words}" for row in seen.itertuples())
    return Verdict(panel.verdict, "The model", headline, tuple(details))


_COUNTED = {
    (PROBLEM, True): "problem",
    (PROBLEM, False): "problems",
    (LOOK, True): "finding that deserves a look",
    (LOOK, False): "findings that deserve a look",
    (NOTE, True): "note",
    (NOTE, False): "notes",
}
