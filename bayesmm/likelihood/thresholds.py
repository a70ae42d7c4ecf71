"""Maximum likelihood of models with thresholds, which is searched in an intercept and gaps."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesmm.family.thresholds import gap_names
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.design import Design
from bayesmm.model.gaps import in_gaps, thresholds_of

__all__ = ["fit_thresholds"]


def fit_thresholds(design: Design, fitter: Callable[[Design], MLFit]) -> MLFit:
    """Return the maximum-likelihood fit of a model with thresholds.

    `fitter` fits the same with an intercept and gaps.
    """
    names = design.family.thresholds
    gaps = gap_names(names)
    found = fitter(in_gaps(design))
    values = thresholds_of(found.estimates[0], [np.asarray(found.auxiliary[g]) for g in gaps])
    others = {name: v for name, v in found.auxiliary.items() if name not in gaps}
    p = len(found.estimates)
    # thresholds, then the other coefficients, as linear functions of what was searched
    own = np.zeros((len(names), p + len(gaps)))
    own[:, 0] = -1.0
    for k in range(len(gaps)):
        own[k + 1 :, p + k] = 1.0
    errors = np.full(len(names), np.nan)
    if found.joint_covariance is not None:
        joint = found.joint_covariance[: p + len(gaps), : p + len(gaps)]
        errors = np.sqrt(np.einsum("ij,jk,ik->i", own, joint, own))
    return replace(
        found,
        design=design,
        estimates=found.estimates[1:],
        covariance=found.covariance[1:, 1:],
        auxiliary={**{n: float(v) for n, v in zip(names, values, strict=True)}, **others},
        threshold_errors=dict(zip(names, map(float, errors), strict=True)),
        joint_covariance=None,
    )
