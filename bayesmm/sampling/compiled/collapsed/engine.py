"""Sampling of Gaussian models with everything integrated out that can be."""

from dataclasses import replace

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.ahead import DRAWS, GAUSSIAN_GRADIENT
from bayesmm.sampling.compiled.collapsed.plan import plan_or_reason
from bayesmm.sampling.compiled.collapsed.steep_ends import least_target
from bayesmm.sampling.compiled.first_use import announced
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import TARGET_TAKEN, ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = ["KIND", "prepare"]

# The kind of model that has compiled code of its own.
KIND = "gaussian response, effects integrated out"

# With a handful of coordinates on log and Fisher scales step size and scales settle within 100
# draws: on the course models and the shapes of benchmarks/, longer warm-up than 200 changed
# neither divergences nor the effective sample size. Level totals are more coordinates.
_TUNE, _TUNE_WITH_TOTALS = 200, 400


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a Gaussian model with its plan, or why its effects cannot be integrated out.

    NUTS moves in theta = (sigma, sds, correlations): p(theta | y) is sampled with coefficients beta
    and group effects u integrated out; (beta, u) are then drawn from p(beta, u | theta, y), one
    independent draw per draw of theta. Of a second large factor the level totals are sampled beside
    theta. Priors of the coefficients are normal, flat, Student-t, Cauchy or Laplace.
    """
    rows, design = design, design.in_sums
    plan = plan_or_reason(design, priors)
    if isinstance(plan, str) and design is not rows:  # several wide factors: their rows are here
        design = rows
        plan = plan_or_reason(design, priors)
    if isinstance(plan, str):
        return plan
    reason = prior_problem(design, priors)
    if reason is not None:
        return reason

    least = least_target(design, priors, plan)

    def sample(settings: SamplerSettings) -> ParameterDraws:
        target = max(settings.target_accept, least)
        with announced(KIND, second_process=(GAUSSIAN_GRADIENT, DRAWS)):
            # The compiled code is loaded only when it runs.
            from bayesmm.sampling.compiled.collapsed.sampling import sample_plan  # noqa: PLC0415

            drawn = sample_plan(design, priors, plan, replace(settings, target_accept=target))
        if target == settings.target_accept:
            return drawn
        return replace(drawn, facts={**drawn.facts, TARGET_TAKEN: target})

    return Prepared("compiled", _TUNE_WITH_TOTALS if plan.centred else _TUNE, sample)
