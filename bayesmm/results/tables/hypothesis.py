"""Hypotheses on linear combinations of parameters: their probability, and the share in a ROPE."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, effect_labels
from bayesmm.results.prediction.parameters import Parameters, ml_parameters, posterior_parameters
from bayesmm.results.tables.combination import LinearHypothesis, parse_hypothesis
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.posterior import correlation_pairs
from bayesmm.wording import option

__all__ = ["hypothesis"]

type Quantity = Callable[[Parameters], Array]


def hypothesis(
    fit: FitRecord,
    text: str | Sequence[str],
    rope: float | tuple[float, float] | None = None,
    prob: float = PROB,
) -> Estimates:
    """Return the posterior probability of hypotheses such as ``"Days > 10"``.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    text : str or sequence of str
        Two linear combinations of parameters or numbers, compared by ``>``, ``<``, ``>=``,
        ``<=`` or ``=``. Names as in the tables: ``visit:condition[mindfulness]``, ``sigma``;
        ``sd(Subject: Days)``, ``corr(Subject: Intercept, Days)`` for group effects.
    rope : float or (float, float), optional
        Region of practical equivalence of the difference: (-rope, rope), or the two ends.
        ``=`` needs one, because a single value has posterior probability 0.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    Estimates
        ``table``: one row per hypothesis with ``hypothesis``; ``mean``, ``sd``, ``median``,
        ``lower``, ``upper`` of the difference left - right; ``probability`` of the hypothesis
        (for ``=`` the share in the ROPE); with a ROPE ``rope_lower``, ``rope_upper`` and
        ``in_rope``: the share of the posterior in it; ``ml_estimate`` of the difference.
        ``draws``: of the differences, shape (chain, draw, row).

    Raises
    ------
    UsageError
        When the text is no such comparison, names an unknown parameter, or asks for ``=``
        without a ROPE.

    References
    ----------
    Kruschke (2018), Advances in Methods and Practices in Psychological Science 1(2), 270-280,
    doi:10.1177/2515245918771304
    """
    quantities = _quantities(fit.design)
    texts = (text,) if isinstance(text, str) else tuple(text)
    comparisons = [parse_hypothesis(one, quantities) for one in texts]
    region = _region(rope)
    if region is None and any(c.relation == "=" for c in comparisons):
        raise UsageError(
            "A single value has posterior probability 0: give the region of practical "
            f"equivalence, {option('rope', 0.1)} or {option('rope', (-0.1, 0.1))}, or ask for '>' "
            "or '<'."
        )
    draws = _differences(comparisons, quantities, posterior_parameters(fit.own_draws, fit.design))
    columns = {"hypothesis": [c.text for c in comparisons], **moments(draws, prob)}
    inside = None
    if region is not None:
        inside = ((draws > region[0]) & (draws < region[1])).mean(axis=(0, 1))
    columns["probability"] = [
        _probability(c.relation, draws[..., k], inside, k) for k, c in enumerate(comparisons)
    ]
    if region is not None:
        columns |= {"rope_lower": region[0], "rope_upper": region[1], "in_rope": inside}
    columns["ml_estimate"] = np.full(len(comparisons), np.nan)
    if fit.ml is not None:
        columns["ml_estimate"] = _differences(comparisons, quantities, ml_parameters(fit.ml))[0, 0]
    table = state_interval(pd.DataFrame(columns), prob)
    table.attrs |= {"title": "Hypotheses", "quantity": "left side minus right side"}
    return Estimates(table, draws)


def _quantities(design: Design) -> dict[str, Quantity]:
    """Return what a hypothesis can name, as functions of the parameters."""
    found: dict[str, Quantity] = {
        term: lambda p, k=k: p.common[..., k] for k, term in enumerate(design.mu.terms)
    }
    # the ML fit has no estimate of some auxiliary parameters
    found |= {
        name: lambda p, name=name: p.auxiliary.get(name, np.full(p.shape, np.nan))
        for name in design.constants
    }
    for own in design.linear_predictors[1:]:
        found |= {
            name: lambda p, k=k, parameter=own.parameter: p.coefficients(parameter)[..., k]
            for k, name in enumerate(coefficient_names(own))
        }
    for index, block in enumerate(design.blocks):
        for k, effect in enumerate(effect_labels(block)):
            found[f"sd({block.factor}: {effect})"] = partial(_sd, index=index, k=k)
        for a, b in correlation_pairs(block):
            for pair in ((a, b), (b, a)):
                names = ", ".join(effect_labels(block)[k] for k in pair)
                found[f"corr({block.factor}: {names})"] = partial(_corr, index=index, a=a, b=b)
    return found


def _sd(parameters: Parameters, index: int, k: int) -> Array:
    return np.sqrt(parameters.covariances[index][..., k, k])


def _corr(parameters: Parameters, index: int, a: int, b: int) -> Array:
    product = _sd(parameters, index, a) * _sd(parameters, index, b)
    # beside a zero sd (ML on the boundary) there is no correlation
    return parameters.covariances[index][..., a, b] / np.where(product > 0, product, np.nan)


def _differences(
    comparisons: Sequence[LinearHypothesis],
    quantities: Mapping[str, Quantity],
    parameters: Parameters,
) -> Array:
    """Return left - right of every comparison, shape (chain, draw, comparison)."""
    result = np.empty((*parameters.shape, len(comparisons)))
    for k, comparison in enumerate(comparisons):
        difference = comparison.difference
        result[..., k] = difference.constant
        for name, coefficient in difference.coefficients.items():
            result[..., k] += coefficient * quantities[name](parameters)
    return result


def _probability(relation: str, draws: Array, inside: Array | None, index: int) -> float:
    if relation == "=":
        return float(inside[index])
    return float((draws > 0).mean() if relation.startswith(">") else (draws < 0).mean())


def _region(rope: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if rope is None:
        return None
    ends = (-abs(rope), abs(rope)) if np.isscalar(rope) else tuple(rope)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise UsageError(
            f"{option('rope')} is {rope!r}; give a half-width above 0, or (lower, upper)."
        )
    return float(ends[0]), float(ends[1])
