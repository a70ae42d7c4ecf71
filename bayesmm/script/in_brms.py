"""The model in brms, with the priors that have a counterpart there."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bayesmm.errors import UnsupportedModelError, visible
from bayesmm.model.names import coefficient_names, corr_name, sd_names
from bayesmm.model.priors import Prior
from bayesmm.script.brms_bounds import bound_calls
from bayesmm.script.family_names import name_of
from bayesmm.script.parts import ScriptParts
from bayesmm.script.r_data import r_script
from bayesmm.script.r_formula import RFormula
from bayesmm.script.stan_priors import stan_prior
from bayesmm.script.texts import r_text

__all__ = ["BRMS_WARMUP", "brms_name", "in_brms"]

BRMS_WARMUP = 1000

# brms has the share of zeros where we have that of counts: a Beta prior is turned around.
_COMPLEMENT = "1 - "

# What brms makes of the signs in the name of a coefficient.
_SIGNS = str.maketrans(
    {
        **dict.fromkeys(" ()[],\"'?", ""),
        "+": "P",
        "-": "M",
        "*": "MU",
        "/": "D",
        "^": "E",
        "=": "EQ",
    }
)
# What R has no names with, and what brms then leaves out of the name of a category.
_NO_NAME = re.compile(r"[\W_]")


def brms_name(name: str) -> str:
    """Return the name that brms gives a coefficient: ``IAgeE2`` for ``I(Age^2)``."""
    return name.translate(_SIGNS)


def in_brms(parts: ScriptParts) -> str:
    """Return the call of brms; comments name the priors that it cannot state.

    Not supported are a family that it does not have, and known weights of a gaussian model, which
    it gives another meaning.
    """
    design, settings = parts.design, parts.settings
    family = design.family
    if design.weights is not None and family.precision_weights:
        raise UnsupportedModelError(
            "brms multiplies the log likelihood by the weights; in this gaussian model they are "
            "precisions, as in lme4."
        )
    formula = RFormula(design)
    priors, missing = _priors(parts, formula)
    call = [
        _formulas(parts, formula),
        "data",
        f'family = {name_of(family, "brms", "brms")}(link = "{family.link}")',
        "prior = priors",
        f"chains = {settings.chains}",
        f"iter = {settings.draws + BRMS_WARMUP}",
        f"warmup = {BRMS_WARMUP}",
        f"seed = {settings.seed}",
        f"control = list(adapt_delta = {settings.target_accept!r})",
    ]
    what = "The same model and priors in brms; other draws of the posterior."
    lines = [f"# {visible(line)}" for line in missing]
    lines += [f"priors <- c({', '.join(priors)})", f"fit <- brm({', '.join(call)})", "summary(fit)"]
    return r_script(parts, formula, what, "brms", lines)


def _response(parts: ScriptParts, formula: RFormula) -> str:
    response = parts.design.encoder.formula.response
    additions = []
    if parts.design.trials is not None:
        additions.append(f"trials({formula.trials()})")
    if parts.design.family.response == "multinomial":
        additions.append(f"trials({' + '.join(map(formula.code, response.counts))})")
    if response.weights is not None:
        additions.append(f"weights({formula.code(response.weights)})")
    additions += bound_calls(parts.design, formula)
    value = formula.code(response.value)
    if response.decision is not None:
        additions.append(f"dec({formula.code(response.decision)})")
    elif parts.design.family.decisions:  # the sign of a time is the decision
        additions.append(f"dec(as.integer({value} > 0))")
        value = f"abs({value})"
    if parts.design.family.response == "multinomial":
        value = f"cbind({', '.join(map(formula.code, response.counts))})"
    return f"{value} | {' + '.join(additions)}" if additions else value


def _formulas(parts: ScriptParts, formula: RFormula) -> str:
    """Return the formula, or ``bf()`` of several."""
    first = f"{_response(parts, formula)} ~ {formula.right}"
    varying, fixed = parts.design.varying, parts.design.family.fixed
    if not (varying or fixed):
        return first
    specific = {own.parameter for own in parts.design.specific_predictors}
    written = [own for own in varying if own not in specific]  # cs() is in the first formula
    if not (written or fixed):
        return first
    every = [first, *(f"{_theirs(parts, own)} ~ {formula.right_of(own)}" for own in written)]
    every += [f"{own.names.get('brms', own.name)} = {value!r}" for own, value in fixed]
    return f"bf({', '.join(every)})"


def _theirs(parts: ScriptParts, parameter: str) -> str:
    """Return brms's name of a parameter that varies.

    Where it has the complement, whose coefficients have the other signs, that is not supported.
    """
    own = parts.design.family.parameter(parameter)
    if own is not None and own.always:
        return f"mu{_NO_NAME.sub('', parameter)}"  # as brms makes names of categories
    theirs = parameter if own is None else own.names.get("brms", parameter)
    if theirs.startswith(_COMPLEMENT):
        name = theirs.removeprefix(_COMPLEMENT)
        raise UnsupportedModelError(
            f"brms has {name} = 1 - {parameter}, whose coefficients have the other signs: write "
            f"'{name} ~ ...' in the place of '{parameter} ~ ...'."
        )
    return theirs


def _priors(parts: ScriptParts, formula: RFormula) -> tuple[list[str], list[str]]:
    """Return the lines of the priors, and a sentence on each that brms cannot state."""
    lines, missing = [], list(_of_some_thresholds(parts))
    elsewhere = parts.places
    coefficients = {
        name
        for own in parts.design.linear_predictors
        for name in coefficient_names(own)[int(own.intercept) :]
    }
    for name, prior, where in _places(parts, formula):
        if name in elsewhere and name in coefficients:
            missing.append(
                f"The prior {prior} of {name} is {elsewhere[name]}, which brms cannot state of "
                "these columns: none is set here."
            )
            continue
        if name in elsewhere:
            missing.append(
                f"NOT THE SAME PRIOR: {prior} of {name} is {elsewhere[name]} in the fit, and at 0 "
                "in brms. Centre the data for the same."
            )
        if prior.distribution in ("Flat", "HalfFlat"):
            lines.append(f'set_prior("", {where})')
        elif (stan := stan_prior(prior)) is None:
            missing.append(f"brms cannot state {prior} of {name} here: its own default is taken.")
        else:
            lines.append(f'set_prior("{stan}", {where})')
    return lines, missing


def _of_some_thresholds(parts: ScriptParts) -> Iterator[str]:
    """Yield a sentence on each effect of ``cs()`` whose priors differ between thresholds."""
    specific = parts.design.specific_predictors
    for names in zip(*map(coefficient_names, specific), strict=True):
        if len({parts.priors[name] for name in names}) > 1:
            yield (
                f"NOT THE SAME PRIORS: brms has one for {', '.join(names)}; that of {names[0]} is "
                "taken."
            )


def _places(parts: ScriptParts, formula: RFormula) -> Iterator[tuple[str, Prior, str]]:
    """Yield name, prior and brms's place of every parameter."""
    design, priors = parts.design, parts.priors
    specific = design.specific_predictors
    of = {own.parameter: "" for own in (design.mu, *specific)}
    of |= {p: f", dpar = {r_text(_theirs(parts, p))}" for p in design.varying if p not in of}
    for predictor in design.coefficient_predictors:
        if predictor in specific[1:]:
            continue  # one prior of brms is of all thresholds
        names, dpar = coefficient_names(predictor), of[predictor.parameter]
        if predictor.intercept:
            yield names[0], priors[names[0]], f'class = "Intercept"{dpar}'
        theirs = formula.coefficients(predictor.parameter)
        for name, own in zip(names[int(predictor.intercept) :], theirs, strict=True):
            yield name, priors[name], f'class = "b", coef = {r_text(brms_name(own))}{dpar}'
    for own in design.family.further:
        if own.name in design.varying:
            continue
        if own.name in design.family.thresholds:
            place = design.family.thresholds.index(own.name) + 1
            yield own.name, priors[own.name], f'class = "Intercept", coef = "{place}"'
            continue
        theirs = own.names.get("brms", own.name)
        place = f'class = "{theirs.removeprefix(_COMPLEMENT)}"'
        prior = priors[own.name]
        if theirs.startswith(_COMPLEMENT) and prior.distribution == "Beta":
            prior = replace(prior, parameters=prior.parameters[::-1])
        yield own.name, prior, place
    for index, block in enumerate(design.blocks):
        group = f"group = {r_text(block.factor)}"
        named = zip(block.effects, sd_names(block), formula.effects(index), strict=True)
        for effect, name, own in named:
            place = f'class = "sd", {group}, coef = {r_text(brms_name(own))}'
            yield name, priors[name], place + of[effect.predictor]
        corr = corr_name(design.blocks, index)
        if corr is not None:
            yield corr, priors[corr], f'class = "cor", {group}'
