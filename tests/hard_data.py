"""Hard data: what goes wrong with data, in models of every structure, and how each case is judged.

A row is a case of one structure. Its fit is **right** when every slope that the data were made
with is within 5 posterior standard deviations, known at least as well as in the harmless data of
that structure (by a factor that the case says), and nothing forbids its use; **refused** when one
line says what is wrong before sampling; **told** when the page of the fit, its verdict or
`bayesmm.explain` says what is the matter. Anything else is silent, which no row may be.
"""

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

import bayesmm
from bayesmm.errors import BayesmmError, BayesmmWarning, one_line

__all__ = ["CASES", "STRUCTURES", "Case", "Outcome", "Row", "judged", "plain", "rows"]

SLOPE, N, GROUPS, SEED = 0.5, 240, 24, 20
ERRORS = 5.0  # posterior standard deviations; by chance once in two million slopes
HOW = {"chains": 2, "draws": 200, "max_effort": 1, "seed": 1, "progress": False, "cores": 2}
MORE = HOW | {"draws": 1000}  # where it is not right with few draws


@dataclass(frozen=True)
class Structure:
    """A model: its name, formula and family, the response, and its sd given x around the line."""

    name: str
    formula: str
    family: str = "gaussian"
    response: str = "y"


STRUCTURES = {
    s.name: s
    for s in (
        Structure("line", "y ~ x"),
        Structure("intercepts", "y ~ x + (1 | g)"),
        Structure("slopes", "y ~ x + (x | g)"),
        Structure("crossed", "y ~ x + (1 | g) + (1 | h)"),
        Structure("sigma varies", "y ~ x + (1 | g); sigma ~ x"),
        Structure("t", "y ~ x + (1 | g)", "t"),
        Structure("bernoulli", "won ~ x + (1 | g)", "bernoulli", "won"),
        Structure("binomial", "p(hits, n) ~ x + (1 | g)", "binomial", "hits"),
        Structure("poisson", "count ~ x + (1 | g)", "poisson", "count"),
        Structure("negative binomial", "count ~ x + (1 | g)", "negativebinomial", "count"),
        Structure("gamma", "positive ~ x + (1 | g)", "gamma", "positive"),
        Structure("beta", "share ~ x + (1 | g)", "beta", "share"),
        Structure("ordinal", "grade ~ x + (1 | g)", "cumulative", "grade"),
        Structure("categories", "choice ~ x", "categorical", "choice"),
        Structure("survival", "time | cens(event = seen) ~ x + (1 | g)", "weibull", "time"),
        Structure("rate", "events | rate(exposure) ~ x + (1 | g)", "poisson", "events"),
        Structure("hurdle", "count ~ x + (1 | g)", "hurdle_poisson", "count"),
        Structure("zero and one", "share ~ x + (1 | g)", "zero_one_inflated_beta", "share"),
        Structure("angle", "angle ~ x", "von_mises", "angle"),
    )
}
GAUSSIAN = ("line", "intercepts", "slopes", "crossed", "sigma varies", "t")
COUNTS = ("poisson", "negative binomial")
# Of every case; the others are of those that are about them.
ALL = tuple(STRUCTURES)[:12]
GROUPED = ALL[1:]
FURTHER = ("ordinal", "survival", "rate", "hurdle")


def harmless(groups: int = GROUPS, n: int = N) -> pd.DataFrame:
    """Return data of every structure whose slope of x is `SLOPE` on the scale of its link."""
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=n)
    g, h = np.arange(n) % groups, rng.integers(0, 8, n)
    return responses(pd.DataFrame({"x": x, "g": [f"g{k:05d}" for k in g],
                                   "h": [f"h{k}" for k in h]}), g)  # fmt: skip


def responses(frame: pd.DataFrame, g: np.ndarray, x: np.ndarray | None = None) -> pd.DataFrame:
    """Return a frame with responses made anew of its x, or of another one."""
    rng = np.random.default_rng(SEED + 1)
    n = len(frame)
    x = frame["x"].to_numpy(float) if x is None else x
    u = 0.5 * rng.normal(size=int(g.max()) + 1)[g]
    eta = SLOPE * x + u
    frame = frame.copy()
    frame["y"] = 1.0 + eta + 0.5 * rng.normal(size=n)
    frame["won"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["n"] = 20
    frame["hits"] = rng.binomial(20, 1 / (1 + np.exp(-eta)))
    frame["count"] = rng.poisson(np.exp(1.0 + eta))
    mean = np.exp(1.0 + eta)
    frame["positive"] = rng.gamma(4.0, mean / 4.0)
    share = 1 / (1 + np.exp(-eta))
    frame["share"] = np.clip(rng.beta(10 * share, 10 * (1 - share)), 1e-6, 1 - 1e-6)
    return _further(frame, eta)


def _further(frame: pd.DataFrame, eta: np.ndarray) -> pd.DataFrame:
    """Return a frame with the responses of the structures that came later."""
    rng = np.random.default_rng(SEED + 2)
    n = len(frame)
    frame["grade"] = 1 + np.searchsorted([-1.0, 0.0, 1.5], eta + rng.logistic(size=n))
    frame["choice"] = np.array(["a", "b", "c"])[rng.integers(0, 3, n)]
    time = np.exp(1.0 + eta) * rng.weibull(2.0, n)
    frame["whole"], frame["time"], frame["seen"] = time, np.minimum(time, 4.0), time < 4.0
    frame["exposure"] = rng.uniform(1, 3, n)
    frame["events"] = rng.poisson(frame["exposure"] * np.exp(eta))
    frame["angle"] = rng.vonmises(0.3, 2.0, n)
    return frame


def codes(frame: pd.DataFrame) -> np.ndarray:
    return pd.factorize(frame["g"])[0]


@dataclass(frozen=True)
class Case:
    """One kind of hard data.

    Attributes
    ----------
    name : str
        What is hard.
    change : callable
        ``(frame, structure) -> frame``.
    structures : tuple of str
        Of which models it is a case.
    slope : float or None
        The slope of x that the data were made with, in their units; None: there is none to find.
    wider : float
        How much wider than in the harmless data the posterior may be, in their units.
    formula : callable
        ``formula -> formula``.
    """

    name: str
    change: Callable[[pd.DataFrame, Structure], pd.DataFrame] = lambda frame, _: frame
    structures: tuple[str, ...] = ALL
    slope: float | None = SLOPE
    wider: float = 2.0
    formula: Callable[[str], str] = lambda formula: formula
    scale: float = 1.0  # of the slope: units of y per unit of x


@dataclass(frozen=True)
class Outcome:
    """What came of a row: right, refused, told or SILENT, and in which words."""

    verdict: str
    words: str


def _with(**columns: Callable[[pd.DataFrame], object]) -> Callable[..., pd.DataFrame]:
    def change(frame: pd.DataFrame, _: Structure) -> pd.DataFrame:
        return frame.assign(**columns)

    return change


def _groups(assign: Callable[[int], np.ndarray], n: int = N) -> Callable[..., pd.DataFrame]:
    """Return a change that gives rows other groups, with responses that have them."""

    def change(_: pd.DataFrame, __: Structure) -> pd.DataFrame:
        frame = harmless(n=n)
        g = assign(n)
        return responses(frame.assign(g=[f"g{k:05d}" for k in g]), g)

    return change


def _responses(values: Callable[[pd.DataFrame], object]) -> Callable[..., pd.DataFrame]:
    def change(frame: pd.DataFrame, structure: Structure) -> pd.DataFrame:
        return frame.assign(**{structure.response: values(frame)})

    return change


def _one_large(n: int) -> np.ndarray:
    return np.r_[np.zeros(1000, dtype=int), 1 + np.arange(n - 1000) % 20]


def _nullable(frame: pd.DataFrame, structure: Structure) -> pd.DataFrame:
    return frame.convert_dtypes(dtype_backend="numpy_nullable")


def _arrow(frame: pd.DataFrame, structure: Structure) -> pd.DataFrame:
    return frame.convert_dtypes(dtype_backend="pyarrow")


def _some(frame: pd.DataFrame, column: str, value: object) -> pd.DataFrame:
    changed = frame.copy()
    changed[column] = changed[column].astype(object if isinstance(value, str) else float)
    changed.loc[changed.index[:5], column] = value
    return changed


def _twice(frame: pd.DataFrame, _: Structure) -> pd.DataFrame:
    return pd.concat([frame, frame], ignore_index=True)


def _million(frame: pd.DataFrame, _: Structure) -> pd.DataFrame:
    rng, u = np.random.default_rng(3), np.random.default_rng(4).normal(size=GROUPS)
    p = 1 / (1 + np.exp(-(SLOPE * frame["x"] + 0.5 * u[codes(frame)])))
    return frame.assign(n=10**6, hits=rng.binomial(10**6, p))


def _large_counts(size: float) -> Callable[..., pd.DataFrame]:
    def change(frame: pd.DataFrame, _: Structure) -> pd.DataFrame:
        return frame.assign(count=np.floor(size * np.exp(SLOPE * frame["x"] - 2.0)).clip(0, 2**53))

    return change


OF_FAMILIES = (
    Case("a category that is declared and never chosen", _with(grade=lambda f: pd.Categorical(
         f["grade"], categories=[1, 2, 3, 4, 5], ordered=True)), ("ordinal",)),
    Case("a category between others that is never chosen", _with(grade=lambda f: pd.Categorical(
         f["grade"].where(f["grade"] < 3, f["grade"] + 1), categories=[1, 2, 3, 4, 5],
         ordered=True)), ("ordinal",)),
    Case("a category that is chosen once", lambda f, s: f.assign(**{s.response: f[
         s.response].where(np.arange(len(f)) != 7, 9 if s.name == "ordinal" else "z")}),
         ("ordinal", "categories"), slope=None),
    Case("one category in all rows", _responses(lambda _: 2), ("ordinal", "categories"),
         slope=None),
    Case("two categories", _with(grade=lambda f: 1 + (f["grade"] > 2)), ("ordinal",)),
    Case("a category for nearly every row", _responses(lambda f: np.arange(len(f))),
         ("ordinal", "categories"), slope=None),
    Case("no time is censored", _with(seen=True, time=lambda f: f["whole"]), ("survival",)),
    Case("all times are censored", _with(seen=False), ("survival",), slope=None),
    Case("one event, all other times censored", _with(seen=lambda f: np.arange(len(f)) == 7),
         ("survival",), slope=None),
    Case("a status that is neither", lambda f, _: _some(f, "seen", 5.0), ("survival",),
         slope=None),
    Case("a time of 0", lambda f, _: _some(f, "time", 0.0), ("survival",), slope=None),
    Case("times in units of 1e9", _with(time=lambda f: f["time"] * 1e9), ("survival",)),
    Case("an exposure of 0", lambda f, _: _some(f, "exposure", 0.0), ("rate",), slope=None),
    Case("a negative exposure", lambda f, _: _some(f, "exposure", -1.0), ("rate",), slope=None),
    Case("exposures in units of 1e9", _with(exposure=lambda f: f["exposure"] * 1e9), ("rate",)),
    Case("rows of no trials", lambda f, _: _some(_some(f, "n", 0), "hits", 0), ("binomial",)),
    Case("no row has a trial", _with(n=0, hits=0), ("binomial",), slope=None),
    Case("more successes than trials", lambda f, _: _some(f, "hits", 21), ("binomial",),
         slope=None),
    Case("no zeros", lambda f, _: f[f["count"] > 0], ("hurdle",), wider=3.0),
    Case("no 0 and no 1", structures=("zero and one",)),
    Case("only 0 and 1", _with(share=lambda f: (f["share"] > 0.5) * 1.0), ("zero and one",),
         slope=None),
    Case("angles in degrees", _with(angle=lambda f: np.degrees(f["angle"])), ("angle",),
         slope=None),
)  # fmt: skip
CASES = (
    # two runs of few draws: the sds of both are known to four percent
    Case("harmless data", structures=(*ALL, *FURTHER), wider=1.2),
    Case("groups of one row", _groups(np.arange),
         (*GAUSSIAN[1:], "bernoulli", "binomial", "poisson"), wider=4.0),
    Case("one group of a thousand, twenty small ones", _groups(_one_large, 1100), GROUPED),
    Case("two groups", _groups(lambda n: np.arange(n) % 2), GROUPED),
    Case("a single group", _groups(lambda n: np.zeros(n, dtype=int)), GROUPED),
    Case("three rows", lambda f, _: f.iloc[:3], ("line", "intercepts", "bernoulli", "poisson"),
         slope=None),
    Case("x constant within groups",
         lambda f, _: responses(f.assign(x=np.linspace(-2, 2, GROUPS)[codes(f)]), codes(f)),
         ("intercepts", "crossed", "t", "bernoulli", "binomial", "poisson", "gamma", "beta"),
         wider=6.0),
    Case("a column that is twice another", _with(z=lambda f: 2 * f["x"]),
         formula=lambda t: t.replace("~ x", "~ x + z", 1), slope=None),
    Case("a column that is nearly another", _with(z=lambda f: f["x"] * (1 + 1e-9)),
         formula=lambda t: t.replace("~ x", "~ x + z", 1), slope=None),
    Case("x that never changes", _with(x=lambda _: 3.0), slope=None),
    Case("x around 1e9", lambda f, _: f.assign(x=1e9 + f["x"])),
    Case("x in units of 1e9", _with(x=lambda f: f["x"] * 1e9), scale=1e-9),
    Case("x in units of 1e-9", _with(x=lambda f: f["x"] * 1e-9), scale=1e9),
    Case("x with five values of 1e6", lambda f, _: _some(f, "x", 1e6),
         ("line", "intercepts", "poisson"), slope=None),
    Case("y in units of 1e-9", _with(y=lambda f: f["y"] * 1e-9), GAUSSIAN, scale=1e-9),
    Case("y in units of 1e9", _with(y=lambda f: f["y"] * 1e9), GAUSSIAN, scale=1e9),
    Case("y in units of 1e150", _with(y=lambda f: f["y"] * 1e150), GAUSSIAN, scale=1e150),
    Case("y around 1e9", _with(y=lambda f: f["y"] + 1e9), GAUSSIAN),
    Case("y around 1e15", _with(y=lambda f: f["y"] + 1e15), GAUSSIAN[:5], wider=3.0),
    Case("y that x gives exactly", _with(y=lambda f: 1 + SLOPE * f["x"]), GAUSSIAN[:4], wider=1.0),
    Case("y that never changes", _responses(lambda _: 1), slope=None),
    Case("an outlier of 1e4 standard deviations", lambda f, _: _some(f, "y", 1e4), GAUSSIAN,
         slope=None),
    Case("Cauchy errors",
         _with(y=lambda f: SLOPE * f["x"] + np.random.default_rng(1).standard_cauchy(len(f))),
         GAUSSIAN, wider=100.0),
    Case("all rows twice", _twice, wider=1.2),
    Case("all counts 0", _responses(lambda _: 0),
         ("bernoulli", "binomial", *COUNTS, "rate", "hurdle"), slope=None),
    Case("counts 0 but one", _responses(lambda f: (np.arange(len(f)) == 7).astype(int)),
         ("bernoulli", "binomial", *COUNTS, "rate", "hurdle"), slope=None),
    Case("complete separation", lambda f, s: f.assign(
        won=(f["x"] > 0).astype(int), hits=20 * (f["x"] > 0)), ("bernoulli", "binomial"),
        slope=None),
    Case("a million trials", _million, ("binomial",), wider=1.0),
    Case("counts around 1e6", _large_counts(1e6), COUNTS, wider=1.0),
    Case("counts near 2^53", _large_counts(2.0**53), COUNTS, wider=1.0),
    Case("counts above 2^53", _with(count=lambda f: f["count"] + 2.0**60), COUNTS, slope=None),
    Case("counts with a decimal", lambda f, s: _some(f, s.response, 1.5),
         ("binomial", *COUNTS), slope=None),
    Case("a negative response", lambda f, s: _some(f, s.response, -1.0),
         ("bernoulli", "binomial", *COUNTS, "gamma", "beta"), slope=None),
    Case("a share of exactly 1", lambda f, s: _some(f, s.response, 1.0), ("beta",), slope=None),
    Case("a zero among positive numbers", lambda f, s: _some(f, s.response, 0.0), ("gamma",),
         slope=None),
    Case("weights in thousands", _with(w=lambda f: np.full(len(f), 1000.0)),
         ("line", "intercepts", "slopes", "crossed"),
         formula=lambda t: t.replace("y ~", "y | weights(w) ~", 1)),
    Case("weights of 1e-12", _with(w=lambda f: np.full(len(f), 1e-12)),
         ("line", "intercepts", "slopes", "crossed"),
         formula=lambda t: t.replace("y ~", "y | weights(w) ~", 1)),
    Case("a weight of 0", lambda f, _: _some(f.assign(w=1.0), "w", 0.0),
         ("line", "intercepts", "slopes", "crossed"),
         formula=lambda t: t.replace("y ~", "y | weights(w) ~", 1), slope=None),
    Case("names of columns and levels in other scripts",
         lambda f, _: f.rename(columns={"x": "größe Δ"}).assign(
             g=lambda d: [f"中\u200b{k}🙂" for k in codes(d)]),
         formula=lambda t: t.replace("x", "`größe Δ`")),
    Case("nullable columns", _nullable),
    Case("Arrow columns", _arrow),
    Case("missing values", lambda f, _: _some(f, "x", np.nan), wider=1.2),
    Case("infinite values", lambda f, _: _some(f, "x", np.inf), slope=None),
    Case("a word among the numbers", lambda f, _: _some(f, "x", "?"), slope=None),
    Case("a column of dates", _with(x=lambda f: pd.Timestamp("2024-01-01") +
         pd.to_timedelta(np.arange(len(f)), "D")), ("line", "intercepts", "poisson"), slope=None),
    Case("20,000 groups", _groups(lambda n: np.arange(n) % 20_000, 40_000),
         ("intercepts",), wider=1.0),
    Case("2,000 groups", _groups(lambda n: np.arange(n) % 2_000, 6_000),
         ("intercepts", "crossed", "poisson", "bernoulli"), wider=1.0),
    Case("no rows", lambda f, _: f.iloc[:0], slope=None),
    *OF_FAMILIES,
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A case of a structure."""

    case: Case
    structure: Structure

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return f"{self.case.name}: {self.structure.name}"


def rows() -> Iterator[Row]:
    """Return every row of the table."""
    for case in CASES:
        for name in case.structures:
            yield Row(case, STRUCTURES[name])


_HARMLESS: dict[str, float] = {}


def _sd_of_harmless(structure: Structure) -> float:
    """Return the posterior sd of the slope in harmless data."""
    if structure.name not in _HARMLESS:
        fit = bayesmm.fit(structure.formula, harmless(), structure.family, **HOW)
        _HARMLESS[structure.name] = float(fit.own_draws["posterior"]["x"].std())
    return _HARMLESS[structure.name]


def judged(row: Row, *, though_right: bool = False) -> Outcome:
    """Return what comes of a row: of few draws, and where those are not right of more.

    With `though_right` what is told, of more draws, whether they are right or not.
    """
    case, structure = row.case, row.structure
    data = case.change(harmless(), structure)
    formula = case.formula(structure.formula)
    may_be_right = case.slope is not None and not though_right
    quick = [HOW] if may_be_right else []
    for how in (*quick, MORE):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                fit = bayesmm.fit(formula, data, structure.family, **how)
            except BayesmmError as problem:
                return Outcome("refused", one_line(problem))
        others = [w for w in caught if not issubclass(w.category, BayesmmWarning)]
        assert not others, f"{row.name}: {others[0].message}"
        if may_be_right and fit.diagnostics.ok and _is_right(row, fit):
            return Outcome("right", "")
    told = [str(w.message) for w in caught]
    usual = _usual(structure)
    said = next(
        (s for s in _told(fit, told, formula, data, structure) if plain(s) not in usual), ""
    )
    return Outcome("told", said) if said else Outcome("SILENT", _slope_words(fit))


_USUAL: dict[str, set[str]] = {}


def _usual(structure: Structure) -> set[str]:
    """Return what is said about harmless data of a structure too, which tells nothing."""
    if structure.name not in _USUAL:
        data = harmless()
        fit = bayesmm.fit(structure.formula, data, structure.family, **MORE)
        said = _told(fit, [], structure.formula, data, structure)
        _USUAL[structure.name] = {plain(sentence) for sentence in said}
    return _USUAL[structure.name]


def plain(sentence: str) -> str:
    """Return a sentence without its numbers."""
    return re.sub(r"[-+]?[0-9][0-9.,e+-]*", "#", sentence)


def _told(
    fit: bayesmm.Fit, warned: list[str], formula: str, data: pd.DataFrame, structure: Structure
) -> Iterator[str]:
    """Give what is said about a fit, causes before symptoms.

    Advice on the data, warnings, the verdict on its draws, its page and its checks.
    """
    yield from (str(a) for a in bayesmm.explain(formula, data, structure.family).advice)
    yield from warned
    yield from fit.summary().notes
    yield from (check.sentence for check in fit.diagnostics.findings)
    table = fit.check().table
    yield from table.loc[table["verdict"].isin(["problem", "look"]), "words"]


def _is_right(row: Row, fit: bayesmm.Fit) -> bool:
    case = row.case
    name = "größe Δ" if "größe" in fit.formula else "x"
    values = fit.fixef().set_index("term").loc[name]
    mean, sd = values["mean"] / case.scale, values["sd"] / case.scale
    near = abs(mean - case.slope) <= ERRORS * sd + 1e-9
    return bool(near and sd <= case.wider * _sd_of_harmless(row.structure))


def _slope_words(fit: bayesmm.Fit) -> str:
    return fit.fixef().to_string(index=False)
