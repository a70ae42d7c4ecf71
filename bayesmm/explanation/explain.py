"""Explain a model without sampling it."""

from collections.abc import Mapping, Sequence
from typing import Any

from bayesmm.explanation.advice import advise
from bayesmm.explanation.counts import count_model
from bayesmm.explanation.equations import model_equations, prior_equations
from bayesmm.explanation.evidence import gather_evidence
from bayesmm.explanation.expansion import expand_formula
from bayesmm.explanation.explanation import Explanation
from bayesmm.explanation.layout import latex_lines, text_lines
from bayesmm.explanation.mathml import MATHML, mathml_of
from bayesmm.explanation.notation import LATEX, TEXT
from bayesmm.explanation.page import EQUATION_WIDTH
from bayesmm.explanation.sentence import sentence
from bayesmm.explanation.symbols import ModelSymbols
from bayesmm.family.known import DEFAULT_FAMILY, resolve_family
from bayesmm.family.record import Family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.prose import ShownText

__all__ = ["Equations", "equations", "equations_mathml", "explain"]


class Equations(ShownText):
    """Equations as text; those in LaTeX are set by a notebook."""

    __slots__ = ()

    def _repr_latex_(self) -> str | None:
        return f"$${self}$$" if self.startswith(r"\begin") else None


def explain(
    formula: str,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | Priors | None = None,
    *,
    link: str | None = None,
    categorical: str | Sequence[str] = (),
    success: object = None,
) -> Explanation:
    """Explain a model in words, symbols and numbers, with advice, without sampling it.

    eta = b0 + X beta + offset + sum_k Z_k u_k, u_k ~ N(0, Sigma_k), g(E y) = eta.

    Parameters
    ----------
    formula : str
        lme4's language: ``"Reaction ~ Days + (Days | Subject)"``.
    data : DataFrame
        One row per observation.
    family : str or Family
        ``"gaussian"``, ``"bernoulli"``, ``"binomial"``, ``"poisson"``, ...
    priors : str, mapping or Priors, optional
        As in `fit`.
    link : str, optional
        Link, if not the default of the family.
    categorical : sequence of str, or one str
        Columns of numbers that are categories.
    success : object
        Of a response with two values, the one that counts as success.

    Returns
    -------
    Explanation
        Prints as one page; its fields hold the sentence, the expansion, the equations (text and
        LaTeX), the counts, the priors, and what is worth a look.

    Raises
    ------
    BayesmmError
        When the model cannot be fitted to these data, as `fit` would.
    """
    design = build_design(
        formula, data, resolve_family(family, link), categorical=categorical, success=success
    )
    chosen = choose_priors(design, priors)
    evidence = gather_evidence(design, data)
    symbols = ModelSymbols(design, TEXT).by_parameter
    model = text_lines(model_equations(design, TEXT), EQUATION_WIDTH)
    return Explanation(
        formula=design.formula,
        family=design.family,
        outcome=design.outcome,
        words=sentence(design, fitted=False),
        expansion=expand_formula(design),
        model="\n".join(model),
        equations=equations(design, chosen),
        latex=equations(design, chosen, latex=True),
        symbols=tuple(symbols[name] for name in chosen),
        counts=count_model(design, evidence.columns),
        priors=chosen,
        advice=advise(evidence),
        notes=design.notes,
    )


def equations(design: Design, priors: Priors, *, latex: bool = False) -> Equations:
    """Return the equations of a model: response, link, predictor, group effects, priors.

    Parameters
    ----------
    design : Design
        The model.
    priors : Priors
        One prior for each of its parameters.
    latex : bool
        LaTeX instead of plain text.
    """
    notation = LATEX if latex else TEXT
    every = [*model_equations(design, notation), *prior_equations(design, priors, notation)]
    return Equations("\n".join(latex_lines(every) if latex else text_lines(every, EQUATION_WIDTH)))


def equations_mathml(design: Design, priors: Priors) -> str:
    """Return the equations of `equations` as one element of MathML, for a page of HTML."""
    return mathml_of([*model_equations(design, MATHML), *prior_equations(design, priors, MATHML)])
