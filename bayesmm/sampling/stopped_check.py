"""The check that says that sampling was stopped before all draws were there."""

from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.draws import INCOMPLETE
from bayesmm.sampling.grade import Grade

__all__ = ["all_there"]


def all_there(e: SamplingEvidence) -> SamplingCheck | None:
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
