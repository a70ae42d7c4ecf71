"""Sampling until the checks find nothing, within a budget: which run comes after which finding.

Every run is a whole one with the same seed. A run of more draws therefore goes on where the chains
were, from the same starts: chains that are in different places stay there and are told, they are
not drawn anew until they happen to agree. The run before is kept until the next is done: who stops
that one has the other. Who stops the first has what there is of it.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from bayesmm.model.design import Design
from bayesmm.sampling.assemble import drawn_arrays
from bayesmm.sampling.check_record import SamplingCheck
from bayesmm.sampling.diagnostics import Diagnostics, diagnose
from bayesmm.sampling.drawn_arrays import DrawnArrays
from bayesmm.sampling.draws import (
    INCOMPLETE,
    TARGET_ASKED,
    TARGET_TAKEN,
    ParameterDraws,
    SamplerSettings,
)
from bayesmm.sampling.grade import ESS_PER_CHAIN, RHAT_APART
from bayesmm.sampling.limits import lacking_memory
from bayesmm.sampling.mixing_checks import written_apart
from bayesmm.sampling.part_of_draws import part_is_welcome
from bayesmm.sampling.quantities import ReportedConvergence
from bayesmm.sampling.transition_checks import higher_target
from bayesmm.wording import option

__all__ = ["MAX_EFFORT", "SAMPLED_AGAIN", "Sampled", "next_settings", "sample_until_good"]

MAX_EFFORT = 4.0  # times the cost of the run that was asked for, which is the first of it
SAMPLED_AGAIN = "sampled again"  # the fact that tells it

# A step size for .95 in place of .8 takes 1.2 to 2.1 times the steps, and so does .99 in place of
# .95 (30 data sets of benchmarks/small_models.py). Draws are not worth a run of less than a
# quarter more.
_OF_HIGHER_TARGET, _LEAST_MORE = 2.0, 1.25
_CURABLE = frozenset({"divergences", "E-BFMI", "R-hat", "bulk ESS", "tail ESS"})
_PLACES = {"R-hat": 4, "E-BFMI": 2}
_STOPPED = "; that run was stopped, and these are the draws of the one before it"
_MORE_AT_ONCE = 2.0  # draws, where R-hat says that they are too few but not how many are enough


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """The last of one or several runs."""

    draws: DrawnArrays
    settings: SamplerSettings  # they make the same draws in one run
    seconds: Mapping[str, float]  # wall time [s] by stage, of all runs
    facts: Mapping[str, object]  # under ``"sampled again"`` why there was more than one run
    convergence: ReportedConvergence | None  # where that was looked at


def sample_until_good(
    sample: Callable[[SamplerSettings], ParameterDraws],
    design: Design,
    settings: SamplerSettings,
    max_effort: float,
    announce: Callable[[str], None],
) -> Sampled:
    """Sample, and again with other settings while a check finds something and the budget lasts.

    `settings` are those of the first run. `max_effort` is the cost of all runs together, as a
    multiple of the first; 1: never again. It is counted in steps of the trajectories, so that the
    same seed gives the same draws on every machine. `announce` is told in one line before each
    further run why it is made. Of a first run that the user stops the draws so far are returned,
    and `KeyboardInterrupt` is raised where there are none; of a further one those of the run before
    it.
    """
    seconds: dict[str, float] = {}
    again: list[str] = []
    of_user: dict[str, object] = {}
    asked = spent = 0.0
    before: Sampled | None = None
    while True:
        try:
            with part_is_welcome() if before is None else nullcontext():
                drawn = sample(settings)
        except KeyboardInterrupt:
            if before is None:
                raise
            announce("stopped; the draws of the run before are kept")
            again[-1] += _STOPPED
            return replace(before, facts={**before.facts, SAMPLED_AGAIN: tuple(again)})
        if TARGET_TAKEN in drawn.facts:
            of_user = of_user or {TARGET_ASKED: settings.target_accept}
            settings = replace(settings, target_accept=drawn.facts[TARGET_TAKEN])
        arrays = drawn_arrays(design, drawn)
        for stage, time in drawn.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + time
        facts = {**drawn.facts, **of_user, **({SAMPLED_AGAIN: tuple(again)} if again else {})}
        if incomplete := _incomplete(drawn, settings):
            announce(f"stopped with {incomplete}; these are returned")
            chains, draws = drawn.beta.shape[:2]
            settings = replace(settings, chains=chains, draws=draws)
            return Sampled(arrays, settings, seconds, {**facts, INCOMPLETE: incomplete}, None)
        if max_effort <= 1:
            return Sampled(arrays, settings, seconds, facts, None)
        convergence = ReportedConvergence(arrays, design)
        found = diagnose(arrays, design, settings, convergence=convergence)
        cost = _cost(drawn, settings)
        asked, spent = asked or cost, spent + cost
        further = next_settings(found, settings, max_effort - spent / asked, cost / asked)
        before = Sampled(arrays, settings, dict(seconds), facts, convergence)
        if further is None or lacking_memory(
            design, further.chains, settings.draws + further.draws
        ):
            return before
        why = _words(found, settings, further)
        announce(f"sampling again {why}")
        again.append(why)
        settings = further


def _incomplete(drawn: ParameterDraws, settings: SamplerSettings) -> str:
    """Return what there is of a run that was stopped; empty when it is whole."""
    chains, draws = drawn.beta.shape[:2]
    if (chains, draws) == (settings.chains, settings.draws):
        return ""
    of = f" of {settings.chains}" if chains < settings.chains else ""
    each = (
        f"{draws:,} of {settings.draws:,} draws" if draws < settings.draws else f"{draws:,} draws"
    )
    return f"{each} of each of {chains}{of} chain{'s' * (max(chains, bool(of) * 2) > 1)}"


def next_settings(
    found: Diagnostics, settings: SamplerSettings, left: float, cost: float
) -> SamplerSettings | None:
    """Return the settings of the next run; None when nothing was found or nothing would help.

    Divergences ask for a higher target. R-hat and effective sample sizes ask for more draws, as
    many as the budget has; chains in different places and a low E-BFMI for a longer warm-up too.
    One chain cannot be helped to an R-hat, nor a quantity that never moves by more draws, and
    trajectories that are cut while the chains mix are a matter of cost.

    `left` is what is left of the budget, in costs of the first run, and `cost` what this run took,
    in the same unit.
    """
    names = {check.name for check in found.findings if check.judged}
    if (
        not names & _CURABLE
        or "all quantities move" in names
        or not np.isfinite(found.ess_bulk_min)
    ):
        return None
    target, tune, dearer = settings.target_accept, settings.tune, 1.0
    if "divergences" in names and (higher := higher_target(target)) is not None:
        target, dearer = higher, _OF_HIGHER_TARGET
    if "E-BFMI" in names or found.rhat_max > RHAT_APART:
        tune *= 2
    length = settings.tune + settings.draws
    most = int(left / (cost * dearer) * length) - tune  # draws for which the budget is enough
    draws = _rounded(min(_draws_wanted(found, settings, names), most))
    if draws < _LEAST_MORE * settings.draws:
        draws = settings.draws
    if draws > most or (target, tune, draws) == (settings.target_accept, settings.tune,
                                                 settings.draws):  # fmt: skip
        return None
    return replace(settings, target_accept=target, tune=tune, draws=draws)


def _draws_wanted(found: Diagnostics, settings: SamplerSettings, names: set[str]) -> int:
    """Return the draws of each chain that would probably be enough."""
    factor = 1.0
    if names & {"bulk ESS", "tail ESS"}:
        least = min(found.ess_bulk_min, found.ess_tail_min)
        # a fifth more than proportional, because the estimate of the ESS is itself uncertain
        factor = 1.2 * ESS_PER_CHAIN * settings.chains / max(least, 1.0)
    if "R-hat" in names:
        factor = max(factor, _MORE_AT_ONCE)
    return int(np.ceil(factor * settings.draws))


def _rounded(draws: int) -> int:
    """Return a number that reads well, not larger."""
    unit = 100 if draws >= 1000 else 10 if draws >= 100 else 1
    return draws // unit * unit


def _cost(drawn: ParameterDraws, settings: SamplerSettings) -> float:
    """Return the steps of a run, the warm-up taken to be as dear per draw as what was kept."""
    steps = drawn.statistics.get("n_steps")
    each = 1.0 if steps is None else max(float(np.mean(steps)), 1.0)
    return settings.chains * (settings.tune + settings.draws) * each


def _words(found: Diagnostics, before: SamplerSettings, after: SamplerSettings) -> str:
    """Return with what a run is made, and because of what."""
    changed = [
        option(name, getattr(after, name))
        for name in ("target_accept", "tune", "draws")
        if getattr(after, name) != getattr(before, name)
    ]
    told = [
        check.sentence.rstrip(".") if check.name == "divergences" else _value(check)
        for check in found.findings
        if check.judged and check.name in _CURABLE
    ]
    return f"with {', '.join(changed)}, because {', '.join(told)}"


def _value(check: SamplingCheck) -> str:
    """Return what a check found: ``"R-hat was 1.013"``."""
    places = _PLACES.get(check.name, 0)
    return f"{check.name} was {written_apart(check.value, check.threshold, places)}"
