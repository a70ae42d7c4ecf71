"""Maximum likelihood and REML beside the posterior."""

from bayesmm.likelihood.fit import fit_ml
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.record import BlockEstimates

__all__ = ["BlockEstimates", "MLFit", "fit_ml"]
