"""Names of axes with their units, as far as the data say them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from bayesmm.formula.syntax import Name, show
from bayesmm.model.design import Design

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["axis_label", "coefficient_label", "response_label", "units_of"]

_PURE = "1"  # unit of a pure number
_SCALES = {"logit": "log odds", "log": "log scale"}


def units_of(fit: "Fit") -> Mapping[str, str]:
    """Return the units of the columns that ``data.attrs["units"]`` names.

    What is no mapping of columns to text is somebody else's and says nothing here.
    """
    units = fit.data.attrs.get("units") if isinstance(fit.data, pd.DataFrame) else None
    if not isinstance(units, Mapping):
        return {}
    return {str(name): unit for name, unit in units.items() if isinstance(unit, str) and unit}


def axis_label(fit: "Fit", column: str) -> str:
    """Return ``"Reaction [ms]"`` for a column of known unit, else the plain name.

    Parameters
    ----------
    fit : Fit
        A fitted model; ``fit.data.attrs["units"]`` maps columns to units.
    column : str
        A column, or any other term, which has no unit: ``"I(time^2)"``.
    """
    unit = units_of(fit).get(column, _PURE)
    return column if unit == _PURE else f"{column} [{unit}]"


def response_label(fit: "Fit") -> str:
    """Return the label of an axis that holds the response and its mean.

    Of a binomial response that is the proportion of successes, of a bernoulli one the
    probability: ``"incidence (proportion)"``, ``"P(am = 1)"``.
    """
    design = fit.design
    encoder = design.encoder
    value = None if encoder is None else encoder.formula.response.value
    name = design.response if value is None else show(value, bare=True)
    if design.trials is not None:
        success = encoder.response_levels[1:] if encoder is not None else ()
        return f"{name}{''.join(f' = {label}' for label in success)} (proportion)"
    if design.family.response == "binary":
        levels = encoder.response_levels if encoder is not None else ()
        return f"P({name} = {levels[1] if levels else 1})"
    return axis_label(fit, name)


def coefficient_label(fit: "Fit", term: str) -> str:
    """Return the label of an axis that holds coefficients of a term: ``"Days [ms/day]"``.

    Units are known for the intercept and for terms that are a column of numbers; on other
    scales than the response's the scale is named: ``"Intercept [log odds]"``.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    term : str
        ``"Intercept"`` or the name of a column of the design.
    """
    units = units_of(fit)
    link = fit.design.family.link
    if link == "identity":
        above = units.get(_column_of_response(fit.design))
    else:
        above = _SCALES.get(link, f"{link} scale")
    if above is None:
        return term
    below = _PURE if term == "Intercept" else units.get(term)
    if below is None:
        # a contrast of a factor or a product of columns: only the scale is sure
        return term if link == "identity" else f"{term} [{above}]"
    unit = _ratio(above, below, " per " if link != "identity" else "/")
    return term if unit == _PURE else f"{term} [{unit}]"


def _column_of_response(design: Design) -> str | None:
    if design.encoder is None:
        return design.response
    value = design.encoder.formula.response.value
    return value.value if isinstance(value, Name) else None


def _ratio(above: str, below: str, per: str) -> str:
    if below == _PURE:
        return above
    bracketed = f"({below})" if per == "/" and (" " in below or "/" in below) else below
    return f"{above}{per}{bracketed}"
