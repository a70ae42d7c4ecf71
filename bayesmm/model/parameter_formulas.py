"""Which parameter of the family each formula is of, under the names of other packages too."""

from dataclasses import dataclass, replace

from bayesmm.errors import FormulaError, suggestion
from bayesmm.family.bounded import unbounded
from bayesmm.family.complement import complemented, without_complement
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.thresholds import specific_names
from bayesmm.formula.formula import ModelFormula, PredictorFormula
from bayesmm.formula.formulas import ModelFormulas, ParameterFormula
from bayesmm.model.predictor import MEAN
from bayesmm.wording import option

__all__ = ["NamedFormulas", "name_formulas"]


@dataclass(frozen=True, slots=True)
class NamedFormulas:
    """The linear predictors of a model by the parameters of its family."""

    family: Family  # the family; with 1 minus a share in its place where the formula is of that
    # what is written of each parameter, mu first; others by the order of the family. A formula
    # ``sigma ~ 1`` says nothing and is left out. Where parameters always have a predictor
    # (`Parameter.always`), mu has an empty one, and they that of the response or their own
    predictors: dict[str, PredictorFormula]
    notes: tuple[str, ...]


def name_formulas(formulas: ModelFormulas, family: Family) -> NamedFormulas:
    """Return which parameter each formula is of.

    They are as written: ``sigma``, or a name of brms or glmmTMB: ``zi``, ``hu``, ``disp``, ``phi``,
    ``shape``. What is no parameter of the family, and two formulas of one, are refused.
    """
    family = without_complement(unbounded(family)).without_optional()
    chosen: dict[str, str] = {}
    found: dict[str, PredictorFormula] = {}
    notes: list[str] = []
    complement = ""
    for own in formulas.further:
        if not _says_nothing(own.predictor):
            family = family.with_optional(own.parameter)
        parameter = _parameter(own, family, formulas.text)
        if parameter.name in chosen:
            raise FormulaError(
                f"'{own.parameter}' and '{chosen[parameter.name]}' are one parameter of the "
                f"{family.name} family; write one formula for it.",
                formulas.text,
                own.position,
            )
        chosen[parameter.name] = own.parameter
        if _says_nothing(own.predictor) and not parameter.always:
            notes.append(
                f"'{own.predictor}' says that {parameter.name} is the same in all rows, as it is "
                "without a formula."
            )
            continue
        name = parameter.name
        if own.parameter in parameter.complements:
            complement, name = parameter.name, parameter.complements[0]
            notes.append(
                f"{name} is 1 - {parameter.name}: coefficients are on its {parameter.link} scale, "
                "with the signs of brms and glmmTMB."
            )
        if name != own.parameter:
            notes.append(f"'{own.parameter}' is called {name} here.")
        found[name] = own.predictor
        if parameter.relative:
            # coded beside an intercept, which then is not there
            found[name] = replace(own.predictor, intercept=True)
            notes.append(
                f"{name} has no intercept, as only its ratios are known: it is 1 where all its "
                "predictors are 0, and exp of a coefficient is a ratio."
            )
    if complement:
        family = complemented(family, complement)
    first: PredictorFormula = formulas.response
    if shared := {own.name: first for own in family.further if own.always}:
        found, first = shared | found, _empty(formulas.response)
    if formulas.response.specific:
        family = _with_specific(family, formulas)
        first, specific = _parted(first)
        found |= dict.fromkeys(specific_names(family.thresholds), specific)
    ordered = {name: found[name] for name in family.auxiliary if name in found}
    return NamedFormulas(family, {MEAN: first, **ordered}, tuple(notes))


def _with_specific(family: Family, formulas: ModelFormulas) -> Family:
    """Return the family, made for its categories, with parameters for the effects of ``cs()``."""
    position = formulas.response.specific[0].position
    if not family.thresholds:
        raise FormulaError(
            f"cs() gives each threshold between ordered categories effects of its own, and the "
            f"{family.name} family has no thresholds; write the terms without cs().",
            formulas.text,
            position,
        )
    if family.in_order:
        steps = ", ".join(option("family", name) for name in ("sratio", "cratio", "acat"))
        raise FormulaError(
            f"In the {family.name} family the thresholds are in order, and with cs() they could "
            "cross in some rows, where a probability would be negative. Write the terms without "
            f"cs(), or take a family of steps, which may differ: {steps}.",
            formulas.text,
            position,
        )
    doubles = [t for t in formulas.response.specific if t in formulas.response.terms]
    if doubles:
        label = doubles[0].label
        raise FormulaError(
            f"{label} stands in cs() and outside of it: what is added to its effects at all "
            f"thresholds cannot be told from these. Leave out the {label} outside of cs().",
            formulas.text,
            doubles[0].position,
        )
    return family.with_specific()


def _parted(formula: ModelFormula) -> tuple[ModelFormula, PredictorFormula]:
    """Return a formula without ``cs()``, and what this adds to mu at each threshold."""
    specific = replace(_empty(formula), intercept=True, terms=formula.specific, specific=())
    return replace(formula, specific=()), specific


def _parameter(own: ParameterFormula, family: Family, text: str) -> Parameter:
    """Return the parameter that a formula is of."""
    for parameter in (*family.further, *family.optional):
        if own.parameter in (parameter.name, *parameter.synonyms, *parameter.complements):
            if parameter.varies:
                return parameter
            raise FormulaError(
                f"{parameter.name} of the {family.name} family is one number, the same in all "
                "rows; leave its formula out.",
                text,
                own.position,
            )
    name = own.parameter
    if name == MEAN:
        message = "The formula of mu is the first one, that of the response."
    elif family.against_reference and name in family.categories:
        named = family.response == "unordered"
        other = "write relevel(RESPONSE, ref = ...)" if named else "put its column first in cbind()"
        message = (
            f"'{name}' is the category that the others are compared with, and has no formula; for "
            f"another reference {other} before '~'."
        )
    elif not family.further:
        message = (
            f"The {family.name} family has no parameter '{name}', nor any other besides mu that "
            "could have a formula."
        )
    else:
        every = [p for p in family.further if p.varies]
        every += [p for p in family.optional if p not in family.further]
        names = [n for p in every for n in (p.name, *p.complements, *p.synonyms)]
        message = f"The {family.name} family has no parameter '{name}'. "
        message += suggestion(name, names, label="Parameters that may have a formula")
    raise FormulaError(message, text, own.position)


def _empty(formula: ModelFormula) -> ModelFormula:
    """Return a formula without anything on its right side."""
    return replace(formula, intercept=False, terms=(), groups=(), offsets=())


def _says_nothing(predictor: PredictorFormula) -> bool:
    """Return whether a formula is an intercept alone."""
    return predictor.intercept and not (predictor.terms or predictor.groups or predictor.offsets)
