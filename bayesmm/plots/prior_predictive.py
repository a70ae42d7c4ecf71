"""What the priors of a model expect: the record with its page and its picture."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from html import escape
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes

from bayesmm.family.known import DEFAULT_FAMILY, resolve_family
from bayesmm.family.record import Family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.plots.picture import Picture
from bayesmm.plots.prior_predictive_bars import prior_bars, prior_proportions
from bayesmm.results.tables.moments import PROB
from bayesmm.studies.prior_absurdities import ABSURD_SHARE, FAR
from bayesmm.studies.prior_predictive import PriorPredictiveRecord, replicate_from_priors
from bayesmm.wording import either

__all__ = ["PriorPredictive", "prior_predictive"]

_WIDTH = 100
_RULE = (
    f"Absurd is what one in {1 / ABSURD_SHARE:.0f} of the data sets shows: responses beyond "
    f"{FAR:.0f} times the observed range, probabilities within 0.001 of 0 or 1 in half "
    "of the rows, or means that no response can have. "
    "A wide interval is no fault: priors shall allow more than was observed."
)


class PriorPredictive(PriorPredictiveRecord):
    """Data sets that the priors of a model expect; prints as a page, draws as a picture."""

    __slots__ = ()

    def plot(self, ax: Axes | None = None, prob: float = PROB) -> Picture:
        """Draw the replicated responses against those observed, red when they are absurd.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw.
        prob : float
            Probability of the equal-tailed intervals over the data sets.

        Returns
        -------
        Picture
            Of binary and binomial responses ``table`` has ``first``, ``last``, ``rows`` (shares
            by probability) and ``data_sets`` (by proportion of successes); of others ``first``,
            ``last``, ``observed``, ``median``, ``lower``, ``upper``: shares of rows by their
            response, what is outside the drawn range in the first and the last row.
        """
        shares = self.design.family.response in ("binary", "binomial")
        return prior_proportions(self, ax) if shares else prior_bars(self, ax, prob)

    @property
    def words(self) -> tuple[str, ...]:
        """What is absurd, a sentence each, and what to do; or that nothing is."""
        if not self.absurd:
            return ("Nothing absurd.",)
        printed = either("bayesmm.priors(...) prints them", "bayesmm explain prints them")
        narrower = f"Narrow the priors that do this: they are replaced by name, and {printed}."
        return (*(f"ABSURD: {found.what}" for found in self.absurdities), narrower)

    @property
    def rule(self) -> str:
        """What is called absurd, and what is not."""
        return _RULE

    def __repr__(self) -> str:
        """Return the page as text."""
        lines = repr(self.table).splitlines()
        for sentence in (*self.words, self.rule):
            lines += ["", *wrap(sentence, _WIDTH)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in (*self.words, self.rule))
        return f"{self.table._repr_html_()}{sentences}"


def prior_predictive(
    formula: str,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | Priors | None = None,
    *,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
    draws: int = 1000,
    seed: int = 0,
) -> PriorPredictive:
    """Draw data sets that a model expects before it has seen the data; nothing is fitted.

    y_rep ~ p(y | theta), theta ~ p(theta), for the rows and the groups of the data.

    Parameters
    ----------
    formula, data, family, priors, link, categorical, success
        As in `fit`. The presets are scaled to the data; nothing else of the response is used.
    draws : int
        Number of data sets, at least 100.
    seed : int
        Same seed, same data sets.

    Returns
    -------
    PriorPredictive
        Prints quantiles of the mean, sd, ... of the data sets beside those observed, and a
        sentence for each thing that is absurd; ``plot()`` draws them, red when absurd. ``draws``
        and ``yrep`` hold the numbers.

    Raises
    ------
    PriorError
        When a prior is flat, as those of the preset ``"brms"`` for coefficients are.

    References
    ----------
    Gabry, Simpson, Vehtari, Betancourt and Gelman (2019), doi:10.1111/rssa.12378
    """
    design = build_design(
        formula, data, resolve_family(family, link), categorical=categorical, success=success
    )
    found = replicate_from_priors(design, choose_priors(design, priors), draws, seed)
    return PriorPredictive(**{field.name: getattr(found, field.name) for field in fields(found)})
