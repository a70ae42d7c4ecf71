"""May the numbers of these draws be used? Checks, a verdict in three grades, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayesmm.model.design import Design
from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.checks import run_checks
from bayesmm.sampling.diagnostics_text import diagnostics_html, diagnostics_text
from bayesmm.sampling.drawn_arrays import Draws
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.grade import Grade, worst_grade
from bayesmm.sampling.quantities import ReportedConvergence
from bayesmm.sampling.transitions import transitions
from bayesmm.sampling.worst import find_worst

__all__ = ["Diagnostics", "diagnose"]


@dataclass(frozen=True, slots=True, repr=False)
class Diagnostics:
    """Verdict on a set of draws, in three grades.

    *No problem found*: every check is within its limits; no proof, since draws cannot show what
    they never met. *Usable, with caution*: what was found bounds what the numbers can be used
    for, and says how. *Do not use*: the chains disagree (an R-hat above 1.1), hold fewer than 100
    independent draws of a quantity, did not move one, or more than 5 % of the transitions
    diverged. The limits are held against long runs: of fits of small models sampled well and
    badly on purpose a mean or an end of an interval was off by more than 4 standard errors of
    400 independent draws in 0 of 275, in 7 % of 293, and in 73 % of 323
    (``benchmarks/README.md``).

    Attributes
    ----------
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
        Each check with its grade, its threshold, a sentence and, where it found something, what
        that means for the numbers and what to do.
    facts : mapping of str to object
        What the engine chose.
    """

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
    def grade(self) -> Grade:
        """What the draws are good for: the worst grade of the checks."""
        return worst_grade(check.grade for check in self.checks)

    @property
    def ok(self) -> bool:
        """Whether the numbers may be used, be it with a caution."""
        return self.grade is not Grade.DO_NOT_USE

    @property
    def findings(self) -> tuple[SamplingCheck, ...]:
        """The checks that found something or could not be made, the worst first."""
        found = (check for check in self.checks if check.grade is not Grade.NO_PROBLEM)
        return tuple(sorted(found, key=lambda check: check.grade is not Grade.DO_NOT_USE))

    @property
    def failed(self) -> tuple[SamplingCheck, ...]:
        """The checks by which the numbers are not to be used."""
        return tuple(check for check in self.checks if check.grade is Grade.DO_NOT_USE)

    @property
    def cautions(self) -> tuple[SamplingCheck, ...]:
        """The checks that found something with which the numbers can be used."""
        return tuple(check for check in self.checks if check.grade is Grade.CAUTION)

    @property
    def unjudged(self) -> tuple[SamplingCheck, ...]:
        """Of the cautions, those for which these draws are not enough, as R-hat with one chain."""
        return tuple(check for check in self.checks if not check.judged)

    @property
    def in_short(self) -> str:
        """The verdict in a few words."""
        if not self.ok:
            return "DO NOT USE, see .diagnostics"
        n = len(self.cautions)
        if self.unjudged and n == 1:
            return "convergence not judged"
        return f"usable, with {n} caution{'s' * (n > 1)}" if n else "no problem found"

    def __repr__(self) -> str:
        """Return the verdict as a page of text."""
        return diagnostics_text(self.checks, self.facts)

    def _repr_html_(self) -> str:
        return diagnostics_html(self.checks, self.facts)


def diagnose(
    draws: Draws,
    design: Design,
    settings: SamplerSettings,
    facts: Mapping[str, object] | None = None,
    convergence: ReportedConvergence | None = None,
) -> Diagnostics:
    """Judge draws by R-hat, effective sample sizes and what the sampler recorded.

    R-hat and effective sample size are computed for every reported quantity, of factors with more
    than 1,000 levels for those that a quick screen holds worst, which is told; the worst of them
    are judged, beside the statistics of the sampler. A finding begins at ArviZ's thresholds; the
    tail effective sample size must reach that of the bulk too, as Vehtari et al. recommend.
    `bayesmm.sampling.grade` holds all limits.

    Advice starts from the values of the settings; `facts` are what the engine chose, to be shown,
    and whether sampling was stopped; `convergence` is a `ReportedConvergence` when it
    is at hand.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221;
    Betancourt (2016), https://arxiv.org/abs/1604.00695
    """
    measures = ReportedConvergence(draws, design) if convergence is None else convergence
    worst = find_worst(measures, design)
    statistics = draws["sample_stats"].dataset
    recorded = transitions(statistics)
    n_draws = statistics.sizes["chain"] * statistics.sizes["draw"]
    checks = run_checks(SamplingEvidence(recorded, worst, draws, design, settings, facts or {}))
    return Diagnostics(
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
