"""A parameter of a family: what it is, its priors, and where a search for it begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bayesmm.arrays import Array
from bayesmm.special import expit, logit

__all__ = ["Parameter", "Search"]

# A distribution of `model.priors` with its numbers, or that as a function of the response and its
# spread.
type PriorRule = tuple | Callable[[Array, float], tuple]


@dataclass(frozen=True, slots=True)
class Search:
    """How maximum likelihood searches a parameter, on the real line.

    Attributes
    ----------
    start : float or callable
        Where the search begins, as the parameter itself; or ``start(y)``.
    limits : callable
        ``limits(y)``: ends of the range that a search may use, on the real line; beyond them the
        likelihood no longer changes.
    at_bound : callable
        ``at_bound(estimate, y)``: whether an estimate is at the end of its range.
    sentence : str
        What to say of such an estimate.
    """

    start: float | Callable[[Array], float]
    limits: Callable[[Array], tuple[float, float]] = lambda _: (-15.0, 17.0)
    at_bound: Callable[[float, Array], bool] = lambda *_: False
    sentence: str = ""

    def first(self, y: Array) -> float:
        """Return where the search begins, as the parameter itself."""
        return self.start(y) if callable(self.start) else self.start

    @classmethod
    def up_to(cls, largest: float, start: float, sentence: str) -> "Search":
        """Return the search of a positive parameter that is at its end where it is `largest`."""
        end = float(np.log(largest))
        return cls(start, lambda _: (-15.0, end + 3.0), lambda value, _: value > largest, sentence)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    name : str
        Its name in tables, draws and priors; of the first one, mu, only the links are read.
    links : tuple of str
        Links of mu; of the others the one of their linear predictor, by their support when empty.
    support : str
        ``"positive"``, ``"share"`` for a number between 0 and 1, or ``"real"``.
    symbol : str
        Greek letter or text in equations; the name when empty.
    meaning : str
        What it is, for the table of priors.
    priors : mapping of str to tuple or callable
        By preset, that of ``"default"`` where a preset is missing: ``("HalfStudentT", 3.0, 2.5)``,
        or a function of the response and its spread that returns it.
    intercept : mapping of str to tuple or callable
        By preset, the prior of the intercept of its linear predictor where it varies, as `priors`.
    start : float or callable
        Where the chains start; ``start(y, spread)``.
    search : Search, optional
        How maximum likelihood searches it.
    scales : bool
        Whether it is a factor of the variance of the response that is not known.
    residual : bool
        Whether it is the scale of the response about mu, in the units of mu.
    in_units : bool
        Whether it has the units of mu without being that scale.
    relative : bool
        Whether only ratios of it are told by the data: its linear predictor has no intercept, and
        it is 1 where all its predictors are 0.
    varies : bool
        Whether it may have a formula.
    names : mapping of str to str
        Its names in other languages: ``{"brms": "shape"}``; ``"1 - zi"`` for its complement.
    synonyms : tuple of str
        Names of other packages under which it may have a formula.
    complements : tuple of str
        Names under which 1 minus it may have a formula: its name here, then those of others.
    always : bool
        Whether it always has a linear predictor, that of the response unless it has a formula of
        its own: what is the same in all rows is an intercept then, not a number with its name.
    below_responses : bool
        Whether every response is above it: its priors, start and search are told the largest that
        each response may be, infinity of one that is only known to be above a bound.
    """

    name: str
    links: tuple[str, ...] = ()
    support: str = "positive"
    symbol: str = ""
    meaning: str = ""
    priors: Mapping[str, PriorRule] = field(default_factory=dict)
    intercept: Mapping[str, PriorRule] = field(default_factory=dict)
    start: float | Callable[[Array, float], float] = 1.0
    search: Search | None = None
    scales: bool = True
    residual: bool = False
    in_units: bool = False
    relative: bool = False
    varies: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    complements: tuple[str, ...] = ()
    always: bool = False
    below_responses: bool = False

    @property
    def is_share(self) -> bool:
        """Whether the parameter is between 0 and 1."""
        return self.support == "share"

    @property
    def is_real(self) -> bool:
        """Whether the parameter may have any sign."""
        return self.support == "real"

    @property
    def link(self) -> str:
        """Link of its linear predictor, where it varies: log, logit of a share, or identity."""
        return self.links[0] if self.links else _LINKS[self.support]

    def prior(self, preset: str, y: Array, spread: float) -> tuple:
        """Return the distribution and the numbers of its prior, for a response and its spread."""
        rule = self.priors.get(preset) or self.priors.get("default")
        if rule is None:
            rule = _PRIORS[self.support]
        return rule(y, spread) if callable(rule) else rule

    def intercept_prior(self, preset: str, y: Array, spread: float) -> tuple:
        """Return the prior of the intercept of its linear predictor, on the scale of the link.

        Where a family says nothing: logistic of a share, that is uniform of the share itself;
        normal about where chains start on the scale of the link, with an sd of 2, of positive
        parameters; Normal(0, 2.5) of those of any sign. As stated by brms: t_3(0, 2.5), and
        logistic of a share; by Bambi: standard normal.
        """
        fallback: tuple = ("Logistic", 0.0, 1.0)
        if preset == "bambi":
            fallback = ("Normal", 0.0, 1.0)
        elif not self.is_share:
            fallback = ("StudentT", 3.0, 0.0, 2.5)
            if preset != "brms" and self.is_real:
                fallback = ("Normal", 0.0, 2.5)
            elif preset != "brms":
                first = 1.0 if callable(self.start) else self.start
                fallback = ("Normal", self.real(first), 2.0)
        rule = self.intercept.get(preset, fallback)
        return rule(y, spread) if callable(rule) else rule

    def first(self, y: Array, spread: float) -> float:
        """Return where the chains start, `spread` that of the response."""
        return self.start(y, spread) if callable(self.start) else self.start

    @property
    def estimated(self) -> Search:
        """How maximum likelihood searches it."""
        if self.search is not None:
            return self.search
        return _SEARCHES[self.support]

    def natural(self, value: float) -> float:
        """Return the parameter from its value on the real line."""
        return float(_INVERSES[self.support](value))

    def slope(self, value: float) -> float:
        """Return the derivative of the parameter, here `value`, in its value on the real line."""
        return {"positive": value, "share": value * (1.0 - value), "real": 1.0}[self.support]

    def real(self, parameter: float) -> float:
        """Return its value on the real line."""
        return float(_TRANSFORMS[self.support](parameter))


# By support: the link of a linear predictor, the prior, and the way to the real line and back.
_LINKS = {"positive": "log", "share": "logit", "real": "identity"}
_PRIORS: Mapping[str, PriorRule] = {
    "positive": ("HalfStudentT", 3.0, 2.5),
    "share": ("Beta", 2.0, 2.0),
    "real": ("Normal", 0.0, 2.5),
}
_TRANSFORMS = {"positive": np.log, "share": logit, "real": float}
_INVERSES = {"positive": np.exp, "share": expit, "real": float}
_SEARCHES = {
    "positive": Search(1.0),
    "share": Search(0.5, lambda _: (-20.0, 20.0)),
    "real": Search(0.0, lambda _: (-1e3, 1e3)),
}
