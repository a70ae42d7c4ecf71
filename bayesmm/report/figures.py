"""Which pictures a section shows, and the pictures as files."""

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bayesmm.fit_record import FitRecord
from bayesmm.report.record import Figure
from bayesmm.results.marginal.measures import InfiniteMeanError
from bayesmm.results.tables.moments import PROB

if TYPE_CHECKING:
    from bayesmm.plots.picture import Picture

__all__ = ["CHECKS", "ESTIMATES", "GROUPS", "PRIORS", "SAMPLING", "as_figure", "figure", "figures"]

# Names of `fit.plot`, by section. A fit has those that `dir(fit.plot)` lists; the others are
# left out.
ESTIMATES = ("fixef",)
GROUPS = ("pooling", "group_lines", "shrinkage", "caterpillar", "ranef_scatter")
CHECKS = ("ppc", "residuals", "influence")
PRIORS = ("prior_posterior",)
SAMPLING = ("rank",)

_DOTS_PER_INCH = 150  # sharp in print and on most screens, at a third of the bytes of 300
_CSS_PIXELS_PER_INCH = 96


def figures(fit: FitRecord, names: tuple[str, ...], prob: float = PROB) -> Iterator[Figure]:
    """Yield those of the pictures that this fit can have, in the given order.

    A picture that fails is a fault and is not left out, but for one over means that are infinite.
    Its intervals, where it has any, have probability `prob`.
    """
    possible = set(dir(fit.plot))
    for name in names:
        if name in possible:
            takes = inspect.signature(getattr(fit.plot, name)).parameters
            usual = prob == PROB or "prob" not in takes
            try:
                yield figure(fit, name, **({} if usual else {"prob": prob}))
            except InfiniteMeanError:  # there is nothing to be drawn over; the table has infinity
                continue


def figure(fit: FitRecord, name: str, **options: Any) -> Figure:
    """Return ``fit.plot.NAME(**options)`` as a part of a report."""
    given = ", ".join(f"{key}={value!r}" for key, value in options.items())
    picture = getattr(fit.plot, name)(**options)
    return as_figure(picture, f"fit.plot.{name}({given}).table")


def as_figure(picture: "Picture", numbers: str) -> Figure:
    """Return a picture as a part of a report.

    `numbers` is the expression that gives the numbers drawn in it.
    """
    inches = picture.figure.get_size_inches()
    width, height = (round(size * _CSS_PIXELS_PER_INCH) for size in inches)
    return Figure(picture.png(_DOTS_PER_INCH), picture.caption, numbers, width, height)
