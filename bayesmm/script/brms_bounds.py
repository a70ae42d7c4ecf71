"""What brms's formula says of censored and truncated responses."""

from collections.abc import Iterator

import numpy as np

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.within import BETWEEN, BEYOND_LOWER, CENSORING, TRUNCATION
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.script.r_formula import RFormula

__all__ = ["bound_calls"]


def bound_calls(design: Design, formula: RFormula) -> Iterator[str]:
    """Yield ``cens()`` and ``trunc()`` as brms reads them.

    Not supported are likelihoods of brms that are others, of censored responses that are truncated,
    and the range of a parameter that is below every response.
    """
    response = design.encoder.formula.response
    if design.family.forms.columns:
        _refuse_other_range(design)
    if response.censoring is not None:
        _refuse_other_likelihood(design)
        own = response.censoring
        status = formula.code(own.status)
        status = f"1 - ({status})" if own.argument == "event" else status
        upper = "" if own.upper is None else f", {formula.code(own.upper)}"
        yield f"cens({status}{upper})"
    if response.truncation is not None:
        bounds = {"lb": response.truncation.lower, "ub": response.truncation.upper}
        given = (f"{k} = {formula.code(node)}" for k, node in bounds.items() if node is not None)
        yield f"trunc({', '.join(given)})"


def _refuse_other_range(design: Design) -> None:
    """Raise where a bound is below what brms keeps below every response and every bound."""
    limits = {
        own.name: responses_for(design, own) for own in design.family.further if own.below_responses
    }
    limits |= {own.name: value for own, value in design.family.fixed if own.below_responses}
    least = float(design.y.min())
    if TRUNCATION[0] in design.known:
        form, first, _ = (design.known[name] for name in TRUNCATION)
        has_first = (form == BEYOND_LOWER) | (form == BETWEEN)
        least = min(least, float(np.min(first, where=has_first, initial=np.inf)))
    for name, values in limits.items():
        if least < (most := float(np.min(values))):
            raise UnsupportedModelError(
                f"brms keeps {name} below the bounds of censored and truncated responses too, here "
                f"below {least:g}; a bound below it says nothing, and {name} may be up to {most:g}."
            )


def _refuse_other_likelihood(design: Design) -> None:
    """Raise where a bound of truncation is that of a censored response too."""
    if TRUNCATION[0] not in design.known:
        return
    form, lower, upper = (design.known[name] for name in CENSORING)
    _, first, last = (design.known[name] for name in TRUNCATION)
    if np.any((form == BETWEEN) & ((lower == first) | (upper == last))):
        raise UnsupportedModelError(
            "brms takes P(Y > y) of a right-censored response that is truncated above, where it is "
            "P(y < Y <= ub), and P(Y <= y) of a left-censored one that is truncated below."
        )
