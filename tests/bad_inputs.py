"""Bad inputs, each with the exact error that it must give, before anything is sampled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.errors import BayesmmError, DataError, FormulaError

__all__ = ["BAD_INPUTS", "BadInput", "frame", "label"]

FUNCTIONS = (
    "Functions: abs, bs, C, cbind, cens, center, cs, dec, exp, factor, I, log, log10, log1p, log2, "
    "ns, offset, ordered, p, poly, rate, relevel, scale, sqrt, standardize, trials, trunc, weights."
)


def frame(**changes: object) -> pd.DataFrame:
    """Return a table that fits every formula below, with some columns replaced.

    A change is a value, or a function of the table.
    """
    i = np.arange(24)
    table = pd.DataFrame(
        {
            "y": np.round(5 + 2 * np.sin(i) + i / 7, 2),
            "x": (i * 7 % 11).astype(float),
            "z": (i * 5 % 13) / 4,
            "count": i * 3 % 5,
            "hit": i * 5 % 7 % 2,
            "n": np.full(24, 6),
            "a": np.array(["lo", "mid", "hi"])[i % 3],
            "b": np.array(["no", "yes"])[i // 3 % 2],
            "g": np.array(["g1", "g2", "g3", "g4"])[i // 6],
            "h": np.array(["h1", "h2"])[i // 2 % 2],
            "e": i + 1.0,
        }
    )
    for name, value in changes.items():
        table[name] = value(table) if callable(value) else value
    return table


def with_value(column: str, value: object, rows: object = 5) -> pd.DataFrame:
    """Return the table with one value in some rows of a column."""
    table = frame()
    table[column] = table[column].astype(object if isinstance(value, str) else float)
    table.loc[rows, column] = value
    return table


@dataclass(frozen=True)
class BadInput:
    """One bad input.

    `at` is the text under the caret (None without one); `csv` says whether the data can be
    written to a file of text and read again as they are, and `file` whether any file gives them,
    so that the command line meets them.
    """

    formula: str
    message: str
    error: type[BayesmmError] = DataError
    at: str | None = None
    data: Callable[[], object] = frame
    family: str = "gaussian"
    categorical: tuple[str, ...] = ()
    csv: bool = True
    file: bool = True


def label(bad: BadInput) -> str:
    """Return the name of a bad input among tests."""
    return f"{bad.formula[:40]} [{bad.family}]"


def _formula(formula: str, at: str | None, message: str, **options: object) -> BadInput:
    return BadInput(formula, message, FormulaError, at, **options)


FORMULAS = (
    _formula("", "", "The formula is empty; write 'response ~ predictors'."),
    _formula("y", "", "There is no '~'; write 'response ~ predictors'."),
    _formula("~ x", "~ x", "There is no response before '~'; write 'response ~ predictors'."),
    _formula("y ~", "", "There is nothing after '~'; write '~ 1' for an intercept only."),
    _formula("y ~ x ~ z", "~ z", "A formula has only one '~'."),
    _formula("y ~ (x ~ z)", "~ z)", "A formula has only one '~'."),
    _formula(
        "y ~ x z",
        "z",
        "There is no operator between 'x' and 'z'; did you mean 'x + z', or the one column `x z`?",
    ),
    _formula("y ~ 2x", "x", "There is no operator between '2' and 'x'."),
    _formula("y ~ x (z)", "x (z)", "'x' is not a function of the formula language. " + FUNCTIONS),
    _formula("y ~ x | g", "| g", "A group term stands in parentheses: did you mean + (1 + x | g)?"),
    _formula("y ~ 1 | g", "| g", "A group term stands in parentheses: did you mean + (1 | g)?"),
    _formula(
        "y ~ x || g", "|| g", "A group term stands in parentheses: did you mean + (1 + x || g)?"
    ),
    _formula(
        "y ~ x == 2",
        "== 2",
        "'==' cannot stand here: comparisons are not part of the formula language; make a "
        "column of them first.",
    ),
    _formula(
        "y ~ a %in% b",
        "%in% b",
        "'%in%' cannot stand here: write 'a:b' for cells of a and b, or 'a/b' for b nested in a.",
    ),
    _formula("y ~ (x", "(x", "This parenthesis is not closed."),
    _formula("y ~ x)", ")", "This ')' closes nothing."),
    _formula("y ~ log(x", "(x", "This parenthesis is not closed."),
    _formula("y ~ x +", "", "The formula ends after '+', where a term should follow."),
    _formula("y ~ x * ", "", "The formula ends after '*', where a term should follow."),
    _formula("y ~ + * x", "* x", "'*' stands where a column or a number should."),
    _formula(
        "y ~ x, z", ", z", "A comma separates arguments of a function; write '+' between terms."
    ),
    _formula("y ~ ()", ")", "There is nothing between the parentheses."),
    _formula("y ~ log(x,)", ")", "There is nothing after the comma."),
    _formula("y ~ (1 |)", ")", "There is no grouping column after '|'; write (1 | g)."),
    _formula("y ~ (| g)", "| g)", "There are no effects before '|'; write (1 | g)."),
    _formula(
        "y ~ (1 | x + g | h)",
        "x + g | h)",
        "'x + g' cannot be the label between two '|'; write one word, as in (1 | p | g): effects "
        "with the same label are correlated across formulas.",
    ),
    _formula(
        "y ~ (1 | p || h)",
        "|| h)",
        "'||' keeps effects apart that the label 'p' would correlate; write (1 | p | h) or "
        "(1 || h).",
    ),
    _formula(
        "y ~ (1 | p | g | h)",
        "| h)",
        "A group term has at most two '|': (effects | label | grouping).",
    ),
    _formula(
        "y ~ (1 | p | g) + (0 + x | p | g)",
        "p | g)",
        "The label 'p' stands twice in one formula; write its effects in one term, as in "
        "(1 + x | p | g).",
    ),
    _formula(
        "y ~ (1 | p | g/h)",
        "p | g/h)",
        "'p' would stand for effects of several groupings; write one term for each: "
        "(1 | p | g) + (1 | p1 | g:h).",
    ),
    _formula(
        "y ~ x + (1 | p | g); sigma ~ (1 | p | h)",
        "p | h)",
        "The label 'p' stands for effects of g and of h; effects that are correlated are of one "
        "grouping: give those of h another label.",
    ),
    _formula(
        "y ~ x; y ~ z",
        "y ~ z",
        "The response y has a formula already; one after ';' is of a parameter of the family, as "
        "in 'sigma ~ x'.",
    ),
    _formula(
        "y ~ x; log(sigma) ~ z",
        "log(sigma) ~ z",
        "'log(sigma)' is no parameter: write 'sigma ~ ...'; its link is that of its linear "
        "predictor.",
    ),
    _formula(
        "y ~ x; s + t ~ z",
        "s + t ~ z",
        "'s + t' is no parameter of a family; after ';' write one, as in 'sigma ~ x'.",
    ),
    _formula(
        "y ~ x; sigma ~ z; sigma ~ x",
        "sigma ~ x",
        "The parameter sigma has two formulas; write one with all its terms.",
    ),
    _formula("y ~ x; sigma ~ y", "y", "The response y is also a predictor."),
    _formula(
        "y ~ x;", ";", "There is no formula after ';'; write one of a parameter, as in 'sigma ~ x'."
    ),
    _formula(
        "y ~ x; mu ~ z", "mu ~ z", "The formula of mu is the first one, that of the response."
    ),
    _formula(
        "y ~ x; sgma ~ x",
        "sgma ~ x",
        "The gaussian family has no parameter 'sgma'. Did you mean 'sigma'? Parameters that may "
        "have a formula: sigma, disp.",
    ),
    _formula(
        "y ~ x; sigma ~ z; disp ~ x",
        "disp ~ x",
        "'disp' and 'sigma' are one parameter of the gaussian family; write one formula for it.",
    ),
    _formula(
        "count ~ x; sigma ~ x",
        "sigma ~ x",
        "The poisson family has no parameter 'sigma', nor any other besides mu that could have a "
        "formula.",
        family="poisson",
    ),
    _formula(
        "y ~ (1 | g + h)",
        "g + h)",
        "'g + h' cannot be the grouping after '|': write a group term for each: (1 | g) + (1 | h).",
    ),
    _formula(
        "y ~ (1 | g * h)",
        "g * h)",
        "'g * h' cannot be the grouping after '|': write (1 | g) + (1 | h) + (1 | g:h).",
    ),
    _formula(
        "y ~ (1 | factor(g))",
        "factor(g))",
        "'factor(g)' cannot be the grouping after '|': a grouping is a factor anyway; write "
        "(1 | g).",
    ),
    _formula(
        "y ~ (1 | log(e))",
        "log(e))",
        "'log(e)' cannot be the grouping after '|': log() is no grouping; make the column first.",
    ),
    _formula(
        "y ~ (1 | 3)",
        "3)",
        "'3' cannot be the grouping after '|': write (1 | g), (1 | a:b) or (1 | a/b).",
    ),
    _formula("y ~ (1 | g:g)", "g:g)", "The grouping g:g names a column twice."),
    _formula(
        "y ~ (0 | g)", "0 | g)", "The group term has no effect; write (1 | g) or (0 + x | g)."
    ),
    _formula(
        "y ~ (1 | g) + (x | g)",
        "g)",
        "The intercept varies twice by g: keep it in one group term, and write (0 + x | g) "
        "for a term without the intercept.",
    ),
    _formula(
        "y ~ (x | g) + (x || g)",
        "g)",
        "The intercept varies twice by g: keep it in one group term, and write (0 + x | g) "
        "for a term without the intercept.",
    ),
    _formula(
        "y ~ (0 + x | g) + (0 + x | g/h)",
        "g/h)",
        "x varies twice by g: keep it in one group term, and write (0 + x | g) for a term "
        "without the intercept.",
    ),
    _formula("y ~ x - (1 | g)", "1 | g)", "A group term can only be added."),
    _formula("y ~ x * (1 | g)", "(1 | g)", "A group term can only be added."),
    _formula("y ~ (x + (1 | g) | h)", "1 | g) | h)", "A group term cannot hold another one."),
    _formula(
        "y ~ (offset(x) | g)", "offset(x) | g)", "An offset belongs to no group; move it outside."
    ),
    _formula("y ~ x - offset(z)", "offset(z)", "An offset can only be added; write offset(-x)."),
    _formula("y ~ x:offset(z)", "offset(z)", "An offset can only be added."),
    _formula("y ~ .", ".", "'.' (all other columns) is not expanded; name the columns."),
    _formula("y ~ log(.)", ".)", "'.' (all other columns) is not expanded; name the columns."),
    _formula("y ~ (1 | .)", ".)", "'.' is no grouping; name the column."),
    _formula(
        "y ~ 2",
        "2",
        "2 is no term: only 1 (intercept) and 0 (no intercept) are. For arithmetic write "
        "I(...), as in I(2 * x).",
    ),
    _formula(
        "y ~ x + 1e-3",
        "1e-3",
        "1e-3 is no term: only 1 (intercept) and 0 (no intercept) are. For arithmetic write "
        "I(...), as in I(2 * x).",
    ),
    _formula("y ~ 2*x", "2*x", "'*' joins terms, and 2 is none; for arithmetic write I(2 * x)."),
    _formula("y ~ x/2", "2", "'/' joins terms, and 2 is none; for arithmetic write I(x/2)."),
    _formula(
        "y ~ x^2", "^2", "x^2 is just x here, as in R; for the power of a column write I(x^2)."
    ),
    _formula(
        "y ~ (x + z)^z",
        "z",
        "The exponent of a sum of terms is a whole number from 1, as in (a + b)^2.",
    ),
    _formula(
        "y ~ (x + z)^0",
        "0",
        "The exponent of a sum of terms is a whole number from 1, as in (a + b)^2.",
    ),
    _formula("y ~ x*x", "x*x", "x * x is just x; for the square of a column write I(x^2)."),
    _formula(
        "y ~ x - z",
        "z",
        "There is no term z to leave out; for a difference of columns write I(a - b).",
    ),
    _formula(
        "y ~ -x",
        "x",
        "There is no term x to leave out; for a difference of columns write I(a - b).",
    ),
    _formula(
        "y ~ poly(x, 1000000)",
        "1000000)",
        "degree of poly() must be a whole number from 1 to 100, not 1000000.",
    ),
    _formula(
        "y ~ bs(x, df = 1000000)",
        "1000000)",
        "df of bs() must be a whole number from 1 to 100, not 1000000.",
    ),
    _formula(
        "y ~ (x + z)^1000000",
        "1000000",
        "The exponent of a sum of terms is a whole number from 1, as in (a + b)^2.",
    ),
    _formula(
        "y ~ x\0",
        "\0",
        "The character '\\x00' has no meaning in a formula; a column name that holds it is "
        "written between backticks: `my column`.",
    ),
    _formula(
        "y ~ x\u200b + z",
        "\u200b + z",
        "The character '\\u200b' has no meaning in a formula; a column name that holds it is "
        "written between backticks: `my column`.",
    ),
    _formula(
        "y ~ \u202ex",
        "\u202ex",
        "The character '\\u202e' has no meaning in a formula; a column name that holds it is "
        "written between backticks: `my column`.",
    ),
    _formula(
        "y ~ x \uff0b z",
        "\uff0b z",
        "The character '\uff0b' has no meaning in a formula; a column name that holds it is "
        "written between backticks: `my column`.",
    ),
    _formula(
        "\u0443 ~ x",
        "\u0443 ~ x",
        "'\u0443' is not a column of the data. Columns: y, x, z, count, hit, n, a, b, g, h, e.",
    ),
    _formula(
        "c\u043eunt ~ x",
        "c\u043eunt ~ x",
        "'c\u043eunt' is not a column of the data. Did you mean 'count' (yours has U+043E CYRILLIC "
        "SMALL LETTER O)? Columns: y, x, z, count, hit, n, a, b, g, h, e.",
    ),
    _formula("y ~ `x` + ```", "```", "The backticks hold no column name."),
    _formula(
        "y ~ 'x'",
        "'x'",
        "A text in quotes is no term; a column name is written plainly or between backticks: `x`.",
    ),
    _formula("y ~ `x", "`x", "The quote ` is not closed."),
    _formula('y ~ "x', '"x', 'The quote " is not closed.'),
    _formula("y ~ ``", "``", "The backticks hold no column name."),
    _formula(
        "y ~ x # z",
        "# z",
        "The character '#' has no meaning in a formula; a column name that holds it is "
        "written between backticks: `my column`.",
    ),
    _formula(
        "y ~ x[1]",
        "[1]",
        "'[' cannot stand here: indexing and attributes are not part of the formula language;"
        " make a column first.",
    ),
    _formula(
        "y ~ x$z",
        "$z",
        "'$' cannot stand here: indexing and attributes are not part of the formula language;"
        " make a column first.",
    ),
    _formula(
        "y ~ {x}",
        "{x}",
        "'{' cannot stand here: braces are not part of the formula language; write I(...) for"
        " arithmetic.",
    ),
    _formula("y ~ x; z", "", "There is no '~'; write 'sigma ~ predictors'."),
    _formula(
        "y ~ x && z",
        "&& z",
        "'&&' cannot stand here: logical operators are not part of the formula language; make"
        " a column of them first.",
    ),
    _formula(
        "y ~ !x",
        "!x",
        "'!' cannot stand here: logical operators are not part of the formula language; make "
        "a column of them first.",
    ),
    _formula(
        "y ~ I(x > 2)",
        "> 2)",
        "'>' cannot stand here: comparisons are not part of the formula language; make a "
        "column of them first.",
    ),
    _formula(
        "y ~ x = 2",
        "= 2",
        "'=' cannot stand here: '=' names an argument of a function, as in poly(x, degree = 2).",
    ),
    _formula(
        "y ~ lgo(x)",
        "lgo(x)",
        "'lgo' is not a function of the formula language. Did you mean 'log'? " + FUNCTIONS,
    ),
    _formula(
        "y ~ np.log(x)",
        "np.log(x)",
        "'np.log' is not a function of the formula language: write log(x). Did you mean "
        "'log'? " + FUNCTIONS,
    ),
    _formula(
        "y ~ I(x - mean(x))",
        "mean(x))",
        "'mean' is not a function of the formula language: inside a formula a summary of a "
        "column would be computed again from new data; use center(x), scale(x), or make the "
        "column first. " + FUNCTIONS,
    ),
    _formula(
        "y ~ s(x)",
        "s(x)",
        "'s' is not a function of the formula language: smooth terms are not supported; use "
        "bs or ns. Did you mean 'ns'? " + FUNCTIONS,
    ),
    _formula(
        "y ~ as.factor(a)",
        "as.factor(a)",
        "'as.factor' is not a function of the formula language: write factor(x). Did you mean"
        " 'factor'? " + FUNCTIONS,
    ),
    _formula(
        "y ~ os.system('ls')",
        "os.system('ls')",
        "'os.system' is not a function of the formula language. " + FUNCTIONS,
    ),
    _formula("y ~ log()", "log()", "log() lacks its argument 'x': log(x)."),
    _formula("y ~ log(x, 2, 3)", "3)", "log() takes at most 2 arguments: x, base."),
    _formula(
        "y ~ poly(x, power = 2)", "2)", "poly() has no argument 'power'. Arguments: x, degree, raw."
    ),
    _formula(
        "y ~ poly(x, degree = 2, degree = 3)", "3)", "poly() has the argument 'degree' twice."
    ),
    _formula(
        "y ~ poly(x, 2.5)",
        "2.5)",
        "degree of poly() must be a whole number from 1 to 100, not 2.5.",
    ),
    _formula(
        "y ~ poly(x, z)", "z)", "degree of poly() must be a whole number from 1 to 100, not z."
    ),
    _formula("y ~ poly(x, 2, raw = 1)", "1)", "raw of poly() must be TRUE or FALSE, not 1."),
    _formula(
        "y ~ bs(x, knots = z)", "z)", "knots of bs() must be a number or c(number, ...), not z."
    ),
    _formula(
        "y ~ I(poly(x, 2) * 2)",
        "poly(x, 2) * 2)",
        "poly() cannot stand inside arithmetic or another function.",
    ),
    _formula("y ~ I(a:b)", ":b)", "':' is no arithmetic; inside a function only + - * / ^ are."),
    _formula("y ~ I('x')", "'x')", '"x" is no number or column.'),
    _formula("y ~ factor(x + 1)", "x + 1)", "factor() takes one column, not x + 1."),
    _formula(
        "y ~ C(a, Helmert)",
        "Helmert)",
        'contrast of C() must be Treatment, Treatment("level") or Sum, not Helmert.',
    ),
    _formula("y ~ trials(n)", "trials(n)", "trials() stands only after '|' of the response."),
    _formula("y ~ cbind(x, z)", "cbind(x, z)", "cbind() stands only before '~'."),
    _formula("y ~ I(2)", "I(2)", "I(2) reads no column."),
    _formula("y ~ 0", "0", "The model has nothing to estimate; write '~ 1' for an intercept only."),
    _formula("y ~ y + x", "y + x", "The response y is also a predictor."),
    _formula("y ~ x + (0 + y | g)", "y | g)", "The response y is also a predictor."),
    _formula("y ~ x + (log(y) | g)", "y) | g)", "The response y is also a predictor, in log(y)."),
    _formula("log(y) ~ x + y", "y", "The response log(y) is also a predictor."),
    _formula("y ~ x + offset(log(y))", "y))", "The response y is also an offset, in log(y)."),
    _formula("y | weights(y) ~ x", "y) ~ x", "The response y is also its own weight."),
    _formula("y ~ x + (1 | g:y)", "y)", "The response y is also a grouping."),
    _formula(
        "cbind(count, n) ~ n", "n", "The response count is also a predictor.", family="binomial"
    ),
    _formula("3 ~ x", "3 ~ x", "The response is no column of the data."),
    _formula("a:b ~ x", ":b ~ x", "':' is no arithmetic; inside a function only + - * / ^ are."),
    _formula(
        "y | x ~ z",
        "x ~ z",
        "After '|' of the response only trials(n), weights(w), cens(status, upper), "
        "trunc(lb, ub), rate(time) and dec(decision) can stand.",
    ),
    _formula(
        "(1 | g) ~ x", "| g) ~ x", "'|' is no arithmetic; inside a function only + - * / ^ are."
    ),
    _formula(
        "p(hit, n) | trials(n) ~ x",
        "| trials(n) ~ x",
        "p() and trials() both give the trials; write one of them.",
        family="binomial",
    ),
    _formula(
        "hit | trials(n) + trials(n) ~ x",
        "trials(n) ~ x",
        "trials() stands twice.",
        family="binomial",
    ),
    _formula(
        "p(hit) ~ x",
        "p(hit) ~ x",
        "p() lacks its argument 'trials': p(successes, trials).",
        family="binomial",
    ),
    _formula(
        "y ~ " + "(" * 60 + "x" + ")" * 60,
        "((((((((((x))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))",
        "The formula nests more than 50 deep.",
    ),
    _formula(
        "Reacton ~ x",
        "Reacton ~ x",
        "'Reacton' is not a column of the data. Columns: y, x, z, count, hit, n, a, b, g, h, e.",
    ),
    _formula(
        "y ~ xx",
        "xx",
        "'xx' is not a column of the data. Did you mean 'x'? Columns: y, x, z, count, hit, n,"
        " a, b, g, h, e.",
    ),
    _formula(
        "y ~ X",
        "X",
        "'X' is not a column of the data. Did you mean 'x'? Columns: y, x, z, count, hit, n, "
        "a, b, g, h, e.",
    ),
    BadInput(
        "y ~ day",
        "'day' is not a column of the data. It is the index of the frame: write "
        "data.reset_index().",
        FormulaError,
        "day",
        data=lambda: frame().set_index(pd.RangeIndex(24, name="day")),
        csv=False,
    ),
    _formula(
        "y ~ x + (1 | group)",
        "group)",
        "'group' is not a column of the data. Columns: y, x, z, count, hit, n, a, b, g, h, e.",
    ),
    _formula(
        "y ~ x + offset(log(exposure))",
        "exposure))",
        "'exposure' is not a column of the data. Columns: y, x, z, count, hit, n, a, b, g, h, e.",
    ),
    _formula(
        "p(hit, m) ~ x",
        "m) ~ x",
        "'m' is not a column of the data. Columns: y, x, z, count, hit, n, a, b, g, h, e.",
        family="binomial",
    ),
)

DATA = (
    BadInput(
        "y ~ x",
        "The data must be a pandas, polars or pyarrow data frame, not str. Read the file "
        "first: pandas.read_csv(path).",
        csv=False,
        file=False,
        data=lambda: "data.csv",
    ),
    BadInput(
        "y ~ x",
        "The data must be a pandas, polars or pyarrow data frame, not None. Make one first: "
        "pandas.DataFrame(data).",
        csv=False,
        file=False,
        data=lambda: None,
    ),
    BadInput(
        "y ~ x",
        "The data must be a pandas, polars or pyarrow data frame, not dict. Make one first: "
        "pandas.DataFrame(data).",
        csv=False,
        file=False,
        data=lambda: {"y": [1, 2], "x": [3, 4]},
    ),
    BadInput(
        "y ~ x",
        "The data must be a pandas, polars or pyarrow data frame, not numpy.ndarray. Make one"
        " first: pandas.DataFrame(data).",
        csv=False,
        file=False,
        data=lambda: np.ones((3, 2)),
    ),
    BadInput(
        "y ~ x",
        "The data must be a pandas, polars or pyarrow data frame, not pandas.Series. Make one"
        " first: data.to_frame().",
        csv=False,
        file=False,
        data=lambda: frame()["y"],
    ),
    BadInput(
        "y ~ x",
        "The columns of the data have several levels; give each one name: data.columns = "
        "['_'.join(map(str, c)) for c in data.columns].",
        csv=False,
        data=lambda: pd.concat([frame()], axis=1, keys=["wave"]),
    ),
    BadInput(
        "y ~ x",
        "The data have 2 columns named 'x'; rename all but one.",
        data=lambda: pd.concat([frame(), frame()[["x"]]], axis=1),
    ),
    BadInput("y ~ x", "The data have no rows.", data=lambda: frame().iloc[:0]),
    BadInput(
        "y ~ x",
        "No row has a value in every column of the formula; column 'x' alone is missing in 24"
        " of 24 rows.",
        data=lambda: frame(x=np.nan),
    ),
    BadInput(
        "y ~ x",
        "No row has a value in every column of the formula; column 'y' alone is missing in 24"
        " of 24 rows.",
        data=lambda: frame(y=np.nan),
    ),
    BadInput(
        "y ~ x",
        "No row has a value in every column of the formula; column 'x' alone is missing in 21"
        " of 24 rows.",
        data=lambda: frame(
            x=lambda d: d["x"].where(d.index < 3), y=lambda d: d["y"].where(d.index > 5)
        ),
    ),
    BadInput(
        "y ~ x",
        "The response y is constant: 3 in all 24 rows. A model needs a response that varies.",
        data=lambda: frame(y=3.0),
    ),
    BadInput(
        "count ~ x",
        "The response count is constant: 0 in all 24 rows. A model needs a response that varies.",
        family="poisson",
        data=lambda: frame(count=0),
    ),
    BadInput(
        "hit ~ x",
        "The response hit is constant: 1 in all 24 rows. A model needs a response that varies.",
        family="bernoulli",
        data=lambda: frame(hit=1),
    ),
    BadInput(
        "b ~ x",
        "The response 'b' is 'no' in every row.",
        family="bernoulli",
        data=lambda: frame(b="no"),
    ),
    BadInput(
        "p(hit, n) ~ x",
        "Every trial of the response p(hit, n) is a failure.",
        family="binomial",
        data=lambda: frame(hit=0),
    ),
    BadInput(
        "p(hit, n) ~ x",
        "Every trial of the response p(hit, n) is a success.",
        family="binomial",
        data=lambda: frame(hit=6),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' is infinite in 1 row, first in row 5 (counted from 0); correct such "
        "values, or mark them as missing.",
        data=lambda: with_value("x", np.inf),
    ),
    BadInput(
        "y ~ x",
        "Column 'y' is infinite in 2 rows, first in row 5 (counted from 0); correct such "
        "values, or mark them as missing.",
        data=lambda: with_value("y", -np.inf, [5, 9]),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' mixes numbers with text (n/a); make it numbers: data['x'] = "
        "pandas.to_numeric(data['x'].astype('str').mask(data['x'].astype('str').isin(['n/a']))) "
        "(which marks the texts named there as missing; in a file write NA). If they are names of "
        "groups or categories, make all of them text: data['x'] = data['x'].astype('str').",
        csv=False,
        data=lambda: with_value("x", "n/a"),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds numbers as text, among it lost; make it numbers: data['x'] = "
        "pandas.to_numeric(data['x'].mask(data['x'].isin(['lost']))) (which marks the texts named "
        "there as missing; in a file write NA). If they are categories, write factor(x).",
        data=lambda: frame(x=lambda d: (d["x"] / 4).astype(str).where(d["x"] > 0, "lost")),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds numbers as text (0.0, 0.25, 0.5, 0.75, 1.0, ...); make it numbers: "
        "data['x'] = pandas.to_numeric(data['x']). If they are categories, write factor(x).",
        csv=False,
        file=False,
        data=lambda: frame(x=lambda d: (d["x"] / 4).astype(str)),
    ),
    BadInput(
        "y ~ x",
        "The response 'y' holds text, among it lost; make it numbers: data['y'] = "
        "pandas.to_numeric(data['y'].mask(data['y'].isin(['lost']))) (which marks the texts named "
        "there as missing; in a file write NA).",
        data=lambda: frame(y=lambda d: d["y"].astype(str).where(d["x"] > 0, "lost")),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds dates or times; make numbers of them first, for example days since "
        "the first: data['x'] = (data['x'] - data['x'].min()).dt.days.",
        csv=False,
        data=lambda: frame(x=pd.date_range("2020", periods=24)),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds values of a kind (mixed) that a model cannot use; make it numbers "
        "or text.",
        csv=False,
        data=lambda: frame(x=[[1]] * 24),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds values of a kind (complex) that a model cannot use; make it numbers"
        " or text.",
        csv=False,
        data=lambda: frame(x=1j),
    ),
    BadInput(
        "a ~ x",
        "The response 'a' holds categories (hi, lo, mid); the gaussian family needs numbers.",
    ),
    BadInput(
        "b ~ x",
        "The response 'b' holds categories (no, yes); the gaussian family needs numbers. "
        "For two categories use family='bernoulli'.",
    ),
    BadInput(
        "a ~ x",
        "The response 'a' has 3 levels (hi, lo, mid); the bernoulli family needs two, or 0 and 1.",
        family="bernoulli",
    ),
    BadInput(
        "y ~ x",
        "The response y must be 0 or 1 for the bernoulli family; it is 3.8, 4.06, 4.57, 5, "
        "5.3, ... in 24 rows, first in row 0 (counted from 0). For numbers of successes use "
        "p(successes, trials), cbind(successes, failures) or successes | trials(n) with "
        "family='binomial'.",
        family="bernoulli",
    ),
    BadInput(
        "count ~ x",
        "The response count must be 0 or 1 for the bernoulli family; it is 2, 3, 4 in 14 "
        "rows, first in row 1 (counted from 0). For numbers of successes use p(successes, "
        "trials), cbind(successes, failures) or successes | trials(n) with family='binomial'.",
        family="bernoulli",
    ),
    BadInput(
        "count ~ x",
        "The response count must be 0 or 1 for the binomial family; it is 2, 3, 4 in 14 rows,"
        " first in row 1 (counted from 0). For numbers of successes use p(successes, trials),"
        " cbind(successes, failures) or successes | trials(n).",
        family="binomial",
    ),
    BadInput(
        "count ~ x",
        "The response count must be whole numbers from 0 for the poisson family; it is -1 in "
        "5 rows, first in row 0 (counted from 0). For rates keep the count and add "
        "offset(log(exposure)).",
        family="poisson",
        data=lambda: frame(count=lambda d: d["count"] - 1),
    ),
    BadInput(
        "y ~ x",
        "The response y must be whole numbers from 0 for the poisson family; it is 3.8, 4.06,"
        " 4.57, 5.3, 5.34, ... in 23 rows, first in row 1 (counted from 0). For rates keep "
        "the count and add offset(log(exposure)).",
        family="poisson",
    ),
    BadInput(
        "y ~ x",
        "The response y must be whole numbers from 0 for the negativebinomial family; it is "
        "3.8, 4.06, 4.57, 5.3, 5.34, ... in 23 rows, first in row 1 (counted from 0). For "
        "rates keep the count and add offset(log(exposure)).",
        family="negativebinomial",
    ),
    BadInput(
        "p(count, n) ~ x",
        "There are fewer trials than successes in p(count, n) in 5 rows, first in row 3 "
        "(counted from 0): 4 successes of 3. The trials count successes and failures "
        "together.",
        family="binomial",
        data=lambda: frame(n=3),
    ),
    BadInput(
        "p(count, n) ~ x",
        "The number of trials, n, must be whole; it is 3.5 in 24 rows, first in row 0 "
        "(counted from 0).",
        family="binomial",
        data=lambda: frame(n=3.5),
    ),
    BadInput(
        "cbind(count, n - count) ~ x",
        "There are fewer trials than successes in cbind(count, n - count) in 5 rows, first in"
        " row 3 (counted from 0): 4 successes of 3. The trials count successes and failures "
        "together.",
        family="binomial",
        data=lambda: frame(n=3),
    ),
    BadInput(
        "cbind(y, n) ~ x",
        "The number of successes, y, must be whole; it is 3.8, 4.06, 4.57, 5.3, 5.34, ... in "
        "23 rows, first in row 1 (counted from 0).",
        family="binomial",
    ),
    BadInput(
        "p(count, n) ~ x",
        "The number of successes, count, is negative in 5 rows, first in row 0 (counted from "
        "0), where count = -1.",
        family="binomial",
        data=lambda: frame(count=lambda d: d["count"] - 1),
    ),
    BadInput(
        "count | trials(n) ~ x",
        "There are no trials in count | trials(n) in 24 rows, first in row 0 (counted from "
        "0); leave such rows out.",
        family="binomial",
        data=lambda: frame(n=0, count=0),
    ),
    BadInput(
        "p(count, n) ~ x",
        "The response p(count, n) gives trials, which the poisson family does not have; use "
        "family='binomial'.",
        family="poisson",
    ),
    BadInput(
        "p(hit, n) ~ x",
        "The response p(hit, n) gives trials, which the bernoulli family does not have; use "
        "family='binomial'.",
        family="bernoulli",
    ),
    BadInput(
        "z ~ x",
        "The response z must be greater than 0 for the gamma family; it is 0 in 2 rows, first"
        " in row 0 (counted from 0). For zeros beside positive values "
        "use the hurdle_gamma or hurdle_lognormal family, for values below 0 the gaussian family.",
        family="gamma",
    ),
    BadInput(
        "y ~ x",
        "The response y must be between 0 and 1 (both excluded) for the beta family; it is "
        "3.8, 4.06, 4.57, 5, 5.3, ... in 24 rows, first in row 0 (counted from 0). For "
        "successes out of trials use the binomial family with p(successes, trials), for "
        "proportions with 0 and 1 among them zero_one_inflated_beta.",
        family="beta",
    ),
    BadInput(
        "y | weights(z) ~ x",
        "The weights z must be positive; they are not in 2 rows, first in row 0 (counted from"
        " 0), where z = 0.",
    ),
    BadInput(
        "y ~ x",
        "Predictor x is constant (2), so its effect cannot be told from the intercept; leave "
        "it out.",
        data=lambda: frame(x=2.0),
    ),
    BadInput(
        "y ~ a",
        "Factor 'a' has one level (lo) in the rows used; leave it out of the formula.",
        data=lambda: frame(a="lo"),
    ),
    BadInput(
        "y ~ x + w",
        "Predictor w is a linear combination of others (x), so their effects cannot be told "
        "apart; leave out w.",
        data=lambda: frame(w=lambda d: 2 * d["x"] + 1),
    ),
    BadInput(
        "y ~ x + z + w",
        "Predictor w is a linear combination of others (x, z), so their effects cannot be "
        "told apart; leave out w.",
        data=lambda: frame(w=lambda d: d["x"] - d["z"]),
    ),
    BadInput(
        "y ~ x + I(2 * x)",
        "Predictor I(2 * x) is a linear combination of others (x), so their effects cannot be"
        " told apart; leave out I(2 * x).",
    ),
    BadInput(
        "y ~ a:b",
        "Predictor a[mid]:b[yes] is a linear combination of others (a[hi]:b[no], a[lo]:b[no],"
        " a[mid]:b[no], a[hi]:b[yes], a[lo]:b[yes]), so their effects cannot be told apart; "
        "leave out one of their terms, or write 0 + a:b for all cells of a and b.",
    ),
    BadInput(
        "y ~ a * b",
        "No row belongs to a[lo]:b[yes], so its effect cannot be estimated; leave out the "
        "interaction, or join levels.",
        data=lambda: frame(b=lambda d: np.where(d["a"] == "lo", "no", d["b"])),
    ),
    BadInput(
        "y ~ g + h",
        "Predictor h[h2] is a linear combination of others (g[g3], g[g4]), so their effects "
        "cannot be told apart; leave out one of their terms.",
        data=lambda: frame(h=lambda d: np.where(d["g"] < "g3", "h1", "h2")),
    ),
    BadInput(
        "y ~ x",
        "There is only one row with a value in every column of the formula.",
        data=lambda: frame().head(1),
    ),
    BadInput(
        "y ~ factor(e)",
        "There are 24 rows for 24 coefficients; leave predictors out, or make a factor with "
        "many levels a grouping: (1 | g).",
    ),
    BadInput(
        "y ~ x + factor(e)",
        "There are 24 rows for 25 coefficients; leave predictors out, or make a factor with "
        "many levels a grouping: (1 | g).",
    ),
    BadInput(
        "y ~ log(x)",
        "log(x) is not a finite number in 3 rows, first in row 0 (counted from 0), where x = "
        "0. Leave such rows out, or use another transformation.",
    ),
    BadInput(
        "log(z) ~ x",
        "log(z) is not a finite number in 2 rows, first in row 0 (counted from 0), where z = "
        "0. Leave such rows out, or use another transformation.",
    ),
    BadInput(
        "count ~ offset(log(x))",
        "log(x) is not a finite number in 3 rows, first in row 0 (counted from 0), where x = "
        "0. Leave such rows out, or use another transformation.",
        family="poisson",
    ),
    BadInput(
        "y ~ sqrt(x - 5)",
        "sqrt(x - 5) is not a finite number in 11 rows, first in row 0 (counted from 0), "
        "where x = 0. Leave such rows out, or use another transformation.",
    ),
    BadInput(
        "y ~ I(1/x)",
        "I(1/x) is not a finite number in 3 rows, first in row 0 (counted from 0), where x = "
        "0. Leave such rows out, or use another transformation.",
    ),
    BadInput(
        "y ~ log(a)",
        "Column 'a' holds categories (lo, mid, hi) where numbers are needed; use it as a "
        "factor, by itself, or make a column of numbers.",
    ),
    BadInput(
        "y ~ I(a * 2)",
        "Column 'a' holds categories (lo, mid, hi) where numbers are needed; use it as a "
        "factor, by itself, or make a column of numbers.",
    ),
    BadInput(
        "y ~ log(year)",
        "Column 'year' holds categories (2000, 2003, 2001, 2004, 2002) where numbers are "
        "needed; leave it out of categorical, or make it numbers: data['year'] = "
        "pandas.to_numeric(data['year'].astype('str')).",
        categorical=("year",),
        data=lambda: frame(year=lambda d: 2000 + d["count"]),
    ),
    BadInput(
        "y ~ scale(w)",
        "scale(w): all values are 1, which has no scale; leave it out.",
        data=lambda: frame(w=1.0),
    ),
    BadInput(
        "y ~ scale(log(x))",
        "scale(log(x)) is not a finite number in 3 rows, first in row 0 (counted from 0), "
        "where x = 0. Leave such rows out, or use another transformation.",
    ),
    BadInput(
        "y ~ poly(hit, 2)",
        "poly(hit, 2): degree = 2 needs more than 2 distinct values, and there are 2.",
    ),
    BadInput("y ~ bs(x, df = 2)", "bs(x, df = 2): df = 2 is too small; at least 3 is needed."),
    BadInput("y ~ bs(x, knots = 99)", "bs(x, knots = 99): the knots must lie between 0 and 10."),
    BadInput(
        "y ~ ns(hit, df = 4)",
        "ns(hit, df = 4): df = 4 puts a knot at the edge of the data, because many values are"
        " equal; choose a smaller df, or give the knots.",
    ),
    BadInput(
        'y ~ C(a, Treatment("low"))',
        "C(a, Treatment(\"low\")): 'low' is not a level of 'a'. Did you mean 'lo'? Levels: hi, "
        "lo, mid.",
    ),
    BadInput(
        "y ~ (1 | g)",
        "Grouping factor 'g' has one level in the rows used; leave its term out, or use a "
        "factor with several levels.",
        data=lambda: frame(g="g1"),
    ),
    BadInput(
        "y ~ (1 | e)",
        "There are 24 rows for 24 group effects of 'e' (24 levels, 1 for each); with one row "
        "per level the effects cannot be told from the residual: leave the term out, or group"
        " rows.",
    ),
    BadInput(
        "y ~ x + (x | e)",
        "There are 24 rows for 24 group effects of 'e' (12 levels, 2 for each); the data "
        "cannot tell these apart: leave effects out of this term, or write || for "
        "independent effects.",
        data=lambda: frame(e=lambda d: d.index // 2),
    ),
    BadInput(
        "y ~ x + (x + z | e)",
        "There are 24 rows for 36 group effects of 'e' (12 levels, 3 for each); the data "
        "cannot tell these apart: leave effects out of this term, or write || for "
        "independent effects.",
        data=lambda: frame(e=lambda d: d.index // 2),
    ),
    BadInput(
        "count ~ (x | e)",
        "There are 24 rows for 48 group effects of 'e' (24 levels, 2 for each); the data "
        "cannot tell these apart: leave effects out of this term, or write || for independent "
        "effects.",
        family="poisson",
    ),
    BadInput(
        "y ~ (1 | g:h)",
        "Two groups of 'g:h' would both be labelled 'x:y:z'; take the ':' out of the labels.",
        data=lambda: frame(
            g=lambda d: np.where(d["h"] == "h1", "x:y", "x"),
            h=lambda d: np.where(d.index % 4 < 2, "z", "y:z"),
        ),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds numbers as text, with commas or gaps in them (1,000, 1,001, 1,002, "
        "1,003, 1,004, ...); make it numbers: if the comma separates thousands, data['x'] = "
        "pandas.to_numeric(data['x'].str.replace(',', '')); if the comma is the decimal sign, "
        "data['x'] = pandas.to_numeric(data['x'].str.replace(',', '.')). If they are categories, "
        "write factor(x).",
        data=lambda: frame(x=lambda d: d["x"].map(lambda x: f"{1000 + x:,.0f}")),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds dates as text (2020-01-01, 2020-01-02, ...); make numbers of them "
        "first, for example days since the first: t = pandas.to_datetime(data['x']); data['x'] = "
        "(t - t.min()).dt.days. If they are categories, write factor(x).",
        data=lambda: frame(x=lambda d: d["x"].map(lambda x: f"2020-01-{1 + x:02.0f}")),
    ),
    BadInput(
        "y ~ `x\ny`",
        "The name 'x y' holds the control character U+000A; rename the column, or the levels of "
        "the factor.",
        data=lambda: frame(**{"x\ny": lambda d: d["x"]}),
        csv=False,
    ),
    BadInput(
        "y ~ `\x1b[2J`",
        "The name '\\x1b[2J' holds the control character U+001B; rename the column, or the levels "
        "of the factor.",
        data=lambda: frame(**{"\x1b[2J": lambda d: d["x"]}),
    ),
    BadInput(
        "y ~ `\u202ex`",
        "The name '\\u202ex' holds the control character U+202E; rename the column, or the levels "
        "of the factor.",
        data=lambda: frame(**{"\u202ex": lambda d: d["x"]}),
    ),
    BadInput(
        "y ~ a",
        "The name 'a[lo w]' holds the control character U+000A; rename the column, or the levels "
        "of the factor.",
        data=lambda: frame(a=lambda d: d["a"].replace("lo", "lo\nw")),
    ),
    BadInput(
        "y ~ sigma",
        "The name 'sigma' means a parameter of the model; rename the column: "
        "data.rename(columns={'sigma': 'sigma_1'}).",
        data=lambda: frame(sigma=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ nu",
        "The name 'nu' means a parameter of the model; rename the column: "
        "data.rename(columns={'nu': 'nu_1'}).",
        family="t",
        data=lambda: frame(nu=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ alpha",
        "The name 'alpha' means a parameter of the model; rename the column: "
        "data.rename(columns={'alpha': 'alpha_1'}).",
        family="gamma",
        data=lambda: frame(alpha=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ mu",
        "The name 'mu' means the mean of the response; rename the column: "
        "data.rename(columns={'mu': 'mu_1'}).",
        data=lambda: frame(mu=lambda d: d["x"]),
    ),
    BadInput(
        "hit ~ p",
        "The name 'p' means the mean of the response; rename the column: "
        "data.rename(columns={'p': 'p_1'}).",
        family="bernoulli",
        data=lambda: frame(p=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ x_offset",
        "The name 'x_offset' ends in '_offset', which marks internal variables of the "
        "sampler; rename the column.",
        data=lambda: frame(x_offset=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ (1 | g_offset)",
        "The name '1|g_offset' ends in '_offset', which marks internal variables of the "
        "sampler; rename the column.",
        data=lambda: frame(g_offset=lambda d: d["g"]),
    ),
    BadInput(
        "y ~ chain",
        "The name 'chain' means a dimension of the posterior; rename the column: "
        "data.rename(columns={'chain': 'chain_1'}).",
        data=lambda: frame(chain=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ Intercept",
        "The name 'Intercept' means the intercept; rename the column.",
        data=lambda: frame(Intercept=lambda d: d["x"]),
    ),
    BadInput(
        "y ~ `a|b`",
        "Column 'a|b' has a '|' in its name, which has a meaning in the names of effects; "
        "rename the column.",
        data=lambda: frame(**{"a|b": lambda d: d["x"]}),
    ),
    BadInput(
        "y ~ g_corr + (x | g)",
        "Two parts of the model would be named 'g_corr'; rename a column, or leave one of the"
        " terms out.",
        data=lambda: frame(g_corr=lambda d: d["z"]),
    ),
    BadInput(
        "y ~ x",
        "Column 'x' holds numbers as text, among it .; make it numbers: data['x'] = "
        "pandas.to_numeric(data['x'].mask(data['x'].isin(['.']))) (which marks the texts named "
        "there as missing; in a file write NA). If they are categories, write factor(x).",
        data=lambda: frame(
            x=lambda d: (d["x"] + 20).astype(int).astype(str).where(d["z"] > 0, ".")
        ),
    ),
    BadInput(
        "a ~ x",
        "The response 'a' has the values hi and lo; say which counts as success: success='lo', or "
        "success='hi'. Or make 0 and 1 of them: data['a'] = "
        "data['a'].map({'hi': 0, 'lo': 1}).",
        family="bernoulli",
        data=lambda: frame(a=lambda d: np.where(d["a"] == "hi", "hi", "lo")),
    ),
    BadInput(
        "count ~ x",
        "The response 'count' has the values 1 and 2; say which counts as success: success=2.",
        family="bernoulli",
        data=lambda: frame(count=lambda d: d["hit"] + 1),
    ),
    BadInput(
        "y ~ x",
        "The response y has values such as 9.68e-160, with which floating-point numbers cannot "
        "calculate (1e-75 to 1e+75 are possible); write it in another unit, for example multiplied "
        "by 1e150.",
        data=lambda: frame(y=lambda d: d["y"] * 1e-160),
    ),
    BadInput(
        "y ~ x + (x | g)",
        "Predictor x has values such as 1e+161, with which floating-point numbers cannot calculate "
        "(1e-75 to 1e+75 are possible); write it in another unit, for example multiplied by "
        "1e-150.",
        data=lambda: frame(x=lambda d: d["x"] * 1e160),
    ),
    BadInput(
        "y | weights(e) ~ x",
        "The weight of y | weights(e) has values such as 1e-300, with which floating-point numbers "
        "cannot calculate (1e-75 to 1e+75 are possible); write it in another unit, for example "
        "multiplied by 1e150.",
        data=lambda: frame(e=1e-300),
    ),
    BadInput(
        "y ~ offset(x)",
        "The offset has values such as 1e+161, with which floating-point numbers cannot calculate "
        "(1e-75 to 1e+75 are possible); write it in another unit, for example multiplied by "
        "1e-150.",
        data=lambda: frame(x=lambda d: d["x"] * 1e160),
    ),
    BadInput(
        "y ~ (1 | e)",
        "Column 'e' has levels such as 100000000000000000 as floating-point numbers, which do not "
        "tell whole numbers beyond 9,007,199,254,740,992 apart, so different levels may have "
        "become one. Read it as text, before it is made numbers: bayesmm.read_table(path, "
        "text=['e']), or pandas.read_csv(path, dtype={'e': str}).",
        data=lambda: frame(e=lambda d: 1e17 + d.index // 6 * 64),
        csv=False,
    ),
    BadInput(
        "y ~ x",
        "'Year' of categorical is not a column of the data. Columns: y, x, z, count, hit, n, "
        "a, b, g, h, e.",
        categorical=("Year",),
    ),
)

BAD_INPUTS = FORMULAS + DATA
