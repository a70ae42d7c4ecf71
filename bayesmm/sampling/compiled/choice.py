"""The compiled engine: the collapsed density where there is one, else the joint density."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.first_use import announced
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["sample_compiled", "unsupported_reason"]


def sample_compiled(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample a model by a density compiled once per machine.

    Parameters
    ----------
    design, priors, settings
        As in the two engines that this one chooses from.
    """
    family = design.family
    if collapsed.unsupported_reason(design, priors) is None:
        with announced(f"{family.name} response, effects integrated out"):
            return collapsed.sample_collapsed(design, priors, settings)
    with announced(f"{family.name} response and {family.link} link"):
        return joint.sample_joint(design, priors, settings)


def unsupported_reason(design: Design, priors: Priors) -> str | None:
    """Return why no compiled density can take the model, or None when one can."""
    if collapsed.unsupported_reason(design, priors) is None:
        return None
    return joint.unsupported_reason(design, priors)
