"""The checks on a set of draws, in the order in which they are told."""

from collections.abc import Callable

from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.mixing_checks import all_move, ess_bulk, ess_tail, rhat
from bayesmm.sampling.stopped_check import all_there
from bayesmm.sampling.transition_checks import bfmi, divergences, tree_depth

__all__ = ["CHECKS", "run_checks"]

CHECKS: tuple[Callable[[SamplingEvidence], SamplingCheck | None], ...] = (
    all_there,
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
