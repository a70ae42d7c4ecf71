"""Can these draws be trusted? ArviZ's checks, a verdict, and what to do about each failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

from bayesmm.model.design import Design
from bayesmm.sampling.checks import SamplingCheck, run_checks
from bayesmm.sampling.diagnostics_text import diagnostics_html, diagnostics_text
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.quantities import ReportedConvergence, reported_convergence
from bayesmm.sampling.transitions import transitions
from bayesmm.sampling.worst import find_worst

__all__ = ["Diagnostics", "diagnose"]


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Verdict on a set of draws.

    Attributes
    ----------
    ok : bool
        Whether no check failed.
    rhat_max, ess_bulk_min, ess_tail_min : float
        Worst rank-normalised split R-hat, bulk and tail effective sample size over every
        reported quantity, each group effect included (of more than 1,000 of one kind those that
        a screen holds worst); NaN where it cannot be computed.
    rhat_worst, ess_bulk_worst, ess_tail_worst : str
        The quantity that has it.
    divergences : int or None
        Number of divergent transitions after tuning; None when they were not recorded.
    bfmi : tuple of float
        Energy Bayesian fraction of missing information of each chain.
    max_treedepth_share : float
        Share of draws whose trajectory was cut at the maximum tree depth; NaN when it was not
        recorded.
    checks : tuple of SamplingCheck
        Each check with its threshold, a sentence and, where it failed, advice.
    facts : mapping of str to object
        What the engine chose.
    """

    ok: bool
    rhat_max: float
    rhat_worst: str
    ess_bulk_min: float
    ess_bulk_worst: str
    ess_tail_min: float
    ess_tail_worst: str
    divergences: int | None
    bfmi: tuple[float, ...]
    max_treedepth_share: float
    checks: tuple[SamplingCheck, ...]
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def failed(self) -> tuple[SamplingCheck, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def unjudged(self) -> tuple[SamplingCheck, ...]:
        """The checks for which these draws are not enough, as R-hat with one chain."""
        return tuple(check for check in self.checks if check.passed is None)

    @property
    def in_short(self) -> str:
        """The verdict in a few words."""
        if not self.ok:
            return "NOT trusted, see .diagnostics"
        return "convergence not judged" if self.unjudged else "trusted"

    def __str__(self) -> str:
        """Return the verdict as a page of text."""
        return diagnostics_text(self.checks, self.facts)

    def _repr_html_(self) -> str:
        return diagnostics_html(self.checks, self.facts)


def diagnose(
    draws: xr.DataTree,
    design: Design,
    settings: SamplerSettings,
    facts: Mapping[str, object] | None = None,
    convergence: ReportedConvergence | None = None,
) -> Diagnostics:
    """Judge the draws as ArviZ's ``diagnose`` does.

    R-hat and effective sample size are computed for every reported quantity, of factors with more
    than 1,000 levels for those that a quick screen holds worst, which is told; the worst of them
    are judged, by ArviZ's thresholds, beside the statistics of the sampler. The tail effective
    sample size must reach the threshold of the bulk too, as Vehtari et al. recommend.

    Parameters
    ----------
    draws : xarray.DataTree
        Draws as `assemble` returns them.
    design : Design
        Their design.
    settings : SamplerSettings
        How they were drawn; advice starts from these values.
    facts : mapping of str to object, optional
        What the engine chose, to be shown.
    convergence : ReportedConvergence, optional
        Result of `reported_convergence` when it is at hand.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221;
    Betancourt (2016), https://arxiv.org/abs/1604.00695
    """
    measures = reported_convergence(draws, design) if convergence is None else convergence
    worst = find_worst(measures, design)
    statistics = draws["sample_stats"].to_dataset()
    recorded = transitions(statistics)
    n_draws = statistics.sizes["chain"] * statistics.sizes["draw"]
    checks = run_checks(recorded, worst, design, settings, statistics.sizes["chain"], n_draws)
    return Diagnostics(
        ok=all(check.passed is not False for check in checks),
        rhat_max=worst.rhat.value,
        rhat_worst=worst.rhat.label,
        ess_bulk_min=worst.ess_bulk.value,
        ess_bulk_worst=worst.ess_bulk.label,
        ess_tail_min=worst.ess_tail.value,
        ess_tail_worst=worst.ess_tail.label,
        divergences=recorded.divergences,
        bfmi=recorded.bfmi or (),
        max_treedepth_share=(
            float("nan") if recorded.max_treedepth is None else recorded.max_treedepth / n_draws
        ),
        checks=checks,
        facts=dict(facts or {})
        | ({"judged effects": part} if (part := measures.screened()) else {}),
    )
