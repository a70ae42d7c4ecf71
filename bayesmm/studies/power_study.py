"""What a study of a given size would find: power, coverage, and errors of sign and magnitude."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bayesmm.errors import BayesmmError, DataError, UsageError, refuse_unknown
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.model.design import Design
from bayesmm.model.prior_choice import PriorArgument, choose_priors
from bayesmm.result_table import ResultTable, result_table
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.limits import check_count
from bayesmm.sampling.posterior import named_draws
from bayesmm.special import betaincinv
from bayesmm.studies.checkpoint import design_digest
from bayesmm.studies.simulated_censoring import CensoringRule, censoring_rule
from bayesmm.studies.simulated_design import check_single_rows, simulated_design
from bayesmm.studies.simulated_response import simulate_response
from bayesmm.studies.tasks import Study, Workers, run_tasks
from bayesmm.wording import check_prob, option

__all__ = ["METHODS", "PowerRecord", "grid_of", "run_power"]

METHODS = ("ml", "posterior")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PowerRecord:
    """Estimates of an effect in simulated studies of several sizes.

    Attributes
    ----------
    ml : MLFit
        What is assumed: the data are simulated from it.
    effect : str
        The coefficient that is asked about.
    truth : float
        Its value in the simulations.
    prob : float
        Probability of the intervals; an effect is found when its interval is without 0.
    method : str
        ``"ml"``: Wald intervals of ML or REML fits; ``"posterior"``: equal-tailed intervals.
    n : int
        Number of simulated studies of each size.
    seed : int
        Seed of them.
    estimates : DataFrame
        A row per study that was fitted: the sizes, ``study``, ``n_obs``, ``estimate``,
        ``lower``, ``upper``, ``singular``.
    sizes : tuple of str
        Names of the columns with the sizes.
    reasons : mapping of str to int
        Why studies could not be fitted, and how often.
    """

    ml: MLFit
    effect: str
    truth: float
    prob: float
    method: str
    n: int
    seed: int
    estimates: pd.DataFrame
    sizes: tuple[str, ...]
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def table(self) -> ResultTable:
        """One row per size of a study.

        Columns: the sizes; ``n_obs``, rows; ``fitted``, studies that could be; ``power``, the
        share of them whose interval is without 0, with the ends ``lower``, ``upper`` of its own
        interval (Clopper-Pearson); ``coverage``, the share whose interval holds the truth;
        ``type_s``, the share with the wrong sign of those that found an effect, and ``type_m``,
        the mean of their |estimate| / |truth| (both missing where the truth is 0 or none found
        one); ``singular``, the share whose ML fit is at the edge, as lme4 says "singular".
        """
        rows = []
        for size, own in self.estimates.groupby(list(self.sizes), sort=True):
            n, found = len(own), own[(own["lower"] > 0) | (own["upper"] < 0)]
            k = len(found)
            tail = (1 - self.prob) / 2
            lower = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
            upper = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
            known = k > 0 and self.truth != 0
            wrong = np.sign(found["estimate"]) != np.sign(self.truth)
            more = found["estimate"].abs() / abs(self.truth) if known else found["estimate"]
            covered = (own["lower"] <= self.truth) & (own["upper"] >= self.truth)
            rows.append(
                (*size, int(own["n_obs"].iloc[0]), n, k / n, lower, upper, covered.mean(),
                 wrong.mean() if known else np.nan, more.mean() if known else np.nan,
                 own["singular"].mean())
            )  # fmt: skip
        columns = [*self.sizes, "n_obs", "fitted", "power", "lower", "upper", "coverage", "type_s",
                   "type_m", "singular"]  # fmt: skip
        title = f"Power to find {self.effect} = {self.truth:.4g}"
        kind = "Clopper-Pearson, of the power"
        return result_table(pd.DataFrame(rows, columns=columns), title, self.prob, kind)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was simulated, and what to mistrust."""
        how = {"ml": "Wald intervals", "posterior": "equal-tailed posterior intervals"}[self.method]
        said = [
            f"{self.n:,} studies of each size simulated with {self.effect} = {self.truth:.4g}; an "
            f"effect is found when the interval ({100 * self.prob:.6g} %, {how}) is without 0."
        ]
        said += [f"{count:,} studies could not be fitted: {why}" for why, count in
                 self.reasons.items()]  # fmt: skip
        return tuple(said)


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """What every study of a grid is made by."""

    ml: MLFit
    designs: tuple[Design, ...]
    effect: str
    prob: float
    method: str
    priors: PriorArgument
    settings: SamplerSettings
    rule: CensoringRule | None


def run_power(
    ml: MLFit,
    designs: Sequence[Design],
    grid: Sequence[Mapping[str, int]],
    effect: str,
    n: int,
    seed: int,
    prob: float,
    method: str,
    priors: PriorArgument,
    settings: SamplerSettings,
    workers: Workers,
) -> PowerRecord:
    """Return the estimates of studies simulated from a fit, of every size.

    `ml` is what is assumed; `designs` are the model of rows of each size of `grid`, whose responses
    are not used; `effect` is a common effect. The intervals are those of the `method` ``"ml"`` or
    ``"posterior"``, which has the priors and is sampled with the settings.
    """
    check_count("n", n)
    check_prob(prob)
    check_single_rows(ml.design, "power")
    rule = censoring_rule(ml.design, "power", by_row=False)
    if method not in METHODS:
        raise UsageError(f"{option('method')} must be one of {', '.join(METHODS)}; got {method!r}.")
    refuse_unknown(
        effect, ml.coefficients, f"'{effect}' is no common effect of the model.", "Common effects"
    )
    shared = _Shared(ml, tuple(designs), effect, prob, method, priors, settings, rule)
    identity = {
        "formula": ml.design.formula,
        "assumed": [list(map(float, ml.estimates)), ml.further.get("sigma", None),
                    [block.sd.tolist() for block in ml.blocks]],
        "effect": effect,
        "sizes": [dict(size) for size in grid],
        "rows": [design_digest(design) for design in designs],
        "reml": ml.asked_reml,
        "method": [method, prob, repr(priors) if method == "posterior" else None,
                   [settings.chains, settings.draws] if method == "posterior" else None],
    }  # fmt: skip
    study = Study("power", simulated_study, shared, seed, identity)
    # the sizes take turns, so that more studies of each go on from fewer
    results = run_tasks(study, n * len(designs), workers)
    names = tuple(grid[0])
    rows = [
        {**grid[k % len(grid)], "study": k // len(grid), **result["found"]}
        for k, result in enumerate(results)
        if "found" in result
    ]
    reasons = Counter(result["refused"] for result in results if "refused" in result)
    done = {k % len(grid) for k, result in enumerate(results) if "found" in result}
    missing = [size for k, size in enumerate(grid) if k not in done]
    if missing:
        why = reasons.most_common(1)[0][0]
        raise DataError(f"No simulated study of size {dict(missing[0])} could be fitted: {why}")
    truth = ml.coefficients[effect][0]
    table = pd.DataFrame(rows)
    return PowerRecord(ml, effect, truth, prob, method, n, seed, table, names, dict(reasons))


def simulated_study(shared: _Shared, number: int, seeds: np.random.SeedSequence) -> dict[str, Any]:
    """Return what a study of one size finds, or why it cannot be fitted."""
    of_data, of_fit = seeds.spawn(2)
    own = shared.designs[number % len(shared.designs)]
    y = simulate_response(shared.ml, np.random.default_rng(of_data), own)
    try:
        design = simulated_design(own, y, shared.rule)
        ml = fit_ml(design, reml=shared.ml.asked_reml)
        if shared.method == "ml":
            if not (ml.converged and np.isfinite(ml.loglik)):
                return {"refused": "The search for the maximum did not converge."}
            found = _by_ml(ml, shared)
        else:
            found = _by_posterior(design, shared, int(of_fit.generate_state(1)[0]))
    except (BayesmmError, np.linalg.LinAlgError) as reason:
        return {"refused": str(reason)}
    if not all(np.isfinite(value) for value in found.values()):
        return {"refused": f"The fit has no standard error of {shared.effect}."}
    return {"found": {"n_obs": own.n_obs, **found, "singular": bool(ml.singular)}}


def _by_ml(ml: MLFit, shared: _Shared) -> dict[str, float]:
    table = ml.fixef(shared.prob)
    row = table[table["term"] == shared.effect].iloc[0]
    return {name: float(row[name]) for name in ("estimate", "lower", "upper")}


def _by_posterior(design: Design, shared: _Shared, seed: int) -> dict[str, float]:
    priors = choose_priors(design, shared.priors)
    ready = choose_engine(design, priors)
    tree = assemble(design, ready.sample(replace(shared.settings, tune=ready.tune, seed=seed)))
    draws = named_draws(tree, shared.effect)
    lower, upper = np.quantile(draws, [(1 - shared.prob) / 2, (1 + shared.prob) / 2])
    return {"estimate": float(draws.mean()), "lower": float(lower), "upper": float(upper)}


def grid_of(sizes: Mapping[str, int | Sequence[int]]) -> list[dict[str, int]]:
    """Return every combination of sizes."""
    if not sizes:
        raise UsageError(
            f"Say which sizes are compared: {option('sizes', {'Subject': ...})}, numbers of levels "
            "of a grouping factor, or of 'rows'."
        )
    each = {name: [value] if np.ndim(value) == 0 else list(value) for name, value in sizes.items()}
    for name, values in each.items():
        if not values:
            raise UsageError(f"{option('sizes')} has no number for '{name}'.")
    return [dict(zip(each, chosen, strict=True)) for chosen in product(*each.values())]
