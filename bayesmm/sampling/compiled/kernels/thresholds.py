"""Priors of thresholds, which are sums of minus the intercept and the gaps between them."""

from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.priors import prior_density_and_slope

__all__ = ["threshold_priors"]


@merged
def threshold_priors(priors, first, scalars, d_scalars):
    """Return the log prior of the thresholds; add its derivatives.

    The map from intercept and gaps to thresholds has the Jacobian 1. Code and parameters of each
    prior are as in ``priors.encode_prior``; of other models there are none. `first` is the first
    gap among the scalars, coefficients and further parameters, of which the intercept of the
    centred design is number 0.
    """
    log_density = 0.0
    if priors.shape[0] == 0:
        return log_density
    threshold = -scalars[0]
    for k in range(priors.shape[0]):
        if k > 0:
            threshold += scalars[first + k - 1]
        log_p, slope = prior_density_and_slope(
            int(priors[k, 0]), priors[k, 1], priors[k, 2], priors[k, 3], threshold
        )
        log_density += log_p
        d_scalars[0] -= slope
        for j in range(k):
            d_scalars[first + j] += slope
    return log_density
