"""Sampling of Gaussian models with everything integrated out that can be."""

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.collapsed.plan import make_plan, plan_problem
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["DRAWS", "KINDS", "kind", "sample_collapsed", "samples_effects", "unsupported_reason"]

# The kinds of models that have compiled code of their own, without and with sampled effects.
KINDS = (
    "gaussian response, effects integrated out",
    "gaussian response, totals of a second large factor sampled",
)

# What a second process compiles while the first samples: names in ``ahead.PIECES``.
DRAWS = dict(
    zip(KINDS, ("draws of integrated effects", "draws beside sampled totals"), strict=True)
)


def unsupported_reason(design: Design, priors: Priors) -> str | None:
    """Return why `sample_collapsed` cannot take the model, or None when it can."""
    return plan_problem(design, priors) or prior_problem(design, priors)


def samples_effects(design: Design) -> bool:
    """Return whether level totals of a factor are sampled beside the covariance parameters."""
    plan = make_plan(design)
    return plan is None or plan.centred is not None


def kind(design: Design) -> str:
    """Return which of `KINDS` a model is of."""
    return KINDS[samples_effects(design)]


def sample_collapsed(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample a Gaussian model: NUTS on theta = (sigma, sds, correlations), the rest exactly.

    p(theta | y) is sampled with coefficients beta and group effects u integrated out;
    (beta, u) are then drawn from p(beta, u | theta, y), one independent draw per draw of theta.

    Parameters
    ----------
    design : Design
        Gaussian with identity link.
    priors : Priors
        Priors of all parameters; those of the coefficients normal, flat, Student-t, Cauchy or
        Laplace.
    settings : SamplerSettings
        How to sample.

    Raises
    ------
    UnsupportedModelError
        When `unsupported_reason` names one.
    """
    reason = unsupported_reason(design, priors)
    if reason is not None:
        raise UnsupportedModelError(f"The effects cannot be integrated out: {reason}.")
    plan = make_plan(design)
    # The compiled code is loaded only when it runs.
    if plan.centred is None:
        from bayesmm.sampling.compiled.collapsed.integrated import (  # noqa: PLC0415
            sample_integrated,
        )

        return sample_integrated(design, priors, plan, settings)
    from bayesmm.sampling.compiled.collapsed.centred import sample_centred  # noqa: PLC0415

    return sample_centred(design, priors, plan, settings)
