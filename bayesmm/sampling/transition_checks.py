"""Checks of what the sampler recorded: divergences, tree depth, energy."""

from math import nan

from bayesmm.model.design import Design
from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.grade import BFMI_MIN, DIVERGENT_SHARE, Grade
from bayesmm.sampling.mixing_checks import all_move, ess_bulk, ess_tail, rhat, written_apart
from bayesmm.wording import option

__all__ = ["bfmi", "divergences", "higher_target", "tree_depth"]

_DEEPEST = 20  # of SamplerSettings.max_treedepth
_TARGETS = (0.95, 0.99, 0.999)


def divergences(e: SamplingEvidence) -> SamplingCheck | None:
    """Judge the share of transitions that diverged."""
    count, name = e.transitions.divergences, "divergences"
    if count is None:
        return None
    sentence = f"{count:,} of {e.n_draws:,} transitions diverged."
    if count == 0:
        return SamplingCheck(name, Grade.NO_PROBLEM, 0, 0, sentence)
    share = count / e.n_draws
    few = share <= DIVERGENT_SHARE
    meaning = (
        "A part of the posterior, usually where a standard deviation is near 0, is visited less "
        "than it should be; with so few, and chains that agree, intervals hardly move."
        if few
        else "Parts of the posterior were not reached, usually where a standard deviation is near "
        "0: intervals of sds and of what they shrink may be too narrow or in the wrong place."
    )
    advice = f"{_raise_target(e.settings)}{_prior_hint(e.design)}"
    grade = Grade.CAUTION if few else Grade.DO_NOT_USE
    return SamplingCheck(name, grade, count, 0, sentence, meaning, advice)


def tree_depth(e: SamplingEvidence) -> SamplingCheck | None:
    """Judge trajectories that were cut: alone a matter of cost, else why chains do not mix."""
    count, name = e.transitions.max_treedepth, "tree depth"
    if count is None:
        return None
    depth = e.settings.max_treedepth
    sentence = (
        f"{count:,} of {e.n_draws:,} trajectories were cut at the maximum tree depth {depth}."
    )
    if count == 0:
        return SamplingCheck(name, Grade.NO_PROBLEM, 0, 0, sentence)
    # A trajectory that is cut gives a valid draw that tells less: R-hat and the effective sample
    # sizes say whether there are enough of them, and beside their verdict this is one of cost.
    share = count / e.n_draws
    deeper = min(depth + 2, _DEEPEST)
    longer = f", or allow {option('max_treedepth', deeper)}" if deeper > depth else ""
    cure = f"Centre and scale the predictors{longer}"
    others = (rhat(e), ess_bulk(e), ess_tail(e), all_move(e))
    if all(check.passed is not False for check in others):
        meaning = "This makes draws dear, not wrong."
        return SamplingCheck(name, Grade.NO_PROBLEM, share, nan, sentence, meaning, f"{cure}.")
    meaning = "Trajectories that are cut explore slowly; the other checks say how far that matters."
    advice = f"{cure}: the chains then move farther."
    return SamplingCheck(name, Grade.CAUTION, share, 0, sentence, meaning, advice)


def bfmi(e: SamplingEvidence) -> SamplingCheck | None:
    """Judge the energy Bayesian fraction of missing information of each chain."""
    name = "E-BFMI"
    if e.transitions.bfmi is None:
        return None
    least = min(e.transitions.bfmi)
    low = [str(chain) for chain, value in enumerate(e.transitions.bfmi) if not value >= BFMI_MIN]
    if not low:
        sentence = f"E-BFMI is at least {least:.2f} in every chain."
        return SamplingCheck(name, Grade.NO_PROBLEM, least, BFMI_MIN, sentence)
    sentence = (
        f"E-BFMI is below {BFMI_MIN} in chain{'s' if len(low) > 1 else ''} {', '.join(low)} "
        f"(smallest {written_apart(least, BFMI_MIN, 2)})."
    )
    meaning = (
        "The energy changes too little from draw to draw for the tails to be explored: the ends "
        "of intervals may lie too far inside."
    )
    advice = (
        f"Tune longer ({option('tune', 2 * e.settings.tune)}); if it stays, the posterior has a "
        f"heavy tail: give a prior with lighter tails.{_prior_hint(e.design)}"
    )
    return SamplingCheck(name, Grade.CAUTION, least, BFMI_MIN, sentence, meaning, advice)


def higher_target(target_accept: float) -> float | None:
    """Return the next acceptance rate to try; None when there is no use in a higher one."""
    return next((t for t in _TARGETS if t > target_accept + 0.01), None)


def _raise_target(settings: SamplerSettings) -> str:
    higher = higher_target(settings.target_accept)
    if higher is None:
        return (
            f"{option('target_accept', settings.target_accept)} is as high as is useful: change "
            "the model "
            "or its priors."
        )
    return (
        f"Sample again with {option('target_accept', higher)} (it was {settings.target_accept:g})."
    )


def _prior_hint(design: Design) -> str:
    """Name the factor that says least about its own standard deviation."""
    if not design.blocks:
        return ""
    block = min(design.blocks, key=lambda b: b.n_groups)
    return (
        f" '{block.factor}' has the fewest levels ({block.n_groups}): a tighter prior on its "
        "standard deviations helps if that is not enough."
    )
