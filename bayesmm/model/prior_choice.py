"""The priors of one model: a preset, with any of them replaced by the user."""

from collections.abc import Mapping

import numpy as np

from bayesmm.errors import PriorError, suggestion
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.columns import label_of
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_labels, sd_names
from bayesmm.model.predictor_scale import constant_weights
from bayesmm.model.prior_columns import centrings_of, prior_columns, prior_places
from bayesmm.model.prior_presets import PRESETS
from bayesmm.model.priors import Prior, Priors, as_prior

__all__ = ["PriorArgument", "choose_priors"]

type PriorArgument = str | Mapping[str, str | Prior] | Priors | None


def choose_priors(design: Design, priors: PriorArgument = None) -> Priors:
    """Return one prior for every parameter of a model.

    Parameters
    ----------
    design : Design
        The model and its data, to which the presets are scaled.
    priors : str, mapping or Priors, optional
        Name of a preset (``"default"``, ``"brms"``, ``"rstanarm"``, ``"bambi"``), or a mapping
        from names of parameters to priors, ``{"Days": "Normal(0, 10)"}``, that replaces those of
        the preset ``"default"`` or of the one given under the key ``"preset"``.

    Raises
    ------
    PriorError
        For an unknown preset, an unknown name, or a prior that the parameter cannot have.
    """
    if isinstance(priors, Priors):
        of_other = set(_meanings(design, None)) ^ set(priors)
        if of_other:
            raise PriorError(f"The priors are of another model; it differs in {sorted(of_other)}.")
        return priors
    given = {} if priors is None or isinstance(priors, str) else priors
    replaced = {label_of(name): value for name, value in given.items()}
    preset = priors if isinstance(priors, str) else str(replaced.pop("preset", "default"))
    if preset not in PRESETS:
        raise PriorError(
            f"'{preset}' is not a preset of priors. {suggestion(preset, PRESETS, label='Presets')}"
        )
    centrings = centrings_of(design, preset, replaced)
    # a scale is that of the columns as they are centred, whichever of them the user names
    by_name = PRESETS[preset](prior_columns(design, centrings_of(design, preset)))
    _check_names(replaced, by_name)
    for name, value in replaced.items():
        prior = as_prior(value)
        _check_support(name, prior, by_name, design)
        by_name[name] = prior
    _check_decov(design, by_name)
    return Priors(by_name, preset, frozenset(replaced), _meanings(design, centrings))


def _check_names(given: Mapping[str, object], known: Mapping[str, object]) -> None:
    for name in given:
        if name not in known:
            raise PriorError(
                f"The model has no parameter '{name}'. "
                + suggestion(name, known, label="Parameters")
            )


def _check_support(name: str, prior: Prior, by_name: Mapping[str, Prior], design: Design) -> None:
    """Refuse a prior whose support is not that of the parameter."""
    correlation = by_name[name].distribution == "LKJ"
    if correlation != (prior.distribution == "LKJ"):
        wanted = "LKJ(eta)" if correlation else "a distribution of one number"
        raise PriorError(f"The prior of '{name}' must be {wanted}, got {prior}.")
    own = design.family.parameter(name)
    if own is not None and own.is_share:
        lower, upper = prior.parameters if prior.distribution == "Uniform" else (0.0, 1.0)
        if prior.distribution not in ("Beta", "Uniform") or lower < 0 or upper > 1:
            raise PriorError(
                f"'{name}' is a share, between 0 and 1; {prior} is not. Use Beta, as in Beta(2, 2)."
            )
        return
    is_scale = name not in design.mu.terms and not correlation
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


def _meanings(design: Design, centrings: Centrings | None) -> dict[str, str]:
    """Return what each parameter of a model is, in the units of the data."""
    link = design.family.link
    scale = (
        f"of {design.family.words.location.format(design.response)}"
        if link == "identity"
        else f"on the {link} scale"
    )
    where = ", at the mean of the predictors" if design.mu.names else ""
    meaning = {"Intercept": f"common intercept {scale}{where}"} if design.mu.intercept else {}
    meaning |= _meanings_of_coefficients(design, scale)
    meaning |= {own.name: own.meaning or own.name for own in design.family.further}
    for index, block in enumerate(design.blocks):
        for effect, sd in zip(effect_labels(block), sd_names(block), strict=True):
            what = "intercepts" if effect == "Intercept" else f"effects of {effect}"
            meaning[sd] = f"sd of the {what} among {block.factor}"
        corr = corr_name(design.blocks, index)
        if corr is not None:
            meaning[corr] = f"correlations of the effects of {block.factor}"
    places = prior_places(design, centrings)
    return meaning | {name: f"{meaning[name]}, {place}" for name, place in places.items()}


def _meanings_of_coefficients(design: Design, scale: str) -> dict[str, str]:
    """Return what each coefficient of a column is; those of cell means hold the level."""
    constant = (
        np.zeros(len(design.mu.names)) if design.mu.intercept else constant_weights(design.mu.X)
    )
    through = "" if design.mu.intercept or constant.any() else ", through the origin"
    return {
        name: (
            f"level {scale} at {name} = {1 / weight:.6g} and 0 of the others"
            if weight
            else f"change {scale} per unit of {name}{through}"
        )
        for name, weight in zip(design.mu.names, constant, strict=True)
    }
