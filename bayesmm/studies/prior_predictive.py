"""What a model expects before it has seen the data: responses replicated from the priors alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.result_table import ResultTable
from bayesmm.results.checks.ppc_statistics import statistics_of
from bayesmm.results.prediction.draw_choice import LARGEST_RESULT
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.results.prediction.response_parameters import parameters_at
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.sampling.assemble import OBSERVATION_DIM, assemble
from bayesmm.sampling.limits import check_count, check_memory_of_draws
from bayesmm.sampling.prior_draws import draw_priors
from bayesmm.sampling.responses import observed_responses, responses_dataset
from bayesmm.studies.prior_absurdities import Absurdity, absurdities, observed_range
from bayesmm.wording import option

__all__ = ["PriorPredictiveRecord", "check_random", "replicate_from_priors", "replicated_responses"]

_FEWEST_DRAWS = 100  # of which a tenth is told from none
# Generators fail at means that are 0 or infinite up to rounding, or make 0 times infinity of them.
_LEAST, _MOST, _SHARE = 1e-250, 1e250, 1e-12
# Where the inverse of a link leaves the range of the mean, there is no response.
_MEANS = {
    "binary": (0.0, 1.0),
    "binomial": (0.0, 1.0),
    "proportion": (0.0, 1.0),
    "count": (0.0, np.inf),
    "positive": (0.0, np.inf),
}

_DRAWN = {
    "count": (_LEAST, _MOST),
    "positive": (_LEAST, _MOST),
    "binary": (0.0, 1.0),
    "binomial": (0.0, 1.0),
    "proportion": (_SHARE, 1.0 - _SHARE),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PriorPredictiveRecord:
    """Data sets that the priors of a model expect, beside the one that was observed.

    Attributes
    ----------
    design, priors : Design, Priors
        The model.
    draws : xarray.DataTree
        Groups ``prior`` (S draws of every parameter, under the names of a fit),
        ``prior_predictive`` and ``observed_data``, as ArviZ wants them.
    mean : ndarray, shape (S, n_obs)
        Inverse link of the linear predictor: of binary and binomial responses the probability.
    yrep : ndarray, shape (S, n_obs), of counts of K categories (S, n_obs, K)
        A replicated response for each draw; NaN for draws whose mean no response can have.
    table : ResultTable
        One row per statistic T of a data set: ``statistic``, ``observed`` = T(y), and of T(yrep)
        ``median``, ``lower``, ``upper``, ``q25``, ``q75`` and ``below`` = P(T(yrep) < T(y)).
    absurdities : tuple of Absurdity
        What no data set of this kind would look like, and how often the priors expect it.
    seed : int
        Seed of the draws.
    """

    design: Design
    priors: Priors
    draws: xr.DataTree
    mean: Array
    yrep: Array
    table: ResultTable
    absurdities: tuple[Absurdity, ...]
    seed: int

    @property
    def absurd(self) -> bool:
        """Whether anything is absurd."""
        return bool(self.absurdities)

    @property
    def observed_range(self) -> tuple[float, float]:
        """Smallest and largest observed response."""
        return observed_range(self.design)


def replicate_from_priors(
    design: Design, priors: Priors, draws: int, seed: int
) -> PriorPredictiveRecord:
    """Return data sets y_rep ~ p(y | theta), theta ~ p(theta), for the rows of a design.

    A data set is replicated for each of S = `draws`, at least 100; the same seed gives the same
    draws. A flat prior is a `PriorError`, and more responses than can be held, or a family that
    cannot be drawn from, a `UsageError`.
    """
    check_count("draws", draws, _FEWEST_DRAWS)
    if draws * design.observed.size > LARGEST_RESULT:
        most = LARGEST_RESULT // design.observed.size
        raise UsageError(
            f"{draws:,} data sets of {design.n_obs:,} rows are more than {LARGEST_RESULT:,} "
            f"responses. Take {option('draws', max(most, _FEWEST_DRAWS))}, or some of the rows."
        )
    check_random(design)
    check_memory_of_draws(design, 1, draws)
    tree = assemble(design, draw_priors(design, priors, draws, seed))
    mean, yrep = replicated_responses(design, tree, seed)
    return PriorPredictiveRecord(
        design=design,
        priors=priors,
        draws=_tree(design, tree, yrep),
        mean=mean,
        yrep=yrep,
        table=_prior_table(design, yrep),
        absurdities=absurdities(design, mean, yrep),
        seed=seed,
    )


def check_random(design: Design) -> None:
    """Raise when responses of a family cannot be drawn."""
    design.family.check_random()


def replicated_responses(design: Design, tree: xr.DataTree, seed: int) -> tuple[Array, Array]:
    """Return the inverse link of the linear predictor and the responses, shape (S, n_obs).

    `tree` has S draws of the parameters, as one chain.
    """
    n_draws = tree["posterior"].sizes["draw"]
    where = np.zeros(n_draws, dtype=np.int64), np.arange(n_draws)
    eta = linear_predictor(design, tree, where)
    with np.errstate(over="ignore", divide="ignore"):  # infinite means are told of
        mean = LINKS[design.family.link_of_mu].inverse(eta)
    kind = "real" if design.family.on_real_line else design.family.response
    low, high = _MEANS.get(kind, (-np.inf, np.inf))
    possible = np.flatnonzero(((mean >= low) & (mean <= high)).all(axis=1))
    # another stream than that of the parameters
    generator = np.random.default_rng([seed, 1])
    yrep = np.full((n_draws, *design.observed.shape), np.nan)
    if len(possible):
        with np.errstate(over="ignore"):
            own = parameters_at(design, tree, eta[possible], (where[0][possible], possible))
        reals = (p.name for p in design.family.further if p.support == "real")
        unbounded = {*design.constants, *reals}
        further = {
            name: value if name in unbounded else np.clip(value, 1 / _MOST, _MOST)
            for name, value in own.auxiliary.items()
        }
        drawn = np.clip(mean[possible], *_DRAWN.get(kind, (-_MOST, _MOST)))
        rows = ResponseParameters.from_mean(design, drawn, further)
        with np.errstate(over="ignore"):  # a response may be infinite, and is told of
            yrep[possible] = design.family.random(generator, rows)
    return mean, yrep


def _tree(design: Design, tree: xr.DataTree, yrep: Array) -> xr.DataTree:
    observed = observed_responses(design, tree)
    replicated = responses_dataset(
        design,
        yrep[None],
        {
            "chain": np.zeros(1, dtype=np.int64),
            "draw": np.arange(len(yrep)),
            OBSERVATION_DIM: observed.coords[OBSERVATION_DIM].values,
        },
    )
    return xr.DataTree.from_dict(
        {
            "prior": tree["posterior"].to_dataset(),
            "prior_predictive": replicated,
            "observed_data": observed,
        }
    )


def _prior_table(design: Design, yrep: Array) -> ResultTable:
    """Return quantiles of statistics of the replicated data sets beside the observed ones.

    Quantiles are those of the ordered data sets, without interpolation, so that an infinite one
    does not make others so; data sets without a response are left out.

    `yrep` are replicated responses, shape (S, n_obs), or (S, n_obs, K).
    """
    known = yrep[~np.isnan(yrep).reshape(len(yrep), -1).all(axis=1)]
    places = {
        "median": 0.5,
        "lower": (1 - PROB) / 2,
        "upper": (1 + PROB) / 2,
        "q25": 0.25,
        "q75": 0.75,
    }
    rows = []
    for name, statistic in statistics_of(design).items():
        observed = float(statistic(design.observed))
        row: dict[str, object] = {"statistic": name, "observed": observed}
        if len(known):
            with np.errstate(over="ignore", invalid="ignore"):  # of responses near 1e308
                values = statistic(known)
            values = values[~np.isnan(values)]
            own = np.quantile(values, list(places.values()), method="inverted_cdf")
            row |= dict(zip(places, own, strict=True)) | {
                "below": float((values < observed).mean())
            }
        rows.append(row)
    table = pd.DataFrame(rows, columns=["statistic", "observed", *places, "below"])
    title = f"What the priors expect of {design.response}: {len(known):,} data sets"
    if len(known) < len(yrep):
        title += f" ({len(yrep) - len(known):,} more have no possible response)"
    return state_interval(table, PROB, title)
