"""Which pictures a section shows, and the pictures as files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bayesmm.report.record import Figure

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["CHECKS", "ESTIMATES", "GROUPS", "PRIORS", "SAMPLING", "figure", "figures"]

# Names of `fit.plot`, by section. A fit has those that `dir(fit.plot)` lists; the others are
# left out.
ESTIMATES = ("fixef",)
GROUPS = ("pooling", "group_lines", "shrinkage", "caterpillar", "ranef_scatter")
CHECKS = ("ppc", "residuals", "influence")
PRIORS = ("prior_posterior",)
SAMPLING = ("rank",)

_DOTS_PER_INCH = 150  # sharp in print and on most screens, at a third of the bytes of 300
_CSS_PIXELS_PER_INCH = 96


def figures(fit: "Fit", names: tuple[str, ...]) -> Iterator[Figure]:
    """Yield those of the pictures that this fit can have, in the given order.

    A picture that fails is a fault and is not left out.
    """
    possible = set(dir(fit.plot))
    for name in names:
        if name in possible:
            yield figure(fit, name)


def figure(fit: "Fit", name: str, **options: Any) -> Figure:
    """Return ``fit.plot.NAME(**options)`` as a part of a report."""
    picture = getattr(fit.plot, name)(**options)
    given = ", ".join(f"{key}={value!r}" for key, value in options.items())
    width, height = (
        round(inches * _CSS_PIXELS_PER_INCH) for inches in picture.figure.get_size_inches()
    )
    return Figure(
        png=picture.png(_DOTS_PER_INCH),
        caption=picture.caption,
        numbers=f"fit.plot.{name}({given}).table",
        width=width,
        height=height,
    )
