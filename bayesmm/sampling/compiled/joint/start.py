"""Where the chains start: near the mean of the response, with modest group effects."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.links import LINKS
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.response_scale import (
    level_at,
    mean_response,
    precision_unit,
    residual_spread,
)
from bayesmm.model.row_sums import mean as row_mean
from bayesmm.model.row_sums import sum_of_squares, total
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.sampling.compiled.joint.geometry import Geometry
from bayesmm.sampling.compiled.joint.layout import JointLayout
from bayesmm.sampling.compiled.joint.nesting import outer_levels
from bayesmm.sampling.compiled.kernels.prior_rows import unconstrained
from bayesmm.sampling.compiled.kernels.priors import prior_parameters_at
from bayesmm.special import ndtri

__all__ = ["parameter_scale", "predictor_scale", "starting_point"]

type Floats = NDArray[np.float64]

# sd of group effects at the start, in units of the spread of the linear predictor.
_SD_SHARE = 0.3
# Half width of the scatter of the chains: of logarithms and standardised coordinates, and of
# coefficients in units of the spread of the linear predictor.
_WIDE = 0.5
_NARROW = 0.1

_OF_MEAN: Mapping[str, Callable[[float], float]] = {
    "identity": lambda m: m,
    "log": math.log,
    "inverse": lambda m: 1.0 / m,
    "logit": lambda m: math.log(m / (1.0 - m)),
    "probit": lambda m: float(ndtri(m)),
    "tan_half": lambda m: math.tan(m / 2.0),
    "cloglog": lambda m: math.log(-math.log1p(-m)),
}


def starting_point(
    design: Design, layout: JointLayout, geometry: Geometry, priors: Floats
) -> tuple[Floats, Floats]:
    """Return where the chains start and the half width of their scatter, each of shape (d,)."""
    every = design.every_row
    start = np.zeros(layout.dimension)
    jitter = np.full(layout.dimension, _WIDE)
    values = np.zeros(layout.coefficients.stop)
    spreads: dict[str, float] = {}
    c = 0
    for own in every.linear_predictors:
        centre, spread = parameter_scale(design, own)
        spreads[own.parameter] = spread
        sizes = [1.0] * int(own.intercept) + [_column_size(column) for column in own.X.T]
        for guess, size in zip(_first_coefficients(own, centre), sizes, strict=True):
            start[c] = _coordinate(priors[c], guess)
            values[c], slope = _parameter(priors[c], start[c])
            jitter[c] = _NARROW * spread / size / slope
            c += 1
    for i, name in enumerate(design.constants, layout.auxiliary.start):
        start[i] = _coordinate(priors[i], _first_value(design, name))
    means: dict[int, Floats] = {}
    for k in geometry.nesting.order:
        place = layout.blocks[k]
        sds = np.empty(place.n_effects)
        for a, (effect, z) in enumerate(every.blocks[k].effect_columns()):
            row = priors[place.prior + a]
            guess = _SD_SHARE * spreads[effect.predictor] / _column_size(z)
            start[place.sds.start + a] = _coordinate(row, guess)
            sds[a], _ = _parameter(row, start[place.sds.start + a])
        means[k] = _mean_values(design, geometry, values, k, means)
        n = min(geometry.centred[k], place.n_groups)
        for a in range(place.n_effects):
            first = place.effects.start + a * place.n_groups
            start[first : first + n] = means[k][a, :n]
            jitter[first : first + n] = _WIDE * sds[a]
    return start, jitter


def parameter_scale(design: Design, own: Predictor) -> tuple[float, float]:
    """Return centre and spread of a linear predictor, from the response alone."""
    if own.parameter == MEAN:
        return predictor_scale(design)
    first = _first_value(design, own.parameter)
    centre = float(LINKS[own.link].link(first)) - float(own.known.mean())
    # in units of the parameter itself only where a positive one has no link
    real = design.family.parameter(own.parameter).is_real
    return centre, (abs(first) or 1.0) if own.link == "identity" and not real else 1.0


def _first_value(design: Design, name: str) -> float:
    """Return where a further parameter starts."""
    residual = residual_spread(design) * precision_unit(design)
    own = design.family.parameter(name)
    return own.first(responses_for(design, own), residual)


def _first_coefficients(own: Predictor, centre: float) -> Floats:
    """Return coefficients whose linear predictor is at a level, or near it."""
    if own.intercept:
        return np.r_[centre, np.zeros(len(own.names))]
    if not own.names:
        return np.zeros(0)
    sizes = np.array([_column_size(column) for column in own.X.T])
    if isinstance(own.X, RowsInFiles):
        products = own.X.raw_products / np.outer(sizes, sizes)
        pull = own.n_obs * centre * own.X.centre / sizes
        return np.linalg.lstsq(products, pull, rcond=None)[0] / sizes
    level = np.full(own.n_obs, centre)
    return np.linalg.lstsq(own.X / sizes, level, rcond=None)[0] / sizes


def _mean_values(
    design: Design, geometry: Geometry, values: Floats, k: int, means: Mapping[int, Floats]
) -> Floats:
    """Return the level values of a block without its effects, shape (q, J)."""
    block = design.blocks[k]
    mean = np.zeros((block.n_effects, block.n_groups))
    for c in geometry.carried:
        if c.block == k:
            value = values[c.coefficient]
            if design.mu.intercept and c.coefficient == 0:
                value -= sum(o.centre * values[o.coefficient] for o in geometry.carried)
            mean[c.effect] += value * c.weights
    for m in geometry.nesting.rests_on[k]:
        mean += means[m][:, outer_levels(block, design.blocks[m])]
    return mean


def _parameter(row: Floats, x: float) -> tuple[float, float]:
    """Return a parameter and its slope at a coordinate."""
    (value,), (slope,) = prior_parameters_at(row[None], np.array([x]))
    return value, slope


def _coordinate(row: Floats, guess: float) -> float:
    """Return the coordinate of a guess, or of the middle when the guess is outside a Uniform."""
    lower, upper = prior_parameters_at(np.array([row, row]), np.array([-50.0, 50.0]))[0]
    inside = lower < guess < upper
    return unconstrained(row, guess) if inside else 0.0


def _column_size(column: Floats) -> float:
    """Return the root mean square of a column, 1 for a column of zeros."""
    return math.sqrt(sum_of_squares(column) / len(column)) or 1.0


def predictor_scale(design: Design) -> tuple[float, float]:
    """Return centre and spread of the linear predictor, from the response alone."""
    design = design.every_row
    n, offset = design.n_obs, 0.0 if design.mu.offset is None else row_mean(design.mu.offset)
    kind, link = design.family.response, design.family.link
    if kind in ("binary", "binomial", "proportion"):
        trials = float(n) if design.trials is None else total(design.trials)
        # Agresti-Coull: never 0 or 1
        mean = (total(design.y) + 2.0) / (trials + 4.0)
        return _OF_MEAN[link](mean) - offset, 1.0
    if design.family.latent and design.family.level is not None:
        return design.family.level(design.y) - offset, 1.0
    mean = row_mean(mean_response(design))
    if design.family.level is not None:
        mean = design.family.level(design.y)
    elif kind == "count":
        mean = (total(design.y) + 0.5) / (n + 1.0)
    if link == "identity":
        return level_at(design, mean), residual_spread(design)
    if link == "cloglog":
        return _OF_MEAN[link](min(mean, 0.5)) - offset, 1.0
    if link == "inverse":
        # Far from zero, where the mean is infinite: a small spread keeps the sign.
        return level_at(design, mean) or 1.0, 0.1 / abs(mean or 1.0)
    return level_at(design, mean), 1.0
