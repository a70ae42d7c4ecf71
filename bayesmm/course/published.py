"""Published numbers beside the maximum-likelihood fit of bayesmm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayesmm.course.data import CourseData
from bayesmm.course.model import CourseModel
from bayesmm.family.links import LINKS
from bayesmm.result_table import result_table

if TYPE_CHECKING:
    from bayesmm.likelihood import MLFit

__all__ = ["QUANTITIES", "PublishedQuantity", "compare_published", "published_text"]

# Two optimisers stop at slightly different points of a flat likelihood: so much of the unit of a
# quantity is no difference.
_OPTIMISER = 1e-4


@dataclass(frozen=True, slots=True)
class PublishedQuantity:
    """One kind of published number.

    Attributes
    ----------
    value : callable
        ``value(ml, term)``: the number in a maximum-likelihood fit.
    unit : callable
        ``unit(ml, term)``: what the accuracy of an optimiser is measured in. The standard error
        for a common effect, the sd of the effects for the effect of one group, 1 for a log
        likelihood; None for the number itself.
    """

    value: "Callable[[MLFit, str], float]"
    unit: "Callable[[MLFit, str], float] | None" = None


def compare_published(model: CourseModel, ml: "MLFit") -> pd.DataFrame:
    """Return the published numbers beside the maximum-likelihood fit of bayesmm.

    Returns
    -------
    DataFrame
        Columns ``quantity``, ``term``, ``published`` (as printed), ``ml`` (ours), ``agrees``:
        whether ours is the printed number to half a unit of its last digit and the accuracy of
        an optimiser (0.0001 standard errors, or 0.01 % of a standard deviation); ``differs``: why
        it is another number, where the model says so.
    """
    rows = []
    for number in model.published:
        quantity = QUANTITIES[number.quantity]
        ours = quantity.value(ml, number.term)
        unit = abs(ours) if quantity.unit is None else quantity.unit(ml, number.term)
        agrees = abs(ours - float(number.value)) <= number.half_unit + _OPTIMISER * unit
        rows.append((number.quantity, number.term, number.value, ours, agrees, number.differs))
    columns = ["quantity", "term", "published", "ml", "agrees", "differs"]
    return result_table(pd.DataFrame(rows, columns=columns), "Published numbers beside ours")


def published_text(model: CourseModel, data: CourseData, ml: "MLFit") -> str:
    """Return `compare_published` as text: matches, or differs and why; no verdict on a twin."""
    table = compare_published(model, ml)
    digits = [len(value.partition(".")[2]) for value in table["published"]]
    labels = [f"{row.quantity} {row.term}".strip() for row in table.itertuples()]
    columns = [
        ["", *labels],
        ["published", *table["published"]],
        ["ours", *(f"{x:.{n}f}" for x, n in zip(table["ml"], digits, strict=True))],
    ]
    reasons: list[str] = []
    if data.is_published:
        title = f"Published ({model.source}) beside bayesmm's maximum likelihood:"
        differing = table.loc[~table["agrees"], "differs"]
        reasons = [reason for reason in dict.fromkeys(differing) if reason]
        verdicts = [_verdict(row.agrees, row.differs, reasons) for row in table.itertuples()]
    else:
        title = f"Published ({model.source}), not compared: simulated twin."
        verdicts = [""] * len(table)
    widths = [max(map(len, column)) for column in columns]
    lines = [title]
    for label, published, ours, verdict in zip(*columns, ["", *verdicts], strict=True):
        cells = f"{label:<{widths[0]}}  {published:>{widths[1]}}  {ours:>{widths[2]}}"
        lines.append(f"  {cells}  {verdict}".rstrip())
    return "\n".join([*lines, *(f"[{k}] {reason}." for k, reason in enumerate(reasons, 1))])


def _verdict(agrees: bool, reason: str, reasons: list[str]) -> str:
    if agrees:
        return "matches"
    return f"differs [{reasons.index(reason) + 1}]" if reason else "DIFFERS"


def _fixef(column: str) -> "Callable[[MLFit, str], float]":
    return lambda ml, term: float(ml.fixef().set_index("term").loc[term, column])


def _varcorr(column: str) -> "Callable[[MLFit, str], float]":
    def value(ml: "MLFit", term: str) -> float:
        group, _, effects = term.partition(": ")
        var1, _, var2 = effects.partition(", ")
        table = ml.varcorr().fillna("")
        row = table[(table.grp == group) & (table.var1 == var1) & (table.var2 == var2)]
        return float(row[column].iloc[0])

    return value


def _effect(ml: "MLFit", term: str) -> float:
    """Return the conditional mode of ``"factor[level]: effect"``."""
    group, _, effect = term.partition(": ")
    factor, _, level = group.removesuffix("]").partition("[")
    table = ml.ranef().set_index(["grp", "level", "term"])
    return float(table.loc[(factor, level, effect), "estimate"])


def _effect_sd(ml: "MLFit", term: str) -> float:
    group, _, effect = term.partition(": ")
    return QUANTITIES["sd"].value(ml, f"{group.partition('[')[0]}: {effect}")


def _mean(ml: "MLFit", term: str) -> float:
    """Return g^-1(b0 + x beta) where the predictors have the values of ``"Length=50, Year=1999"``.

    A predictor with a column of its own is a number, any other a label.
    """
    given = dict(part.split("=") for part in term.split(", "))
    names = ml.design.mu.names
    row = {name: [float(v) if name in names else v] for name, v in given.items()}
    mu = ml.design.encoder.encode(pd.DataFrame(row), groups=False).mu
    eta = mu.matrix[0] @ ml.estimates
    return float(LINKS[mu.link].inverse(np.asarray(eta)))


def _rss(ml: "MLFit", _: str) -> float:
    """Return the residual sum of squares of a linear model without group effects."""
    design = ml.design
    return float(np.sum((design.y - design.mu.matrix @ ml.estimates) ** 2))


def _one(_ml: "MLFit", _term: str) -> float:
    return 1.0


QUANTITIES: Mapping[str, PublishedQuantity] = {
    "estimate": PublishedQuantity(_fixef("estimate"), _fixef("se")),
    "se": PublishedQuantity(_fixef("se")),
    "df": PublishedQuantity(_fixef("df")),
    "sd": PublishedQuantity(_varcorr("sdcor")),
    "var": PublishedQuantity(_varcorr("vcov")),
    "corr": PublishedQuantity(_varcorr("sdcor")),
    "effect": PublishedQuantity(_effect, _effect_sd),
    "mean": PublishedQuantity(_mean),
    "rss": PublishedQuantity(_rss),
    "loglik": PublishedQuantity(lambda ml, _: ml.loglik, _one),
    "criterion": PublishedQuantity(lambda ml, _: -2 * ml.loglik, _one),
    "aic": PublishedQuantity(lambda ml, _: ml.aic, _one),
    "parameters": PublishedQuantity(lambda ml, _: float(ml.n_parameters), _one),
    "auxiliary": PublishedQuantity(lambda ml, term: ml.auxiliary[term]),
}
