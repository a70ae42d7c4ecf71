"""What is known of responses by bounds only, in words."""

from collections.abc import Iterator

import numpy as np

from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, EXACT, TRUNCATION
from bayesmm.formula.syntax import show
from bayesmm.model.design import Design

__all__ = ["bounds_in_words"]

_CENSORED = {
    BEYOND_LOWER: "right-censored",
    BELOW_UPPER: "left-censored",
    BETWEEN: "known by an interval",
}


def bounds_in_words(design: Design) -> Iterator[str]:
    """Yield what is to be said of the rows: ``"63 of 227 right-censored"``."""
    if CENSORING[0] in design.known:
        form = design.known[CENSORING[0]]
        counts = [
            f"{int(np.sum(form == code)):,} of {design.n_obs:,} {words}"
            for code, words in _CENSORED.items()
            if (form == code).any()
        ]
        yield from counts
    if TRUNCATION[0] in design.known:
        yield f"truncated: seen {_window(design)} only"


def _window(design: Design) -> str:
    """Return the bounds of truncation as written, or of a design without a formula by number."""
    if design.encoder is not None:
        own = design.encoder.formula.response.truncation
        lower, upper = (
            None if node is None else show(node, bare=True) for node in (own.lower, own.upper)
        )
    else:
        form, low, high = (design.known[name] for name in TRUNCATION)
        some = form != EXACT
        lower = f"{low[some].min():g}" if (form[some] != BELOW_UPPER).any() else None
        upper = f"{high[some].max():g}" if (form[some] != BEYOND_LOWER).any() else None
    if upper is None:
        return f"from {lower} on"
    return f"up to {upper}" if lower is None else f"from {lower} to {upper}"
