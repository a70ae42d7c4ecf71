"""The record of an explained model."""

from dataclasses import dataclass

from bayesmm.explanation.advice import Advice
from bayesmm.explanation.counts import Counts
from bayesmm.explanation.expansion import ExpandedFormula
from bayesmm.family.record import Family
from bayesmm.model.priors import Priors

__all__ = ["ExplanationRecord"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExplanationRecord:
    """What a formula, data and a family mean, before anything is sampled.

    Attributes
    ----------
    formula : str
        The formula as written.
    family : Family
        Distribution and link of the response.
    outcome : str
        Of a response of two values the probability that is modelled, ``"P(passed = yes)"``.
    words : str
        The model in one sentence, as a paper would print it.
    expansion : ExpandedFormula
        The formula written out, term by term.
    model : str
        The model in symbols as plain text, without the priors.
    equations : str
        The same with the priors.
    latex : str
        `equations` in LaTeX, an ``aligned`` environment of amsmath.
    symbols : tuple of str
        Symbol of each parameter in `equations`, in the order of `priors`.
    counts : Counts
        Rows, parameters, groups, rows per group, cells.
    priors : Priors
        The prior of every parameter, as `fit` would take it.
    advice : tuple of Advice
        What is worth a look before sampling.
    notes : tuple of str
        What the user should know about how the data were read.
    """

    formula: str
    family: Family
    outcome: str
    words: str
    expansion: ExpandedFormula
    model: str
    equations: str
    latex: str
    symbols: tuple[str, ...]
    counts: Counts
    priors: Priors
    advice: tuple[Advice, ...]
    notes: tuple[str, ...]
