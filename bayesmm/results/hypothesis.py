"""Hypotheses on linear combinations of parameters: their probability, and the share in a ROPE."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError
from bayesmm.results.combination import Comparison, parse_comparison
from bayesmm.results.estimates import Estimates
from bayesmm.results.moments import PROB, moments, state_interval
from bayesmm.sampling.posterior import (
    correlation_draws,
    correlation_pairs,
    named_draws,
    sd_draws,
)

if TYPE_CHECKING:
    from bayesmm.results.fit import Fit

__all__ = ["hypothesis", "parameter_names"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its draws, and its ML estimate (None where there is none)."""

    draws: Callable[["Fit"], Array]
    ml: Callable[["Fit"], float | None]


def hypothesis(
    fit: "Fit",
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
    parameters = _parameters(fit)
    texts = (text,) if isinstance(text, str) else tuple(text)
    comparisons = [parse_comparison(one, parameters) for one in texts]
    region = _region(rope)
    if region is None and any(c.relation == "=" for c in comparisons):
        raise UsageError(
            "A single value has posterior probability 0: give the region of practical "
            "equivalence, rope=0.1 or rope=(-0.1, 0.1), or ask for '>' or '<'."
        )
    draws = np.stack([_difference(fit, c, parameters) for c in comparisons], axis=-1)
    columns = {"hypothesis": [c.text for c in comparisons], **moments(draws, prob)}
    inside = None
    if region is not None:
        inside = ((draws > region[0]) & (draws < region[1])).mean(axis=(0, 1))
    columns["probability"] = [
        _probability(c.relation, draws[..., k], inside, k) for k, c in enumerate(comparisons)
    ]
    if region is not None:
        columns |= {"rope_lower": region[0], "rope_upper": region[1], "in_rope": inside}
    columns["ml_estimate"] = [_ml_difference(fit, c, parameters) for c in comparisons]
    table = state_interval(pd.DataFrame(columns), prob)
    table.attrs["title"] = "Hypotheses"
    return Estimates(table, draws)


def parameter_names(fit: "Fit") -> tuple[str, ...]:
    """Return the names that a hypothesis can use."""
    return tuple(_parameters(fit))


def _parameters(fit: "Fit") -> Mapping[str, Parameter]:
    design = fit.design
    found = {}
    for k, term in enumerate(design.terms):
        found[term] = _scalar(term, lambda ml, k=k: ml.estimates[k])
    for name in design.family.auxiliary:
        found[name] = _scalar(name, lambda ml, name=name: ml.sigma if name == "sigma" else None)
    for index, block in enumerate(design.blocks):
        for k, effect in enumerate(block.effects):
            found[f"sd({block.factor}: {effect})"] = Parameter(
                lambda fit, block=block, k=k: sd_draws(fit.draws, block)[..., k],
                _ml(lambda ml, index=index, k=k: ml.blocks[index].sd[k]),
            )
        for a, b in correlation_pairs(block):
            parameter = Parameter(
                lambda fit, index=index, a=a, b=b: correlation_draws(fit.draws, fit.design, index)[
                    ..., a, b
                ],
                _ml(lambda ml, index=index, a=a, b=b: ml.blocks[index].corr[a, b]),
            )
            for first, second in ((a, b), (b, a)):
                pair = f"{block.effects[first]}, {block.effects[second]}"
                found[f"corr({block.factor}: {pair})"] = parameter
    return found


def _scalar(name: str, estimate: Callable) -> Parameter:
    return Parameter(lambda fit: named_draws(fit.draws, name), _ml(estimate))


def _ml(estimate: Callable) -> Callable[["Fit"], float | None]:
    return lambda fit: None if fit.ml is None else estimate(fit.ml)


def _difference(fit: "Fit", comparison: Comparison, parameters: Mapping[str, Parameter]) -> Array:
    difference = comparison.difference
    total = np.full(_shape(fit), difference.constant)
    for name, coefficient in difference.coefficients.items():
        total += coefficient * parameters[name].draws(fit)
    return total


def _shape(fit: "Fit") -> tuple[int, int]:
    sizes = fit.draws["posterior"].sizes
    return sizes["chain"], sizes["draw"]


def _ml_difference(
    fit: "Fit", comparison: Comparison, parameters: Mapping[str, Parameter]
) -> float:
    difference = comparison.difference
    estimates = {name: parameters[name].ml(fit) for name in difference.coefficients}
    if any(value is None for value in estimates.values()):
        return float("nan")
    return difference.constant + sum(
        coefficient * estimates[name] for name, coefficient in difference.coefficients.items()
    )


def _probability(relation: str, draws: Array, inside: Array | None, index: int) -> float:
    if relation == "=":
        return float(inside[index])
    return float((draws > 0).mean() if relation.startswith(">") else (draws < 0).mean())


def _region(rope: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if rope is None:
        return None
    ends = (-abs(rope), abs(rope)) if np.isscalar(rope) else tuple(rope)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise UsageError(f"rope is {rope!r}; give a half-width above 0, or (lower, upper).")
    return float(ends[0]), float(ends[1])
