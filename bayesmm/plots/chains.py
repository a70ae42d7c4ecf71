"""What the pictures of chains share: which quantities, their titles, the legend of the chains."""

from collections.abc import Sequence

from matplotlib.lines import Line2D

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.plots.scalar_draws import ScalarDraws, named_scalars, worst_scalars
from bayesmm.plots.style import LINES, colours_of
from bayesmm.results.marginal.grid import names_of

__all__ = ["chain_legend", "chain_styles", "chosen_quantities", "describe", "heading"]

_MOST_PANELS = 24


def chosen_quantities(
    fit: FitRecord, names: str | Sequence[str] | None, count: int
) -> list[ScalarDraws]:
    """Return the quantities that are named, or the `count` that converged least."""
    if names is None:
        return worst_scalars(fit, count)
    chosen = named_scalars(fit, names_of(names))
    if not 0 < len(chosen) <= _MOST_PANELS:
        raise UsageError(
            f"These names are of {len(chosen)} quantities; 1 to {_MOST_PANELS} fit on a picture. "
            "Name single ones, as 'Days|Subject[308]'."
        )
    return chosen


def describe(quantity: ScalarDraws) -> str:
    """Return its label, R-hat and effective sample size."""
    ess = min(quantity.ess_bulk, quantity.ess_tail)
    return f"{quantity.label}\nR-hat {quantity.rhat:.3f}, ESS {ess:,.0f}"


def heading(what: str, names: object, count: int) -> str:
    """Return the title of the picture, which says how the quantities were chosen."""
    return what if names is not None else f"{what}: the {count} quantities that mix least"


def chain_styles(chains: int) -> list[dict[str, object]]:
    """Return colour and line of each chain; no two of the first seven share a colour."""
    colours = colours_of(chains)
    return [
        {"color": colour, "linestyle": LINES[index % len(LINES)]}
        for index, colour in enumerate(colours)
    ]


def chain_legend(chains: int) -> list[Line2D]:
    """Return a labelled line per chain, counted from 0 as in the draws."""
    return [
        Line2D([], [], linewidth=1.6, label=f"chain {index}", **style)
        for index, style in enumerate(chain_styles(chains))
    ]
