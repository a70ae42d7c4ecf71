"""The parametric bootstrap of the likelihood-ratio test."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.html.table import Table, page_html, table_html
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.model.bounds import no_replicates
from bayesmm.model.data_checks import check_response
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.small_cholesky import cholesky
from bayesmm.results.comparison.likelihood_ratio import likelihood_ratio

__all__ = ["BootstrapTest", "bootstrap_lrt", "simulate_response"]

type Array = NDArray[np.float64]


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
    m0: MLFit, m1: MLFit, n: int = 1000, seed: int = 0, *, progress: bool | None = None
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
    progress : bool, optional
        Show a progress bar; default: when standard error is a terminal.

    Returns
    -------
    BootstrapTest
        The statistic, that of each simulated data set, and p with its standard error.

    Raises
    ------
    UsageError
        When the models are not nested (see `likelihood_ratio`) or `n` is not positive.
    UnsupportedModelError
        Of censored responses: which of the simulated ones would be is not known.
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
    if n < 1:
        raise UsageError(f"n is the number of simulated data sets, at least 1; got {n}.")
    test = likelihood_ratio(m0, m1)
    if reason := no_replicates(test.m0.design):
        raise UnsupportedModelError(f"There is no bootstrap of these data: {reason}.")
    replicates = np.full(n, np.nan)
    reasons: Counter[str] = Counter()
    seeds = np.random.SeedSequence(seed).spawn(n)
    # The matrices are small: threads of BLAS wait for each other longer than they compute. On two
    # cores 20 replicates of the sitka curves take 1.5 s with one thread and 4.6 to 6.5 s with two,
    # and many times that when other programs compute.
    one_thread = threadpool_limits(limits=1, user_api="blas")
    watched = sys.stderr is not None and sys.stderr.isatty()
    shown = watched if progress is None else progress
    with one_thread, _bar(n, shown) as advance:
        for k, own in enumerate(seeds):
            y = simulate_response(test.m0, np.random.default_rng(own))
            try:
                replicates[k] = _statistic(test.m0.design, test.m1.design, y)
            except (DataError, np.linalg.LinAlgError) as reason:  # such data are counted and told
                reasons[str(reason)] += 1
            advance()
    if not np.isfinite(replicates).any():
        raise DataError(
            f"None of {n:,} data sets simulated from '{test.m0.design.formula}' could be fitted: "
            f"{next(iter(reasons))}"
        )
    return BootstrapTest(test.m0, test.m1, test.chi2, replicates, seed, dict(reasons))


def _statistic(small: Design, large: Design, y: Array) -> float:
    """Return 2 (log L_1 - log L_0) of a response.

    Raises
    ------
    DataError, numpy.linalg.LinAlgError
        When a model cannot be fitted to it.
    """
    check_response(y, small.trials, small.response)
    fits = [fit_ml(replace(design, y=y), reml=False) for design in (small, large)]
    for name, fit in zip(("m0", "m1"), fits, strict=True):
        if not (fit.converged and np.isfinite(fit.loglik)):
            raise DataError(f"The search for the maximum of {name} did not converge.")
    return 2 * (fits[1].loglik - fits[0].loglik)


def simulate_response(fit: MLFit, generator: Generator) -> Array:
    """Return one response simulated from an ML fit, with new group effects, shape (n_obs,)."""
    design = fit.design
    effects = _new_effects(fit, generator)
    auxiliary = {name: np.array(value) for name, value in fit.further.items()}
    for name, own in fit.further_predictors.items():
        eta = _predictor(design, name, own.estimates, effects)
        auxiliary[name] = LINKS[design.predictor(name).link].inverse(eta)
    mu = LINKS[design.family.link_of_mu].inverse(_predictor(design, MEAN, fit.estimates, effects))
    parameters = ResponseParameters.from_mean(design, mu, auxiliary)
    return design.family.random(generator, parameters)


def _new_effects(fit: MLFit, generator: Generator) -> list[Array]:
    """Return new effects of every block, shape (q, J)."""
    found = []
    for block, own in zip(fit.design.blocks, fit.blocks, strict=True):
        z = generator.normal(size=(block.n_effects, block.n_groups))
        if own.corr is not None:
            # NaN beside a zero sd: that effect is zero whatever its correlations
            known = np.where(np.isnan(own.corr), np.eye(block.n_effects), own.corr)
            z = cholesky(known) @ z
        found.append(own.sd[:, None] * z)
    return found


def _predictor(design: Design, parameter: str, beta: Array, effects: list[Array]) -> Array:
    predictor = design.predictor(parameter)
    eta = predictor.matrix @ beta + predictor.known
    for block, u in zip(design.blocks, effects, strict=True):
        own = np.array([effect.predictor == parameter for effect in block.effects])
        eta = eta + np.sum(block.columns.Z * own * u[:, block.columns.codes].T, axis=1)
    return eta


@contextmanager
def _bar(total: int, shown: bool) -> Iterator[Callable[[], None]]:
    """Yield what to call after each replicate."""
    if not shown:
        yield lambda: None
        return
    from rich.progress import Progress  # noqa: PLC0415  (only where there is a bar)

    with Progress(transient=True) as bar:
        task = bar.add_task("Bootstrap", total=total)
        yield lambda: bar.advance(task)
