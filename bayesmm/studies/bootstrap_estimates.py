"""The parametric bootstrap of a maximum-likelihood fit: intervals of any number made of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesmm.errors import BayesmmError, DataError, UsageError
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.model.names import corr_name, correlation_pairs, pair_labels, sd_names
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.tables.moments import PROB
from bayesmm.sampling.limits import check_count
from bayesmm.studies.checkpoint import design_digest
from bayesmm.studies.simulated_censoring import CensoringRule, censoring_rule
from bayesmm.studies.simulated_design import check_single_rows, simulated_design
from bayesmm.studies.simulated_response import simulate_response
from bayesmm.studies.tasks import Study, Workers, run_tasks
from bayesmm.wording import check_prob, option

__all__ = ["Bootstrap", "bootstrap", "ml_estimates"]

type Quantity = Callable[[MLFit], float | Mapping[str, float]]

_FEWEST = 20  # of which an interval can be made at all


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bootstrap:
    """Estimates of data simulated from an ML fit.

    Attributes
    ----------
    ml : MLFit
        The fit.
    estimates : mapping of str to float
        What was estimated of the data.
    replicates : DataFrame
        The same of each simulated data set, a row each: those without a fit are left out.
    n : int
        Number of simulated data sets.
    seed : int
        Seed of the simulation.
    prob : float
        Probability of the intervals of `table`.
    singular : int
        Data sets whose fit is at the edge of what is possible, as lme4 says "singular".
    reasons : mapping of str to int
        Why data sets could not be fitted, and how often.
    """

    ml: MLFit
    estimates: Mapping[str, float]
    replicates: pd.DataFrame
    n: int
    seed: int
    prob: float
    singular: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def table(self) -> ResultTable:
        """One row per quantity.

        Columns ``quantity``, ``estimate``; of the replicates ``bias``, their mean less the
        estimate, and ``se``, their sd; ``lower``, ``upper``: their quantiles (percentile
        interval); ``n``: data sets in which it has a value.
        """
        return self.intervals(self.prob)

    def intervals(self, prob: float) -> ResultTable:
        """Return the table with intervals of another probability.

        Parameters
        ----------
        prob : float
            In (0, 1).
        """
        check_prob(prob)
        rows = []
        for name, estimate in self.estimates.items():
            own = self.replicates[name].to_numpy(dtype=float)
            own = own[np.isfinite(own)]
            tails = np.quantile(own, [(1 - prob) / 2, (1 + prob) / 2]) if len(own) else [np.nan] * 2
            spread = own.std(ddof=1) if len(own) > 1 else np.nan
            bias = own.mean() - estimate if len(own) else np.nan
            rows.append((name, estimate, bias, spread, *tails, len(own)))
        columns = ["quantity", "estimate", "bias", "se", "lower", "upper", "n"]
        frame = pd.DataFrame(rows, columns=columns)
        return result_table(frame, "Parametric bootstrap", prob, "percentile")

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the replicates."""
        kind = "REML" if self.ml.reml else "ML"
        said = [
            f"{len(self.replicates):,} of {self.n:,} data sets simulated from the {kind} fit, new "
            f"group effects in each; {self.singular:,} of the fits to them are singular."
            if self.ml.design.blocks
            else f"{len(self.replicates):,} of {self.n:,} data sets simulated from the {kind} fit."
        ]
        said += [f"{count:,} data sets could not be fitted: {why}" for why, count in
                 self.reasons.items()]  # fmt: skip
        return tuple(said)

    def __repr__(self) -> str:
        """Return the table and what to know about it."""
        return "\n".join([repr(self.table), *self.notes])

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415  (a page alone needs it)

        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"{self.table._repr_html_()}{notes}"


def bootstrap(
    ml: MLFit,
    quantity: Quantity | None = None,
    n: int = 1000,
    seed: int = 0,
    prob: float = PROB,
    *,
    cores: int | None = None,
    cluster: str | None = None,
    progress: bool | None = None,
    checkpoint: str | Path | None = None,
    censored_at: float | Sequence[float] | None = None,
) -> Bootstrap:
    """Simulate data from an ML fit, fit each, and give intervals of whatever is computed of fits.

    y* ~ p(y | estimates), new group effects included, as lme4's ``bootMer`` with its defaults.

    Parameters
    ----------
    ml : MLFit
        A fit of `bayesmm.ml`, by ML or REML; each data set is fitted likewise.
    quantity : callable, optional
        ``fit -> number`` or ``fit -> {name: number}``; default: all common effects, sds,
        correlations and further parameters.
    n : int
        Number of simulated data sets.
    seed : int
        The same seed gives the same data sets, and the first k of n are those of n = k.
    prob : float
        Probability of the intervals.
    cores, cluster, progress, checkpoint
        As in `calibrate`. A `quantity` of your own is told apart in a checkpoint by its name.
    censored_at : float or sequence of float, optional
        Of censored responses, for all rows or for each row of the data: above which value a
        right-censored response would not have been seen (the end of its follow-up), or up to which
        a left-censored one (its limit of detection). Not needed where all censored rows have the
        same bound, nor where every response is known by its class.

    Returns
    -------
    Bootstrap
        Prints bias, standard error and percentile interval of each quantity; ``replicates``
        holds the numbers.

    Raises
    ------
    UsageError
        When `quantity` is no such function, or `n` not positive.
    UnsupportedModelError
        Of censored responses whose rule of censoring the data do not tell, and of rows that count
        several times.
    DataError
        When fewer than 20 data sets can be fitted (all of them, of fewer).

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, chapters 2 and 5,
    doi:10.1017/CBO9780511802843; Bates, Mächler, Bolker and Walker (2015), Journal of Statistical
    Software 67(1), doi:10.18637/jss.v067.i01
    """
    check_count("n", n)
    check_prob(prob)
    check_single_rows(ml.design, "bootstrap")
    rule = censoring_rule(ml.design, "bootstrap", censored_at)
    computed = ml_estimates if quantity is None else quantity
    estimates = _named(computed, ml)
    identity = {
        "formula": ml.design.formula,
        "rows": design_digest(ml.design),
        "estimates": [ml.loglik, *map(float, ml.estimates)],
        "quantities": [getattr(computed, "__qualname__", repr(computed)), *estimates],
        "reml": ml.asked_reml,
    }
    if rule is not None:
        identity["censoring"] = [rule.side, rule.limits.tolist()]
    study = Study("bootstrap", replicated_estimates, (ml, computed, rule), seed, identity)
    results = run_tasks(study, n, Workers(cores, cluster, progress, checkpoint))
    reasons = Counter(result["refused"] for result in results if "refused" in result)
    fitted = [result for result in results if "values" in result]
    if len(fitted) < min(n, _FEWEST):
        why = next(iter(reasons))
        raise DataError(
            f"Only {len(fitted)} of {n:,} data sets simulated from '{ml.design.formula}' could be "
            f"fitted: {why}"
        )
    table = pd.DataFrame([result["values"] for result in fitted], columns=list(estimates))
    singular = sum(result["singular"] for result in fitted)
    return Bootstrap(ml, estimates, table, n, seed, prob, singular, dict(reasons))


def replicated_estimates(
    shared: tuple[MLFit, Quantity, CensoringRule | None],
    _number: int,
    seeds: np.random.SeedSequence,
) -> dict[str, Any]:
    """Return the quantities of a fit to one simulated data set, or why there is none."""
    ml, computed, rule = shared
    y = simulate_response(ml, np.random.default_rng(seeds))
    try:
        again = fit_ml(simulated_design(ml.design, y, rule), reml=ml.asked_reml)
    except (BayesmmError, np.linalg.LinAlgError) as reason:
        return {"refused": str(reason)}
    if not (again.converged and np.isfinite(again.loglik)):
        return {"refused": "The search for the maximum did not converge."}
    return {"values": _named(computed, again), "singular": bool(again.singular)}


def ml_estimates(ml: MLFit) -> dict[str, float]:
    """Return every estimate of an ML fit by the name of the parameter in a posterior."""
    found = {name: value for name, (value, _) in ml.coefficients.items()}
    found |= {name: float(value) for name, value in ml.further.items()}
    blocks = ml.design.blocks
    for k, (block, own) in enumerate(zip(blocks, ml.blocks, strict=True)):
        found |= dict(zip(sd_names(block), map(float, own.sd), strict=True))
        if own.corr is not None:
            pairs = zip(pair_labels(block), correlation_pairs(block), strict=True)
            name = corr_name(blocks, k)
            found |= {f"{name}[{label}]": float(own.corr[pair]) for label, pair in pairs}
    return found


def _named(computed: Quantity, ml: MLFit) -> dict[str, float]:
    """Return what is computed of a fit, by name."""
    found = computed(ml)
    if not isinstance(found, Mapping):
        found = {getattr(computed, "__name__", "quantity"): found}
    try:
        return {str(name): float(value) for name, value in found.items()}
    except (TypeError, ValueError):
        raise UsageError(
            f"{option('quantity')} must return a number, or numbers by name, for a fit; it "
            f"returned {found!r}."
        ) from None
