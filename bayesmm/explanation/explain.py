"""Explain a model without sampling it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bayesmm.explanation.advice import advise
from bayesmm.explanation.counts import count_model
from bayesmm.explanation.equations import Equation, model_equations, prior_equations
from bayesmm.explanation.evidence import gather_evidence
from bayesmm.explanation.expansion import expand_formula
from bayesmm.explanation.explanation import Explanation
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
    model = _text_lines(model_equations(design, TEXT))
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
    return Equations("\n".join(_latex_lines(every) if latex else _text_lines(every)))


def equations_mathml(design: Design, priors: Priors) -> str:
    """Return the equations of `equations` as one element of MathML, for a page of HTML."""
    return mathml_of([*model_equations(design, MATHML), *prior_equations(design, priors, MATHML)])


_LONGEST_LEFT = 30
_SUMMANDS_PER_LINE = 5


def _text_lines(equations: Iterable[Equation]) -> list[str]:
    """Return equations as lines, the relation signs below each other.

    The equations are in the notation of plain text. Lines that are wider than the page are broken
    before a summand; one summand is never broken.
    """
    equations = list(equations)
    lefts = [len(equation.left) for equation in equations]
    margin = max((size for size in lefts if size <= _LONGEST_LEFT), default=0)
    lines = []
    for equation in equations:
        start = f"{equation.left:>{margin}} {equation.relation} "
        indent = " " * len(start)
        first, *others = _broken(equation.right, EQUATION_WIDTH - len(start))
        lines += [start + first, *(f"{indent}+ {line}" for line in others)]
        lines += [indent + line for line in equation.below]
        if equation.condition:
            lines[-1] += f",  {equation.condition}"
    return lines


def _broken(summands: Sequence[str], width: int) -> list[str]:
    """Return a sum as lines of at most that width."""
    lines = [summands[0]]
    for summand in summands[1:]:
        longer = f"{lines[-1]} + {summand}"
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(summand)
    return lines


def _latex_lines(equations: Iterable[Equation]) -> list[str]:
    r"""Return equations as lines of LaTeX, in an ``aligned`` environment of amsmath."""
    rows = []
    for equation in equations:
        sums = [
            " + ".join(equation.right[k : k + _SUMMANDS_PER_LINE])
            for k in range(0, len(equation.right), _SUMMANDS_PER_LINE)
        ]
        condition = rf", \quad {equation.condition}" if equation.condition else ""
        body = " \\\\\n&\\quad + ".join(sums)
        rows.append(rf"{equation.left} &{equation.relation} {body}{condition}")
    return [r"\begin{aligned}", *" \\\\\n".join(rows).split("\n"), r"\end{aligned}"]
