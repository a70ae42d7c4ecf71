"""The compiled engine: the collapsed density where there is one, else the joint density."""

from dataclasses import replace

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.prepared import Prepared

__all__ = ["prepare"]


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found = collapsed.prepare(_of_location(design), priors)
    return joint.prepare(design, priors) if isinstance(found, str) else found


def _of_location(design: Design) -> Design:
    """Return the gaussian model of log y where that is the model: the same posterior.

    Weights of the one are precisions and of the other count rows.
    """
    family = design.family
    if not family.location_is_normal or design.weights is not None:
        return design
    return replace(design, y=family.location(design.y), family=resolve_family("gaussian"))
