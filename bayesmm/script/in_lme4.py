"""The maximum-likelihood counterpart in R: lm, glm, lme4 or glmmTMB."""

from collections.abc import Mapping

from bayesmm.errors import UnsupportedModelError
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_data import head_lines
from bayesmm.script.r_data import r_data_lines
from bayesmm.script.r_formula import RFormula

__all__ = ["in_lme4"]

_GLM: Mapping[str, str] = {
    "gaussian": "gaussian",
    "bernoulli": "binomial",
    "binomial": "binomial",
    "poisson": "poisson",
    "gamma": "Gamma",
}
# family of glmmTMB, and whether zeros have a part of their own
_GLMMTMB: Mapping[str, tuple[str, bool]] = {
    "negativebinomial": ("nbinom2", False),
    "zero_inflated_poisson": ("poisson", True),
    "zero_inflated_negativebinomial": ("nbinom2", True),
    "hurdle_poisson": ("truncated_poisson", True),
    "hurdle_negativebinomial": ("truncated_nbinom2", True),
    "beta": ("beta_family", False),
}


def in_lme4(parts: ScriptParts) -> str:
    """Return the call of R that maximises the likelihood of the same model.

    Raises
    ------
    UnsupportedModelError
        For a family that none of these functions has, and for a factor behind ``||``.
    """
    design = parts.design
    formula = RFormula(design)
    if formula.factors_in_bars():
        raise UnsupportedModelError(
            "lme4 does not take a factor behind '||' apart: its effects stay correlated there. "
            "Write (0 + f || g) as terms of columns of 0 and 1, or use brms."
        )
    library, function, options = _function(parts)
    both = f"{_response(parts, formula)} ~ {formula.right}"
    weights = design.encoder.formula.response.weights
    if weights is not None:
        options = [*options, f"weights = {formula.code(weights)}"]
    return "\n".join(
        [
            *head_lines(parts, "Maximum likelihood: the same model without priors."),
            *([f"library({library})"] if library else []),
            *(["library(splines)"] if formula.needs_splines else []),
            "",
            *r_data_lines(parts, formula),
            "",
            f"m <- {function}({', '.join([both, 'data', *options])})",
            "summary(m)",
        ]
    )


def _function(parts: ScriptParts) -> tuple[str, str, list[str]]:
    """Return the package, the function and its options."""
    design = parts.design
    name, link = design.family.name, design.family.link
    if name == "gaussian" and link == "identity":
        return ("lme4", "lmer", ["REML = TRUE"]) if design.blocks else ("", "lm", [])
    if name in _GLM:
        options = [f'family = {_GLM[name]}(link = "{link}")']
        return ("lme4", "glmer", options) if design.blocks else ("", "glm", options)
    if name not in _GLMMTMB:
        raise UnsupportedModelError(
            f"lme4 and glmmTMB have no counterpart of the {name} family; use brms."
        )
    family, zeros = _GLMMTMB[name]
    options = [f'family = {family}(link = "{link}")', *(["ziformula = ~ 1"] if zeros else [])]
    return "glmmTMB", "glmmTMB", options


def _response(parts: ScriptParts, formula: RFormula) -> str:
    if parts.design.family.name == "binomial":
        return formula.successes_and_failures()
    return formula.code(parts.design.encoder.formula.response.value)
