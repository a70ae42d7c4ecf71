"""Names of columns and of the response with their units, as far as the data say them."""

from collections.abc import Mapping

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.formula.syntax import show
from bayesmm.results.prediction.response_mean import mean_is_inverse_link

__all__ = [
    "PURE",
    "axis_label",
    "response_label",
    "response_name",
    "scale_label",
    "title_of",
    "units_of",
]

PURE = "1"  # unit of a pure number
_LINK_SCALES = {"logit": "log odds of", "log": "log of the mean of"}


def units_of(fit: FitRecord) -> Mapping[str, str]:
    """Return the units of the columns that ``data.attrs["units"]`` names.

    What is no mapping of columns to text is somebody else's and says nothing here.
    """
    units = fit.own_data.attrs.get("units") if isinstance(fit.own_data, pd.DataFrame) else None
    if not isinstance(units, Mapping):
        return {}
    return {str(name): unit for name, unit in units.items() if isinstance(unit, str) and unit}


def axis_label(fit: FitRecord, column: str) -> str:
    """Return ``"Reaction [ms]"`` for a column of known unit, else the plain name.

    ``fit.data.attrs["units"]`` maps columns to units; any other term has none: ``"I(time^2)"``.
    """
    unit = units_of(fit).get(column, PURE)
    return column if unit == PURE else f"{column} [{unit}]"


def response_label(fit: FitRecord) -> str:
    """Return the label of an axis that holds the response and its mean.

    Of a binomial response that is the proportion of successes, of a bernoulli one the
    probability: ``"incidence (proportion)"``, ``"P(am = 1)"``.
    """
    design, name = fit.design, response_name(fit)
    if design.trials is not None:
        return f"{name} (proportion)"
    if design.family.response == "ordered":
        return f"{name} (mean category)"
    return f"P({name})" if design.family.response == "binary" else axis_label(fit, name)


def response_name(fit: FitRecord) -> str:
    """Return the name of the response, with the label of a success: ``"am = 1"``."""
    design = fit.design
    encoder = design.encoder
    value = None if encoder is None else encoder.formula.response.value
    if design.trials is not None and design.success is not None:
        return f"{design.response} = {design.success}"
    name = design.response if value is None else show(value, bare=True)
    levels = encoder.response_levels if encoder is not None else ()
    if design.trials is not None:
        return f"{name}{''.join(f' = {label}' for label in levels[1:])}"
    if design.family.response == "binary":
        return f"{name} = {levels[1] if levels else 1}"
    return name


def scale_label(fit: FitRecord, scale: str) -> str:
    """Return the label of an axis that holds predictions on the scale ``"link"`` or ``"response"``.

    ``"log odds of am = 1"`` on the scale of a link, else the label of the response.
    """
    link = fit.design.family.link
    if scale == "response" or link == "identity":
        return response_label(fit)
    if fit.design.family.latent:
        return f"latent {response_name(fit)} ({link} scale)"
    # where zeros are added or taken away the link is that of the counts before
    family = fit.design.family
    counts = "" if mean_is_inverse_link(family) else f" ({family.part_of_mu})"
    return f"{_LINK_SCALES.get(link, f'{link} of the mean of')} {response_name(fit)}{counts}"


def title_of(fit: FitRecord, what: str, scale: str, who: str) -> str:
    """Return a title that names the scale where there are two, and the group where there are some.

    ``"Slopes in Days, typical group"``, ``"Contrasts (pairwise), link scale"``,
    ``"Contrasts (pairwise), odds ratio"``.
    """
    parts = [what]
    if scale not in ("link", "response"):
        parts.append(scale)
    elif fit.design.family.link != "identity":
        parts.append(f"{scale} scale")
    parts += [who] if fit.design.blocks else []
    return ", ".join(parts)
