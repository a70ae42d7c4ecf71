"""The compiled engine: a density with effects integrated out where there is one, else the joint."""

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.heteroscedastic import engine as heteroscedastic
from bayesmm.sampling.prepared import Prepared

__all__ = ["prepare"]


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found: Prepared | str = ""
    for engine in (collapsed, heteroscedastic, joint):
        found = engine.prepare(design, priors)
        if not isinstance(found, str):
            break
    return found
