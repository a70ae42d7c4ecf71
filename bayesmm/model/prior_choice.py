"""The priors of one model: a preset, with any of them replaced by the user."""

from collections.abc import Mapping

import numpy as np

from bayesmm.errors import PriorError, refuse_unknown
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.columns import label_of
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, sd_names
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.predictor_scale import constant_weights
from bayesmm.model.prior_columns import centrings_of, prior_columns, prior_places
from bayesmm.model.prior_presets import OF_ROWS, PRESETS
from bayesmm.model.priors import Prior, Priors, as_prior

__all__ = ["PriorArgument", "choose_priors"]

type PriorArgument = str | Mapping[str, str | Prior] | Priors | None


def choose_priors(design: Design, priors: PriorArgument = None) -> Priors:
    """Return one prior for every parameter of a model.

    `priors` is the name of a preset (``"default"``, ``"brms"``, ``"rstanarm"``, ``"bambi"``), which
    is scaled to the data, or a mapping from names of parameters to priors,
    ``{"Days": "Normal(0, 10)"}``, that replaces those of the preset ``"default"`` or of the one
    given under the key ``"preset"``. An unknown preset or name, and a prior that the parameter
    cannot have, are a `PriorError`.
    """
    if isinstance(priors, Priors):
        of_other = set(_meanings(design, None)) ^ set(priors)
        if of_other:
            raise PriorError(f"The priors are of another model; it differs in {sorted(of_other)}.")
        return priors
    given = {} if priors is None or isinstance(priors, str) else priors
    replaced = {label_of(name): value for name, value in given.items()}
    preset = priors if isinstance(priors, str) else str(replaced.pop("preset", "default"))
    refuse_unknown(preset, PRESETS, f"'{preset}' is not a preset of priors.", "Presets", PriorError)
    centrings = centrings_of(design, preset, replaced)
    # a scale is that of the columns as they are centred, whichever of them the user names
    scaled = design if preset in OF_ROWS else design.in_sums
    by_name = PRESETS[preset](prior_columns(scaled, centrings_of(scaled, preset)))
    _check_names(replaced, by_name)
    for name, value in replaced.items():
        prior = as_prior(value)
        _check_support(name, prior, by_name, design)
        by_name[name] = prior
    _check_decov(design, by_name)
    return Priors(by_name, preset, frozenset(replaced), _meanings(design, centrings))


def _check_names(given: Mapping[str, object], known: Mapping[str, object]) -> None:
    for name in given:
        refuse_unknown(
            name, known, f"The model has no parameter '{name}'.", "Parameters", PriorError
        )


def _check_support(name: str, prior: Prior, by_name: Mapping[str, Prior], design: Design) -> None:
    """Refuse a prior whose support is not that of the parameter."""
    correlation = by_name[name].distribution == "LKJ"
    if correlation != (prior.distribution == "LKJ"):
        wanted = "LKJ(eta)" if correlation else "a distribution of one number"
        raise PriorError(f"The prior of '{name}' must be {wanted}, got {prior}.")
    own = design.family.parameter(name) if name in design.constants else None
    if own is not None and own.is_share:
        lower, upper = prior.parameters if prior.distribution == "Uniform" else (0.0, 1.0)
        if prior.distribution not in ("Beta", "Uniform") or lower < 0 or upper > 1:
            raise PriorError(
                f"'{name}' is a share, between 0 and 1; {prior} is not. Use Beta, as in Beta(2, 2)."
            )
        return
    if name in design.family.thresholds:
        if prior.positive or prior.distribution in ("Uniform", "Flat"):
            raise PriorError(
                f"'{name}' is a threshold, which may have any sign; {prior} is no prior of one. "
                "Use Normal, StudentT, Logistic, Cauchy, Laplace or MinGumbel."
            )
        return
    if prior.distribution == "MinGumbel":
        raise PriorError(f"MinGumbel is a prior of thresholds, not of '{name}'.")
    if own is not None and own.support == "real":
        if prior.distribution in ("LKJ", "Decov"):
            raise PriorError(f"{prior} is no prior of '{name}', a number of any sign.")
        return
    coefficients = {n for p in design.linear_predictors for n in coefficient_names(p)}
    is_scale = name not in coefficients and not correlation
    real = not prior.positive and prior.distribution not in ("LKJ", "Uniform")
    if is_scale and (real or (prior.distribution == "Uniform" and prior.parameters[0] < 0)):
        raise PriorError(
            f"'{name}' is positive; {prior} is not. Use HalfNormal, HalfStudentT, HalfCauchy, "
            "Exponential, Gamma or InverseGamma."
        )
    if not is_scale and prior.distribution == "Decov":
        raise PriorError(f"Decov is a prior of group standard deviations, not of '{name}'.")


def _check_decov(design: Design, by_name: Mapping[str, Prior]) -> None:
    """Refuse Decov on some effects of a block only: it is one prior of all its sds."""
    for block in design.blocks:
        names = sd_names(block)
        chosen = {by_name[name] for name in names}
        if len(chosen) > 1 and any(p.distribution == "Decov" for p in chosen):
            raise PriorError(
                f"Decov is one prior of all sds of a block: give {', '.join(names)} the same "
                "Decov, or none of them."
            )
        if any(p.distribution == "Decov" for p in chosen) and design.varying:
            raise PriorError(
                f"Decov states sds in units of one residual scale for all rows, and "
                f"{design.varying[0]} varies; give {', '.join(names)} another prior."
            )


def _meanings(design: Design, centrings: Centrings | None) -> dict[str, str]:
    """Return what each parameter of a model is, in the units of the data."""
    link = design.family.link
    scale = (
        f"of {design.family.words.location.format(design.response)}"
        if link == "identity"
        else f"on the {link} scale"
    )
    meaning = _meanings_of_coefficients(design.mu, scale)
    for own in design.family.further:
        predictor = design.predictor(own.name)
        if own.name in design.family.thresholds:
            meaning[own.name] = f"{own.meaning}, {_place_of_thresholds(design)}"
        elif predictor.constant:
            meaning[own.name] = own.meaning or own.name
        else:
            of = f"{own.link}({own.name})" if own.link != "identity" else own.meaning or own.name
            meaning |= _meanings_of_coefficients(predictor, f"of {of}")
    for index, block in enumerate(design.blocks):
        for effect, sd in zip(block.effects, sd_names(block), strict=True):
            what = "intercepts" if effect.is_intercept else f"effects of {effect.name}"
            on = "" if effect.predictor == MEAN else f" on {effect.predictor}"
            meaning[sd] = f"sd of the {what}{on} among {block.factor}"
        corr = corr_name(design.blocks, index)
        if corr is not None:
            meaning[corr] = f"correlations of the effects of {block.factor}"
    places = prior_places(design, centrings)
    return meaning | {name: f"{meaning[name]}, {place}" for name, place in places.items()}


def _place_of_thresholds(design: Design) -> str:
    """Return on which scale the thresholds are, and where."""
    where = ", at the mean of the predictors" if design.mu.names else ""
    if design.specific_predictors:
        where = f"{where or ','}{' and' if where else ''} at 0 of those in cs()"
    order = ", in their order" if design.family.in_order else ""
    return f"on the {design.family.link} scale{order}{where}"


def _meanings_of_coefficients(predictor: Predictor, scale: str) -> dict[str, str]:
    """Return what each coefficient of a predictor is; those of cell means hold the level."""
    names = coefficient_names(predictor)
    first = int(predictor.intercept)
    where = ", at the mean of the predictors" if predictor.names else ""
    found = {names[0]: f"common intercept {scale}{where}"} if first else {}
    level = predictor.has_level
    constant = np.zeros(len(predictor.names)) if level else constant_weights(predictor.X)
    through = "" if level or constant.any() else ", through the origin"
    for name, column, weight in zip(names[first:], predictor.names, constant, strict=True):
        found[name] = (
            f"level {scale} at {column} = {1 / weight:.6g} and 0 of the others"
            if weight
            else f"change {scale} per unit of {column}{through}"
        )
    return found
