"""The compiled engine: the collapsed density where there is one, else the joint density."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.thresholds import with_thresholds_back
from bayesmm.sampling.prepared import Prepared

__all__ = ["prepare"]


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found = collapsed.prepare(design, priors)
    return _JOINT(design, priors) if isinstance(found, str) else found


_JOINT = with_thresholds_back(joint.prepare)
