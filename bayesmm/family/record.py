"""The record of a family: one says everything that the rest of the package asks about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.density import LogDensity, log_density_of_rows, observed_score
from bayesmm.family.estimation import Estimation
from bayesmm.family.facts import FamilyFacts
from bayesmm.family.parameter import Parameter
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.within import Forms
from bayesmm.family.words import Words

__all__ = ["OF_ROWS", "RESPONSES", "Family", "OfRows"]

type OfRows = Callable[[ResponseParameters], Array]

RESPONSES = (
    *("real", "binary", "binomial", "count", "positive", "proportion", "angle"),
    *("ordered", "unordered", "multinomial"),
)
# Functions of the rows that a family may have.
OF_ROWS = (
    *("random", "below", "mean", "variance", "proportional", "score", "own_log_density", "of_mu"),
)


@dataclass(frozen=True, slots=True)
class Family(FamilyFacts):
    """Distribution of the response given the linear predictor eta, with g(mu) = eta.

    A name, the kind of response, the parameters and the log density are enough to sample a model
    and to maximise its likelihood. Each function more is one question more that can be answered.

    Attributes
    ----------
    name : str
        Bambi's name, where Bambi has the family.
    response : str
        Values that the response may take: ``real binary binomial count positive proportion angle``,
        or categories, ``ordered unordered``: the number of each, counted from 1; or
        ``multinomial``: the sum of the counts of all categories, which are known beside it.
    parameters : tuple of Parameter
        First mu, whose links are those of the family, the default first; then those that are the
        same in all rows.
    density : LogDensity or callable, optional
        Log density of a row in the words of `numeric`; a plain ``log_density(y, mu, *further)``
        will do.
    random : callable, optional
        ``random(generator, rows)``: one draw of the response, shape of mu; of counts of categories
        with a last axis more. Weights that count rows do not change a single response.
    below : callable, optional
        ``below(y, rows)``: P(Y <= y).
    mean, variance : callable, optional
        ``mean(rows)``: E y, when it is not mu, or trials * mu; ``variance(rows)``: Var y.
    without_random : str
        Where there is no `random`: what to do instead, a sentence.
    proportional : callable, optional
        What E y comes to as far as it is proportional to mu, so that the rest alone has to be
        averaged over groups by quadrature.
    atoms : mapping of float to callable
        Single values that a continuous response may take, besides those of its kind, and
        ``probability(rows)`` of each: 0 behind a hurdle.
    score : callable, optional
        ``score(y, rows)``: d log p / d mu and its information, where they are not those of the
        exponential family with that `variance_function`.
    own_log_density : callable, optional
        ``own_log_density(y, rows)``: log density of each row where that of `density` would lose
        digits at the ends of the range of mu.
    of_mu : callable, optional
        ``of_mu(y, rows)``: the log density of each row as a function of mu, where much is no such.
    on_link_scale : mapping of str to callable
        By link, the variance of the response on the scale of the link, of what
        `results.distribution_variance` offers.
    located : callable, optional
        The transform of y that mu is the level of, such as its logarithm, where it is not y.
    variance_function : callable, optional
        Var y as a function of mu, up to a factor: of the linear model that a chain starts from.
    zero_rows : callable, optional
        ``zero_rows(y, mu, mu_derivative)``: mean, its derivative in eta and variance of each
        response as far as it is a count, in a family with zeros of its own.
    level : callable, optional
        First guess of the mean of mu from the response, where that is not the mean of y.
    compiled : mapping of str to str
        By link, the module of rows written by hand; those of other links come from `density`.
    estimation : Estimation
        How the likelihood is maximised.
    limits : mapping of str to tuple of str
        Families that are limits of this one, and which of its parameters are at an end there.
    location_is_normal : bool
        Whether `located` of the response is normal about mu with that sd.
    normal : bool
        Whether the response is normal about mu; its sd is then `residual_scale`.
    precision_weights : bool
        Whether weights are precisions, sd(y_i) = sigma / sqrt(w_i); else they count rows.
    words : Words
        What the family is called, here and elsewhere.
    link : str
        The link that was chosen; the default one when none is named.
    complement_of : Family, optional
        The family with a share in the place of which this one has 1 minus it.
    of_categories : callable, optional
        ``of_categories(family, labels)``: of a family whose parameters depend on the categories of
        the response, the family of these; `made_for` calls it.
    categories : tuple of str
        Labels of the categories of the response, in their order; empty before they are known.
    probabilities : callable, optional
        ``probabilities(rows)``: of each category of the response, along a new last axis.
    shares : callable, optional
        ``shares(inverse, distances)``: the probabilities of the categories, in plain arithmetic,
        from the inverse of the link and the distances of the thresholds from mu.
    optional : tuple of Parameter
        Parameters that the family has only in a model with a formula for them.
    specific : bool
        Whether some effects differ between thresholds: each then has a parameter more, of
        `family.thresholds.specific_names`, that is added to mu there.
    latent : bool
        Whether mu is on the scale of a latent response, the link being that of probabilities.
    thresholds : tuple of str
        Names, in order, of further parameters that take the place of a common intercept of mu.
    in_order : bool
        Whether thresholds increase.
    in_gaps : Family, optional
        The same with minus the first threshold as the intercept of mu, and the others measured
        from those before them: how such a model is sampled.
    unbounded : Family, optional
        The family of the variable itself, where responses are censored or truncated.
    forms : Forms
        What the rows of the data then say of it.
    without_tails : str
        Why its responses cannot be censored or truncated, where they cannot.
    most_trials : float
        Of successes that are known by bounds, because of more the tails take too long.
    fixed : tuple of (Parameter, float)
        Parameters that are known numbers, see `family.fixed`.
    decisions : bool
        Whether the response is a time with the sign of a decision, of ``time | dec(decision)``.
    """

    name: str
    response: str
    parameters: tuple[Parameter, ...]
    density: LogDensity | Callable | None = None
    random: Callable[[Generator, ResponseParameters], Array] | None = None
    without_random: str = ""
    below: Callable[[Array, ResponseParameters], Array] | None = None
    mean: OfRows | None = None
    variance: OfRows | None = None
    proportional: OfRows | None = None
    atoms: Mapping[float, OfRows] = field(default_factory=dict)
    score: Callable[[Array, ResponseParameters], tuple[Array, Array]] | None = None
    own_log_density: Callable[[Array, ResponseParameters], Array] | None = None
    of_mu: Callable[[Array, ResponseParameters], Callable[[Array], Array]] | None = None
    on_link_scale: Mapping[str, Callable] = field(default_factory=dict)
    located: Callable[[Array], Array] | None = None
    variance_function: Callable[[Array], Array] | None = None
    zero_rows: Callable[[Array, Array, Array], tuple[Array, Array, Array]] | None = None
    level: Callable[[Array], float] | None = None
    compiled: Mapping[str, str] = field(default_factory=dict)
    estimation: Estimation = field(default_factory=Estimation)
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    location_is_normal: bool = False
    normal: bool = False
    precision_weights: bool = False
    words: Words = field(default_factory=Words)
    link: str = ""
    complement_of: "Family | None" = field(default=None, repr=False)
    of_categories: "Callable[[Family, tuple[str, ...]], Family] | None" = None
    categories: tuple[str, ...] = ()
    probabilities: OfRows | None = None
    shares: Callable[[Callable, list], list] | None = None
    optional: tuple[Parameter, ...] = ()
    specific: bool = False
    latent: bool = False
    thresholds: tuple[str, ...] = ()
    in_order: bool = False
    in_gaps: "Family | None" = field(default=None, repr=False)
    unbounded: "Family | None" = field(default=None, repr=False)
    forms: Forms = field(default_factory=Forms)
    without_tails: str = ""
    most_trials: float = np.inf
    fixed: tuple[tuple[Parameter, float], ...] = ()
    decisions: bool = False

    def __post_init__(self) -> None:
        """Fill in the default link, and check what a mistake would hide."""
        if self.response not in RESPONSES:
            raise UsageError(
                f"The {self.name} family has the response {self.response!r}, which is not one of "
                f"{', '.join(RESPONSES)}."
            )
        if not self.parameters or not self.links:
            raise UsageError(
                f"The first parameter of the {self.name} family must be that of the linear "
                'predictor, with its links: Parameter("mu", links=("identity",)).'
            )
        if callable(self.density):
            object.__setattr__(self, "density", LogDensity(self.density))
        if not self.link:
            object.__setattr__(self, "link", self.links[0])

    def __hash__(self) -> int:
        """Return the hash of the name and the link."""
        return hash((self.name, self.link))

    def with_link(self, link: str) -> "Family":
        """Return the family with a link of `links`."""
        if link == self.link:
            return self
        return replace(self, link=link).made_for(self.categories)

    def with_optional(self, name: str) -> "Family":
        """Return the family with an optional parameter; itself where it has none of that name."""
        found = tuple(p for p in self.optional if p.name == name and p not in self.parameters)
        if not found:
            return self
        return replace(self, parameters=self.parameters + found).made_for(self.categories)

    def with_specific(self) -> "Family":
        """Return the family of thresholds with effects that differ between them."""
        return self if self.specific else replace(self, specific=True).made_for(self.categories)

    def without_optional(self) -> "Family":
        """Return the family without the optional parameters, and effects, that it has."""
        if not (self.chosen or self.specific):
            return self
        kept = tuple(p for p in self.parameters if p not in self.optional)
        return replace(self, parameters=kept, specific=False).made_for(self.categories)

    def made_for(self, labels: tuple[str, ...]) -> "Family":
        """Return the family of a response with these categories; itself where it needs none."""
        if self.of_categories is None or not labels:
            return self
        return replace(self.of_categories(self, labels), categories=labels)

    def drawn(self, generator: Generator, rows: ResponseParameters) -> Array:
        """Return one draw of the response in every row, as `random` does.

        Raises
        ------
        UsageError
            For a family without `random`.
        """
        self.check_random()
        return self.random(generator, rows)

    def check_random(self) -> None:
        """Raise for a family whose responses cannot be drawn."""
        if self.random is None:
            instead = self.without_random or "give its record `random`"
            raise UsageError(
                f"The {self.name} family says nothing of how to draw a response: {instead}."
            )

    def response_mean(self, rows: ResponseParameters) -> Array:
        """Return E y: mu, or trials * mu for binomial counts, unless the family says otherwise."""
        if self.mean is not None:
            return self.mean(rows)
        return rows.mu if rows.trials is None else rows.trials * rows.mu

    def score_in_mean(self, y: Array, rows: ResponseParameters) -> tuple[Array, Array]:
        """Return d log p(y) / d mu and the expected minus second derivative.

        For an exponential family these are (y - E y) E' / Var y and E'^2 / Var y. Of a family
        that says nothing of either, they come from its log density, the second not expected but
        observed.
        """
        if self.score is not None:
            return self.score(y, rows)
        if self.variance_function is None:
            return observed_score(self.density, self.auxiliary, y, rows)
        trials = 1.0 if rows.trials is None else rows.trials
        variance = self.variance(rows)
        return (y - self.response_mean(rows)) * trials / variance, trials**2 / variance

    def log_density(self, y: Array, rows: ResponseParameters) -> Array:
        """Return the log density of each row, shape of mu, not weighted.

        Weights that are precisions are part of the density.
        """
        if self.own_log_density is not None:
            return self.own_log_density(y, rows)
        parameters = dict(rows.auxiliary)
        if self.precision_weights:
            parameters[self.residual_scale] = rows.scale
        own = [parameters[name] for name in self.auxiliary]
        return log_density_of_rows(self.density, own, y, rows)
