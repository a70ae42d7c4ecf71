"""The checks on a set of draws: each a number, a threshold, a sentence, and advice in words."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isnan, nan

from bayesmm.model.design import Design
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.transitions import BFMI_MIN, ESS_PER_CHAIN, RHAT_MAX, Transitions
from bayesmm.sampling.worst import Extreme, Worst

__all__ = ["CHECKS", "SamplingCheck", "SamplingEvidence", "run_checks"]


@dataclass(frozen=True, slots=True)
class SamplingCheck:
    """One check.

    Attributes
    ----------
    name : str
        What is checked.
    passed : bool or None
        Whether the draws pass; None when these draws cannot tell.
    value, threshold : float
        What was found, and the limit that it was held against.
    sentence : str
        The finding in words.
    advice : str
        What to do; empty when the check passed and nothing is to be gained either.
    """

    name: str
    passed: bool | None
    value: float
    threshold: float
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class SamplingEvidence:
    """Everything that a check looks at.

    Attributes
    ----------
    transitions : Transitions
        What the sampler recorded.
    worst : Worst
        The worst quantities.
    design : Design
        The model, for advice that names its parts.
    settings : SamplerSettings
        How the draws were made.
    chains, n_draws : int
        Number of chains; number of draws of all chains together.
    """

    transitions: Transitions
    worst: Worst
    design: Design
    settings: SamplerSettings
    chains: int
    n_draws: int


def run_checks(
    transitions: Transitions,
    worst: Worst,
    design: Design,
    settings: SamplerSettings,
    chains: int,
    n_draws: int,
) -> tuple[SamplingCheck, ...]:
    """Return the result of every check for which the sampler recorded what it needs."""
    evidence = SamplingEvidence(transitions, worst, design, settings, chains, n_draws)
    return tuple(check for check in (make(evidence) for make in CHECKS) if check is not None)


def _divergences(e: SamplingEvidence) -> SamplingCheck | None:
    count = e.transitions.divergences
    if count is None:
        return None
    sentence = f"{count} of {e.n_draws} transitions diverged."
    if count == 0:
        return SamplingCheck("divergences", True, 0, 0, sentence)
    advice = (
        "Parts of the posterior were not reached, usually where a standard deviation is near 0. "
        f"{_raise_target(e.settings)}{_prior_hint(e.design)}"
    )
    return SamplingCheck("divergences", False, count, 0, sentence, advice)


def _tree_depth(e: SamplingEvidence) -> SamplingCheck | None:
    count = e.transitions.max_treedepth
    if count is None:
        return None
    depth = e.settings.max_treedepth
    sentence = f"{count} of {e.n_draws} trajectories were cut at the maximum tree depth {depth}."
    if count == 0:
        return SamplingCheck("tree depth", True, 0, 0, sentence)
    # A trajectory that is cut gives a valid draw that tells less: R-hat and the effective sample
    # sizes say whether there are enough of them, and beside their verdict this is one of cost.
    share = count / e.n_draws
    deeper = min(depth + 2, _DEEPEST)
    longer = f", or allow max_treedepth={deeper}" if deeper > depth else ""
    cure = f"Centre and scale the predictors{longer}"
    others = (_rhat(e), _ess_bulk(e), _ess_tail(e), _stuck(e))
    if all(check.passed is not False for check in others):
        advice = f"This makes draws dear, not wrong. {cure}."
        return SamplingCheck("tree depth", True, share, nan, sentence, advice)
    advice = f"Trajectories that are cut explore slowly. {cure}: the chains then move farther."
    return SamplingCheck("tree depth", False, share, 0, sentence, advice)


def _bfmi(e: SamplingEvidence) -> SamplingCheck | None:
    if e.transitions.bfmi is None:
        return None
    least = min(e.transitions.bfmi)
    low = [str(chain) for chain, value in enumerate(e.transitions.bfmi) if not value >= BFMI_MIN]
    sentence = f"E-BFMI is at least {least:.2f} in every chain."
    if not low:
        return SamplingCheck("E-BFMI", True, least, BFMI_MIN, sentence)
    sentence = (
        f"E-BFMI is below {BFMI_MIN} in chain{'s' if len(low) > 1 else ''} {', '.join(low)} "
        f"(smallest {_apart(least, BFMI_MIN, 2)})."
    )
    advice = (
        "The energy changes too little from draw to draw for the tails to be explored. Tune "
        f"longer (tune={2 * e.settings.tune}); if it stays, the posterior has a heavy tail: "
        f"give a prior with lighter tails.{_prior_hint(e.design)}"
    )
    return SamplingCheck("E-BFMI", False, least, BFMI_MIN, sentence, advice)


def _rhat(e: SamplingEvidence) -> SamplingCheck:
    worst = e.worst.rhat
    if e.chains < 2:
        return SamplingCheck(
            "R-hat",
            None,
            worst.value,
            RHAT_MAX,
            "R-hat cannot be computed from one chain.",
            "Sample at least 4 chains (chains=4): chains that agree are the evidence of "
            "convergence.",
        )
    sentence = f"The largest R-hat is {worst.value:.3f} ({worst.label})."
    if isnan(worst.value):
        return SamplingCheck(
            "R-hat", False, worst.value, RHAT_MAX, "R-hat could not be computed.", _MORE
        )
    if worst.value <= RHAT_MAX:
        return SamplingCheck("R-hat", True, worst.value, RHAT_MAX, sentence)
    value = _apart(worst.value, RHAT_MAX, 4)
    sentence = f"The largest R-hat is {value} ({worst.label}), above {RHAT_MAX}."
    finding = "disagree about" if worst.value > _DISAGREE else "have not mixed fully in"
    advice = (
        f"The chains {finding} {worst.label}. Sample longer "
        f"(tune={2 * e.settings.tune}, draws={2 * e.settings.draws}). If R-hat stays high, "
        "look at the trace: chains at different levels mean that the data do not decide "
        "between two explanations, so drop a term or give a more informative prior."
    )
    return SamplingCheck("R-hat", False, worst.value, RHAT_MAX, sentence, advice)


def _ess_bulk(e: SamplingEvidence) -> SamplingCheck:
    return _ess(e, "bulk ESS", e.worst.ess_bulk, "means and medians")


def _ess_tail(e: SamplingEvidence) -> SamplingCheck:
    return _ess(e, "tail ESS", e.worst.ess_tail, "the ends of intervals")


def _ess(e: SamplingEvidence, name: str, worst: Extreme, estimates: str) -> SamplingCheck:
    threshold = ESS_PER_CHAIN * e.chains
    if isnan(worst.value):
        return SamplingCheck(
            name, False, worst.value, threshold, f"{name} could not be computed.", _MORE
        )
    sentence = f"The smallest {name} is {_apart(worst.value, threshold, 0)} ({worst.label})."
    if worst.value >= threshold:
        return SamplingCheck(name, True, worst.value, threshold, sentence)
    # a fifth more than proportional, because the estimate of the ESS is itself uncertain
    draws = 500 * ceil(1.2 * e.settings.draws * threshold / max(worst.value, 1.0) / 500)
    advice = (
        f"Too few independent draws for {estimates} ({threshold} are wanted). "
        f"Sample about draws={draws} per chain"
    )
    if draws > 20 * e.settings.draws:
        advice += ", or better change the model: the chains hardly move"
    return SamplingCheck(name, False, worst.value, threshold, sentence, f"{advice}.")


def _stuck(e: SamplingEvidence) -> SamplingCheck:
    count = e.worst.n_stuck
    if count == 0:
        return SamplingCheck(
            "all quantities move", True, 0, 0, "Every quantity moves and is finite."
        )
    named = ", ".join(e.worst.stuck) + (", ..." if count > len(e.worst.stuck) else "")
    return SamplingCheck(
        "all quantities move",
        False,
        count,
        0,
        f"{count} quantities never move, or have draws that are not finite: {named}.",
        "The sampler did not move them. Check the scale of the response and of the predictors, "
        "and the priors of these parameters.",
    )


CHECKS: tuple[Callable[[SamplingEvidence], SamplingCheck | None], ...] = (
    _divergences,
    _tree_depth,
    _bfmi,
    _rhat,
    _ess_bulk,
    _ess_tail,
    _stuck,
)

_DEEPEST = 20  # of SamplerSettings.max_treedepth
_DISAGREE = 1.05  # between 1.01 and this, more draws usually suffice
_MORE = "Sample more draws per chain; at least 4 are needed, 1000 are usual."


def _apart(value: float, limit: float, places: int) -> str:
    """Return a number with as many decimals as show on which side of the limit it is."""
    while value != limit and float(f"{value:.{places}f}") == limit and places < 15:
        places += 1
    return f"{value:.{places}f}"


def _raise_target(settings: SamplerSettings) -> str:
    higher = next((t for t in (0.9, 0.95, 0.99, 0.999) if t > settings.target_accept + 0.01), None)
    if higher is None:
        return (
            f"target_accept={settings.target_accept:g} is as high as is useful: change the model "
            "or its priors."
        )
    return f"Sample again with target_accept={higher:g} (it was {settings.target_accept:g})."


def _prior_hint(design: Design) -> str:
    """Name the factor that says least about its own standard deviation."""
    if not design.blocks:
        return ""
    block = min(design.blocks, key=lambda b: b.n_groups)
    return (
        f" '{block.factor}' has the fewest levels ({block.n_groups}): a tighter prior on its "
        "standard deviations helps if that is not enough."
    )
