"""Maximum likelihood on a response of unit size, so that all parameters are of unit order."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesmm.family.within import exact_rows, moved_bounds
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.record import BlockEstimates
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN

__all__ = ["standardised"]

type Fitter = Callable[[Design, bool], MLFit]


def standardised(fitter: Fitter) -> Fitter:
    """Return a fitter of continuous responses that does not depend on the units of the response.

    With y = m + s y' the coefficients are s times those of y' under the identity link, 1 / s times
    under the inverse link, and the same under the others, but for the intercept.
    """

    def fit(design: Design, reml: bool) -> MLFit:
        link, positive = design.family.link, design.family.response == "positive"
        if design.family.response == "proportion":
            return fitter(design, reml)
        size = float(design.y.mean() if positive else design.y.std()) or 1.0
        movable = link == "identity" and design.mu.intercept and not positive
        shift = float(design.y.mean()) if movable else 0.0
        unit = {"identity": size, "inverse": 1.0 / size}.get(link, 1.0)
        offset = design.mu.known / unit
        if link == "log":
            offset = offset - np.log(size)  # log mu = log s + log mu'
        known = moved_bounds(design.known, shift, size)
        own = replace(design, y=(design.y - shift) / size, known=known)
        own = own.with_predictor(replace(design.mu, offset=offset))
        for name in design.family.in_units:
            if name in design.varying:  # log sigma = log s + log sigma'
                predictor = design.predictor(name)
                known = predictor.known - np.log(size)
                own = own.with_predictor(replace(predictor, offset=known))
        found = fitter(own, reml)
        estimates = unit * found.estimates
        if movable:
            estimates[0] += shift
        auxiliary = dict(found.auxiliary)
        for name in design.family.in_units:
            if name in auxiliary:
                auxiliary[name] *= size
        rows = np.ones(design.n_obs) if design.weights is None else design.weights
        # a probability, of a response that is known by bounds, has no unit
        rows = rows * exact_rows(design.known, design.n_obs)
        n = design.n_obs if design.family.precision_weights else float(rows.sum())
        return replace(
            found,
            design=design,
            estimates=estimates,
            covariance=unit**2 * found.covariance,
            blocks=tuple(
                _scaled(block, of_block, unit)
                for block, of_block in zip(design.blocks, found.blocks, strict=True)
            ),
            loglik=found.loglik - n * float(np.log(size)),
            auxiliary=auxiliary,
        )

    return fit


def _scaled(block: Block, estimates: BlockEstimates, unit: float) -> BlockEstimates:
    """Return the estimates of a block with the effects on mu in other units."""
    scale = np.array([unit if effect.predictor == MEAN else 1.0 for effect in block.effects])
    return replace(
        estimates,
        sd=scale * estimates.sd,
        modes=scale[:, None] * estimates.modes,
        mode_sds=scale[:, None] * estimates.mode_sds,
    )
