"""The mean of a response over a population of groups that differ in several linear predictors."""

from functools import cache
from itertools import product

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.design import Design
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.further_parameters import further_predictors, in_rows
from bayesmm.results.prediction.new_groups import covariance_root
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.predictor import common_part
from bayesmm.special import ndtri

__all__ = ["differs_in_several", "mean_over_groups"]

# Points of the product rule by the number of predictors; of Sobol's sequence where these are more.
_NODES = {1: 41, 2: 13, 3: 9}
_SOBOL = 1024


def differs_in_several(design: Design, kind: str) -> bool:
    """Return whether E y depends on group effects on other parameters than mu."""
    grouped = any(own.grouped for own in design.predictors[1:])
    return kind == "mean" and design.family.mean is not None and grouped


def mean_over_groups(
    design: Design, parameters: Parameters, rows: EncodedRows, part: slice
) -> Array:
    """Return E y over group effects u ~ N(0, Sigma) on all linear predictors together.

    By a product of Gauss-Hermite rules of 13 (two predictors with group effects) or 9 nodes
    (three), else over 1,024 points of a Sobol sequence: of a probability, to about 0.001 at sds of
    2.

    Shape (chain, draw, rows of the part), and (..., K) of all categories. `parameters` are draws,
    or estimates.
    """
    grouped = [own.parameter for own in design.predictors if own.grouped]
    etas = {MEAN: common_part(parameters, rows.mu, part)}
    etas |= further_predictors(parameters, rows, part, None)
    roots = covariance_root(_covariance(design, parameters, rows, part, grouped))
    points, weights = _points(len(grouped))
    total: Array = np.zeros(())
    # one point at a time: the points as a further axis would multiply the memory by their number
    for point, weight in zip(points, weights, strict=True):
        shifts = roots @ point
        here = etas | {name: etas[name] + shifts[..., d] for d, name in enumerate(grouped)}
        mu = LINKS[design.mu.link].inverse(here[MEAN])
        further = in_rows(design, parameters, here)
        total = total + weight * design.family.mean(ResponseParameters(mu, further))
    return total


def _covariance(
    design: Design, parameters: Parameters, rows: EncodedRows, part: slice, grouped: list[str]
) -> Array:
    """Return the covariance of the predictors in each row, shape (chain, draw, row, D, D)."""
    n = len(rows.mu.X[part])
    total = np.zeros((*parameters.shape, n, len(grouped), len(grouped)))
    for block, covariance, (Z, _) in zip(
        design.blocks, parameters.covariances, rows.blocks, strict=True
    ):
        columns = np.zeros((n, len(grouped), block.n_effects))
        for k, effect in enumerate(block.effects):
            columns[:, grouped.index(effect.predictor), k] = Z[part, k]
        total += columns @ covariance[..., None, :, :] @ np.swapaxes(columns, -1, -2)
    return total


@cache
def _points(size: int) -> tuple[Array, Array]:
    """Return standard normal points, shape (m, size), and their weights."""
    if size not in _NODES:
        from scipy.stats import qmc  # noqa: PLC0415  (slow, and rarely needed)

        inside = qmc.Sobol(size, seed=0).random(_SOBOL)
        return ndtri(inside), np.full(_SOBOL, 1.0 / _SOBOL)
    nodes, weights = hermegauss(_NODES[size])
    points = np.array(list(product(nodes, repeat=size)))
    products = np.array([np.prod(own) for own in product(weights / weights.sum(), repeat=size)])
    kept = products > 1e-12  # what the others add is below the error of the rule
    return points[kept], products[kept] / products[kept].sum()
