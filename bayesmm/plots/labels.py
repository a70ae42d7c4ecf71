"""Names of coefficients with their units, as far as the data say them."""

from bayesmm.fit_record import FitRecord
from bayesmm.formula.syntax import Name
from bayesmm.model.design import Design
from bayesmm.results.marginal.units import PURE, axis_label, response_label, units_of

__all__ = ["axis_label", "coefficient_label", "response_label", "units_of"]

_SCALES = {"logit": "log odds", "log": "log scale"}


def coefficient_label(fit: FitRecord, term: str) -> str:
    """Return the label of an axis that holds coefficients of a term: ``"Days [ms/day]"``.

    Units are known for the intercept and for terms that are a column of numbers; on other
    scales than the response's the scale is named: ``"Intercept [log odds]"``.

    `term` is ``"Intercept"`` or the name of a column of the design.
    """
    units = units_of(fit)
    link = fit.design.family.link
    if link == "identity":
        above = units.get(_column_of_response(fit.design))
    else:
        above = _SCALES.get(link, f"{link} scale")
    if above is None:
        return term
    below = PURE if term == "Intercept" else units.get(term)
    if below is None:
        # a contrast of a factor or a product of columns: only the scale is sure
        return term if link == "identity" else f"{term} [{above}]"
    unit = _ratio(above, below, " per " if link != "identity" else "/")
    return term if unit == PURE else f"{term} [{unit}]"


def _column_of_response(design: Design) -> str | None:
    if design.encoder is None:
        return design.response
    value = design.encoder.formula.response.value
    return value.value if isinstance(value, Name) else None


def _ratio(above: str, below: str, per: str) -> str:
    if below == PURE:
        return above
    bracketed = f"({below})" if per == "/" and (" " in below or "/" in below) else below
    return f"{above}{per}{bracketed}"
