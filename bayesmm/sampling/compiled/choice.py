"""The compiled engine: a density with effects integrated out where there is one, else the joint."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.heteroscedastic import engine as heteroscedastic
from bayesmm.sampling.compiled.thresholds import with_thresholds_back
from bayesmm.sampling.prepared import Prepared

__all__ = ["prepare"]


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found: Prepared | str = ""
    for own in (collapsed.prepare, heteroscedastic.prepare, _JOINT):
        found = own(design, priors)
        if not isinstance(found, str):
            break
    return found


_JOINT = with_thresholds_back(joint.prepare)
