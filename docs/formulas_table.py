"""The formula language as one table: the page FORMULAS.md and its tests are both made of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["FORMS", "REFUSED", "Form", "example_data"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the language.

    Attributes
    ----------
    section : str
        Where it stands on the page.
    formula : str
        The form.
    meaning : str
        What it means, in a sentence.
    coefficients : str
        Common coefficients, as the tables name them, separated by two spaces.
    groups : tuple of str
        Per block ``"factor: effects"``, with ``(correlated)`` or ``(independent)`` after several.
    family : str
        A family that the response has.
    """

    section: str
    formula: str
    meaning: str
    coefficients: str
    groups: tuple[str, ...] = ()
    family: str = "gaussian"


def example_data() -> pd.DataFrame:
    """Return the small data set of the page: 72 rows, no randomness."""
    i = np.arange(72)
    x, z = i * 7 % 11 + 1.0, (i * 5 % 13) / 4
    return pd.DataFrame(
        {
            "y": np.round(5 + 2 * np.sin(i) + i / 7, 2),
            "x": x,
            "z": z,
            "a": np.array(["lo", "mid", "hi"])[i % 3],
            "b": np.array(["no", "yes"])[i // 3 % 2],
            "year": 1999 + i // 2 % 3,
            "g": np.array(["g1", "g2", "g3", "g4"])[i // 18],
            "h": np.array(["h1", "h2", "h3"])[i // 6 % 3],
            "k": np.array(["k1", "k2", "k3", "k4", "k5", "k6"])[i % 6],
            "count": i * 3 % 5,
            "n": np.full(72, 6),
            "e": 1 + i % 4.0,
            "w": 1 + i % 3.0,
            "my column": z - x,
        }
    )


def _section(name: str, *forms: tuple) -> tuple[Form, ...]:
    return tuple(Form(name, *form) for form in forms)


PREDICTORS = _section(
    "Predictors",
    ("y ~ 1", "An intercept only.", "Intercept"),
    ("y ~ x", "A number: one slope. The intercept is there unless it is taken out.", "?"),
    ("y ~ 0 + x", "No intercept.", "?"),
    ("y ~ -1 + x", "The same.", "?"),
    ("y ~ x - 1", "The same.", "?"),
    ("y ~ x + z", "Two slopes.", "?"),
    ("y ~ a", "A factor: each level against the first, which the intercept is.", "?"),
    ("y ~ 0 + a", "A mean for each level.", "?"),
    ("y ~ x:z", "The product only.", "?"),
    ("y ~ x * z", "Both and their product: `x + z + x:z`.", "?"),
    ("y ~ a * x", "A line for each level: its intercept and slope against the first level's.", "?"),
    ("y ~ a:x", "One intercept, a slope for each level.", "?"),
    ("y ~ 0 + a:b", "A mean for each cell of two factors.", "?"),
    ("y ~ a * b - b", "`-` takes a term out.", "?"),
    ("y ~ x * (z + b)", "`*` goes over a sum: `x + z + b + x:z + x:b`.", "?"),
    ("y ~ (x + z + b)^2", "All products of up to two of them; `**` is the same.", "?"),
    ("y ~ a/x", "x nested in a: `a + a:x`, a slope for each level.", "?"),
    ("y ~ x + I(x^2)", "Arithmetic stands in `I()`; outside, `^` is about terms.", "?"),
    ("y ~ x + offset(log(e))", "A known part of the linear predictor, without a coefficient.", "?"),
    ("y ~ `my column`", "A name with other signs stands between backticks.", "?"),
)

GROUPS = _section(
    "Group terms",
    ("y ~ (1 | g)", "An intercept for each level of g.", "?"),
    ("y ~ x + (x | g)", "Intercept and slope for each level, correlated; `(1 + x | g)`.", "?"),
    ("y ~ x + (0 + x | g)", "A slope for each level, no intercept.", "?"),
    ("y ~ x + (-1 + x | g)", "The same.", "?"),
    ("y ~ x + (x - 1 | g)", "The same.", "?"),
    ("y ~ x + (1 | g) + (0 + x | g)", "Intercept and slope, independent of each other.", "?"),
    ("y ~ x + (x || g)", "The same in short.", "?"),
    (
        "y ~ a + (a || g)",
        "Also with a factor: every effect is independent of the others. (lme4 before 2.0 kept "
        "those of one factor correlated.)",
        "?",
    ),
    ("y ~ (1 | g/h)", "h nested in g: groups of g, and the cells of g and h that occur.", "?"),
    ("y ~ g + (1 | g:h)", "The outer factor as common effects, the cells as groups.", "?"),
    ("y ~ x + (x | g/h)", "Both levels of a nesting with intercept and slope.", "?"),
    ("y ~ (1 | g) + (1 | k)", "Two crossed groupings.", "?"),
    ("y ~ x + z + (x | g) + (z | k)", "Crossed, each with a slope of its own.", "?"),
    ("y ~ x * g + (x | g:h)", "A common line for each g; the cells vary around it.", "?"),
    ("y ~ a + (0 + a | k)", "A mean for each level of a in each group, all correlated.", "?"),
    ("y ~ x * b + (x * b | g)", "Any terms can vary.", "?"),
    ("y ~ x + (poly(x, 2) | g)", "Functions too.", "?"),
)

RESPONSES = _section(
    "Responses",
    ("log(y) ~ x", "Arithmetic and functions of columns.", "?"),
    ("b ~ x", "Two categories: the first in order is failure, the second success.", "?", (),
     "bernoulli"),
    ("p(count, n) ~ x", "Successes out of trials.", "?", (), "binomial"),
    ("count | trials(n) ~ x", "The same, as brms writes it.", "?", (), "binomial"),
    ("cbind(count, n - count) ~ x", "Successes and failures, as R writes it.", "?", (), "binomial"),
    ("count ~ x + offset(log(e))", "A rate: counts by exposure.", "?", (), "poisson"),
    ("y | weights(w) ~ x", "Precision weights: sd(y) = sigma / sqrt(w) in a gaussian model.", "?"),
)

FUNCTIONS = _section(
    "Functions",
    ("y ~ log(x) + sqrt(z) + abs(z - 1) + exp(z)", "Row by row.", "?"),
    ("y ~ log(x, base = 2) + log10(z + 1) + log1p(z)", "Logarithms.", "?"),
    ("y ~ center(x)", "x minus its mean over the data of the fit; new data are centred by that mean.",
     "?"),
    ("y ~ scale(x) + standardize(z)", "Centred and divided by the sd, both of the fit.", "?"),
    ("y ~ poly(x, 2)", "Orthogonal polynomial, as in R.", "?"),
    ("y ~ poly(x, 2, raw = TRUE)", "Plain powers.", "?"),
    ("y ~ bs(x, df = 4)", "B-splines, as in R.", "?"),
    ("y ~ ns(x, df = 3)", "Natural cubic splines, as in R.", "?"),
    ("y ~ factor(year)", "Numbers as categories.", "?"),
    ('y ~ C(a, Treatment("mid"))', "Each level against the one that is named.", "?"),
    ("y ~ C(a, Sum)", "Each level against the mean of all; the last is left out.", "?"),
    ("y ~ I(x / z.max) ~ 1", "", "?"),
)

FORMS = PREDICTORS + GROUPS + RESPONSES + FUNCTIONS[:-1]
REFUSED = ()
