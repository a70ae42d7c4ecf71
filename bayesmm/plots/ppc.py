"""Posterior-predictive checks: the data over data that the fitted model produces."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes

from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_categories import category_bars
from bayesmm.plots.ppc_density import densities
from bayesmm.plots.ppc_proportions import proportions
from bayesmm.plots.ppc_statistic import statistics, statistics_by
from bayesmm.plots.ppc_survival import survival_curves
from bayesmm.plots.rootogram import rootograms
from bayesmm.plots.row_groups import row_groups
from bayesmm.results.checks.ppc import posterior_predictive
from bayesmm.results.tables.moments import PROB
from bayesmm.wording import either, option

__all__ = ["ppc"]

type Draw = Callable[..., Picture]

_KINDS: Mapping[str, Draw] = {
    "density": densities,
    "rootogram": rootograms,
    "proportions": proportions,
    "categories": category_bars,
    "survival": survival_curves,
}
# The kinds that a response can have, the usual one first.
_KINDS_OF = {
    "ordered": ("categories",),
    "unordered": ("categories",),
    "multinomial": ("categories",),
    "real": ("density", "survival"),
    "positive": ("density", "survival"),
    "count": ("rootogram", "density", "survival"),
    "binary": ("proportions",),
    "binomial": ("proportions", "rootogram"),
}


def ppc(
    fit: FitRecord,
    ax: Axes | None = None,
    kind: str | None = None,
    by: str | None = None,
    statistic: str | Sequence[str] | None = None,
    prob: float = PROB,
    seed: int = 0,
    n_draws: int | None = None,
) -> Picture:
    """Draw the data over replicated data y_rep ~ p(y | theta), for the same rows and groups.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per panel.
    kind : {"density", "rootogram", "proportions", "categories", "survival"}, optional
        ``density``: kernel densities of the data and of 50 replicates. ``rootogram`` (counts,
        successes): square roots of frequencies, the observed bars hanging from the expected
        curve. ``proportions`` (binary and binomial): of rows with like fitted probability.
        ``categories``: bars of the rows of each category; of counts of categories, of the share
        of each. ``survival``: the steps of Kaplan and Meier (Turnbull, of intervals) of the data
        and of 50 replicates, which are not censored; of censored responses the only one.
    by : str, optional
        A grouping factor or a column of the data: the same for each of its levels.
    statistic : str or sequence of str, optional
        In place of the distribution the predictive distribution of T(y_rep) and T(y), for names
        as in ``fit.ppc().table``; with `by` intervals of T in each level.
    prob : float
        Probability of the equal-tailed predictive intervals.
    seed, n_draws
        As in `bayesmm.results.checks.ppc.posterior_predictive`.

    Returns
    -------
    Picture
        ``table``: the numbers of the densities, bins or statistics, with the level of `by`.

    Raises
    ------
    UsageError
        For another `kind` than the response can have, or an unknown statistic or column.

    References
    ----------
    Gabry, Simpson, Vehtari, Betancourt and Gelman (2019), doi:10.1111/rssa.12378; Kleiber and
    Zeileis (2016), Visualizing count data regressions using rootograms,
    doi:10.1080/00031305.2016.1173590; Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452
    """
    groups = None if by is None else (label_of(by), *row_groups(fit, by))
    if statistic is not None and kind is not None:
        raise UsageError("Give kind= or statistic=, not both: a statistic has its own picture.")
    censored = bool(fit.design.family.forms.censoring)
    kinds = ("survival",) if censored else _KINDS_OF.get(fit.design.family.response, ("density",))
    if censored and statistic is not None:
        raise UsageError(
            f"{option('statistic')} is of responses, which are not all known here: "
            f"{either('fit.ppc()', 'bayesmm ppc')} has statistics of completed data."
        )
    kind = kinds[0] if kind is None else kind
    if kind not in kinds:
        raise UsageError(
            f"{option('kind')} is {kind!r}; of a "
            f"{'censored' if censored else fit.design.family.response} response: "
            f"{suggestion(kind, kinds, label='Possible')}"
        )
    tree = posterior_predictive(fit, seed, n_draws).draws["posterior_predictive"].dataset
    (name,) = tree.data_vars
    y_rep = tree[name].values.reshape(-1, *fit.design.observed.shape)
    if statistic is not None:
        names = (statistic,) if isinstance(statistic, str) else tuple(statistic)
        draw = statistics if groups is None else statistics_by
        return draw(fit, y_rep, names, prob, ax, *(() if groups is None else (groups,)))
    return _KINDS[kind](fit, y_rep, prob, ax, groups)
