"""K-fold cross-validation: the model is sampled without a part of the rows, or of the groups."""

from collections import Counter
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import BayesmmError, DataError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.comparison.grouping import Grouping, design_of_rows, grouping_of
from bayesmm.results.comparison.refit import transplanted
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.densities.parameters_of_draws import parameters_of_draws
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.effort import MAX_EFFORT, sample_until_good
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.limits import check_count
from bayesmm.special import logsumexp
from bayesmm.studies.checkpoint import design_digest
from bayesmm.studies.tasks import Study, Workers, run_tasks
from bayesmm.wording import option

__all__ = ["CrossValidation", "crossval"]

type By = Literal["row", "group"]

_BY = ("row", "group")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrossValidation:
    """How well a model predicts parts of the data that it was fitted without.

    Attributes
    ----------
    by : str
        What is left out together with others: ``"row"`` or ``"group"``.
    factor : str or None
        Grouping factor whose levels are left out.
    k : int
        Number of folds.
    units : ResultTable
        One row per row or group: ``unit`` (position of the row in the data, or level), ``fold``
        and ``elpd``, log p(y_i | y without the fold of i).
    seed : int
        Seed by which units are put into folds.
    not_usable : int
        Folds whose draws are not to be used, as their own checks say.
    """

    by: str
    factor: str | None
    k: int
    units: ResultTable
    seed: int
    not_usable: int = 0

    @property
    def elpd(self) -> float:
        """Expected log predictive density of all units, the sum of theirs."""
        return float(self.units["elpd"].sum())

    @property
    def se(self) -> float:
        """Standard error of `elpd`, sqrt(m Var_i elpd_i)."""
        return float(np.sqrt(len(self.units) * self.units["elpd"].var(ddof=0)))

    @property
    def notes(self) -> tuple[str, ...]:
        """Whom the predictions are about, and what to mistrust."""
        if self.by == "group":
            said = [f"This is about new levels of {self.factor}: their effects integrated out."]
        else:
            said = ["This is about new rows, of known groups where other rows tell them."]
        if self.not_usable:
            said.append(
                f"The checks of {self.not_usable} of {self.k} folds say that their draws are not "
                "to be used."
            )
        return tuple(said)

    def __repr__(self) -> str:
        """Return the estimate and what to know about it."""
        what = "rows" if self.by == "row" else f"levels of {self.factor}"
        first = (
            f"elpd {self.elpd:.2f} (se {self.se:.2f}); {len(self.units)} {what} left out in "
            f"{self.k} folds, the model sampled without each"
        )
        return "\n".join([first, *self.notes])

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in repr(self).splitlines())


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """What every fold is fitted by."""

    design: Design
    priors: Priors
    engine: str
    settings: SamplerSettings
    folds: NDArray[np.int64]  # of each row
    grouping: Grouping | None


def crossval(
    fit: FitRecord,
    by: By = "row",
    k: int = 10,
    factor: str | None = None,
    seed: int = 0,
    *,
    cores: int | None = None,
    cluster: str | None = None,
    progress: bool | None = None,
    checkpoint: str | Path | None = None,
) -> CrossValidation:
    """Sample a model k times without one k-th of the rows or groups, and see how it predicts them.

    ``elpd = sum_i log p(y_i | y without the fold of i)``: what `Fit.loo` approximates, by brute
    force and in larger parts; nothing is approximated but the integral over the draws.

    Parameters
    ----------
    fit : Fit
        A fitted model; every fold has its priors, settings and engine.
    by : {"row", "group"}
        What is left out: rows, given the effects of their groups as far as other rows tell them,
        or whole groups, whose effects are then integrated out.
    k : int
        Number of folds, at most that of the rows or groups; each unit is in one, at random.
    factor : str, optional
        Grouping factor; needed when there are several.
    seed : int
        Seed of the folds and of the sampler.
    cores, cluster, progress, checkpoint
        As in `calibrate`.

    Returns
    -------
    CrossValidation
        Prints the sum with its standard error; ``units`` has each row or group.

    Raises
    ------
    UsageError
        For another `by`, or impossible `k`, or when the groups are not clear.
    DataError
        When the model cannot be fitted without a fold.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Practical Bayesian model evaluation, section 2.3,
    doi:10.1007/s11222-016-9696-4
    """
    if by not in _BY:
        raise UsageError(f"{option('by')} must be one of {', '.join(_BY)}; got {by!r}.")
    if by == "row" and factor is not None:
        raise UsageError(
            f"{option('factor')} names groups to leave out; use it with {option('by', 'group')}."
        )
    check_count("k", k, 2)
    design = fit.design
    grouping = grouping_of([design], factor) if by == "group" else None
    unit_of_row = np.arange(design.n_obs) if grouping is None else grouping.codes
    units: list[Any] = list(design.rows if grouping is None else grouping.levels)
    if k > len(units):
        what = "rows" if grouping is None else f"levels of {grouping.factor}"
        raise UsageError(
            f"There are {len(units)} {what} to leave out; {option('k')} must be at most that, "
            f"got {k}."
        )
    fold_of_unit = np.random.default_rng([seed, k]).permutation(len(units)) % k
    settings = replace(fit.settings, cores=1, progress=False)
    shared = _Shared(design, fit.priors, fit.engine, settings, fold_of_unit[unit_of_row], grouping)
    identity = {
        "formula": design.formula,
        "rows": design_digest(design),
        "priors": {name: [p.distribution, *p.parameters] for name, p in fit.priors.items()},
        "by": by,
        "factor": grouping.factor if grouping else None,
        "k": k,
        "engine": fit.engine,
        "sampling": [settings.chains, settings.draws, settings.tune, settings.seed],
    }
    study = Study("cross-validation", left_out_fold, shared, seed, identity)
    results = run_tasks(study, k, Workers(cores, cluster, progress, checkpoint))
    refused = Counter(result["refused"] for result in results if "refused" in result)
    if refused:
        why, count = refused.most_common(1)[0]
        raise DataError(
            f"The model cannot be fitted without {count} of the {k} folds: {why} Other folds "
            f"({option('seed')}) or more of them ({option('k')}) may do."
        )
    elpd = np.full(len(units), np.nan)
    for fold, result in enumerate(results):
        elpd[fold_of_unit == fold] = result["elpd"]
    table = result_table(
        pd.DataFrame({"unit": units, "fold": fold_of_unit + 1, "elpd": elpd}),
        f"{k}-fold cross-validation",
    )
    unusable = sum(not result["usable"] for result in results)
    return CrossValidation(by, grouping.factor if grouping else None, k, table, seed, unusable)


def left_out_fold(shared: _Shared, fold: int, seeds: np.random.SeedSequence) -> dict[str, Any]:
    """Return the log predictive density of every unit of a fold, in the order of the units."""
    out_rows = shared.folds == fold
    of_fit, of_new = (int(s) for s in seeds.generate_state(2))
    try:
        kept = design_of_rows(shared.design, np.flatnonzero(~out_rows))
        ready = choose_engine(kept, shared.priors, shared.engine)
        settings = replace(shared.settings, seed=of_fit)
        found = sample_until_good(ready.sample, kept, settings, MAX_EFFORT, lambda _why: None)
        out = design_of_rows(shared.design, np.flatnonzero(out_rows))
        moved = transplanted(
            parameters_of_draws(found.draws.tree, kept), kept, out, np.random.default_rng(of_new)
        )
        draws = assemble(out, moved)
        if shared.grouping is None:
            values = row_log_likelihood(out, draws)
        else:
            levels, codes = np.unique(shared.grouping.codes[out_rows], return_inverse=True)
            names = tuple(shared.grouping.levels[level] for level in levels)
            own = Grouping(shared.grouping.factor, names, codes)
            values = group_log_likelihood(out, draws, own).values
    except BayesmmError as reason:
        return {"refused": str(reason)}
    n_draws = values.shape[0] * values.shape[1]
    elpd = logsumexp(values, axis=(0, 1)) - np.log(n_draws)
    usable = diagnose(found.draws, kept, found.settings, found.facts, convergence=found.convergence)
    return {"elpd": elpd.tolist(), "usable": bool(usable.ok)}
