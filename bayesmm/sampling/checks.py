"""The checks on a set of draws, in the order in which they are told."""

from collections.abc import Callable

from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.draws import INCOMPLETE
from bayesmm.sampling.grade import Grade
from bayesmm.sampling.mixing_checks import all_move, ess_bulk, ess_tail, rhat
from bayesmm.sampling.transition_checks import bfmi, divergences, tree_depth

__all__ = ["CHECKS", "run_checks"]


def _all_there(e: SamplingEvidence) -> SamplingCheck | None:
    """Tell that draws are missing; None when none are."""
    if INCOMPLETE not in e.facts:
        return None
    return SamplingCheck(
        "all draws are there",
        Grade.CAUTION,
        e.n_draws,
        float("nan"),
        f"Sampling was stopped: these are {e.facts[INCOMPLETE]}.",
        "They are draws as all others; for what so few of them are enough, the other checks say.",
        "Fit again without stopping for all of them.",
    )


CHECKS: tuple[Callable[[SamplingEvidence], SamplingCheck | None], ...] = (
    _all_there,
    divergences,
    tree_depth,
    bfmi,
    rhat,
    ess_bulk,
    ess_tail,
    all_move,
)


def run_checks(evidence: SamplingEvidence) -> tuple[SamplingCheck, ...]:
    """Return the result of every check for which the sampler recorded what it needs."""
    return tuple(check for check in (make(evidence) for make in CHECKS) if check is not None)
