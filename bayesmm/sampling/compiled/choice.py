"""The compiled engine: a density with effects integrated out where there is one, else the joint."""

from dataclasses import replace

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.prepared import Prepared
from bayesmm.verbs import Verbs

__all__ = ["of_location", "prepare"]

# Each is imported when those before it do not have the model.
_DENSITIES = Verbs(
    collapsed="bayesmm.sampling.compiled.collapsed.engine:prepare",
    heteroscedastic="bayesmm.sampling.compiled.heteroscedastic.engine:prepare",
    joint="bayesmm.sampling.compiled.engine:prepare",
    with_thresholds_back="bayesmm.sampling.compiled.thresholds:with_thresholds_back",
)


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for a density compiled once per machine, or why there is none."""
    found: Prepared | str = _DENSITIES.collapsed(of_location(design), priors)
    if isinstance(found, str):
        found = _DENSITIES.heteroscedastic(design, priors)
    if isinstance(found, str):
        found = _DENSITIES.with_thresholds_back(_DENSITIES.joint)(design, priors)
    return found


def of_location(design: Design) -> Design:
    """Return the gaussian model of log y where that is the model: the same posterior.

    Weights of the one are precisions and of the other count rows.
    """
    family = design.family
    if not family.location_is_normal or design.weights is not None:
        return design
    return replace(design, y=family.location(design.y), family=resolve_family("gaussian"))
