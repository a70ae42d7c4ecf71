"""Whether residuals spread alike everywhere, and whether their skew and tails are the family's."""

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.formula.syntax import quoted
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.score import posterior_score

__all__ = ["CONSTANT_SPREAD", "SKEW_AND_TAILS"]

_FITTED = "fitted value"


def _find_spread(context: CheckContext) -> list[Finding]:
    columns = dict(context.curved)
    fitted = context.eta.mean(axis=0)
    if fitted.std() > 0:
        columns[_FITTED] = (fitted - fitted.mean()) / fitted.std()
    tried = []
    for name, column in columns.items():
        found = posterior_score(
            context.scores, lambda rows, column=column: (rows.score**2 - 1) * column
        )
        tried.append((name, found.z, found.either))
    table = pd.DataFrame(tried, columns=["predictor", "z", "p"])
    judged = table.dropna()  # without what the model has a parameter for
    if judged.empty:
        names = " and ".join(table["predictor"])
        words = f"The model itself has parameters for how the spread goes with {names}."
        return [Finding(FINE, "rows", "P(any as uneven)", 1.0, words, table)]
    worst = judged.loc[judged["p"].idxmin()]
    verdict = by_tail(worst["p"], len(judged))
    way = "more" if worst["z"] > 0 else "less"
    words = f"The response varies {way} where the {worst['predictor']} is larger, at "
    words = f"{words}{abs(worst['z']):.1f} sds."
    if verdict != FINE:
        ways = ["the logarithm of the response", "a family whose spread grows with its mean"]
        *ways, last = *ways, "weights", *_formula_to_try(context.fit, table)
        words += f" Try {', '.join(ways)}, or {last}."
    value = min(1.0, float(worst["p"]) * len(judged))
    return [Finding(verdict, "rows", "P(any as uneven)", value, words, table)]


def _formula_to_try(fit: FitRecord, tried: pd.DataFrame) -> list[str]:
    """Return the formula of the parameter of the spread that is to be tried, if there is one.

    Its predictor is the column of the data over which the residuals spread least evenly: a column
    of the model that is none, as an interaction, cannot be written as it is called.
    """
    further = fit.design.family.auxiliary
    name = fit.design.family.residual_scale or next(iter(further), "")
    known = fit.design.predictor(name).names if name in fit.design.varying else ()
    columns = set(map(str, fit.own_data.columns)) - set(known)
    own = tried[[column in columns for column in tried["predictor"]]]
    if not name or own.empty:
        return []
    column = quoted(own.loc[own["p"].idxmin(), "predictor"])
    if name in fit.design.varying:
        return [f"{column} in the formula of {name}"]
    return [f"a formula that lets {name} differ, '{name} ~ {column}'"]


def _find_shape(context: CheckContext) -> list[Finding]:
    skew = posterior_score(context.scores, lambda rows: rows.score**3 - 3 * rows.score)
    tails = posterior_score(context.scores, lambda rows: rows.score**4 - 6 * rows.score**2 + 3)
    table = pd.DataFrame(
        {"shape": ["skew", "tails"], "z": [skew.z, tails.z], "p": [skew.either, tails.more]}
    )
    least = float(table["p"].min())
    verdict = by_tail(least, len(table))
    words = f"Skew {skew.z:+.1f} sds, tails {tails.z:+.1f} sds from those of the family."
    if verdict != FINE and tails.more <= skew.either:
        other = context.family.words.advice.get("outliers", "look at the most extreme rows")
        words += f" More rows far out than the family has; {other}."
    elif verdict != FINE:
        words += " Try another scale of the response, or a family that is skewed."
    return [Finding(verdict, "rows", "P(any as far)", min(1.0, 2 * least), words, table)]


def _continuous(context: CheckContext) -> bool:
    return context.family.has_moments and not context.family.repeats


CONSTANT_SPREAD = FitCheck(
    "constant spread",
    "Squared quantile residuals over the fitted values and each numeric column, their posterior "
    "means: P(any as far from even) below .01 look, below .001 problem.",
    lambda context: (
        _continuous(context) and bool(context.curved or context.eta.mean(axis=0).std() > 0)
    ),
    _find_spread,
    replicates=True,
)
SKEW_AND_TAILS = FitCheck(
    "skew and tails",
    "Third and fourth Hermite polynomials of the quantile residuals, their posterior means: P(any "
    "as skewed, or tails as heavy) below .01 look, below .001 problem.",
    # a family with a parameter of its tails takes them from its prior where rows are few
    lambda context: _continuous(context) and "nu" not in context.family.auxiliary,
    _find_shape,
    replicates=True,
)
