"""Posterior-predictive checks: whether the fitted model would produce data like these."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.bounded import drawn_within, unbounded
from bayesmm.family.within import completed
from bayesmm.fit_record import FitRecord
from bayesmm.html.frame import frame_table
from bayesmm.html.table import table_html
from bayesmm.results.checks.ppc_statistics import statistics_table
from bayesmm.results.prediction.draw_choice import LARGEST_RESULT, choose_draws
from bayesmm.results.prediction.response_parameters import response_parameters
from bayesmm.results.tables.moments import PROB, interval_label
from bayesmm.sampling.assemble import OBSERVATION_DIM
from bayesmm.sampling.responses import observed_responses, responses_dataset
from bayesmm.table_text import frame_text
from bayesmm.wording import either

__all__ = ["PosteriorPredictive", "posterior_predictive"]

DEFAULT_DRAWS = 1000
_CHUNK_VALUES = 4_000_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PosteriorPredictive:
    """Replicated responses and what they say about the fit.

    Attributes
    ----------
    draws : xarray.DataTree
        Groups ``posterior_predictive`` and ``observed_data``, as ArviZ wants them.
    table : pandas.DataFrame
        One row per test statistic: ``statistic``, ``observed``, predictive ``mean``,
        ``lower``, ``upper``, and ``p_value`` = P(T(y_rep) > T(y)) + P(T(y_rep) = T(y)) / 2.
    seed : int
        Seed of the replicates.
    """

    draws: xr.DataTree
    table: pd.DataFrame
    seed: int

    def plot(self, **options: Any) -> Any:
        """Draw the observed distribution over replicated ones (``arviz_plots.plot_ppc_dist``).

        Parameters
        ----------
        **options
            Passed on: ``kind``, ``num_samples``, ``backend``, ...

        Returns
        -------
        arviz_plots.PlotCollection
            The figure of ArviZ.
        """
        # matplotlib takes long to import and a table needs none of it
        from arviz_plots import plot_ppc_dist  # noqa: PLC0415

        return plot_ppc_dist(self.draws, **({"backend": "matplotlib"} | options))

    def __repr__(self) -> str:
        """Return the table of test statistics as text."""
        return frame_text(self.table, self.title)

    def _repr_html_(self) -> str:
        return table_html(frame_table(self.table, self.title))

    @property
    def title(self) -> str:
        """What the table shows, and which interval."""
        sizes = self.draws["posterior_predictive"].sizes
        return (
            f"Posterior-predictive check: {sizes['chain'] * sizes['draw']} replicates of "
            f"{sizes[OBSERVATION_DIM]} rows, {interval_label(self.table.attrs['probability'])}"
        )


def posterior_predictive(
    fit: FitRecord, seed: int = 0, n_draws: int | None = None
) -> PosteriorPredictive:
    """Replicate the response for the same rows and groups, and compare it with the data.

    y_rep ~ p(y | theta_s) for draws theta_s spread evenly over the chains, group effects
    included: the check is of these groups, not of new ones.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    seed : int
        Seed of the replicates; the same seed gives the same replicates.
    n_draws : int, optional
        Number of replicates, rounded up to a multiple of the number of chains. Default 1000,
        fewer when that would be more than 50 million responses.

    Returns
    -------
    PosteriorPredictive
        The replicated responses, and a table of test statistics of them and of the data.

    Raises
    ------
    UsageError
        When `n_draws` is not positive or exceeds the number of draws.

    Notes
    -----
    A censored response is not known: what the replicates are compared with has in its place one
    drawn within its bounds, at each draw another, as if the model held (completed data); there
    ``observed`` is the mean over the draws. Replicates of truncated responses are drawn within the
    bounds.

    The data are used twice, so p-values gather around 1/2: an extreme one is evidence against
    the model, a middling one is weak evidence for it.

    References
    ----------
    Gelman, Meng and Stern (1996), Statistica Sinica 6(4), 733-760; Gelman et al. (2005), Multiple
    imputation for model checking: completed-data plots with missing and latent data,
    doi:10.1111/j.0006-341X.2005.031010.x
    """
    if fit.design.source is not None:
        raise UnsupportedModelError(
            "Replicates are of every row, and the rows of this fit are in files; "
            f"{either('fit.ppc_statistics()', 'fit.ppc_statistics() of Python')} adds up their "
            "test statistics batch by batch."
        )
    n_chains = fit.own_draws["posterior"].sizes["chain"]
    if n_draws is None:
        every = n_chains * fit.own_draws["posterior"].sizes["draw"]
        affordable = max(LARGEST_RESULT // max(1, fit.design.observed.size), n_chains)
        n_draws = min(every, DEFAULT_DRAWS, affordable)
    chosen = choose_draws(fit.own_draws, n_draws, fit.design.observed.size)
    chains, draws = np.repeat(np.arange(n_chains), len(chosen)), np.tile(chosen, n_chains)
    y_rep, y = _replicate(fit, seed, chains, draws)
    table = statistics_table(fit.design, y_rep, PROB, y)
    return PosteriorPredictive(_tree(fit, y_rep, n_chains, draws), table, seed)


def _replicate(fit: FitRecord, seed: int, chains: Array, draws: Array) -> tuple[Array, Array]:
    """Return S replicated responses, and those that they are compared with."""
    design = fit.design
    generator, of_bounds = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    observed = design.observed
    y_rep = np.empty((len(chains), *observed.shape))
    y = observed
    if design.family.forms.censoring:
        y, within = np.empty_like(y_rep), drawn_within(unbounded(design.family))
    step = max(1, _CHUNK_VALUES // observed.size)
    for start in range(0, len(chains), step):
        where = chains[start : start + step], draws[start : start + step]
        parameters = response_parameters(design, fit.own_draws, where)
        y_rep[start : start + step] = design.family.drawn(generator, parameters)
        if y is not observed:
            y[start : start + step] = completed(within, of_bounds, design.y, parameters)
    return y_rep, y


def _tree(fit: FitRecord, y_rep: Array, n_chains: int, draws: Array) -> xr.DataTree:
    design = fit.design
    per_chain = len(y_rep) // n_chains
    observed = observed_responses(design, fit.own_draws)
    replicated = responses_dataset(
        design,
        y_rep.reshape(n_chains, per_chain, *design.observed.shape),
        {
            "chain": np.arange(n_chains),
            "draw": draws[:per_chain],
            OBSERVATION_DIM: observed.coords[OBSERVATION_DIM].values,
        },
    )
    return xr.DataTree.from_dict({"posterior_predictive": replicated, "observed_data": observed})
