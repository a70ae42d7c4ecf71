"""Curves of the link functions, and where the rows of a fit lie on them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import refuse_unknown
from bayesmm.family.links import LINKS
from bayesmm.fit_record import FitRecord
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.posterior import common_draws, effect_draws

__all__ = ["SHAPES", "LinkShape", "link_curve", "mean_linear_predictor", "predictor_window"]

type Window = tuple[float, float]

_POINTS = 201  # of a curve
_PAD = 0.15  # of the range of the rows, on either side
_NEAREST = 0.2  # to the pole of the inverse link, when no rows say where to look


@dataclass(frozen=True, slots=True)
class LinkShape:
    """What a picture of a link needs to know."""

    equation: str  # eta = g(mu) in symbols
    # ends of the possible means; infinite where there is none
    lower: float
    upper: float
    window: Window  # linear predictors that show the shape
    # whether the whole curve is of interest, because it levels off on both sides
    bounded: bool = False


_INF = float("inf")

SHAPES: Mapping[str, LinkShape] = {
    "identity": LinkShape("η = μ", -_INF, _INF, (-3.0, 3.0)),
    "log": LinkShape("η = log μ", 0.0, _INF, (-3.0, 2.0)),
    "inverse": LinkShape("η = 1 / μ", -_INF, _INF, (-3.0, 3.0)),
    "logit": LinkShape("η = log(μ / (1 - μ))", 0.0, 1.0, (-6.0, 6.0), bounded=True),
    "probit": LinkShape("η = Φ⁻¹(μ)", 0.0, 1.0, (-3.5, 3.5), bounded=True),
    "tan_half": LinkShape("η = tan(μ / 2)", -np.pi, np.pi, (-5.0, 5.0), bounded=True),
    "cloglog": LinkShape("η = log(-log(1 - μ))", 0.0, 1.0, (-5.0, 2.5), bounded=True),
}


def link_curve(link: str, window: Window | None = None) -> pd.DataFrame:
    """Return the mean mu = g^-1(eta) over the linear predictor.

    `window` has the ends of the linear predictor; by default those that show the shape. The columns
    are ``link``, ``eta``, ``mean``. The inverse link has a pole at 0: where the window holds it, a
    row at eta = 0 with a missing mean parts the two branches.
    """
    refuse_unknown(link, LINKS, f"There is no link '{link}'.", "Links")
    low, high = SHAPES[link].window if window is None else window
    eta = np.linspace(low, high, _POINTS)
    if link == "inverse" and low < 0 < high:
        near = min(_NEAREST, -low / 2, high / 2)
        branches = np.linspace(low, -near, _POINTS), np.linspace(near, high, _POINTS)
        eta = np.concatenate([branches[0], [0.0], branches[1]])
        mean = np.divide(1.0, eta, out=np.full(len(eta), np.nan), where=eta != 0)
    else:
        mean = LINKS[link].inverse(eta)
    return pd.DataFrame({"link": link, "eta": eta, "mean": mean})


def predictor_window(link: str, eta: Array) -> Window:
    """Return the linear predictors to draw so that all rows are inside, with some room.

    A curve that levels off is shown whole; the inverse link does not cross its pole unless
    rows lie on both sides.
    """
    low, high = float(eta.min()), float(eta.max())
    # all rows may be alike
    room = _PAD * (high - low) or max(0.5 * abs(low), 1.0)
    shape = SHAPES[link]
    if shape.bounded:
        return min(shape.window[0], low - room), max(shape.window[1], high + room)
    if link == "inverse" and low > 0:
        return max(low - room, low / 2), high + room
    if link == "inverse" and high < 0:
        return low - room, min(high + room, high / 2)
    return low - room, high + room


def mean_linear_predictor(fit: FitRecord) -> Array:
    """Return the posterior mean of eta of every row, for the groups in the data.

    eta is linear in the parameters, so its mean is eta at their means, over all draws.
    """
    design = fit.design
    means = common_draws(fit.own_draws, design).mean(axis=(0, 1))
    eta = design.mu.matrix @ means + design.mu.known
    for block in design.blocks:
        for effect, values in zip(block.effects, effect_draws(fit.own_draws, block), strict=True):
            if effect.predictor == MEAN:
                eta += block.columns.times(values.mean(axis=(0, 1)), effect.column)
    return eta
