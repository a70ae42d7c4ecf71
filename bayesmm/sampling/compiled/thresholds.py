"""Draws of an intercept and gaps as draws of the thresholds that they are made of."""

from dataclasses import replace

from bayesmm.family.thresholds import gap_names
from bayesmm.model.design import Design
from bayesmm.model.gaps import in_gaps, priors_in_gaps, thresholds_of
from bayesmm.model.names import scalar_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import ParameterDraws
from bayesmm.sampling.prepared import Prepare, Prepared

__all__ = ["with_thresholds_back"]


def with_thresholds_back(prepare: Prepare) -> Prepare:
    """Return a way to sample that takes models with thresholds, and returns their draws."""

    def prepared(design: Design, priors: Priors) -> Prepared | str:
        if design.family.in_gaps is None:
            return prepare(design, priors)
        found = prepare(in_gaps(design), priors_in_gaps(design, priors))
        if isinstance(found, str):
            return found
        return replace(found, sample=lambda settings: _back(found.sample(settings), design))

    return prepared


def _back(drawn: ParameterDraws, design: Design) -> ParameterDraws:
    names = design.family.thresholds
    values = thresholds_of(drawn.intercept, [drawn.auxiliary[gap] for gap in gap_names(names)])
    found = {**drawn.auxiliary, **dict(zip(names, values, strict=True))}
    own = scalar_names(design)[len(design.mu.terms) :]
    return replace(drawn, intercept=None, auxiliary={name: found[name] for name in own})
