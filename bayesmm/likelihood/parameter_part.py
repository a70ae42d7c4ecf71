"""The part of a maximum-likelihood fit that is of one parameter, as a fit in which it is mu."""

from dataclasses import replace

import numpy as np

from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.record import BlockEstimates
from bayesmm.model.design import Design
from bayesmm.model.parameter_design import places_of_parameter
from bayesmm.model.predictor import MEAN

__all__ = ["ml_of_parameter"]


def ml_of_parameter(ml: MLFit, parameter: str, design: Design) -> MLFit:
    """Return the estimates of one parameter with their covariance, and its group effects.

    Likelihood and number of parameters remain those of the whole model `ml`; `design` is that part
    of the design, from `design_of_parameter`.
    """
    places = places_of_parameter(ml.design, parameter)
    own = ml if parameter == MEAN else ml.further_predictors[parameter]
    return replace(
        ml,
        design=design,
        estimates=own.estimates,
        covariance=own.covariance,
        blocks=tuple(_effects(ml.blocks[index], kept) for index, kept in places),
        sigma=None,
        auxiliary={},
        further_predictors={},
    )


def _effects(block: BlockEstimates, kept: tuple[int, ...]) -> BlockEstimates:
    """Return the estimates of some effects of a block."""
    rows = list(kept)
    corr = None if block.corr is None or len(rows) < 2 else block.corr[np.ix_(rows, rows)]
    return BlockEstimates(block.sd[rows], corr, block.modes[rows], block.mode_sds[rows])
