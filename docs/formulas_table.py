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
            "s": np.array(["none", "right", "interval", "left"])[i % 4],
            "b01": i // 3 % 2,
            "my column": z - x,
        }
    )


def _section(name: str, *forms: tuple) -> tuple[Form, ...]:
    return tuple(Form(name, *form) for form in forms)


PREDICTORS = _section(
    "Predictors",
    ("y ~ 1", "An intercept only.", "Intercept"),
    (
        "y ~ x",
        "A number: one slope. The intercept is there unless it is taken out.",
        "Intercept  x",
    ),
    ("y ~ 0 + x", "No intercept.", "x"),
    ("y ~ -1 + x", "The same.", "x"),
    ("y ~ x - 1", "The same.", "x"),
    ("y ~ x + z", "Two slopes.", "Intercept  x  z"),
    (
        "y ~ a",
        "A factor: each level against the first, which the intercept is.",
        "Intercept  a[lo]  a[mid]",
    ),
    ("y ~ 0 + a", "A mean for each level.", "a[hi]  a[lo]  a[mid]"),
    ("y ~ x:z", "The product only.", "Intercept  x:z"),
    ("y ~ x * z", "Both and their product: `x + z + x:z`.", "Intercept  x  z  x:z"),
    (
        "y ~ a * x",
        "A line for each level: its intercept and slope against the first level's.",
        "Intercept  a[lo]  a[mid]  x  a[lo]:x  a[mid]:x",
    ),
    ("y ~ a:x", "One intercept, a slope for each level.", "Intercept  a[hi]:x  a[lo]:x  a[mid]:x"),
    (
        "y ~ 0 + a:b",
        "A mean for each cell of two factors.",
        "a[hi]:b[no]  a[lo]:b[no]  a[mid]:b[no]  a[hi]:b[yes]  a[lo]:b[yes]  a[mid]:b[yes]",
    ),
    (
        "y ~ a * b - b",
        "`-` takes a term out.",
        "Intercept  a[lo]  a[mid]  a[hi]:b[yes]  a[lo]:b[yes]  a[mid]:b[yes]",
    ),
    (
        "y ~ x * (z + b)",
        "`*` goes over a sum: `x + z + b + x:z + x:b`.",
        "Intercept  x  z  b[yes]  x:z  x:b[yes]",
    ),
    (
        "y ~ (x + z + b)^2",
        "All products of up to two of them; `**` is the same.",
        "Intercept  x  z  b[yes]  x:z  x:b[yes]  z:b[yes]",
    ),
    (
        "y ~ a/x",
        "x nested in a: `a + a:x`, a slope for each level.",
        "Intercept  a[lo]  a[mid]  a[hi]:x  a[lo]:x  a[mid]:x",
    ),
    (
        "y ~ x + I(x^2)",
        "Arithmetic stands in `I()`; outside, `^` is about terms.",
        "Intercept  x  I(x^2)",
    ),
    (
        "y ~ x + offset(log(e))",
        "A known part of the linear predictor, without a coefficient.",
        "Intercept  x",
    ),
    (
        "y ~ `my column`",
        "A name with other signs stands between backticks.",
        "Intercept  my column",
    ),
)

GROUPS = _section(
    "Group terms",
    ("y ~ (1 | g)", "An intercept for each level of g.", "Intercept", ("g: Intercept",)),
    (
        "y ~ x + (x | g)",
        "Intercept and slope for each level, correlated; `(1 + x | g)`.",
        "Intercept  x",
        ("g: Intercept, x (correlated)",),
    ),
    ("y ~ x + (0 + x | g)", "A slope for each level, no intercept.", "Intercept  x", ("g: x",)),
    ("y ~ x + (-1 + x | g)", "The same.", "Intercept  x", ("g: x",)),
    ("y ~ x + (x - 1 | g)", "The same.", "Intercept  x", ("g: x",)),
    (
        "y ~ x + (1 | g) + (0 + x | g)",
        "Intercept and slope, independent of each other.",
        "Intercept  x",
        ("g: Intercept", "g: x"),
    ),
    ("y ~ x + (x || g)", "The same in short.", "Intercept  x", ("g: Intercept, x (independent)",)),
    (
        "y ~ a + (a || g)",
        "Also with a factor: every effect is independent of the others. (lme4 before 2.0 kept "
        "those of one factor correlated.)",
        "Intercept  a[lo]  a[mid]",
        ("g: Intercept, a[lo], a[mid] (independent)",),
    ),
    (
        "y ~ (1 | g/h)",
        "h nested in g: groups of g, and the cells of g and h that occur.",
        "Intercept",
        ("g: Intercept", "g:h: Intercept"),
    ),
    (
        "y ~ g + (1 | g:h)",
        "The outer factor as common effects, the cells as groups.",
        "Intercept  g[g2]  g[g3]  g[g4]",
        ("g:h: Intercept",),
    ),
    (
        "y ~ x + (x | g/h)",
        "Both levels of a nesting with intercept and slope.",
        "Intercept  x",
        ("g: Intercept, x (correlated)", "g:h: Intercept, x (correlated)"),
    ),
    (
        "y ~ (1 | g) + (1 | k)",
        "Two crossed groupings.",
        "Intercept",
        ("g: Intercept", "k: Intercept"),
    ),
    (
        "y ~ x + z + (x | g) + (z | k)",
        "Crossed, each with a slope of its own.",
        "Intercept  x  z",
        ("g: Intercept, x (correlated)", "k: Intercept, z (correlated)"),
    ),
    (
        "y ~ x * g + (x | g:h)",
        "A common line for each g; the cells vary around it.",
        "Intercept  x  g[g2]  g[g3]  g[g4]  x:g[g2]  x:g[g3]  x:g[g4]",
        ("g:h: Intercept, x (correlated)",),
    ),
    (
        "y ~ a + (0 + a | k)",
        "A mean for each level of a in each group, all correlated.",
        "Intercept  a[lo]  a[mid]",
        ("k: a[hi], a[lo], a[mid] (correlated)",),
    ),
    (
        "y ~ x * b + (x * b | g)",
        "Any terms can vary.",
        "Intercept  x  b[yes]  x:b[yes]",
        ("g: Intercept, x, b[yes], x:b[yes] (correlated)",),
    ),
    (
        "y ~ x + (poly(x, 2) | g)",
        "Functions too.",
        "Intercept  x",
        ("g: Intercept, poly(x, 2)[1], poly(x, 2)[2] (correlated)",),
    ),
)

RESPONSES = _section(
    "Responses",
    ("log(y) ~ x", "Arithmetic and functions of columns.", "Intercept  x"),
    (
        "b ~ x",
        "Two categories whose words say which is success, or `success=`.",
        "Intercept  x",
        (),
        "bernoulli",
    ),
    ("p(count, n) ~ x", "Successes out of trials.", "Intercept  x", (), "binomial"),
    ("count | trials(n) ~ x", "The same, as brms writes it.", "Intercept  x", (), "binomial"),
    (
        "cbind(count, n - count) ~ x",
        "Successes and failures, as R writes it.",
        "Intercept  x",
        (),
        "binomial",
    ),
    (
        "a ~ x",
        "Categories without an order, each of the others compared with the first.",
        "lo_Intercept  lo_x  mid_Intercept  mid_x",
        (),
        "categorical",
    ),
    (
        'relevel(a, ref = "mid") ~ x',
        "The same, compared with another one.",
        "hi_Intercept  hi_x  lo_Intercept  lo_x",
        (),
        "categorical",
    ),
    (
        "cbind(b01, n, count) ~ x",
        "Counts of categories, a column each, the others compared with the first.",
        "n_Intercept  n_x  count_Intercept  count_x",
        (),
        "multinomial",
    ),
    ("count ~ x + offset(log(e))", "A rate: counts by exposure.", "Intercept  x", (), "poisson"),
    (
        "y | weights(w) ~ x",
        "Precisions, sd(y) = sigma / sqrt(w), in a gaussian model; else rows count w times.",
        "Intercept  x",
    ),
    (
        "y | cens(event = b01) ~ x",
        "Right-censored where the column is 0, observed where it is 1, as in R's Surv().",
        "Intercept  x",
        (),
        "weibull",
    ),
    (
        "y | cens(censored = b01) ~ x",
        "Right-censored where the column is 1.",
        "Intercept  x",
        (),
        "lognormal",
    ),
    (
        "y | cens(s, y + e) ~ x",
        "By the words none, right, left and interval, or brms's 0, 1, -1 and 2; intervals end at "
        "the second.",
        "Intercept  x",
        (),
        "loglogistic",
    ),
    ("y | trunc(0, ) ~ x", "Truncated: what is below 0 could not be seen.", "Intercept  x"),
    (
        "y | cens(event = b01) + trunc(lb = w) ~ x",
        "Both: times of which those before w could not be seen (delayed entry).",
        "Intercept  x",
        (),
        "weibull",
    ),
    ("count | rate(e) ~ x", "The same as offset(log(e)).", "Intercept  x", (), "poisson"),
    (
        "y | dec(b01) ~ x",
        "Times with their decisions: 1, or `success` of two labels, is the upper boundary.",
        "Intercept  x",
        (),
        "wiener",
    ),
)

FUNCTIONS = _section(
    "Functions",
    (
        "y ~ log(x) + sqrt(z) + abs(z - 1) + exp(z)",
        "Row by row.",
        "Intercept  log(x)  sqrt(z)  abs(z - 1)  exp(z)",
    ),
    (
        "y ~ log(x, base = 2) + log10(e) + log2(w) + log1p(z)",
        "Logarithms.",
        "Intercept  log(x, base = 2)  log10(e)  log2(w)  log1p(z)",
    ),
    (
        "y ~ center(x)",
        "x minus its mean over the data of the fit; new data are centred by that mean.",
        "Intercept  center(x)",
    ),
    (
        "y ~ scale(x) + standardize(z)",
        "Centred and divided by the sd, both of the fit.",
        "Intercept  scale(x)  standardize(z)",
    ),
    (
        "y ~ poly(x, 2)",
        "Orthogonal polynomial, as in R.",
        "Intercept  poly(x, 2)[1]  poly(x, 2)[2]",
    ),
    (
        "y ~ poly(x, 2, raw = TRUE)",
        "Plain powers.",
        "Intercept  poly(x, 2, raw = TRUE)[1]  poly(x, 2, raw = TRUE)[2]",
    ),
    (
        "y ~ bs(x, df = 4)",
        "B-splines, as in R.",
        "Intercept  bs(x, df = 4)[1]  bs(x, df = 4)[2]  bs(x, df = 4)[3]  bs(x, df = 4)[4]",
    ),
    (
        "y ~ ns(x, df = 3)",
        "Natural cubic splines, as in R.",
        "Intercept  ns(x, df = 3)[1]  ns(x, df = 3)[2]  ns(x, df = 3)[3]",
    ),
    (
        "y ~ factor(year)",
        "Numbers as categories.",
        "Intercept  factor(year)[2000]  factor(year)[2001]",
    ),
    (
        'y ~ C(a, Treatment("mid"))',
        "Each level against the one that is named.",
        'Intercept  C(a, Treatment("mid"))[hi]  C(a, Treatment("mid"))[lo]',
    ),
    (
        "y ~ C(a, Sum)",
        "Each level against the mean of all; the last is left out.",
        "Intercept  C(a, Sum)[hi]  C(a, Sum)[lo]",
    ),
)

PARAMETERS = _section(
    "Formulas of further parameters",
    (
        "y ~ x; sigma ~ z",
        "log(sigma) has a linear predictor of its own. A list of formulas says the same.",
        "Intercept  x  sigma_Intercept  sigma_z",
    ),
    (
        "y ~ x + (1 | g); sigma ~ (1 | g)",
        "Groups differ in their level and in their spread, independently.",
        "Intercept  x  sigma_Intercept",
        ("g: Intercept", "g: sigma_Intercept"),
    ),
    (
        "y ~ x + (x | p | g); sigma ~ z + (1 | p | g)",
        "Effects with one label, here p, are correlated across formulas.",
        "Intercept  x  sigma_Intercept  sigma_z",
        ("g: Intercept, x, sigma_Intercept (correlated)",),
    ),
    (
        "y ~ x; sigma ~ 0 + a",
        "A spread of each level: nlme's varIdent.",
        "Intercept  x  sigma_a[hi]  sigma_a[lo]  sigma_a[mid]",
    ),
    (
        "y ~ x; sigma ~ log(e) + offset(z)",
        "A power of a column: nlme's varPower; an offset is known.",
        "Intercept  x  sigma_Intercept  sigma_log(e)",
    ),
    (
        "y ~ x; disp ~ z",
        "glmmTMB's name: sigma of gaussian, alpha of negative binomial, kappa of beta responses.",
        "Intercept  x  sigma_Intercept  sigma_z",
    ),
    (
        "y ~ x; sigma ~ z; nu ~ x",
        "Any parameter of the family.",
        "Intercept  x  sigma_Intercept  sigma_z  nu_Intercept  nu_x",
        (),
        "t",
    ),
    (
        "count ~ x; shape ~ a",
        "brms's names: shape is alpha, phi is kappa.",
        "Intercept  x  alpha_Intercept  alpha_a[lo]  alpha_a[mid]",
        (),
        "negativebinomial",
    ),
    (
        "count ~ x; zi ~ z + (1 | g)",
        "zi = 1 - psi, on the logit scale: coefficients are those of brms and glmmTMB.",
        "Intercept  x  zi_Intercept  zi_z",
        ("g: zi_Intercept",),
        "zero_inflated_poisson",
    ),
    (
        "count ~ x; psi ~ z",
        "psi, the share of rows that are counts, as Bambi has it.",
        "Intercept  x  psi_Intercept  psi_z",
        (),
        "zero_inflated_poisson",
    ),
    (
        "count ~ x; hu ~ z",
        "The share of rows that stay at 0, below a hurdle.",
        "Intercept  x  hu_Intercept  hu_z",
        (),
        "hurdle_poisson",
    ),
)

CATEGORIES = tuple(
    Form("Ordered categories", *form)
    for form in (
        (
            'ordered(a, levels = c("lo", "mid", "hi")) ~ x + (1 | g)',
            "Texts in the order that is written; ordered categoricals and whole numbers have one. "
            "Thresholds take the place of an intercept.",
            "x",
            ("g: Intercept",),
            "cumulative",
        ),
        (
            "e ~ z + cs(x * b) + (x | g)",
            "Effects of x, b and x:b that differ between thresholds, in the families of steps: "
            "sratio, cratio and acat. Their priors are those of other slopes; those of the "
            "thresholds are at 0 of what stands in cs().",
            "z  x[1|2]  b[yes][1|2]  x:b[yes][1|2]  x[2|3]  b[yes][2|3]  x:b[yes][2|3]  x[3|4]  "
            "b[yes][3|4]  x:b[yes][3|4]",
            ("g: Intercept, x (correlated)",),
            "acat",
        ),
        (
            "e ~ x; disc ~ z",
            "How sharply rows tell categories apart, relative to z = 0: it has no intercept.",
            "x  disc_z",
            (),
            "cumulative",
        ),
    )
)

FORMS = PREDICTORS + GROUPS + RESPONSES + FUNCTIONS + PARAMETERS + CATEGORIES

# Each is refused; the page prints the message, which says what to write instead.
REFUSED = (
    "y ~ x | g",
    "y ~ (1 | g + h)",
    "y ~ (1 | g * h)",
    "y ~ (1 | factor(g))",
    "y ~ (1 | g) + (x | g)",
    "y ~ (x || id | g)",
    "y ~ (1 | p | g); sigma ~ (1 | p | h)",
    "y ~ (1 | p | g/h)",
    "y ~ x; mu ~ z",
    "y ~ x; log(sigma) ~ z",
    "y ~ x; sigma ~ z; sigma ~ x",
    "y ~ x; y ~ z",
    "y ~ .",
    "y ~ x^2",
    "y ~ 2 * x",
    "y ~ x + 2",
    "y ~ x - z",
    "y ~ x == 2",
    "y ~ x z",
    "y ~ b %in% a",
    "y ~ I(x - mean(x))",
    "y ~ np.log(x)",
    "y ~ as.factor(a)",
    "y ~ s(x)",
    "y ~ C(a, Helmert)",
    "y ~ poly(x, 1000)",
    "y ~ x[1]",
    "y ~ x$z",
    "y ~ 'x'",
    "y ~ {x}",
    "y ~ lambda x: x",
    "y ~ os.system('ls')",
    "y ~ x.__class__",
    "y ~ x; z",
    "y ~ X",
)
