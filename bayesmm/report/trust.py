"""What the numbers are good for: the verdicts on the draws and on the model, and its checks."""

from bayesmm.explanation.english import listed
from bayesmm.report.figures import CHECKS, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Section, Verdict
from bayesmm.results.checks.check import CheckPanel
from bayesmm.results.checks.record import FINE, LOOK, NOTE, PROBLEM
from bayesmm.sampling.diagnostics import Diagnostics
from bayesmm.sampling.diagnostics_text import verdict
from bayesmm.sampling.grade import Grade

__all__ = ["checks_section", "trust_section"]

_INTRO = (
    "Two questions come before all numbers: whether the sampler explored the posterior, and "
    "whether data like these could come from the model."
)


_UNCHECKED = Verdict(
    NOTE,
    "The model",
    "It was not checked: that needs every row, and the rows are in files. Fit some of the rows, "
    "read into a data frame, and look at the checks of that fit.",
    (),
)


def trust_section(material: Material) -> Section:
    """Return the verdicts on the draws and on the model, and the table of the first."""
    found = material.fit.diagnostics
    parts = (
        _draws(found),
        _model(material.checks) if material.fit.design.source is None else _UNCHECKED,
    )
    return Section("trust", "May the numbers be used?", _INTRO, parts)


def _draws(found: Diagnostics) -> Verdict:
    details = tuple(check.told for check in found.findings)
    return Verdict(_STATES[found.grade], "The draws", verdict(found.checks), details)


_STATES = {Grade.NO_PROBLEM: FINE, Grade.CAUTION: LOOK, Grade.DO_NOT_USE: PROBLEM}


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


_CHECKS_INTRO = (
    "Each check asks one question of the model and gives its number; a verdict is a reason to "
    "look, not a proof."
)


def checks_section(material: Material) -> Section:
    """Return one row per finding, and the pictures behind them."""
    parts = (material.checks.shown(), *figures(material.fit, CHECKS, material.prob))
    return Section("checks", "Does the model fit the data?", _CHECKS_INTRO, parts)
