"""The maximum-likelihood counterpart in R: lm, glm, lme4 or glmmTMB."""

from collections.abc import Iterator

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.parameter import Parameter
from bayesmm.script.family_names import refuse_bounds
from bayesmm.script.parts import ScriptParts
from bayesmm.script.r_data import r_script
from bayesmm.script.r_formula import RFormula

__all__ = ["in_lme4"]


def in_lme4(parts: ScriptParts) -> str:
    """Return the call of R that maximises the likelihood of the same model.

    Not supported are a family that none of these functions has, and a factor behind ``||``.
    """
    design = parts.design
    refuse_bounds(design, "lme4")
    formula = RFormula(design)
    if formula.factors_in_bars():
        raise UnsupportedModelError(
            "lme4 does not take a factor behind '||' apart: its effects stay correlated there. "
            "Write (0 + f || g) as terms of columns of 0 and 1."
        )
    library, function, options = _function(parts)
    both = f"{formula.response()} ~ {formula.right}"
    weights = design.encoder.formula.response.weights
    if weights is not None:
        options = [*options, f"weights = {formula.code(weights)}"]
    what = "Maximum likelihood: the same model without priors."
    lines = [f"m <- {function}({', '.join([both, 'data', *options])})", "summary(m)"]
    return r_script(parts, formula, what, library, lines)


def _function(parts: ScriptParts) -> tuple[str, str, list[str]]:
    """Return the package, the function and its options."""
    design = parts.design
    family, link = design.family, design.family.link
    if "ordinal" in family.words.names:
        return "ordinal", *_ordinal(parts)
    if design.varying:
        return "glmmTMB", "glmmTMB", list(_distributional(parts))
    if family.linear:
        return ("lme4", "lmer", ["REML = TRUE"]) if design.blocks else ("", "lm", [])
    if "glm" in family.words.names:
        options = [f'family = {family.words.names["glm"]}(link = "{link}")']
        return ("lme4", "glmer", options) if design.blocks else ("", "glm", options)
    if "glmmtmb" not in family.words.names:
        raise UnsupportedModelError(
            f"lme4 and glmmTMB have no counterpart of the {family.name} family."
        )
    zeros = filter(None, map(_zeros, family.further))
    return (
        "glmmTMB",
        "glmmTMB",
        [f'family = {family.words.names["glmmtmb"]}(link = "{link}")', *zeros],
    )


def _zeros(parameter: Parameter) -> str:
    """Return glmmTMB's option for a share of zeros that is one number; empty for others."""
    theirs = parameter.names.get("glmmtmb", "")
    return theirs if theirs.startswith(_ZEROS) else ""


_ZEROS = "ziformula"


def _ordinal(parts: ScriptParts) -> tuple[str, list[str]]:
    """Return the function of R's package ordinal, and its options."""
    design, link = parts.design, parts.design.family.link
    if design.varying:
        raise UnsupportedModelError(
            f"The script of R's package ordinal cannot have {design.varying[0]} vary."
        )
    if design.blocks and link == "cloglog":
        raise UnsupportedModelError(
            "clmm of R's package ordinal has the links cloglog and loglog exchanged."
        )
    return ("clmm" if design.blocks else "clm"), [f'link = "{link}"']


# What glmmTMB calls the formula of a parameter, by our family: elsewhere it has another parameter,
# as the coefficient of variation of a gamma response.
_DISPERSION = {
    "gaussian": "sigma",
    "negativebinomial": "alpha",
    "beta": "kappa",
    "zero_inflated_negativebinomial": "alpha",
}


def _distributional(parts: ScriptParts) -> Iterator[str]:
    """Yield glmmTMB's options of a model in which further parameters vary.

    Effects that are correlated across formulas, and other parameters, are not supported.
    """
    design, formula = parts.design, RFormula(parts.design)
    family = design.family
    if any(len({e.predictor for e in block.effects}) > 1 for block in design.blocks):
        raise UnsupportedModelError("lme4 and glmmTMB do not correlate effects across formulas.")
    known = {own.name: "dispformula" for own in family.further
             if own.names.get("glmmtmb") == "dispersion"}  # fmt: skip
    known |= {_DISPERSION.get(family.name): "dispformula"}
    if family.name.startswith("zero_inflated"):
        known |= {"zi": "ziformula"}
    for parameter in design.varying:
        if parameter not in known:
            raise UnsupportedModelError(
                f"glmmTMB has no formula for {parameter} of the {family.name} family as it is here."
            )
    names = family.words.names
    name = names.get("glmmtmb") or names["glm"]
    yield f'family = {name}(link = "{family.link}")'
    for own in family.further:
        if own.name in design.varying:
            yield f"{known[own.name]} = ~ {formula.right_of(own.name)}"
        elif zeros := _zeros(own):
            yield zeros
