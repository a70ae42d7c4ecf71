"""What the model predicts over each predictor."""

from bayesmm.report.figures import figure
from bayesmm.report.material import Material
from bayesmm.report.record import Paragraph, Part, Section
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.tables.moments import PROB
from bayesmm.wording import either

__all__ = ["effects_section"]

_INTRO = (
    "What the model expects over one predictor, the others held at the values that the titles "
    "and captions name."
)
_MOST = 4


def effects_section(material: Material) -> Section | None:
    """Return a picture for each of the first predictors; None where there is none."""
    fit = material.fit
    if "effects" not in dir(fit.plot):
        return None
    predictors = list(predictor_levels(fit, groups=False))
    options = {} if material.prob == PROB else {"prob": material.prob}
    parts: list[Part] = [
        figure(fit, "effects", variable=name, **options) for name in predictors[:_MOST]
    ]
    if more := predictors[_MOST:]:
        parts.append(
            Paragraph(
                f"Not shown: {', '.join(more)}; see "
                + either("fit.plot.effects(variable=...).", "the picture effects.")
            )
        )
    return Section("effects", "What the model predicts", _INTRO, tuple(parts))
