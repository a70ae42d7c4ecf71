"""The parametric bootstrap of the likelihood-ratio test."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.html.table import Table, page_html, table_html
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.model.design import Design
from bayesmm.results.comparison.likelihood_ratio import likelihood_ratio
from bayesmm.sampling.limits import check_count
from bayesmm.studies.checkpoint import design_digest
from bayesmm.studies.simulated_censoring import CensoringRule, censoring_rule
from bayesmm.studies.simulated_design import check_single_rows, simulated_design
from bayesmm.studies.simulated_response import simulate_response
from bayesmm.studies.tasks import Study, Workers, run_tasks

__all__ = ["BootstrapTest", "bootstrap_lrt"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BootstrapTest:
    """A likelihood-ratio test referred to data simulated from the small model.

    Attributes
    ----------
    m0, m1 : MLFit
        The small and the large model.
    statistic : float
        Twice the difference of the log likelihoods.
    replicates : ndarray, shape (n,)
        The same of each simulated data set; NaN where a model could not be fitted to it.
    seed : int
        Seed of the simulation.
    reasons : mapping of str to int
        Why models could not be fitted, and how often.
    """

    m0: MLFit
    m1: MLFit
    statistic: float
    replicates: Array
    seed: int
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def n_fitted(self) -> int:
        """Number of data sets to which both models could be fitted."""
        return int(np.isfinite(self.replicates).sum())

    @property
    def p_value(self) -> float:
        """(1 + number of replicates at least as large as the statistic) / (1 + n fitted)."""
        return float((1 + self._n_as_large) / (1 + self.n_fitted))

    @property
    def p_standard_error(self) -> float:
        """Binomial standard error of `p_value`, sqrt(p (1 - p) / n fitted)."""
        p = self.p_value
        return float(np.sqrt(p * (1 - p) / self.n_fitted))

    @property
    def p_range(self) -> tuple[float, float]:
        """The least and the largest p that the data sets without a fit could have made."""
        n, large = len(self.replicates), self._n_as_large
        return (1 + large) / (1 + n), (1 + large + n - self.n_fitted) / (1 + n)

    @property
    def _n_as_large(self) -> int:
        return int(np.sum(self.replicates >= self.statistic))

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the test."""
        if not self.reasons:
            return ()
        low, high = self.p_range
        n = len(self.replicates)
        reasons = "; ".join(f"{count:,} times: {why}" for why, count in self.reasons.items())
        return (
            f"{n - self.n_fitted:,} of {n:,} data sets could not be fitted, and p is that of the "
            f"other {self.n_fitted:,}; whatever those had given, p would be between {low:.4g} and "
            f"{high:.4g}. {reasons}",
        )

    def __repr__(self) -> str:
        """Return the two models and the test."""
        lines = [
            f"m0: {self.m0.design.formula}",
            f"m1: {self.m1.design.formula}",
            f"chi2 = {self.statistic:.4g}, p = {self.p_value:.4g} (se {self.p_standard_error:.2g}) "
            f"by parametric bootstrap, {len(self.replicates)} data sets simulated from m0",
        ]
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        header = ("", "Model", "chi2", "p", "se of p")
        test = (f"{self.statistic:.4g}", f"{self.p_value:.4g}", f"{self.p_standard_error:.2g}")
        rows = (("m0", self.m0.design.formula, "", "", ""), ("m1", self.m1.design.formula, *test))
        return page_html(
            "Likelihood-ratio test by parametric bootstrap",
            table_html(Table("", header, rows, frozenset({2, 3, 4}))),
            notes=(
                f"{len(self.replicates):,} data sets simulated from m0, seed {self.seed}.",
                *self.notes,
            ),
        )


def bootstrap_lrt(
    m0: MLFit,
    m1: MLFit,
    n: int = 1000,
    seed: int = 0,
    *,
    cores: int | None = None,
    cluster: str | None = None,
    progress: bool | None = None,
    checkpoint: str | Path | None = None,
    censored_at: float | Sequence[float] | None = None,
) -> BootstrapTest:
    """Test a model against one that contains it, without the chi-squared approximation.

    Responses are simulated from the small model at its ML estimates, new group effects
    included; both models are fitted to each, and the statistic 2 (log L_1 - log L_0) of the
    data is compared with theirs.

    Parameters
    ----------
    m0, m1 : MLFit
        Nested fits of `bayesmm.ml`, in any order; REML fits are fitted again by ML.
    n : int
        Number of simulated data sets.
    seed : int
        The same seed gives the same data sets, and the first k of n are those of n = k.
    cores, cluster, progress, checkpoint
        As in `calibrate`.
    censored_at : float or sequence of float, optional
        As in `bootstrap`.

    Returns
    -------
    BootstrapTest
        The statistic, that of each simulated data set, and p with its standard error.

    Raises
    ------
    UsageError
        When the models are not nested (see `likelihood_ratio`) or `n` is not positive.
    UnsupportedModelError
        Of censored responses of which nobody says which of the simulated ones would be, and of
        rows that count several times.
    DataError
        When the models can be fitted to none of the simulated data sets.

    Notes
    -----
    A data set to which a model cannot be fitted (all counts 0, say, or a search without a
    maximum) is counted, and p is that of the others; the result says how many there were, why,
    and between which values p would be whatever they had given.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2,
    doi:10.1017/CBO9780511802843
    """
    check_count("n", n)
    workers = Workers(cores, cluster, progress, checkpoint)
    test = likelihood_ratio(m0, m1)
    check_single_rows(test.m0.design, "bootstrap")
    rule = censoring_rule(test.m0.design, "bootstrap", censored_at)
    identity = {
        "m0": [test.m0.design.formula, design_digest(test.m0.design), test.m0.loglik],
        "m1": [test.m1.design.formula, design_digest(test.m1.design), test.m1.loglik],
    }
    if rule is not None:
        identity["censoring"] = [rule.side, rule.limits.tolist()]
    shared = (test.m0, test.m1.design, rule)
    study = Study("bootstrap", replicated_statistic, shared, seed, identity)
    results = run_tasks(study, n, workers)
    replicates = np.array([result.get("statistic", np.nan) for result in results])
    reasons = Counter(result["refused"] for result in results if "refused" in result)
    if not np.isfinite(replicates).any():
        raise DataError(
            f"None of {n:,} data sets simulated from '{test.m0.design.formula}' could be fitted: "
            f"{next(iter(reasons))}"
        )
    return BootstrapTest(test.m0, test.m1, test.chi2, replicates, seed, dict(reasons))


def replicated_statistic(
    shared: tuple[MLFit, Design, CensoringRule | None], _number: int, seeds: np.random.SeedSequence
) -> dict[str, Any]:
    """Return the statistic of one data set simulated from the small model, or why it has none."""
    m0, large, rule = shared
    y = simulate_response(m0, np.random.default_rng(seeds))
    try:
        return {"statistic": _statistic(m0.design, large, y, rule)}
    except (DataError, np.linalg.LinAlgError) as reason:  # such data are counted and told
        return {"refused": str(reason)}


def _statistic(small: Design, large: Design, y: Array, rule: CensoringRule | None) -> float:
    """Return 2 (log L_1 - log L_0) of a response.

    A model that cannot be fitted to it is a `DataError` or a `numpy.linalg.LinAlgError`.
    """
    designs = [simulated_design(design, y, rule) for design in (small, large)]
    fits = [fit_ml(design, reml=False) for design in designs]
    for name, fit in zip(("m0", "m1"), fits, strict=True):
        if not (fit.converged and np.isfinite(fit.loglik)):
            raise DataError(f"The search for the maximum of {name} did not converge.")
    return 2 * (fits[1].loglik - fits[0].loglik)
