"""The checks of the model, their verdicts in words."""

from bayesmm.report.figures import CHECKS, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Section

__all__ = ["checks_section"]

_INTRO = (
    "Each check asks one question of the model and gives its number; a verdict is a reason to "
    "look, not a proof."
)


def checks_section(material: Material) -> Section:
    """Return one row per finding, and the pictures behind them."""
    parts = (material.checks.shown(), *figures(material.fit, CHECKS, material.prob))
    return Section("checks", "Does the model fit the data?", _INTRO, parts)
