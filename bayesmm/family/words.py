"""What a family is called: in sentences, equations, and the languages of other packages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["MEAN_WITH_AN_EDGE", "MISSING_PREDICTORS", "ROW_EFFECT", "Words"]

# What is often to be tried where a model fits badly.
ROW_EFFECT = "an effect per row, as in (1 | row) with one level per row"
MISSING_PREDICTORS = "missing predictors or groupings"

# Of links under which some linear predictors have no mean.
MEAN_WITH_AN_EDGE = (
    "Under this link a mean exists only where the linear predictor is above 0: the posterior ends "
    "where that of any row is 0. Trajectories that come to this edge diverge, with every sampler. "
    "Where there are more than a few the draws near the edge are too few, and target_accept nearer "
    "to 1 helps in part; the link 'log' has no edge."
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a family.

    Attributes
    ----------
    title : str
        In a sentence: ``"negative binomial"``; the name of the family when empty.
    models : mapping of str to str
        What a model of this family and link is called where that is not the title: ``"logistic"``.
    equation : tuple of str
        Distribution in equations and its arguments, in which ``{mu}``, ``{trials}`` and the names
        of the further parameters stand for their symbols, and `` / `` for a quotient.
    category : tuple of str
        Of ordered categories: the probability that the link is of, with ``{}`` for the response,
        and the sign between threshold and mu, in that order, as in ``("P({} <= k)", " - ")``.
    location : str
        What mu is the level of, with ``{}`` for the response: ``"log {}"``.
    names : mapping of str to str
        Its name in ``bambi``, ``brms``, ``rstanarm``, ``glm`` (R's own and lme4's), ``glmmtmb``
        and ``ordinal``; what is missing does not have it.
    pymc : str
        Class of PyMC and its arguments: ``"Gamma: alpha=alpha, beta=alpha / mu"``.
    synonyms : tuple of str
        Names in other packages, by letters and digits only.
    advice : mapping of str to str
        What to try when a check finds more ``"spread"``, more ``"zeros"`` or ``"outliers"`` than
        the family allows.
    residual : str
        What the residual scale in a table is, where it is not the sd: a sentence.
    elsewhere : mapping of str to str
        By language of `names` that has the family in other parameters, which: a sentence.
    unlinked : mapping of str to frozenset of str
        By language of `names`, links of the family that it does not have there.
    unweighted : frozenset of str
        Languages of `names` in which the rows of this family cannot be weighted.
    note : mapping of str to str
        By link, what a reader should know who comes from another package, or of the link itself.
    """

    title: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    equation: tuple[str, ...] = ()
    category: tuple[str, str] | tuple[()] = ()
    location: str = "{}"
    names: Mapping[str, str] = field(default_factory=dict)
    pymc: str = ""
    synonyms: tuple[str, ...] = ()
    advice: Mapping[str, str] = field(default_factory=dict)
    residual: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    unlinked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unweighted: frozenset[str] = frozenset()
    note: Mapping[str, str] = field(default_factory=dict)
