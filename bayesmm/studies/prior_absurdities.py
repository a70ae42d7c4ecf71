"""What no data of this kind look like, told of data sets that the priors of a model expect.

The rule: something is absurd when one in ten of the replicated data sets shows it. What may be
shown is far more than a vague prior needs: responses farther from those observed than a thousand
times their range, probabilities that are under 0.001 or over 0.999 in half of the rows, and means
that no response can have.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.design import Design

__all__ = ["ABSURD_SHARE", "FAR", "Absurdity", "absurdities", "far_limits", "observed_range"]

ABSURD_SHARE = 0.1  # of the data sets
FAR = 1000.0  # times the observed range
_END = 0.001  # probabilities beyond it and one less it are certain
_HALF = 0.5  # of the rows
_SHARES = ("binary", "binomial", "proportion")
# Of these no response is far from others: each is one of few, or counts with a known total.
_OF_CATEGORIES = ("ordered", "unordered", "multinomial")


@dataclass(frozen=True, slots=True)
class Absurdity:
    """One thing that the priors expect and nobody does."""

    what: str  # a sentence, with the share of the data sets
    share: float


def absurdities(design: Design, mean: Array, yrep: Array) -> tuple[Absurdity, ...]:
    """Return what is absurd in replicated data sets.

    `mean` is the inverse link of the linear predictor, shape (S, n_obs), as are the replicated
    responses, NaN in data sets that have none.
    """
    return tuple(found for rule in _RULES for found in rule(design, mean, yrep))


def observed_range(design: Design) -> tuple[float, float]:
    """Return the smallest and the largest observed response."""
    return float(design.y.min()), float(design.y.max())


def far_limits(design: Design) -> tuple[float, float]:
    """Return between which values responses are not absurd.

    The observed range, and on either side a thousand times its width; that of a response that
    never varies is its size, or 1.
    """
    low, high = observed_range(design)
    width = high - low or abs(high) or 1.0
    return low - FAR * width, high + FAR * width


def _impossible(design: Design, mean: Array, yrep: Array) -> list[Absurdity]:
    share = float(np.isnan(yrep).all(axis=1).mean())
    if share < ABSURD_SHARE:
        return []
    family = design.family
    return [
        Absurdity(
            f"In {_percent(share)} of the data sets the mean of some row is one that no "
            f"{family.name} response has (the {family.link} link does not keep it in its range): "
            "they have no responses. Take another link.",
            share,
        )
    ]


def _far(design: Design, mean: Array, yrep: Array) -> list[Absurdity]:
    del mean
    if design.family.response in (*_SHARES, *_OF_CATEGORIES):
        return []
    low, high = far_limits(design)
    beyond = (yrep < low) | (yrep > high)
    share = float(beyond.any(axis=1).mean())
    if share < ABSURD_SHARE:
        return []
    first, last = observed_range(design)
    worst = float(np.quantile(np.abs(yrep[beyond]), 0.5, method="inverted_cdf"))
    return [
        Absurdity(
            f"{_percent(share)} of the data sets have responses beyond {FAR:.0f} times the "
            f"observed range ({first:.4g} to {last:.4g}), half of them of size {worst:.2g} or "
            "more.",
            share,
        )
    ]


def _certain(design: Design, mean: Array, yrep: Array) -> list[Absurdity]:
    del yrep
    if design.family.response not in _SHARES:
        return []
    certain = ((mean < _END) | (mean > 1 - _END)).mean(axis=1) >= _HALF
    share = float(certain.mean())
    if share < ABSURD_SHARE:
        return []
    return [
        Absurdity(
            f"In {_percent(share)} of the data sets half of the rows or more have a probability "
            f"under {_END} or over {1 - _END}: certain before any data are seen.",
            share,
        )
    ]


_RULES: tuple[Callable[[Design, Array, Array], list[Absurdity]], ...] = (
    _impossible,
    _far,
    _certain,
)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
