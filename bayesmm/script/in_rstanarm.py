"""The model in rstanarm, with the priors that have a counterpart there."""

from collections.abc import Mapping

from bayesmm.errors import UnsupportedModelError, visible
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Prior
from bayesmm.script.family_names import refuse_bounds
from bayesmm.script.parts import ScriptParts
from bayesmm.script.r_data import r_script
from bayesmm.script.r_formula import RFormula
from bayesmm.script.stan_priors import stan_prior

__all__ = ["RSTANARM_WARMUP", "in_rstanarm"]

RSTANARM_WARMUP = 1000

# rstanarm's word for the prior of one coefficient, or of all, with the names of its parameters.
_COEFFICIENTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Normal": ("normal", ("location", "scale")),
    "StudentT": ("student_t", ("df", "location", "scale")),
    "Cauchy": ("cauchy", ("location", "scale")),
    "Laplace": ("laplace", ("location", "scale")),
}
_AUXILIARY = frozenset({"HalfNormal", "HalfStudentT", "HalfCauchy", "Exponential"})


def in_rstanarm(parts: ScriptParts) -> str:
    """Return the call of rstanarm; comments name the priors that it cannot state.

    Not supported are a family that it does not have, weights, and a factor behind ``||``.
    """
    refuse_bounds(parts.design, "rstanarm")
    if parts.design.varying:
        raise UnsupportedModelError(
            f"rstanarm has no model in which {parts.design.varying[0]} varies."
        )
    design, settings = parts.design, parts.settings
    formula = RFormula(design)
    if "rstanarm" not in design.family.words.names or formula.factors_in_bars():
        raise UnsupportedModelError(
            f"rstanarm has no {design.family.name} family with these effects."
        )
    if design.weights is not None and design.family.precision_weights:
        raise UnsupportedModelError(
            "rstanarm multiplies the log likelihood by the weights; in this gaussian model they "
            "are precisions, as in lme4."
        )
    function = "stan_glmer" if design.blocks else "stan_glm"
    priors, missing = _priors(parts)
    weights = design.encoder.formula.response.weights
    more = [] if weights is None else [f"weights = {formula.code(weights)}"]
    call = [
        f"{formula.response()} ~ {formula.right}",
        "data = data",
        f'family = {design.family.words.names["rstanarm"]}(link = "{design.family.link}")',
        *more,
        *priors,
        f"chains = {settings.chains}",
        f"iter = {settings.draws + RSTANARM_WARMUP}",
        f"warmup = {RSTANARM_WARMUP}",
        f"seed = {settings.seed}",
        f"adapt_delta = {settings.target_accept!r}",
    ]
    what = "The model in rstanarm; other draws of the posterior."
    lines = [f"# {visible(line)}" for line in missing]
    lines += [f"fit <- {function}({', '.join(call)})", "summary(fit)"]
    return r_script(parts, formula, what, "rstanarm", lines)


def _priors(parts: ScriptParts) -> tuple[list[str], list[str]]:
    """Return the arguments of the priors, and a sentence on each that rstanarm cannot state."""
    design, priors = parts.design, parts.priors
    lines = []
    missing = [
        f"NOT THE SAME PRIOR: {priors[name]} of {name} is {place} in the fit, and at 0 in "
        "rstanarm. Centre the data for the same."
        for name, place in parts.places.items()
        if name in design.mu.names or priors[name].distribution == "Decov"
    ]
    if design.mu.intercept:
        _add(lines, missing, "prior_intercept", ["Intercept"], [priors["Intercept"]])
    if design.mu.names:
        _add(lines, missing, "prior", design.mu.names, [priors[name] for name in design.mu.names])
    for name in design.family.auxiliary:
        prior = priors[name]
        if prior.distribution in _AUXILIARY:
            stan = str(stan_prior(prior)).removesuffix(")")
            lines.append(f"prior_aux = {stan}, autoscale = FALSE)")
        else:
            missing.append(_sentence(prior, name))
    if design.blocks:
        _covariance(parts, lines, missing)
    return lines, missing


def _add(
    lines: list[str], missing: list[str], argument: str, names: list[str], priors: list[Prior]
) -> None:
    """Add one argument for all coefficients, whose priors must be of one distribution."""
    distributions = {prior.distribution for prior in priors}
    if distributions == {"Flat"}:
        lines.append(f"{argument} = NULL")
        return
    (first, *others) = distributions
    if others or first not in _COEFFICIENTS:
        missing += [_sentence(prior, name) for name, prior in zip(names, priors, strict=True)]
        return
    word, parameters = _COEFFICIENTS[first]
    columns = zip(*(prior.parameters for prior in priors), strict=True)
    inside = [
        f"{key} = {_numbers(values)}" for key, values in zip(parameters, columns, strict=True)
    ]
    lines.append(f"{argument} = {word}({', '.join(inside)}, autoscale = FALSE)")


def _numbers(values: tuple[float, ...]) -> str:
    return repr(values[0]) if len(values) == 1 else f"c({', '.join(map(repr, values))})"


def _covariance(parts: ScriptParts, lines: list[str], missing: list[str]) -> None:
    """Add decov, the only prior of covariances that rstanarm has, where it is ours."""
    design, priors = parts.design, parts.priors
    chosen = {priors[name] for block in design.blocks for name in sd_names(block)}
    names = [corr_name(design.blocks, k) for k in range(len(design.blocks))]
    etas = {priors[name].parameters[0] for name in names if name is not None} or {1.0}
    if len(chosen) == 1 and len(etas) == 1 and next(iter(chosen)).distribution == "Decov":
        concentration, shape, scale = next(iter(chosen)).parameters
        lines.append(
            f"prior_covariance = decov(regularization = {next(iter(etas))!r}, "
            f"concentration = {concentration!r}, shape = {shape!r}, scale = {scale!r})"
        )
        return
    missing += [
        _sentence(priors[name], name) for block in design.blocks for name in sd_names(block)
    ]


def _sentence(prior: Prior, name: str) -> str:
    return f"rstanarm cannot state {prior} of {name} here: its own default is taken."
