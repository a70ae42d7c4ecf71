"""Maximum likelihood and REML beside the posterior."""

from bayesmm.likelihood.fit import fit_ml
from bayesmm.likelihood.record import BlockEstimates, MLFit

__all__ = ["BlockEstimates", "MLFit", "fit_ml"]
