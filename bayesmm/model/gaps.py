"""A model with thresholds in the parameters in which it is sampled and its likelihood maximised.

mu gets an intercept, -c_1, so that all that holds of intercepts holds of it, and the other
thresholds are measured from those before them (`Family.in_gaps`).
"""

from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.thresholds import gap_names
from bayesmm.model.design import Design
from bayesmm.model.predictor import with_constants
from bayesmm.model.priors import Prior, Priors

__all__ = ["in_gaps", "priors_in_gaps", "thresholds_of"]


def in_gaps(design: Design) -> Design:
    """Return a design with an intercept and gaps in the place of its thresholds."""
    family = design.family.in_gaps
    varying = {p.parameter: p for p in design.predictors[1:] if not p.constant}
    mu = replace(design.mu, intercept=True, thresholds=False)
    return replace(design, family=family, predictors=with_constants(mu, family, varying))


def priors_in_gaps(design: Design, priors: Priors) -> Priors:
    """Return priors for `in_gaps`: those of the thresholds, and flat ones of what they become."""
    flat = {
        own.name: Prior("Flat" if own.support == "real" else "HalfFlat")
        for own in design.family.in_gaps.further
        if own.name in gap_names(design.family.thresholds)
    }
    return replace(priors, by_name={"Intercept": Prior("Flat"), **flat, **priors.by_name})


def thresholds_of(intercept: Array, gaps: list[Array]) -> list[Array]:
    """Return the thresholds of an intercept and gaps."""
    return list(np.cumsum([-intercept, *gaps], axis=0))
