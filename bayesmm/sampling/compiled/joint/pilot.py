"""A quick estimate of what the data say about each group effect, to choose centred or not."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Block, Design

__all__ = ["informed_blocks", "pooling_fractions"]

type Floats = NDArray[np.float64]

# A block is centred when the data determine its typical effect better than this: the share of
# an effect's prior variance that the data remove. 3/4 is three units of information per unit of
# prior precision.
_INFORMED = 0.75
_ITERATIONS = 15


def informed_blocks(design: Design) -> tuple[bool, ...]:
    """Return whether each block is better centred: the data say more than its distribution.

    In the centred parameterisation a posterior is nearly Gaussian when the rows determine each
    effect, in the non-centred one when the distribution of the effects does (Papaspiliopoulos,
    Roberts and Skoeld 2007, doi:10.1214/088342307000000014).

    Parameters
    ----------
    design : Design
        The model.
    """
    return tuple(bool(f > _INFORMED) for f in pooling_fractions(design))


def pooling_fractions(design: Design) -> Floats:
    """Return per block the median over levels of the variance that the data remove.

    With information I_j on u_j (after the blocks nested in this one have taken their part) and
    covariance G, the fraction is 1 - tr[(I_j + G^-1)^-1 G^-1] / q, between 0 (the data say
    nothing) and 1. G comes from a few rounds of variational EM on the working responses of the
    linearised model, block by block.

    Parameters
    ----------
    design : Design
        The model.
    """
    if not design.blocks:
        return np.empty(0)
    response, weight = _linearized(design)
    X = np.column_stack([np.ones(design.n_obs)] * int(design.intercept) + [design.X])
    coefficients = np.zeros(X.shape[1])
    information = [_information(block, weight) for block in design.blocks]
    effects = [np.zeros((b.n_groups, b.n_effects)) for b in design.blocks]
    covariances = [_first_covariance(b) for b in design.blocks]
    sigma2 = 1.0 if not _has_scale(design) else float(np.average(response**2, weights=weight))
    fitted = [np.zeros(design.n_obs) for _ in design.blocks]
    common = np.zeros(design.n_obs)
    gram = X.T @ (X * weight[:, None])
    for _ in range(_ITERATIONS):
        if X.shape[1]:
            residual = response - sum(fitted)
            coefficients = np.linalg.lstsq(gram, X.T @ (weight * residual), rcond=None)[0]
            common = X @ coefficients
        spent = 0.0
        for k, block in enumerate(design.blocks):
            others = sum((f for m, f in enumerate(fitted) if m != k), common)
            pull = _level_sums(block, weight * (response - others))
            precision = information[k] / sigma2 + np.linalg.inv(covariances[k])
            variance = np.linalg.inv(precision)
            effects[k] = np.einsum("jab,jb->ja", variance, pull / sigma2)
            fitted[k] = np.einsum("ia,ia->i", block.Z, effects[k][block.codes])
            moments = np.einsum("ja,jb->jab", effects[k], effects[k]) + variance
            covariances[k] = _structured(moments.mean(axis=0), block)
            spent += float(np.einsum("jab,jba->", information[k], variance))
        if _has_scale(design):
            residual = response - common - sum(fitted)
            sigma2 = (float(weight @ residual**2) + spent) / design.n_obs
    return np.array(
        [
            _median_fraction(design, k, [i / sigma2 for i in information], covariances)
            for k in range(len(design.blocks))
        ]
    )
