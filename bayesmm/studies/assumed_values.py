"""A maximum-likelihood fit with some of its estimates replaced by what is assumed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.likelihood import MLFit
from bayesmm.likelihood.record import PredictorEstimates
from bayesmm.model.names import corr_name, correlation_pairs, pair_labels, prefixed, sd_names
from bayesmm.studies.bootstrap_estimates import ml_estimates
from bayesmm.wording import option

__all__ = ["with_values"]


def with_values(ml: MLFit, values: Mapping[str, float]) -> MLFit:
    """Return a fit with other estimates, for simulation: nothing else of it is changed.

    Values are by the name of the parameter, as `ml_estimates` has them:
    ``{"x": 0.3, "sigma": 1.0, "1|g_sigma": 0.5}``.
    """
    known = ml_estimates(ml)
    for name, value in values.items():
        refuse_unknown(
            name, known, f"The model has no parameter '{name}' ({option('values')}).", "Parameters"
        )
        if not np.isfinite(value):
            raise UsageError(f"'{name}' must be a finite number, got {value}.")
    design = ml.design
    estimates = np.array([values.get(term, own) for term, own in
                          zip(design.mu.terms, ml.estimates, strict=True)])  # fmt: skip
    further = {
        parameter: PredictorEstimates(
            np.array(
                [
                    values.get(prefixed(term, parameter), value)
                    for term, value in zip(
                        design.predictor(parameter).terms, own.estimates, strict=True
                    )
                ]
            ),
            own.covariance,
        )
        for parameter, own in ml.further_predictors.items()
    }
    scale = design.family.residual_scale
    blocks = []
    for k, (block, own) in enumerate(zip(design.blocks, ml.blocks, strict=True)):
        sd = np.array([values.get(n, s) for n, s in zip(sd_names(block), own.sd, strict=True)])
        if (sd < 0).any():
            raise UsageError(f"The sds of {block.factor} cannot be negative, got {sd.tolist()}.")
        corr = None if own.corr is None else np.array(own.corr)
        if corr is not None:
            for label, (a, b) in zip(pair_labels(block), correlation_pairs(block), strict=True):
                corr[a, b] = corr[b, a] = values.get(f"{corr_name(design.blocks, k)}[{label}]",
                                                     corr[a, b])  # fmt: skip
            if np.linalg.eigvalsh(np.nan_to_num(corr)).min() < -1e-10:
                raise UsageError(
                    f"The correlations of the effects of {block.factor} are impossible together: "
                    f"{np.array2string(corr, precision=3)}."
                )
        blocks.append(replace(own, sd=sd, corr=corr))
    return replace(
        ml,
        estimates=estimates,
        blocks=tuple(blocks),
        sigma=ml.sigma if ml.sigma is None else float(values.get(scale, ml.sigma)),
        auxiliary={name: float(values.get(name, own)) for name, own in ml.auxiliary.items()},
        further_predictors=further,
    )
