"""The compiled engine: the collapsed density where there is one, else the joint density."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.first_use import JOINT, announced
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["sample_compiled", "unsupported_reason", "warmup_length"]

# With a handful of coordinates on log and Fisher scales step size and scales settle within 100
# draws: on the course models and the shapes of benchmarks/, longer warm-up than 200 changed
# neither divergences nor the effective sample size.
_FEW_COORDINATES = 200
_MANY_COORDINATES = 400


def sample_compiled(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample a model by a density compiled once per machine.

    Parameters
    ----------
    design, priors, settings
        As in the two engines that this one chooses from.
    """
    if collapsed.unsupported_reason(design, priors) is None:
        kind = collapsed.kind(design)
        with announced(kind, second_process=(collapsed.DRAWS[kind],)):
            return collapsed.sample_collapsed(design, priors, settings)
    with announced(JOINT, seconds="5 to 15 s"):
        return joint.sample_joint(design, priors, settings)


def unsupported_reason(design: Design, priors: Priors) -> str | None:
    """Return why no compiled density can take the model, or None when one can."""
    if collapsed.unsupported_reason(design, priors) is None:
        return None
    return joint.unsupported_reason(design, priors)


def warmup_length(design: Design, priors: Priors) -> int:
    """Return how many iterations the sampler needs to adapt to a model."""
    if collapsed.unsupported_reason(design, priors) is None and not collapsed.samples_effects(
        design
    ):
        return _FEW_COORDINATES
    return _MANY_COORDINATES
