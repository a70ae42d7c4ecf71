"""Whether posteriors are calibrated: truths from the priors, data, fits, and where truths lie.

If theta ~ p(theta) and y ~ p(y | theta), theta is a draw of its own posterior p(theta | y): its
rank among draws of that is uniform, for every model, prior and sample size. An engine that draws
from anything else is caught.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.errors import BayesmmError, DataError
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_names, pair_labels, scalar_names, sd_names
from bayesmm.model.priors import Priors
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.densities.log_likelihood import total_log_likelihood
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.effort import sample_until_good
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.limits import check_count
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.prior_draws import draw_priors
from bayesmm.studies.checkpoint import design_digest
from bayesmm.studies.prior_predictive import check_random, replicated_responses
from bayesmm.studies.simulated_design import check_single_rows, simulated_design
from bayesmm.studies.tasks import Study, Workers, run_tasks
from bayesmm.studies.uniformity import uniformity_p_value

__all__ = ["LOG_LIKELIHOOD", "CalibrationRecord", "run_calibration"]

LOG_LIKELIHOOD = "log likelihood"
# Draws among which the truth is ranked: of a thousand about independent ones.
_RANKED = 99
# As the checks of a fit: look where as much is seen by chance in 1 of 100 studies, of all their
# quantities together, and problem in 1 of 1,000.
_LOOK, _PROBLEM = 0.01, 0.001
_FEWEST = 20  # data sets of which anything can be said


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CalibrationRecord:
    """Where the truths lie in their posteriors.

    Attributes
    ----------
    design, priors : Design, Priors
        The model, its rows, and its priors.
    truth : Priors
        What the truths were drawn from: `priors` unless asked otherwise.
    positions : DataFrame
        A row per data set that was fitted, ``data_set`` its number, and a column per quantity:
        (rank + v) / (draws + 1), v uniform, of the truth among thinned draws; uniform between 0
        and 1 when the posterior is right.
    n : int
        Number of data sets that were simulated.
    seed : int
        Seed of the study.
    not_usable : int
        Fits whose own checks say that their draws are not to be used.
    refused : mapping of str to int
        Why data sets were refused, and how often. That is a rule on the data alone, which leaves
        the ranks of the others uniform.
    """

    design: Design
    priors: Priors
    truth: Priors
    positions: pd.DataFrame
    n: int
    seed: int
    not_usable: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of what was ranked."""
        return tuple(self.positions.columns[1:])

    @property
    def table(self) -> ResultTable:
        """One row per quantity.

        Columns ``quantity``; ``n``, data sets; ``p_value``, the probability with which positions
        of an exact posterior are as far from uniform (`uniformity_p_value`); ``mean`` of the
        positions (1/2); ``spread``, their sd over that of uniform ones (1; larger when posteriors
        are too narrow); ``verdict``: ``"ok"``, ``"look"`` or ``"problem"``, and what it ``means``.
        """
        names, rows = self.quantities, []
        for name in names:
            at = self.positions[name].to_numpy()
            p = uniformity_p_value(at)
            mean, spread = float(at.mean()), float(at.std() * np.sqrt(12))
            verdict = _verdict(p * len(names))
            rows.append((name, len(at), p, mean, spread, verdict, _meaning(at, verdict)))
        columns = ["quantity", "n", "p_value", "mean", "spread", "verdict", "means"]
        return result_table(pd.DataFrame(rows, columns=columns), "Calibration")

    @property
    def verdict(self) -> str:
        """The worst verdict of the table."""
        verdicts = set(self.table["verdict"])
        return next(one for one in ("problem", "look", "ok") if one in verdicts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the study."""
        said = [
            f"{len(self.positions):,} of {self.n:,} simulated data sets fitted; look: such "
            "positions by chance in fewer than 1 of 100 studies, of all quantities together; "
            "problem: 1 of 1,000."
        ]
        if dict(self.truth) != dict(self.priors):
            said.append("The truths are of other priors than those of the fits.")
        if self.not_usable:
            said.append(
                f"The checks of {self.not_usable:,} fits say that their draws are not to be used; "
                "they are ranked with the others."
            )
        said += [f"{count:,} data sets were refused: {why}" for why, count in self.refused.items()]
        return tuple(said)


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """What every data set of a study is made and fitted by."""

    design: Design
    priors: Priors
    truth: Priors
    engine: str
    settings: SamplerSettings
    max_effort: float


def run_calibration(
    design: Design,
    priors: Priors,
    truth: Priors,
    n: int,
    seed: int,
    engine: str,
    settings: SamplerSettings,
    tune: int | None,
    max_effort: float,
    workers: Workers,
) -> CalibrationRecord:
    """Return where truths lie in the posteriors of data simulated from them.

    The responses of the rows are not used. `truth` has the priors that the truths are drawn from.
    The settings say how each data set is sampled, but for the seed, which is its own; `engine`,
    `tune` and `max_effort` are as in `bayesmm.fit`. Flat priors, rows that count several times and
    families that cannot be drawn from are refused; a `DataError` says when no, or hardly any, data
    set can be fitted.
    """
    check_count("n", n, _FEWEST)
    check_random(design)
    check_single_rows(design, "calibration")
    draw_priors(design, truth, 1, seed)  # refuses flat ones before anything is started
    tuned = choose_engine(design, priors, engine).tune if tune is None else tune
    shared = _Shared(design, priors, truth, engine, replace(settings, tune=tuned), max_effort)
    identity = {
        "formula": design.formula,
        "family": f"{design.family.name}({design.family.link})",
        "priors": _written(priors),
        "truth": _written(truth),
        "engine": engine,
        "sampling": [settings.chains, settings.draws, tuned, settings.target_accept,
                     settings.max_treedepth, max_effort],
        "rows": design_digest(design),
    }  # fmt: skip
    study = Study("calibration", ranked_truth, shared, seed, identity)
    results = run_tasks(study, n, workers)
    fitted = {k: result for k, result in enumerate(results) if "positions" in result}
    refused = Counter(result["refused"] for result in results if "refused" in result)
    if len(fitted) < _FEWEST:
        why, count = refused.most_common(1)[0]
        raise DataError(
            f"Only {len(fitted)} of {n:,} simulated data sets could be fitted, of {count} because: "
            f"{why} The priors expect data that no fit can be made to; narrower ones may help."
        )
    table = pd.DataFrame([result["positions"] for result in fitted.values()])
    table.insert(0, "data_set", list(fitted))
    unusable = sum(not result["usable"] for result in fitted.values())
    return CalibrationRecord(design, priors, truth, table, n, seed, unusable, dict(refused))


def ranked_truth(shared: _Shared, number: int, seeds: np.random.SeedSequence) -> dict[str, Any]:
    """Simulate one data set, fit it, and return where its truth lies among the draws."""
    own, of_response, of_fit, of_ranks = (int(s) for s in seeds.generate_state(4))
    true = assemble(shared.design, draw_priors(shared.design, shared.truth, 1, own))
    y = replicated_responses(shared.design, true, of_response)[1][0]
    try:
        design = simulated_design(shared.design, y)
        ready = choose_engine(design, shared.priors, shared.engine)
        settings = replace(shared.settings, seed=of_fit)
        found = sample_until_good(
            ready.sample, design, settings, shared.max_effort, lambda _why: None
        )
    except BayesmmError as reason:
        return {"refused": str(reason)}
    generator = np.random.default_rng(of_ranks)
    truths, draws = _quantities(design, true), _quantities(design, found.draws.tree)
    diagnosed = diagnose(
        found.draws, design, found.settings, found.facts, convergence=found.convergence
    )
    return {
        "positions": {
            name: _position(draws[name], float(truths[name][0]), generator) for name in truths
        },
        "usable": bool(diagnosed.ok),
    }


def _quantities(design: Design, draws: xr.DataTree) -> dict[str, Array]:
    """Return the draws of what is ranked: all scalars, effects of one level, log p(y | theta)."""
    found = {name: named_draws(draws, name).ravel() for name in scalar_names(design)}
    for index, block in enumerate(design.blocks):
        found |= {name: named_draws(draws, name).ravel() for name in sd_names(block)}
        if (name := corr_name(design.blocks, index)) is not None:
            pairs = named_draws(draws, name)
            labels = pair_labels(block)
            found |= {f"{name}[{labels[k]}]": pairs[..., k].ravel() for k in range(len(labels))}
        for name in effect_names(block):
            found[f"{name}[{block.levels[0]}]"] = named_draws(draws, name)[..., 0].ravel()
    return found | {LOG_LIKELIHOOD: total_log_likelihood(design, draws).ravel()}


def _position(draws: Array, truth: float, generator: np.random.Generator) -> float:
    """Return (rank + v) / (draws + 1), v uniform among equals."""
    kept = draws[np.linspace(0, len(draws) - 1, min(_RANKED, len(draws))).round().astype(int)]
    below, equal = int(np.sum(kept < truth)), int(np.sum(kept == truth))
    return float((below + generator.random() * (equal + 1)) / (len(kept) + 1))


def _verdict(p: float) -> str:
    return "problem" if p < _PROBLEM else "look" if p < _LOOK else "ok"


def _meaning(at: Array, verdict: str) -> str:
    """Return how posteriors differ from the right ones."""
    if verdict == "ok":
        return ""
    shift = (at.mean() - 0.5) * np.sqrt(12 * len(at))
    wider = (12 * at.var() - 1) * np.sqrt(len(at) / 0.8)  # Var (12 (u - 1/2)^2) = 0.8
    if abs(shift) < 3 and abs(wider) < 3:
        return "posteriors have another shape"
    if abs(shift) >= abs(wider):
        return f"posteriors are too {'low' if shift > 0 else 'high'}"
    return f"posteriors are too {'narrow' if wider > 0 else 'wide'}"


def _written(priors: Priors) -> dict[str, list[Any]]:
    """Return priors with every digit, for a checkpoint."""
    return {name: [prior.distribution, *prior.parameters] for name, prior in priors.items()}
