"""The compiled engine: a density with effects integrated out where there is one, else the joint."""

from dataclasses import replace

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.heteroscedastic import engine as heteroscedastic
from bayesmm.sampling.compiled.thresholds import with_thresholds_back
from bayesmm.sampling.prepared import Prepared

__all__ = ["of_location", "prepare"]


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found: Prepared | str = collapsed.prepare(of_location(design), priors)
    for own in (heteroscedastic.prepare, _JOINT):
        if not isinstance(found, str):
            break
        found = own(design, priors)
    return found


_JOINT = with_thresholds_back(joint.prepare)


def of_location(design: Design) -> Design:
    """Return the gaussian model of log y where that is the model: the same posterior.

    Weights of the one are precisions and of the other count rows.
    """
    family = design.family
    if not family.location_is_normal or design.weights is not None:
        return design
    return replace(design, y=family.location(design.y), family=resolve_family("gaussian"))
